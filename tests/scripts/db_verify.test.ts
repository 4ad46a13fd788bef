import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withConnection } from '../../local/postgres/database.ts'
import { advisorFindings, catalogDifference, compareWithSchemas, schemaDifference } from '../../scripts/db_verify.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'

/** What was changed, how, and the line of the difference that tells it. */
const changes = [
  ['a new column', 'alter table public.profiles add column extra text', /^\+ column .*profiles\.extra /],
  ['a grant', 'grant insert on public.roles to authenticated', /^\+ relation .*roles r .*authenticated=a/],
  [
    'a column grant',
    'grant update (rank) on public.roles to authenticated',
    /^\+ column .*roles\.rank .*authenticated=w/,
  ],
  ['a changed comment', `comment on table public.roles is 'Other'`, /^\+ comment .*roles Other$/],
  [
    'a disabled trigger',
    'alter table public.memberships disable trigger t500_count_owners',
    /^\+ trigger .*t500_count_owners .* D$/,
  ],
  [
    'another schedule',
    `select cron.schedule('foundation_purge_cron_history', '1 1 * * *', 'select private.job_purge_cron_history(1)')`,
    /^\+ cron foundation_purge_cron_history 1 1 \* \* \*/,
  ],
  [
    'a lookup row',
    `insert into public.permissions (permission, description) values ('a.b', 'c')`,
    /^\+ row .*permissions .*a\.b/,
  ],
  [
    'a default privilege',
    'alter default privileges in schema public grant select on tables to anon',
    /^\+ default .*anon=r/,
  ],
  [
    'a body',
    `create or replace function private.organization_restore_window() returns interval language sql immutable set search_path = '' as $$ select interval '1 day' $$`,
    /^\+ function .*organization_restore_window.*1 day/s,
  ],
] as const

describe('db:verify', () => {
  let fresh: TestDatabase
  let other: TestDatabase
  let changed: TestDatabase
  let lines: string[]
  beforeAll(async () => {
    fresh = await testDatabase()
    other = await testDatabase()
    changed = await testDatabase()
    await withConnection(changed.url, async (sql) => {
      for (const [, change] of changes) await sql.unsafe(change)
      await sql.unsafe(
        'create table public.open_things (id int primary key); grant select on public.open_things to anon',
      )
    })
    lines = await catalogDifference(changed.url, fresh.url)
  })
  afterAll(async () => {
    for (const database of [fresh, other, changed]) await database[Symbol.asyncDispose]()
  })

  it.each(changes)('finds %s', (_what, _change, found) => {
    expect(lines.filter((line) => found.test(line))).not.toEqual([])
  })

  it('finds with the supabase CLI what a change of the schema would take', async () => {
    expect(await schemaDifference(fresh.url, changed.url)).toMatch(/add column "?extra/i)
  })

  it('finds nothing between two databases of the same migrations', async () => {
    expect(await compareWithSchemas(other.url, fresh.url)).toEqual([])
  })

  it('reports what the advisors find, and nothing on the migrations', async () => {
    expect(await advisorFindings(other.url)).toEqual([])
    expect((await advisorFindings(changed.url)).join('\n')).toContain('rls_disabled_in_public')
  })
})
