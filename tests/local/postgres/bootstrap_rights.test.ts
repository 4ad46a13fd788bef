import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootstrapDatabase, dropDatabase, withConnection, withDatabase } from '../../../local/postgres/database.ts'
import { type BareDatabase, bareDatabase } from './bare_database.ts'

let database: BareDatabase
let owner: postgres.Sql
let superuser: postgres.Sql

beforeAll(async () => {
  database = await bareDatabase()
  owner = postgres(database.url, { max: 1, onnotice: () => {} })
  superuser = postgres(database.superuserUrl, { max: 1, onnotice: () => {} })
})

afterAll(async () => {
  await Promise.all([owner.end(), superuser.end()])
  await database.drop()
})

/** Runs as a role inside a transaction that is rolled back. */
async function attempt(role: string, ...statements: string[]): Promise<postgres.RowList<postgres.Row[]>> {
  const rollback = new Error('rollback')
  let last: postgres.RowList<postgres.Row[]> | undefined
  const sql = role === 'postgres' ? owner : superuser
  await sql
    .begin(async (transaction) => {
      if (role !== 'postgres') await transaction.unsafe(`set local role ${role}`)
      for (const statement of statements) last = await transaction.unsafe(statement)
      throw rollback
    })
    .catch((error: unknown) => {
      if (error !== rollback) throw error
    })
  if (!last) throw new Error('no statement was run')
  return last
}

const message = /permission denied|must be|only roles with|may not/i

describe('an empty Supabase database', () => {
  it('loads into a fresh database beside one that has it already', async () => {
    const name = `${database.name}_fresh`
    const url = withDatabase(database.superuserUrl, name)
    await superuser.unsafe(`create database ${name} template template0`)
    try {
      await bootstrapDatabase(url)
      const [row] = await withConnection(
        url,
        (sql) => sql`
          select array_agg(nspname::text order by nspname) as schemas from pg_namespace
          where nspname in ('auth', 'extensions', 'realtime', 'storage', 'vault', 'cron', 'net')`,
      )
      // cron and net come with their extensions, which migrations create.
      expect(row?.schemas).toEqual(['auth', 'extensions', 'realtime', 'storage', 'vault'])
    } finally {
      await dropDatabase(database.superuserUrl, name)
    }
  })

  it('gives every session the search path of a hosted project', async () => {
    const [row] = await owner`show search_path`
    expect(row?.search_path).toBe('"$user", public, extensions')
  })

  it('keeps row level security on for every table of the services', async () => {
    const open = await superuser`
      select oid::regclass::text as name from pg_class
      where relnamespace in ('auth'::regnamespace, 'storage'::regnamespace, 'realtime'::regnamespace)
        and relkind in ('r', 'p') and not relrowsecurity and relname <> 'schema_migrations'`
    expect(open.map(({ name }) => name)).toEqual([])
  })

  it('opens what postgres creates in public to the API roles', async () => {
    const rows = await attempt(
      'postgres',
      'create table public.rights_probe (id int)',
      `select grantee, count(*)::int as verbs from information_schema.role_table_grants
       where table_name = 'rights_probe' and grantee in ('anon', 'authenticated', 'service_role')
         and privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
       group by grantee order by grantee`,
    )
    expect([...rows]).toEqual([
      { grantee: 'anon', verbs: 4 },
      { grantee: 'authenticated', verbs: 4 },
      { grantee: 'service_role', verbs: 4 },
    ])
  })

  it('limits how long a request may run by the role it runs as', async () => {
    const rows = await superuser`
      select rolname, rolconfig from pg_roles where rolname in ('anon', 'authenticated', 'authenticator') order by 1`
    expect(rows.map(({ rolname, rolconfig }) => [rolname, rolconfig?.[0]])).toEqual([
      ['anon', 'statement_timeout=3s'],
      ['authenticated', 'statement_timeout=8s'],
      ['authenticator', 'statement_timeout=8s'],
    ])
  })
})

