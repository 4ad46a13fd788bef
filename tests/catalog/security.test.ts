import { it } from 'vitest'
import { expectKept, ownSchemas } from './lint.ts'

// What one slip of which would show all tenants to everybody. The rest of it stands beside its subject: row level security
// and policies in tables.test.ts and policies.test.ts, search_path and definer functions in functions.test.ts.

it('[A11-12] runs views of the API with the rights of the caller, and has no materialized or foreign tables there', () =>
  expectKept({
    find: `select oid::regclass::text as name from pg_class
      where relnamespace = 'public'::regnamespace and (
        relkind in ('m', 'f')
        or relkind = 'v' and not coalesce(reloptions, '{}') && array['security_invoker=true', 'security_invoker=on']
      )`,
    breaks: { sql: 'create view public.all_profiles as select * from public.profiles', name: 'all_profiles' },
  }))

it('[A11-12] asks in every policy who is calling', () =>
  expectKept({
    find: `select polname as name from pg_policy join pg_class on pg_class.oid = polrelid
      cross join lateral unnest(array[pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)]) as condition
      where relnamespace in (${ownSchemas.slice(1, -1)}, 'storage'::regnamespace, 'realtime'::regnamespace)
        and polpermissive and condition is not null and condition !~ 'private\\.' and condition <> 'false'`,
    breaks: {
      sql: `create policy roles_delete_any on public.roles for delete to authenticated using (1 = 1)`,
      name: 'roles_delete_any',
    },
  }))

it('[A11-12] asks who is calling in every definer function that clients may run, itself or through what it calls', () =>
  expectKept({
    find: `
      with recursive asking as (
        select oid, proname from pg_proc where pronamespace in ${ownSchemas} and prosrc ~ 'auth\\.(uid|jwt)\\('
        union
        select pg_proc.oid, pg_proc.proname from pg_proc
        join asking on strpos(pg_proc.prosrc, 'private.' || asking.proname || '(') > 0
        where pronamespace in ${ownSchemas}
      )
      select oid::regprocedure::text as name from pg_proc
      where pronamespace in ${ownSchemas} and prosecdef and oid not in (select oid from asking)
        and (has_function_privilege('authenticated', oid, 'execute') or has_function_privilege('anon', oid, 'execute'))`,
    breaks: {
      sql: `create function private.tell_all() returns setof public.profiles language sql security definer
          set search_path = '' as 'select * from public.profiles';
        grant execute on function private.tell_all() to authenticated`,
      name: 'private.tell_all()',
    },
    exceptions: {
      'private.look_up_invitation(text)': 'the token of the invitation is the proof',
      'private.decline_invitation(text)': 'the token of the invitation is the proof',
      'private.get_public_profile(uuid)': 'profiles whose people show them to everybody',
      'private.list_plans(billing_product,text)': 'the price list is for everybody',
      'private.list_credit_packs(text)': 'the price list is for everybody',
    },
  }))

it('[A11-12] gives anonymous callers no table, column or sequence', () =>
  expectKept({
    find: `select oid::regclass::text as name from pg_class
      where relnamespace in ${ownSchemas} and case
        when relkind in ('r', 'p', 'v', 'm', 'f') then
          has_table_privilege('anon', oid, 'select, insert, update, delete, truncate, references, trigger')
            or has_any_column_privilege('anon', oid, 'select, insert, update, references')
        when relkind = 'S' then has_sequence_privilege('anon', oid, 'usage, select, update')
        else false
      end`,
    breaks: { sql: 'grant select (name) on public.organizations to anon', name: 'organizations' },
  }))

it('[A11-12] lets nobody but the owner truncate a table, or put triggers on it', () =>
  expectKept({
    find: `select oid::regclass || ' ' || role as name
      from pg_class cross join unnest(array['anon', 'authenticated', 'service_role']) as role
      where relnamespace in ${ownSchemas} and relkind in ('r', 'p')
        and has_table_privilege(role, oid, 'truncate, references, trigger')`,
    breaks: { sql: 'grant truncate on public.roles to service_role', name: 'roles service_role' },
  }))

it('[A11-12] quotes what it puts into dynamic statements', () =>
  expectKept({
    // "execute" of anything but format(), whose %I, %L and %s of a regclass quote.
    find: `select oid::regprocedure::text as name from pg_proc
      where pronamespace in ${ownSchemas} and prolang = (select oid from pg_language where lanname = 'plpgsql')
        and prosrc ~* '\\mexecute\\s+(?!format\\s*\\(|function\\M|on\\M)'`,
    breaks: {
      sql: `create function private.run_any(name text) returns void language plpgsql set search_path = '' as
        'begin execute ''drop table '' || name; end'`,
      name: 'private.run_any(text)',
    },
  }))
