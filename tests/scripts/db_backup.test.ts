import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withConnection } from '../../local/postgres/database.ts'
import { backUp, restore } from '../../scripts/db_backup.ts'
import { fileDatabase, withCommit } from '../support/database.ts'
import { given } from '../support/given.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'

let folder = ''
let source: TestDatabase

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atrium-backup-'))
  source = await fileDatabase()
  await withCommit(async (db) => {
    const organization = await given.organization(db, { name: 'Tabs\tand\nlines \\ and "quotes" é' })
    await given.limit(db, { organization, key: 'members', value: null })
    await db.exec(`insert into storage.buckets (id, name) values ('backed-up', 'backed-up')`)
    // A month that a fresh database has no partition for.
    await db.exec(`select private.ensure_month_partition('public.audit_logs', '2020-02-01')`)
  })
  await backUp(source.url, join(folder, 'backup'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const tables = [
  'auth.users',
  'public.profiles',
  'public.organizations',
  'public.memberships',
  'private.organization_limits',
  'storage.buckets',
  'public.audit_logs',
]

async function contents(url: string): Promise<unknown> {
  return withConnection(url, async (sql) => {
    const found: Record<string, unknown> = {}
    for (const table of tables) found[table] = [...(await sql.unsafe(`select * from ${table} as t order by t::text`))]
    return found
  })
}

describe('[PLT-37] db:backup', () => {
  it('restores every row into a database with the same migrations, twice alike, and leaves it whole', async () => {
    await using target = await testDatabase()
    const wanted = await contents(source.url)
    await restore(target.superuserUrl, join(folder, 'backup'))
    expect(await contents(target.url)).toEqual(wanted)
    await expect(restore(target.superuserUrl, join(folder, 'backup'))).rejects.toThrow('the database has accounts')
    await restore(target.superuserUrl, join(folder, 'backup'), { overwrite: true })
    expect(await contents(target.url)).toEqual(wanted)
    // The database is whole: its rules and triggers work on.
    await withConnection(target.url, async (sql) => {
      await expect(sql`update public.memberships set role = 'viewer' where role = 'owner'`).rejects.toMatchObject({
        code: 'PGRST',
      })
      await expect(sql`delete from public.audit_logs`).rejects.toThrow('append-only')
      const [job] = await sql`select count(*)::int as count from cron.job`
      expect(job?.count).toBeGreaterThan(0)
    })
  })

  it('changes nothing when a part is damaged, the migrations are others, or the folder is wrong', async () => {
    await using target = await testDatabase()
    const copy = join(folder, 'damaged')
    await cp(join(folder, 'backup'), copy, { recursive: true })
    const before = await contents(target.url)
    const part = join(copy, 'public.profiles.copy.gz')
    const bytes = await readFile(part)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
    await writeFile(part, bytes)
    await expect(restore(target.superuserUrl, copy)).rejects.toThrow('public.profiles.copy.gz was damaged')
    await withConnection(
      target.url,
      (sql) => sql`
      insert into supabase_migrations.schema_migrations (version, statements) values ('29990101000000', array['select 1'])`,
    )
    await expect(restore(target.superuserUrl, join(folder, 'backup'))).rejects.toThrow('29990101000000')
    await expect(restore(target.superuserUrl, folder)).rejects.toThrow('no manifest.json')
    expect(await contents(target.url)).toEqual(before)
    await expect(backUp(source.url, join(folder, 'backup'))).rejects.toThrow('is not empty')
  })

  it('takes one moment of a database that is being written to', async () => {
    const copy = join(folder, 'busy')
    let isDone = false
    const writing = (async () => {
      for (let person = 0; !isDone; person += 1) await withCommit((db) => given.person(db, { name: `Busy ${person}` }))
    })()
    const manifest = await backUp(source.url, copy).finally(() => {
      isDone = true
    })
    await writing
    const rows = (table: string) => manifest.parts.find((part) => part.table === table)?.rows
    expect(rows('auth.users')).toBe(rows('public.profiles'))
  })
})
