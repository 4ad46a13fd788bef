import { Duplex } from 'node:stream'
import postgres from 'postgres'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** Messages as the protocol writes them: a letter, the length, the content. */
const message = (type: string, ...content: number[]) =>
  Buffer.from([type.charCodeAt(0), 0, 0, 0, content.length + 4, ...content])
const done = (command: string) => message('C', ...Buffer.from(`${command}\0`))
const ready = (status: 'I' | 'T') => message('Z', status.charCodeAt(0))
/** ParseComplete, no parameters, BindComplete, no columns. */
const bound = Buffer.concat([message('1'), message('t', 0, 0), message('2'), message('n')])

/**
 * A server in memory that answers every statement with no rows. `isSilent` keeps it from answering. Whatever it is sent
 * after its close is lost, as on a real socket.
 */
class Server extends Duplex {
  readonly readyState = 'open'
  readonly statements: string[] = []
  isSilent = false
  #isWelcomed = false
  #status: 'I' | 'T' = 'I'

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    const isFirst = !this.#isWelcomed
    this.#isWelcomed = true
    process.nextTick(() => {
      if (isFirst) this.push(Buffer.concat([message('R', 0, 0, 0, 0), ready('I')]))
      else if (!this.isSilent) this.#answer(chunk)
    })
    callback()
  }

  override _final(callback: () => void): void {
    this.push(null)
    callback()
  }

  /** The connection ends, between two turns of the event loop and without anything that announces it. */
  close(): void {
    this.emit('close', false)
  }

  #answer(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += chunk.readUInt32BE(at + 1) + 1) {
      const type = String.fromCharCode(chunk[at] ?? 0)
      const content = chunk.subarray(at + 5, at + 1 + chunk.readUInt32BE(at + 1))
      const text = content.toString().split('\0')
      const statement = type === 'Q' ? text[0] : type === 'P' ? text[1] : undefined
      if (statement !== undefined) {
        this.statements.push(statement)
        if (/^begin/.test(statement)) this.#status = 'T'
        if (/^(commit|rollback)$/.test(statement)) this.#status = 'I'
      }
      if (type === 'Q') this.push(Buffer.concat([done('SELECT 0'), ready(this.#status)]))
      if (type === 'S') this.push(Buffer.concat([bound, done('SELECT 0'), ready(this.#status)]))
    }
  }
}

describe('the Postgres library, whose connection closes', { timeout: 10_000 }, () => {
  let servers: Server[]
  /** What happens once the library has put a statement into its buffer and before it sends that. */
  let onBuffered: (statement: string) => void
  let sql: postgres.Sql
  const uncaught: unknown[] = []
  const hear = (error: unknown) => uncaught.push(error)
  const lost = { code: 'CONNECTION_CLOSED' }

  beforeEach(() => {
    servers = []
    onBuffered = () => {}
    uncaught.length = 0
    process.on('uncaughtException', hear)
    const socket: object = {
      socket: () => {
        const server = new Server()
        servers.push(server)
        return server
      },
    }
    sql = postgres('postgres://postgres@127.0.0.1:1/postgres', {
      ...socket,
      max: 1,
      fetch_types: false,
      backoff: () => 0,
      connect_timeout: 2,
      debug: (_connection, statement) => queueMicrotask(() => onBuffered(statement)),
    })
  })
  afterEach(async () => {
    await sql.end({ timeout: 1 })
    process.off('uncaughtException', hear)
    expect(uncaught).toEqual([])
  })

  /** Closes the connection when `statement` is in the buffer. */
  const closeAt = (statement: string) => {
    onBuffered = (buffered) => {
      if (buffered === statement) servers.at(-1)?.close()
    }
  }

  it('fails a query that waits in the buffer, and connects anew for the next one', async () => {
    await sql.unsafe('select 1')
    closeAt('select 2')
    await expect(sql.unsafe('select 2')).rejects.toMatchObject(lost)
    await expect(sql.unsafe('select 3')).resolves.toEqual([])
    expect(servers.map((server) => server.statements)).toEqual([['select 1'], ['select 3']])
  })

  it('fails what was sent between the error and the close', async () => {
    await sql.unsafe('select 1')
    const [server] = servers
    server?.emit('error', new Error('reset'))
    onBuffered = () => {
      onBuffered = () => {}
      server?.emit('close', true)
    }
    await expect(sql.unsafe('select 2')).rejects.toMatchObject(lost)
    await expect(sql.unsafe('select 3')).resolves.toEqual([])
  })

  it('fails every later statement of a transaction, none of which runs on the next connection', async () => {
    const seen: unknown[] = []
    const transaction = sql.begin(async (tx) => {
      const server = servers.at(-1)
      server?.close()
      seen.push(await tx.unsafe('insert 1').catch((error: unknown) => error))
      await sql.unsafe('select 1')
      seen.push(await tx`insert 2`.catch((error: unknown) => error))
    })
    await expect(transaction).rejects.toMatchObject(lost)
    await expect.poll(() => seen).toEqual([expect.objectContaining(lost), expect.objectContaining(lost)])
    await expect(sql.unsafe('select 2')).resolves.toEqual([])
    expect(servers.map((server) => server.statements)).toEqual([['begin '], ['select 1', 'select 2']])
  })

  it('rolls back nothing when the transaction went with its connection', async () => {
    await expect(
      sql.begin(async (tx) => {
        closeAt('insert 1')
        await tx.unsafe('insert 1')
      }),
    ).rejects.toMatchObject(lost)
    await expect(sql.unsafe('select 1')).resolves.toEqual([])
    expect(servers.map((server) => server.statements)).toEqual([['begin '], ['select 1']])
  })

  it('fails the statements of a reserved connection, those in line too, and takes none back into the pool', async () => {
    await sql.unsafe('select 1')
    const reserved = await sql.reserve()
    const [server] = servers
    if (server) server.isSilent = true
    // A parameter keeps the next ones in line until the server has described the first one.
    const waiting = [reserved`select ${'first'}`, reserved`select 2`, reserved`select 3`]
    onBuffered = () => server?.close()
    for (const query of await Promise.allSettled(waiting)) {
      expect(query).toMatchObject({ status: 'rejected', reason: lost })
    }
    await expect(reserved`select 4`).rejects.toMatchObject(lost)
    await expect(reserved`select ${'fifth'}`).rejects.toMatchObject(lost)
    reserved.release()
    await expect(sql.unsafe('select 6')).resolves.toEqual([])
    expect(servers.map((each) => each.statements)).toEqual([['select 1'], ['select 6']])
  })

  it('does not tell the next query why the last connection ended', async () => {
    await sql.unsafe('select 1')
    const [server] = servers
    if (server) server.isSilent = true
    onBuffered = () => {
      onBuffered = () => {}
      server?.push(message('E', ...Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0')))
      process.nextTick(() => server?.close())
    }
    await expect(sql.unsafe('select 2')).rejects.toMatchObject(lost)
    await expect(sql.unsafe('select 3')).resolves.toEqual([])
  })
})
