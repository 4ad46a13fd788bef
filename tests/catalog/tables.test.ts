import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withRollback } from '../support/database.ts'
import { expectKept, ownSchemas } from './lint.ts'

const tables = `from pg_class where relnamespace in ${ownSchemas} and relkind in ('r', 'p') and not relispartition`

it('[ORG-11] [A11-12] has row level security on for every table', () =>
  expectKept({
    find: `select oid::regclass::text as name from pg_class
      where relnamespace in ${ownSchemas} and relkind in ('r', 'p') and not relrowsecurity`,
    breaks: { sql: 'create table public.open_things (id int)', name: 'open_things' },
  }))

it('[ORG-11] [A11-12] has a policy on every table of the API', () =>
  expectKept({
    find: `select oid::regclass::text as name ${tables} and relnamespace = 'public'::regnamespace
        and not exists (select from pg_policy where polrelid = pg_class.oid)`,
    breaks: {
      sql: 'create table public.open_things (id int); alter table public.open_things enable row level security',
      name: 'open_things',
    },
  }))

it('describes every table, view, type and function of the API', () =>
  expectKept({
    find: `
      select oid::regclass::text as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'c') and not relispartition
        and obj_description(case when relkind = 'c' then reltype else oid end,
          case when relkind = 'c' then 'pg_type' else 'pg_class' end) is null
      union all
      select oid::regtype::text from pg_type
      where typnamespace = 'public'::regnamespace and typtype in ('e', 'd') and obj_description(oid, 'pg_type') is null
      union all
      select oid::regprocedure::text from pg_proc
      where pronamespace = 'public'::regnamespace and obj_description(oid, 'pg_proc') is null`,
    breaks: { sql: 'create function public.mute() returns int language sql return 1', name: 'mute()' },
  }))

it('describes every table and function of schema private', () =>
  expectKept({
    find: `
      select oid::regclass::text as name ${tables} and obj_description(oid, 'pg_class') is null
      union all
      select oid::regprocedure::text from pg_proc
      where pronamespace = 'private'::regnamespace and obj_description(oid, 'pg_proc') is null`,
    breaks: { sql: 'create function private.mute() returns int language sql return 1', name: 'private.mute()' },
  }))

it('describes every column', () =>
  expectKept({
    find: `select attrelid::regclass || '.' || attname as name
      from pg_attribute join pg_class on pg_class.oid = attrelid
      where relnamespace in ${ownSchemas} and relkind in ('r', 'p', 'v', 'm', 'c') and not relispartition
        and attnum > 0 and not attisdropped and col_description(attrelid, attnum) is null`,
    breaks: { sql: 'create table public.mute_things (id int)', name: 'mute_things.id' },
  }))

it('[PLT-27] has an index for every foreign key', () =>
  expectKept({
    find: `select conrelid::regclass || '.' || conname as name from pg_constraint
      where contype = 'f' and connamespace in ${ownSchemas} and conparentid = 0 and not exists (
        select from pg_index
        where indrelid = conrelid
          -- An index of the rows that have a value serves as well: a key without one refers to nothing.
          and (indpred is null or pg_get_expr(indpred, indrelid) = (
            select format('(%I IS NOT NULL)', attname) from pg_attribute
            where attrelid = conrelid and conkey = array[attnum]
          ))
          and (string_to_array(indkey::text, ' ')::smallint[])[1:cardinality(conkey)] @> conkey
          and (string_to_array(indkey::text, ' ')::smallint[])[1:cardinality(conkey)] <@ conkey
      )`,
    breaks: {
      sql: 'create table public.loose_things (id int primary key, role text references public.roles (role))',
      name: 'loose_things.loose_things_role_fkey',
    },
  }))

it('[PLT-27] has a foreign key on every organization_id and user_id', () =>
  expectKept({
    find: `select attrelid::regclass || '.' || attname as name
      from pg_attribute join pg_class on pg_class.oid = attrelid
      where relnamespace in ${ownSchemas} and relkind in ('r', 'p') and not relispartition
        and attname in ('organization_id', 'user_id') and not attisdropped
        and not exists (select from pg_constraint where contype = 'f' and conrelid = attrelid and attnum = any (conkey))`,
    breaks: { sql: 'create table public.loose_things (organization_id uuid)', name: 'loose_things.organization_id' },
    exceptions: {
      'audit_logs.organization_id': 'an entry outlives the organization',
      'private.billing_subscription_changes.organization_id': 'revenue of the past outlives the organization',
      'private.file_objects.organization_id': 'outlives the organization until Storage has removed the object',
    },
  }))

