import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../local/logger.ts'
import { freePorts } from '../../../local/ports.ts'
import { withConnection } from '../../../local/postgres/database.ts'
import { startPostgres } from '../../../local/postgres/server.ts'

const run = promisify(execFile)

describe('the local Postgres', () => {
  let folder: string
  let port: number
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atrium-server-'))
    ;[port = 0] = await freePorts(1)
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  const start = () => startPostgres({ dataFolder: join(folder, 'data'), port, logger: silentLogger })

  it('makes its data folder once and keeps rows over a stop', async () => {
    const first = await start()
    expect(first.isNew).toBe(true)
    await withConnection(first.url(), (sql) =>
      sql.unsafe('create table kept (id int); insert into kept values (7)').simple(),
    )
    await first.stop()
    const second = await start()
    const rows = await withConnection(second.url(), (sql) => sql`select id from kept`)
    await second.stop()
    expect(second.isNew).toBe(false)
    expect(rows).toEqual([{ id: 7 }])
  })

  it('keeps what was committed before a crash', async () => {
    const server = await start()
    await withConnection(server.url(), (sql) =>
      sql.unsafe('create table kept (id int); insert into kept values (1)').simple(),
    )
    await server.crashAndRestart()
    const rows = await withConnection(server.url(), (sql) => sql`select id from kept`)
    const [settings] = await withConnection(server.url(), (sql) => sql`select current_setting('fsync') as fsync`)
    await server.stop()
    expect(rows).toEqual([{ id: 1 }])
    expect(settings).toEqual({ fsync: 'on' })
  })

  it('runs in a folder that only its owner may enter', async () => {
    const closed = join(folder, 'closed')
    await mkdir(closed)
    await chmod(closed, 0o700)
    const server = await startPostgres({ dataFolder: join(closed, 'data'), port, logger: silentLogger })
    const [row] = await withConnection(server.url(), (sql) => sql`select 1 as one`)
    await server.stop()
    expect(row).toEqual({ one: 1 })
  })

  it('ends with the process that started it, and the next start takes over what it left', async () => {
    const script = join(import.meta.dirname, '..', '..', 'support', 'hold_postgres.ts')
    const child = fork(script, [join(folder, 'data'), String(port)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    await once(child, 'message')
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    const server = await start()
    const rows = await withConnection(server.url(), (sql) => sql`select id from acknowledged`)
    await server.stop()
    expect(rows).toEqual([{ id: 42 }])
  })

  it('refuses a data folder of another Postgres version and says what to do', async () => {
    await mkdir(join(folder, 'data'), { recursive: true })
    await writeFile(join(folder, 'data', 'PG_VERSION'), '12\n')
    await expect(start()).rejects.toMatchObject({
      code: 'data_folder_too_old',
      message: expect.stringContaining('Postgres 12'),
      hint: expect.stringContaining('db:backup'),
    })
  })

  it('removes a half-made data folder when the disk is full', async (context) => {
    const small = join(folder, 'small')
    await mkdir(small)
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', small]).then(
      () => true,
      () => false,
    )
    if (!mounted) context.skip('needs the right to mount a small file system')
    try {
      await expect(
        startPostgres({ dataFolder: join(small, 'data'), port, logger: silentLogger }),
      ).rejects.toMatchObject({ code: 'disk_full', hint: expect.stringContaining('--data-dir') })
    } finally {
      await run('umount', [small])
    }
  })
})
