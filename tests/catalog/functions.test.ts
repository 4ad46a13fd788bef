import { it } from 'vitest'
import { expectKept, ownSchemas } from './lint.ts'

const functions = `from pg_proc where pronamespace in ${ownSchemas}`

it('[A11-12] sets an empty search_path on every function', () =>
  expectKept({
    find: `select oid::regprocedure::text as name ${functions}
      and not coalesce(proconfig, '{}') && array['search_path=""', 'search_path=']`,
    breaks: { sql: `create function private.loose() returns int language sql as 'select 1'`, name: 'private.loose()' },
  }))

it('[A11-12] keeps security definer out of the API', () =>
  expectKept({
    find: `select oid::regprocedure::text as name ${functions} and pronamespace = 'public'::regnamespace and prosecdef`,
    breaks: {
      sql: `create function public.strong() returns int language sql security definer set search_path = '' as 'select 1'`,
      name: 'strong()',
    },
  }))

it('[A11-12] lets nobody run a function by the built-in grant to public, and anonymous callers nothing unnamed', () =>
  expectKept({
    find: `select pg_proc.oid::regprocedure::text as name
      from pg_proc cross join lateral aclexplode(coalesce(proacl, acldefault('f', proowner))) as granted
      where pronamespace in ${ownSchemas} and granted.grantee in (0, 'anon'::regrole)`,
    breaks: {
      sql: `create function public.loose() returns int language sql set search_path = '' as 'select 1';
        grant execute on function public.loose() to public`,
      name: 'loose()',
    },
    exceptions: {
      'private.before_request()': 'what the REST API runs before every request, as whatever role it has',
      'get_client_config(uuid)': 'the public settings and flags, which a client needs before anybody signs in',
      'private.get_client_config(uuid)': 'its body',
      'look_up_invitation(text)': 'who was invited may know by whom before signing up; the token is the proof',
      'private.look_up_invitation(text)': 'its body',
      'decline_invitation(text)': 'nobody needs an account to say no; the token is the proof',
      'private.decline_invitation(text)': 'its body',
      'get_public_profile(uuid)': 'profiles whose people show them to everybody',
      'private.get_public_profile(uuid)': 'its body',
      'list_plans(billing_product,text)': 'the price list is for everybody',
      'private.list_plans(billing_product,text)': 'its body',
      'list_credit_packs(text)': 'the price list is for everybody',
      'private.list_credit_packs(text)': 'its body',
    },
  }))

it('has claims read by a few named functions only, so that a ban counts everywhere', () =>
  expectKept({
    find: `
      select oid::regprocedure::text as name ${functions} and prosrc ~ 'auth\\.(uid|jwt|role)\\('
      union all
      select polrelid::regclass || '.' || polname from pg_policy
      where coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck, polrelid), '')
        ~ 'auth\\.(uid|role)\\('`,
    breaks: {
      sql: `create policy roles_select_loose on public.roles for select to authenticated using ((select auth.uid()) is not null)`,
      name: 'roles.roles_select_loose',
    },
    exceptions: {
      'private.acting_person_id()': 'has the claims identified',
      'private.current_person_id()': 'has the claims identified',
      'private.current_service_account_id()': 'has the claims identified',
      'private.current_session_id()': 'asks for the session, not for the person',
      'private.import_claims()': 'keeps them for the job, after they were identified',
      'private.is_known_caller()': 'has the claims identified',
      'private.is_in_scope(text)': 'asks what the credential was given, not who has it',
      'private.get_my_account()': 'tells who is kept out, and thus nobody to all others, why',
      'private.request_export(uuid,text,export_format,jsonb,text[],text)':
        'keeps them for the job, after they were identified',
      'private.organizations_with(text)': 'has the claims identified, and asks for the second factor',
      'private.grant_app(uuid,uuid[],text[])': 'asks for the second factor of the session',
      'private.organizations_guard_second_factor()': 'asks for the second factor of the session',
    },
  }))

it('names trigger functions after their table, and jobs by verb and noun', () =>
  expectKept({
    find: `
      select pg_proc.oid::regprocedure::text as name
      from pg_proc join pg_trigger on tgfoid = pg_proc.oid join pg_class on pg_class.oid = tgrelid
      where pronamespace = 'private'::regnamespace and not relispartition and not starts_with(proname, relname || '_')
      union all
      select oid::regprocedure::text ${functions} and starts_with(proname, 'job_') and (
        pronamespace <> 'private'::regnamespace or proname !~ '^job_[a-z]+_[a-z_]+$'
        or pg_get_function_identity_arguments(oid) <> 'batch_size integer' or prorettype <> 'int4'::regtype
      )`,
    breaks: {
      sql: `create function private.job_x() returns int language sql set search_path = '' as 'select 1'`,
      name: 'private.job_x()',
    },
    exceptions: {
      'private.set_updated_at()': 'shared by all tables',
      'private.record_row_changes()': 'shared by all audited tables',
      'private.credit_entries_refuse_change()': 'shared by the ledger of credits and the log of payments',
      'private.log_payment_change()': 'shared by payments, refunds and disputes',
      'private.keep_billing_document()': 'shared by credit notes and receipts',
      'private.enforce_limit()': 'shared by all tables with a limit',
      'private.refuse_change()': 'shared by append-only tables',
      'private.catalogue_request_sync()': 'shared by the tables of the catalogue',
    },
  }))

it('schedules only jobs that exist, and every job', () =>
  expectKept({
    find: `
      select name from private.cron_jobs
      where to_regprocedure(regexp_replace(command, '^select ([a-z_.]+)\\(.*$', '\\1(int)')) is null
        or not exists (select from cron.job where jobname = name)
      union all
      select oid::regprocedure::text ${functions} and starts_with(proname, 'job_')
        and not exists (select from private.cron_jobs where starts_with(command, 'select private.' || proname || '('))`,
    breaks: {
      sql: `insert into private.cron_jobs values ('test_do_nothing', '* * * * *', 'select private.job_do_nothing(1)')`,
      name: 'test_do_nothing',
    },
  }))

it('gives parameters of the API plain names and variables the prefix v_', () =>
  expectKept({
    find: `
      select oid::regprocedure::text as name ${functions} and pronamespace = 'public'::regnamespace
        and exists (select from unnest(proargnames) as argument where argument ~ '^(p|v|in|_)_?[0-9]*_' or argument = '')
      union all
      select oid::regprocedure::text ${functions}
        and prosrc ~ '(^|\\n)declare\\n(\\s*--[^\\n]*\\n)*\\s*(?!v_)[a-z]'`,
    breaks: {
      sql: `create function public.odd(p_id int) returns int language sql set search_path = '' as 'select 1'`,
      name: 'odd(integer)',
    },
  }))