it('[PLT-27] has a primary key on every table', () =>
  expectKept({
    find: `select oid::regclass::text as name ${tables}
        and not exists (select from pg_index where indrelid = pg_class.oid and indisprimary)`,
    breaks: { sql: 'create table public.loose_things (id int)', name: 'loose_things' },
  }))

it('[PLT-26] keeps updated_at by trigger in every table', () =>
  expectKept({
    find: `select oid::regclass::text as name ${tables} and not exists (
        select from pg_trigger join pg_attribute on attrelid = tgrelid and attname = 'updated_at' and attnotnull
        where tgrelid = pg_class.oid and tgname = 't100_set_updated_at' and tgenabled = 'O'
          and tgfoid = 'private.set_updated_at()'::regprocedure
      )`,
    breaks: { sql: 'create table public.old_things (id int, updated_at timestamptz)', name: 'old_things' },
    exceptions: {
      roles: 'lookup rows, changed by migrations only',
      permissions: 'lookup rows, changed by migrations only',
      role_permissions: 'lookup rows, changed by migrations only',
      custom_role_permissions: 'rows are added and removed, never changed',
      'private.limit_definitions': 'lookup rows, changed by migrations only',
      'private.retained_tables': 'lookup rows, changed by migrations only',
      'private.retained_records': 'append-only',
      'private.personal_data': 'lookup rows, changed by migrations only',
      consent_documents: 'versions are added, never changed',
      consents: 'append-only',
      file_categories: 'lookup rows, changed by migrations only',
      'private.file_objects': 'a time for each thing that happens to an object',
      'private.file_sweeps': 'append-only',
      'private.file_usage': 'a total, counted anew with each object',
      import_types: 'lookup rows, changed by migrations only',
      import_errors: 'written once, removed with the next run',
      'private.import_work': 'the import itself says when',
      'private.import_batches': 'written once, removed when undone',
      'private.import_changes': 'written once, removed when undone',
      'private.import_keys': 'written once, removed after the dry run',
      'private.import_texts': 'written once, removed after the run',
      'private.contact_counts': 'a total, changed with each contact',
      onboarding_steps: 'lookup rows, changed by migrations only',
      audit_logs: 'append-only',
      'private.document_merge_data': 'written once, and removed',
      'private.export_claims': 'written once, with the export',
      'private.export_parts': 'written once each, removed with the export',
      'private.rate_limit_counters': 'written in every request; the window says when',
      'private.rest_writes': 'written in every change through the REST API, and never changed',
      'private.token_bucket_levels': 'counted_at says when',
      'private.sign_in_attempts': 'last_tried_at says when',
      'private.known_devices': 'last_seen_at says when',
      'private.recovery_codes': 'used_at says when',
      'private.password_attempts': 'a count that starts anew',
      'private.blocked_mail_domains': 'rows are added and removed, never changed',
      'private.audit_seals': 'append-only',
      'private.audit_dropped_months': 'append-only',
      'private.audit_unsealed': 'rows come and go, none changes',
      'private.invitation_tokens': 'written once',
      'private.razorpay_orders': 'checked_at says when',
      'private.wallet_nonces': 'used_at says when',
      'private.onchain_transfers': 'written once, and anew with each check',
      webhook_event_types: 'lookup rows, changed by migrations only',
      webhook_messages: 'written once',
      webhook_delivery_attempts: 'written once',
      'private.file_backup_entries': 'written once',
      'private.file_share_secrets': 'written once',
      file_share_views: 'append-only',
      'private.credit_accounts': 'a lock; what was told starts anew each day',
      billing_subscription_items: 'written once',
      billing_payment_events: 'append-only',
      billing_invoice_lines: 'written once, while the invoice is a draft',
      'private.billing_number_prefixes': 'names that are taken, never changed',
      'private.billing_number_series': 'a counter',
      'private.billing_periods': 'handled_at says when',
      'private.billing_plan_sightings': 'written once',
      'private.billing_trial_reminders': 'written once',
      billing_credit_uses: 'written once, removed with a void invoice',
      credit_entries: 'append-only',
      'private.billing_subscription_changes': 'append-only',
      'private.credit_reservation_parts': 'written once',
      usage_metrics: 'lookup rows, changed by migrations only',
      'private.usage_events': 'written once, removed when added up',
      'private.usage_keys': 'written once',
      'private.usage_levels': 'changed with each row that is counted; peaked_on and told_at say when',
      'private.usage_copies': 'copied_on says when',
      'private.usage_agreed_prices': 'append-only',
    },
  }))

