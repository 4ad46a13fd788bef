create type private.erasure as enum ('keep', 'delete');
comment on type private.erasure is 'What the deletion of an account does to rows about the person.';

create table private.personal_data (
  table_name regclass primary key,
  user_column text not null,
  hidden_columns text[] not null default '{}',
  erasure private.erasure not null,
  is_exported boolean not null default true
);
alter table private.personal_data enable row level security;
revoke all on private.personal_data from anon, authenticated, service_role;
comment on table private.personal_data is $$Tables with rows about people: what an export holds and what the deletion of an account removes.

Made with private.register_personal_data, one line in the domain that owns the table.$$;
comment on column private.personal_data.table_name is 'The table.';
comment on column private.personal_data.user_column is 'Its column that names the person.';
comment on column private.personal_data.hidden_columns is 'Columns that an export leaves out, such as hashes of secrets.';
comment on column private.personal_data.erasure is 'What the deletion of the account does to the rows.';
comment on column private.personal_data.is_exported is 'Whether an export holds the rows.';

create type public.account_deletion_status as enum ('waiting', 'cancelled', 'done');
comment on type public.account_deletion_status is
  'Where a deletion stands: in its days of grace, called off by the person, or done for good.';

create table public.account_deletions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.profiles (id) on delete cascade,
  status public.account_deletion_status not null default 'waiting',
  due_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index account_deletions_one_waiting_for_each_person_idx on public.account_deletions (user_id)
  where status = 'waiting';
create index account_deletions_user_id_idx on public.account_deletions (user_id);
create index account_deletions_due_at_idx on public.account_deletions (due_at) where status = 'waiting';
alter table public.account_deletions enable row level security;
revoke all on public.account_deletions from anon, authenticated, service_role;
grant select on public.account_deletions to authenticated, service_role;
create policy account_deletions_select_self on public.account_deletions
  for select to authenticated using (user_id = (select private.current_person_id()));
comment on table public.account_deletions is
  'Deletions of accounts that people asked for; see delete_my_account and cancel_my_account_deletion.';
comment on column public.account_deletions.id is 'Identifies the request.';
comment on column public.account_deletions.user_id is 'The person.';
comment on column public.account_deletions.status is 'Where it stands.';
comment on column public.account_deletions.due_at is 'When the account goes for good; until then it can be called off.';
comment on column public.account_deletions.created_at is 'When it was asked for.';
comment on column public.account_deletions.updated_at is 'When the row last changed.';
create trigger t100_set_updated_at before update on public.account_deletions
  for each row execute function private.set_updated_at();
select private.audit_table('public.account_deletions', '{user_id, status, due_at}', organization_column := null);
select private.define_setting(
  'identity.account_deletion_days', 'integer', '14', 'Days in which a deletion of an account can be called off',
  minimum := 0, maximum := 90, is_public := true
);
