create table private.retained_tables (
  table_name regclass primary key,
  organization_column text not null,
  retention interval not null,
  description text not null,
  constraint retained_tables_retention_is_positive check (retention > interval '0')
);
comment on table private.retained_tables is $$Tables whose rows the law has us keep when their organization is purged, a list of migrations.

Made with private.retain_table.$$;
comment on column private.retained_tables.table_name is 'The table.';
comment on column private.retained_tables.organization_column is 'Its column that names the organization.';
comment on column private.retained_tables.retention is 'How long its rows are kept after the purge.';
comment on column private.retained_tables.description is 'Which law or duty asks for it, in English.';

create table private.retained_records (
  id bigint generated always as identity primary key,
  former_organization_id uuid not null,
  table_name text not null,
  content jsonb not null,
  retained_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index retained_records_former_organization_id_idx on private.retained_records (former_organization_id);
create index retained_records_expires_at_idx on private.retained_records (expires_at);
comment on table private.retained_records is $$Rows of purged organizations that accounting law has us keep, as they were.

Nobody but the owner of the schemas reads them; removed when their time is over.$$;
comment on column private.retained_records.id is 'Order in which they were kept.';
comment on column private.retained_records.former_organization_id is 'The organization, which is gone.';
comment on column private.retained_records.table_name is 'The table that the row was in.';
comment on column private.retained_records.content is 'The row.';
comment on column private.retained_records.retained_at is 'When the organization was purged.';
comment on column private.retained_records.expires_at is 'Until when the row is kept.';

alter table private.retained_tables enable row level security;
revoke all on private.retained_tables from anon, authenticated, service_role;
alter table private.retained_records enable row level security;
revoke all on private.retained_records from anon, authenticated, service_role;

create function private.retain_table(
  target regclass, retention interval, description text, organization_column text default 'organization_id'
)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  if not exists (
    select from pg_catalog.pg_attribute
    where pg_attribute.attrelid = retain_table.target and pg_attribute.attname = retain_table.organization_column
      and not pg_attribute.attisdropped
  ) then
    raise exception 'Cannot retain table %: it has no column %', retain_table.target, retain_table.organization_column
      using errcode = 'undefined_column';
  end if;
  insert into private.retained_tables (table_name, retention, description, organization_column)
  values (
    retain_table.target, retain_table.retention, retain_table.description, retain_table.organization_column
  )
  on conflict (table_name) do update set
    retention = excluded.retention, description = excluded.description,
    organization_column = excluded.organization_column;
end;
$$;
comment on function private.retain_table(regclass, interval, text, text) is
  $$Has the rows of a table kept for some time after their organization is purged; for migrations.

One line in the domain that owns the table: select private.retain_table('public.billing_invoices', '10 years', '...').$$;

-- Definer: whoever deletes the row holds no grant on what is kept. Before the deletion, while the rows are there.
create function private.organizations_retain_records()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_kept record;
begin
  for v_kept in
    select pg_namespace.nspname, pg_class.relname, retained_tables.*
    from private.retained_tables
    join pg_catalog.pg_class on pg_class.oid = retained_tables.table_name
    join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
    order by pg_class.relname
  loop
    execute format(
      'insert into private.retained_records (former_organization_id, table_name, content, expires_at) '
        'select $1, $2, to_jsonb(kept), now() + $3 from %I.%I as kept where kept.%I = $1',
      v_kept.nspname, v_kept.relname, v_kept.organization_column
    ) using old.id, v_kept.table_name::text, v_kept.retention;
  end loop;
  return old;
end;
$$;
comment on function private.organizations_retain_records() is
  'Keeps what accounting law keeps of an organization that is purged, however it is deleted.';
create trigger t300_retain_records before delete on public.organizations
  for each row execute function private.organizations_retain_records();

create function private.job_purge_retained_records(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  delete from private.retained_records
  where retained_records.id in (
    select old.id from private.retained_records as old
    where old.expires_at <= now()
    order by old.expires_at
    limit job_purge_retained_records.batch_size
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.job_purge_retained_records(int) is
  'Removes records of purged organizations whose time is over and returns how many.';

select private.register_cron_job(
  'tenancy_purge_retained_records', '52 3 * * *', 'select private.job_purge_retained_records(10000)'
);
select private.install_cron_jobs();