it('names columns by what they hold', () =>
  expectKept({
    find: `select attrelid::regclass || '.' || attname as name
      from pg_attribute join pg_class on pg_class.oid = attrelid
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
        and attnum > 0 and not attisdropped and (
          attname in ('data', 'info', 'type')
          or attname ~ '_at$' and atttypid <> 'timestamptz'::regtype
          or attname !~ '_at$' and atttypid in ('timestamptz'::regtype, 'timestamp'::regtype)
          or attname ~ '_on$' and atttypid <> 'date'::regtype and atttypid <> 'bool'::regtype
          or attname !~ '_on$' and atttypid = 'date'::regtype
          or attname !~ '^(is|has)_' and atttypid = 'bool'::regtype
          or attname ~ '_cents$' and atttypid <> 'int8'::regtype
        )`,
    breaks: { sql: 'create table public.odd_things (created timestamptz)', name: 'odd_things.created' },
  }))

it('begins every name of a table with a registered prefix', async () => {
  const glossary = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'glossary.md'), 'utf8')
  const registered = [...glossary.slice(glossary.indexOf('## Table prefixes')).matchAll(/`([a-z_]+)`/g)].map(
    ([, word]) => word,
  )
  const words = registered.map((word) => `'${word}'`).join(', ')
  expect(registered.length).toBeGreaterThan(40)
  await expectKept({
    find: `select relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') and not exists (
        select from unnest(array[${words}]) as word
        where relname = word or (word like '%\\_' and starts_with(relname, word))
      )`,
    breaks: { sql: 'create table public.stray_things (id int)', name: 'stray_things' },
  })
})

it('names indexes, policies, triggers and constraints by their rules', () =>
  expectKept({
    find: `
      select indexrelid::regclass::text as name from pg_index join pg_class on pg_class.oid = indexrelid
      where relnamespace in ${ownSchemas} and relname !~ '_idx$'
        and not exists (select from pg_constraint where conindid = indexrelid)
      union all
      select polname from pg_policy join pg_class on pg_class.oid = polrelid
      where relnamespace in ${ownSchemas} and not starts_with(polname,
        relname || case polcmd when 'r' then '_select_' when 'a' then '_insert_' when 'w' then '_update_' else '_delete_' end)
      union all
      select tgrelid::regclass || '.' || tgname from pg_trigger join pg_proc on pg_proc.oid = tgfoid
      where pronamespace in ${ownSchemas} and not tgisinternal and tgname !~ '^t[1359]00_'
      union all
      select conname from pg_constraint
      where connamespace in ${ownSchemas} and contype = 'c' and conrelid <> 0 and conname ~ '_check[0-9]*$'`,
    breaks: { sql: 'create table public.odd_things (id int check (id > 0))', name: 'odd_things_id_check' },
  }))

it('partitions in schema private only', () =>
  expectKept({
    find: `select oid::regclass::text as name from pg_class where relispartition and relnamespace = 'public'::regnamespace`,
    breaks: {
      sql: `create table public.parent_things (id int) partition by range (id);
        create table public.part_things partition of public.parent_things for values from (1) to (2)`,
      name: 'part_things',
    },
  }))

it('opens nothing by default: no default privilege gives the API roles anything', () =>
  withRollback(async (db) => {
    expect(
      await db.rows(
        `select grantee::regrole::text as role, privilege_type
         from pg_default_acl cross join lateral aclexplode(defaclacl)
         where defaclrole = 'postgres'::regrole and defaclnamespace in (0, 'public'::regnamespace, 'private'::regnamespace)
           and grantee <> 'postgres'::regrole`,
      ),
    ).toEqual([])
  }))
