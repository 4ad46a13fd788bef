import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openPool as openAuthPool } from '../../local/auth/database.ts'
import { createLogger } from '../../local/logger.ts'
import { freePorts } from '../../local/ports.ts'
import { openDatabase as openSchedulerDatabase } from '../../local/scheduler/database.ts'
import { openPool as openStoragePool } from '../../local/storage/database.ts'

/** AuthenticationOk and ReadyForQuery, as the protocol writes them. */
const welcome = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])

let server: Server
let url: string
/** A database that lets everybody in and breaks the connection at the first question. */
beforeEach(async () => {
  server = createServer((socket: Socket) => {
    socket.once('data', () => {
      socket.write(welcome)
      socket.once('data', () => socket.destroy())
    })
    socket.on('error', () => {})
  })
  const [port = 0] = await freePorts(1)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  url = `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`
})
afterEach(async () => {
  server.close()
  await once(server, 'close')
})

it.each([
  ['Auth', () => openAuthPool(url)],
  ['Storage', () => openStoragePool(url)],
  ['the scheduler', () => openSchedulerDatabase(url, {}, createLogger({ level: 'error', write: () => {} })).sql],
] as const)(
  'a connection of %s that breaks at its start fails its query, and nothing that nobody waits for',
  async (_name, open) => {
    const unheard: unknown[] = []
    const hear = (reason: unknown) => unheard.push(reason)
    process.on('unhandledRejection', hear)
    const sql = open()
    await expect(sql`select 1`).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    await sql.end({ timeout: 1 })
    process.off('unhandledRejection', hear)
    expect(unheard).toEqual([])
  },
)
