import { it } from 'vitest'
import { expectKept, ownSchemas } from './lint.ts'

const policies = `from pg_policy join pg_class on pg_class.oid = polrelid
  where relnamespace in ('public'::regnamespace, 'private'::regnamespace)`
const condition = `coalesce(pg_get_expr(polqual, polrelid), '') || ' ' || coalesce(pg_get_expr(polwithcheck, polrelid), '')`

it('has one permissive policy for each table, command and role', () =>
  expectKept({
    find: `select polrelid::regclass || ' ' || polcmd::text as name
      from pg_policy join pg_class on pg_class.oid = polrelid cross join lateral unnest(polroles) as role
      where relnamespace = 'public'::regnamespace and polpermissive
      group by polrelid, polcmd, role having count(*) > 1`,
    breaks: {
      sql: `create policy roles_select_again on public.roles for select to authenticated using (false)`,
      name: 'roles r',
    },
  }))

it('[A11-12] names the role in every policy', () =>
  expectKept({
    find: `select polname as name ${policies} and 0 = any (polroles)`,
    breaks: {
      sql: `create policy roles_select_all on public.roles for select using (false)`,
      name: 'roles_select_all',
    },
  }))

it('writes a policy for each command, never for all', () =>
  expectKept({
    find: `select polname as name ${policies} and polcmd = '*' and polpermissive`,
    breaks: {
      sql: `create policy roles_all_any on public.roles to authenticated using (false)`,
      name: 'roles_all_any',
    },
  }))

it('[A11-12] never opens a table to everybody', () =>
  expectKept({
    find: `select polname as name ${policies} and polpermissive
      and 'true' in (pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))`,
    breaks: {
      sql: `create policy roles_delete_any on public.roles for delete to authenticated using (true)`,
      name: 'roles_delete_any',
    },
  }))

it('checks updated rows before and after the change', () =>
  expectKept({
    find: `select polname as name ${policies} and polcmd = 'w' and (polqual is null or polwithcheck is null)`,
    breaks: {
      sql: `create policy roles_update_any on public.roles for update to authenticated using (false)`,
      name: 'roles_update_any',
    },
  }))

it('[A1-12] asks helpers once for each statement', () =>
  expectKept({
    find: `select polname as name ${policies}
      and regexp_replace(${condition}, 'SELECT (private\\.|auth\\.|realtime\\.|storage\\.)', '', 'gi') ~ 'private\\.'`,
    breaks: {
      sql: `create policy roles_insert_slow on public.roles for insert to authenticated
        with check (private.current_person_id() is not null)`,
      name: 'roles_insert_slow',
    },
  }))

it('[A1-12] has an index that begins with each column that a policy asks for', () =>
  expectKept({
    find: `select distinct polrelid::regclass || '.' || attname as name
      from pg_policy join pg_class on pg_class.oid = polrelid
      join pg_depend on classid = 'pg_policy'::regclass and objid = pg_policy.oid
        and refclassid = 'pg_class'::regclass and refobjsubid > 0
      join pg_attribute on attrelid = refobjid and attnum = refobjsubid
      where relnamespace in ${ownSchemas} and refobjid = polrelid
        and not exists (
          select from pg_index where indrelid = attrelid and indkey[0] = attnum
            and (indpred is null or pg_get_expr(indpred, indrelid) = format('(%I IS NOT NULL)', attname))
        )`,
    breaks: {
      sql: `create table public.slow_things (id int primary key, user_id uuid);
        create policy slow_things_select_self on public.slow_things for select to authenticated
          using (user_id = (select private.current_person_id()))`,
      name: 'slow_things.user_id',
    },
    exceptions: {
      'files.is_private': 'half of the rows: an index would find nothing faster',
      'profiles.deleted_at': 'true of nearly every row: an index would find nothing faster',
      'profiles.hidden_until_at': 'true of nearly every row: an index would find nothing faster',
      'profiles.visibility': 'true of nearly every row: an index would find nothing faster',
    },
  }))

it('never trusts what a user can edit', () =>
  expectKept({
    find: `select polname as name ${policies} and ${condition} ~ 'user_meta'
      union all
      select oid::regprocedure::text from pg_proc
      where pronamespace in ('public'::regnamespace, 'private'::regnamespace) and prosrc ~ 'user_meta'`,
    breaks: {
      sql: `create policy roles_insert_meta on public.roles for insert to authenticated
        with check (current_setting('request.jwt.claims')::json -> 'user_metadata' ->> 'x' = 'y')`,
      name: 'roles_insert_meta',
    },
    exceptions: {
      'private.users_create_profile()': 'takes the name of the new profile from it, no right',
      'private.users_keep_metadata()': 'keeps it as it was, no right',
      'private.profiles_create_details()': 'asks whether a name was typed, gives no right',
      'private.erase_person(uuid)': 'empties it',
      'private.app_token_claims(jsonb)': 'takes it out of tokens that are not for it',
    },
  }))

it('has a policy for every verb that is granted, and a grant for every policy', () =>
  expectKept({
    find: `with verbs (verb, command) as (values ('SELECT', 'r'), ('INSERT', 'a'), ('UPDATE', 'w'), ('DELETE', 'd')),
      granted as (
        select pg_class.oid, verb, command,
          has_table_privilege('authenticated', pg_class.oid, verb)
            or (verb <> 'DELETE' and has_any_column_privilege('authenticated', pg_class.oid, verb)) as is_granted,
          exists (select from pg_policy where polrelid = pg_class.oid and polcmd::text in (command, '*')
            and polpermissive and 'authenticated'::regrole = any (polroles)) as has_policy
        from pg_class cross join verbs
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      )
      select oid::regclass || ' ' || verb as name from granted where is_granted <> has_policy`,
    breaks: { sql: 'grant delete on public.roles to authenticated', name: 'roles DELETE' },
  }))