describe('the role postgres', () => {
  it('puts a trigger on auth.users and points a foreign key at it', async () => {
    const rows = await attempt(
      'postgres',
      'create table public.people (id uuid primary key references auth.users (id) on delete cascade)',
      `create function public.add_person() returns trigger language plpgsql security definer set search_path = '' as
       $$ begin insert into public.people values (new.id); return null; end $$`,
      'create trigger add_person after insert on auth.users for each row execute function public.add_person()',
      `insert into auth.users (id, email) values ('00000000-0000-0000-0000-000000000001', 'a@example.com')`,
      'select id from public.people',
    )
    expect(rows).toHaveLength(1)
  })

  it('makes policies on storage.objects and realtime.messages', async () => {
    const rows = await attempt(
      'postgres',
      `create policy own_folder on storage.objects for select to authenticated
       using ((storage.foldername(name))[1] = (select auth.uid())::text)`,
      `create policy own_topic on realtime.messages for select to authenticated
       using ((select realtime.topic()) = 'user:' || (select auth.uid())::text)`,
      `select polname::text from pg_policy where polname in ('own_folder', 'own_topic') order by 1`,
    )
    expect(rows.map(({ polname }) => polname)).toEqual(['own_folder', 'own_topic'])
  })

  it.each([
    ['alter table auth.users add column nickname text'],
    ['alter table storage.objects disable row level security'],
    ['drop table auth.refresh_tokens'],
    ['drop function storage.foldername(text)'],
    ['create table auth.notes (id int)'],
    ['create index on auth.users (phone_change)'],
    ['alter function auth.uid() volatile'],
  ])('cannot change what the services own: %s', async (statement) => {
    await expect(attempt('postgres', statement)).rejects.toThrow(message)
  })

  it('cannot act as a service on a server that can tell membership from impersonation', async ({ skip }) => {
    const [row] = await owner`select current_setting('server_version_num')::int as version`
    skip(row?.version < 160_000, 'Postgres 15 knows one kind of membership')
    await expect(attempt('postgres', 'set local role supabase_auth_admin')).rejects.toThrow(/permission denied/)
  })

  it('drops a schema of its own whose tables point at auth.users', async () => {
    const rows = await attempt(
      'postgres',
      'create schema own',
      'create table own.notes (user_id uuid references auth.users (id))',
      'drop schema own cascade',
      `select to_regnamespace('own') as gone`,
    )
    expect(rows[0]?.gone).toBeNull()
  })

  it('stores settings of PostgREST on the authenticator', async () => {
    const rows = await attempt(
      'postgres',
      "alter role authenticator set pgrst.db_aggregates_enabled = 'true'",
      "alter role authenticator set pgrst.db_pre_request = 'public.check_request'",
      "select rolconfig from pg_roles where rolname = 'authenticator'",
    )
    expect(rows[0]?.rolconfig).toEqual(
      expect.arrayContaining(['pgrst.db_aggregates_enabled=true', 'pgrst.db_pre_request=public.check_request']),
    )
  })

  it('makes roles that the API roles can be granted to', async () => {
    const rows = await attempt(
      'postgres',
      `create role reporter_${database.name} nologin`,
      `grant reporter_${database.name} to authenticator`,
      `grant authenticated to reporter_${database.name}`,
      `select pg_has_role('authenticator', 'reporter_${database.name}', 'member') as granted`,
    )
    expect(rows[0]?.granted).toBe(true)
  })

  it.each([
    ['alter role postgres superuser'],
    ['set role supabase_admin'],
    ['set session authorization supabase_admin'],
    ['grant supabase_admin to postgres'],
    ["select pg_read_file('PG_VERSION')"],
    ["copy (select 1) to '/dev/null'"],
    ["alter role supabase_admin password 'x'"],
    ['create extension plpython3u'],
  ])('cannot become a superuser: %s', async (statement) => {
    await expect(attempt('postgres', statement)).rejects.toThrow()
  })
})

describe('the API roles', () => {
  const claims = JSON.stringify({ sub: '00000000-0000-0000-0000-00000000000a', role: 'authenticated', email: 'a@b.c' })

  it('read their claims through the auth functions', async () => {
    const rows = await attempt(
      'authenticated',
      `select set_config('request.jwt.claims', '${claims}', true)`,
      `select auth.uid() as uid, auth.role() as role, auth.email() as email, auth.jwt() ->> 'sub' as sub`,
    )
    expect(rows[0]).toEqual({
      uid: '00000000-0000-0000-0000-00000000000a',
      role: 'authenticated',
      email: 'a@b.c',
      sub: '00000000-0000-0000-0000-00000000000a',
    })
  })

  it('find null claims when there is no token', async () => {
    const rows = await attempt(
      'anon',
      "select set_config('request.jwt.claims', '', true)",
      'select auth.uid() as uid, auth.jwt() as jwt',
    )
    expect(rows[0]).toEqual({ uid: null, jwt: null })
  })

  it.each([['anon'], ['authenticated']])('cannot read accounts as %s', async (role) => {
    await expect(attempt(role, 'select * from auth.users')).rejects.toThrow(/permission denied/)
    await expect(attempt(role, 'select * from auth.refresh_tokens')).rejects.toThrow(/permission denied/)
  })

  it('see no object of storage without a policy', async () => {
    const rows = await attempt(
      'anon',
      'reset role',
      "insert into storage.buckets (id, name) values ('b', 'b')",
      "insert into storage.objects (bucket_id, name) values ('b', 'x/y.png')",
      'set local role anon',
      'select * from storage.objects',
    )
    expect(rows).toHaveLength(0)
  })
})
