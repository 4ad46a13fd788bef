import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withConnection } from '../../../local/postgres/database.ts'
import { copyProject, freeBase } from '../../support/project_copy.ts'

describe('npm run dev', { timeout: 120_000 }, () => {
  let folder: string
  let base: number
  let child: ChildProcess
  let output = ''

  beforeAll(async () => {
    folder = await copyProject()
    base = await freeBase()
    const main = join(folder, 'local', 'main.ts')
    const parameters = [main, 'dev', '--port-base', String(base), '--data-dir', join(folder, 'data')]
    child = spawn(process.execPath, parameters, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk) => {
          output += chunk
          if (output.includes('Ctrl-C stops everything')) resolve()
        })
      }
      child.once('exit', () => reject(new Error(`ended before it was ready: ${output}`)))
    })
  })
  afterAll(async () => {
    const exited = once(child, 'exit')
    child.kill('SIGINT')
    await exited
    await rm(folder, { recursive: true, force: true })
  })

  const query = (text: string) =>
    withConnection(`postgresql://postgres:postgres@127.0.0.1:${base + 1}/postgres`, (sql) => sql.unsafe(text))
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
    await expect.poll(() => output, { timeout: 60_000 }).toContain('changed in place; all rows are kept')
    const [row] = await query(`
      select (select name from public.organizations where slug = 'analytical-estates') as name,
        exists (select from information_schema.columns where column_name = 'nickname') as has_column`)
    expect(row).toEqual({ name: 'Kept', has_column: true })
    // REST knows the column without a restart: it is the privilege that is missing, not the column.
    const secrets = JSON.parse(await readFile(join(folder, 'data', 'secrets.json'), 'utf8'))
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
    await expect.poll(() => output, { timeout: 60_000 }).toContain('Migrations could not be applied')
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
})
