import { describe, expect, it } from 'vitest'
import { withConnection } from '../../local/postgres/database.ts'
import { advisorFindings, catalogDifference, compareWithSchemas, schemaDifference } from '../../scripts/db_verify.ts'
import { testDatabase } from '../support/postgres.ts'

describe('db:verify', () => {
  it.each([
    ['a new column', 'alter table public.profiles add column extra text', /add column|extra/i],
    ['a grant', 'grant insert on public.roles to authenticated', /roles/],
    ['a column grant', 'grant update (rank) on public.roles to authenticated', /roles\.rank/],
    ['a changed comment', `comment on table public.roles is 'Other'`, /Other/],
    ['a disabled trigger', 'alter table public.memberships disable trigger t500_count_owners', /t500_count_owners/],
    [
      'another schedule',
      `select cron.schedule('foundation_purge_cron_history', '1 1 * * *', 'select private.job_purge_cron_history(1)')`,
      /1 1 \* \* \*/,
    ],
    ['a lookup row', `insert into public.permissions (permission, description) values ('a.b', 'c')`, /a\.b/],
    ['a default privilege', 'alter default privileges in schema public grant select on tables to anon', /anon=r/],
    [
      'a body',
      `create or replace function private.organization_restore_window() returns interval language sql immutable set search_path = '' as $$ select interval '1 day' $$`,
      /1 day/,
    ],
  ])('finds %s', async (_what, change, found) => {
    await using fresh = await testDatabase()
    await using changed = await testDatabase()
    await withConnection(changed.url, (sql) => sql.unsafe(change))
    expect((await catalogDifference(changed.url, fresh.url)).join('\n')).toMatch(found)
  })

  it('finds with the supabase CLI what a change of the schema would take', async () => {
    await using fresh = await testDatabase()
    await using changed = await testDatabase()
    await withConnection(changed.url, (sql) => sql.unsafe('alter table public.profiles add column extra text'))
    expect(await schemaDifference(fresh.url, changed.url)).toMatch(/add column "?extra/i)
  })

  it('finds nothing between two databases of the same migrations', async () => {
    await using fresh = await testDatabase()
    await using other = await testDatabase()
    expect(await compareWithSchemas(other.url, fresh.url)).toEqual([])
  })

  it('reports what the advisors find, and nothing on the migrations', async () => {
    await using database = await testDatabase()
    expect(await advisorFindings(database.url)).toEqual([])
    await withConnection(database.url, (sql) =>
      sql.unsafe('create table public.open_things (id int primary key); grant select on public.open_things to anon'),
    )
    expect((await advisorFindings(database.url)).join('\n')).toContain('rls_disabled_in_public')
  })
})
