import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isFree, portsFor } from '../../../local/ports.ts'
import { withConnection } from '../../../local/postgres/database.ts'
import { temporaryDataFolder } from '../../../local/postgres/temporary_folder.ts'
import { copyProject, freeBase } from '../../support/project_copy.ts'

describe('the commands of the stack', { timeout: 120_000 }, () => {
  let folder: string
  let data: string
  let base: number
  const open: ChildProcess[] = []

  function command(...parameters: string[]): { child: ChildProcess; output(): string; done: Promise<number | null> } {
    const [name = '', ...rest] = parameters
    const child = spawn(
      process.execPath,
      [join(folder, 'local', 'main.ts'), name, '--port-base', String(base), '--data-dir', data, ...rest],
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
    data = await temporaryDataFolder()
    base = await freeBase()
  })
  afterAll(async () => {
    await run('stop')
    for (const child of open) if (child.exitCode === null) child.kill('SIGKILL')
    for (const used of [folder, data]) await rm(used, { recursive: true, force: true })
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
    const { pid } = JSON.parse(await readFile(join(data, 'stack.json'), 'utf8'))
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

  describe('npm run dev', () => {
    let dev: ReturnType<typeof command>
    beforeAll(async () => {
      await run('stop')
      dev = command('dev')
      await printed(dev, 'Ctrl-C stops everything')
    })

    const query = (text: string) => withConnection(databaseUrl(), (sql) => sql.unsafe(text))
    const tables = () => join(folder, 'supabase', 'schemas', '02_tenancy', '20_tables.sql')
    const edit = async (file: string, change: (text: string) => string) =>
      writeFile(file, change(await readFile(file, 'utf8')))

    it('brings a saved table change to the running database and keeps the rows', async () => {
      await query(`update public.organizations set name = 'Kept' where slug = 'analytical-estates'`)
      await edit(tables(), (text) =>
        text
          .replace('  headline text,\n', '  headline text,\n  nickname text,\n')
          .concat(`\ncomment on column public.profiles.nickname is 'Short name; null when not told.';\n`),
      )
      await expect.poll(dev.output, { timeout: 60_000 }).toContain('changed in place; all rows are kept')
      const [row] = await query(`
        select (select name from public.organizations where slug = 'analytical-estates') as name,
          exists (select from information_schema.columns where column_name = 'nickname') as has_column`)
      expect(row).toEqual({ name: 'Kept', has_column: true })
      // REST knows the column without a restart: it is the privilege that is missing, not the column.
      const secrets = JSON.parse(await readFile(join(data, 'secrets.json'), 'utf8'))
      await expect
        .poll(
          async () => {
            const response = await fetch(`http://127.0.0.1:${base}/rest/v1/profiles?select=nickname&limit=1`, {
              headers: { apikey: secrets.keys.secretKey },
            })
            return response.status
          },
          { timeout: 20_000 },
        )
        .toBe(200)
    })

    it('survives a half-typed statement and says what is wrong', async () => {
      await edit(tables(), (text) => `${text}\ncreate table public.half (`)
      await expect.poll(dev.output, { timeout: 60_000 }).toContain('Migrations could not be applied')
      await edit(tables(), (text) => text.replace('\ncreate table public.half (', ''))
      const [row] = await query(`select name from public.organizations where slug = 'analytical-estates'`)
      expect(row).toEqual({ name: 'Kept' })
    })

    it('serves a changed function', async () => {
      const file = join(folder, 'supabase', 'functions', 'health', 'index.ts')
      const url = `http://127.0.0.1:${base}/functions/v1/health/just-added`
      expect((await fetch(url)).status).toBe(404)
      await edit(file, (text) =>
        text.replace('export default', `app.get('/just-added', (c) => c.text('here'))\n\nexport default`),
      )
      await expect.poll(async () => (await fetch(url)).text(), { timeout: 30_000 }).toBe('here')
    })

    it('stops everything on Ctrl-C', async () => {
      dev.child.kill('SIGINT')
      expect(await dev.done).toBe(0)
      for (const port of Object.values(portsFor(base))) expect(await isFree(port)).toBe(true)
    })
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
    await expect(readFile(join(data, 'secrets.json'))).rejects.toMatchObject({ code: 'ENOENT' })
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
