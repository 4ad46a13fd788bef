import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isFree, portsFor } from '../../../local/ports.ts'
import { withConnection } from '../../../local/postgres/database.ts'
import { copyProject, freeBase } from '../../support/project_copy.ts'

describe('the commands of the stack', { timeout: 120_000 }, () => {
  let folder: string
  let base: number
  const open: ChildProcess[] = []

  function command(...parameters: string[]): { child: ChildProcess; output(): string; done: Promise<number | null> } {
    const [name = '', ...rest] = parameters
    const child = spawn(
      process.execPath,
      [
        join(folder, 'local', 'main.ts'),
        name,
        '--port-base',
        String(base),
        '--data-dir',
        join(folder, 'data'),
        ...rest,
      ],
      { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DATABASE_URL: '' } },
    )
    open.push(child)
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        text += chunk
      })
    }
    return { child, output: () => text, done: once(child, 'close').then(([code]) => code) }
  }

  async function run(...parameters: string[]): Promise<{ code: number | null; output: string }> {
    const started = command(...parameters)
    const code = await started.done
    return { code, output: started.output() }
  }

  const databaseUrl = () => `postgresql://postgres:postgres@127.0.0.1:${base + 1}/postgres`

  beforeAll(async () => {
    folder = await copyProject()
    base = await freeBase()
  })
  afterAll(async () => {
    await run('stop')
    for (const child of open) if (child.exitCode === null) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  it('starts in the background, prints where things are, and refuses a second start on the same data', async () => {
    const { code, output } = await run('start', '--detach')
    expect(output).toContain('Atrium is ready')
    expect(code).toBe(0)
    for (const text of [`http://127.0.0.1:${base}`, 'sb_publishable_', 'sb_secret_', `127.0.0.1:${base + 1}`]) {
      expect(output).toContain(text)
    }
    const health = await fetch(`http://127.0.0.1:${base}/functions/v1/health`)
    expect(health.status).toBe(200)
    const second = await run('start', '--detach')
    expect(second).toMatchObject({ code: 1, output: expect.stringContaining('npm run stop') })
    expect(await run('status')).toMatchObject({ code: 0, output: expect.stringContaining('answering') })
    const lines = parseEnv((await run('status', '--env')).output)
    expect(lines).toMatchObject({ API_URL: `http://127.0.0.1:${base}`, DB_URL: databaseUrl() })
    const tables = await fetch(`${lines.REST_URL}/roles?select=role&limit=1`, {
      headers: { apikey: lines.SECRET_KEY ?? '' },
    })
    expect(tables.status).toBe(200)
  })

  it('loses nothing that was acknowledged when it is killed', async () => {
    await withConnection(databaseUrl(), (sql) => sql.unsafe('create table private.survivors as select 5 as id'))
    const { pid } = JSON.parse(await readFile(join(folder, 'data', 'stack.json'), 'utf8'))
    process.kill(pid, 'SIGKILL')
    const { code, output } = await run('start', '--detach')
    expect({ code, output }).toMatchObject({ code: 0 })
    const rows = await withConnection(databaseUrl(), (sql) => sql`select id from private.survivors`)
    expect(rows).toEqual([{ id: 5 }])
  })

  it('[PLT-28] rebuilds the database when an applied migration was edited, unless told to keep it', async () => {
    expect((await run('stop')).output).toContain('Stopped')
    const folderOfSchemas = join(folder, 'supabase', 'schemas', '02_tenancy', '10_types.sql')
    const edited = `${await readFile(folderOfSchemas, 'utf8')}\ncreate type private.arrived as enum ('yes');\n`
    await writeFile(folderOfSchemas, edited)
    const build = spawn(process.execPath, [join(folder, 'scripts', 'db_build.ts')], { cwd: folder })
    await once(build, 'close')
    const kept = await run('start', '--detach', '--keep')
    expect(kept).toMatchObject({ code: 1, output: expect.stringContaining('db:backup') })
    const { code, output } = await run('start', '--detach')
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('Rebuilding the database') })
    const [row] = await withConnection(
      databaseUrl(),
      (sql) => sql`select to_regtype('private.arrived') is not null as found`,
    )
    expect(row).toEqual({ found: true })
  })

  it('stops everything on Ctrl-C', async () => {
    await run('stop')
    const started = command('start')
    await printed(started, 'Ctrl-C stops everything')
    started.child.kill('SIGINT')
    expect(await started.done).toBe(0)
    for (const port of Object.values(portsFor(base))) expect(await isFree(port)).toBe(true)
  })

  it('names the port that is taken and what to do', async () => {
    const blocker = createServer().listen(base + 3, '127.0.0.1')
    await once(blocker, 'listening')
    const { code, output } = await run('start', '--detach')
    blocker.close()
    expect(code).toBe(1)
    expect(output).toContain(`Port ${base + 3}`)
    expect(output).toContain('--port-base')
  })

  it('[PLT-37] reset removes the data folder', async () => {
    expect((await run('reset', '--yes')).code).toBe(0)
    await expect(readFile(join(folder, 'data', 'secrets.json'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('explains a flag it does not know', async () => {
    expect(await run('start', '--prot-base', '1')).toMatchObject({
      code: 1,
      output: expect.stringContaining('--port-base N'),
    })
  })
})

/** Waits until the command has printed the text. */
function printed(started: { child: ChildProcess; output(): string }, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => started.output().includes(text) && resolve()
    started.child.stdout?.on('data', look)
    started.child.once('close', () => reject(new Error(`ended before printing "${text}": ${started.output()}`)))
    look()
  })
}
