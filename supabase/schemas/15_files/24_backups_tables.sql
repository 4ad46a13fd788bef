create type public.file_backup_state as enum ('queued', 'running', 'ready', 'failed');
comment on type public.file_backup_state is 'Where a backup of files, or a restoration from one, stands.';

create table public.file_backups (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  manifest_file_id uuid,
  requested_by uuid references public.profiles (id) on delete set null,
  state public.file_backup_state not null default 'queued',
  part_count int not null default 0,
  file_count int not null default 0,
  damaged_count int not null default 0,
  size_bytes bigint not null default 0,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint file_backups_organization_id_id_key unique (organization_id, id),
  constraint file_backups_manifest_in_same_organization
    foreign key (organization_id, manifest_file_id) references public.files (organization_id, id) on delete cascade,
  constraint file_backups_counts_are_not_negative check (least(part_count, file_count, damaged_count, size_bytes) >= 0),
  constraint file_backups_finished_when_over check ((state in ('ready', 'failed')) = (finished_at is not null))
);
create index file_backups_organization_id_created_at_idx on public.file_backups (organization_id, created_at desc);
create index file_backups_organization_id_manifest_file_id_idx on public.file_backups (organization_id, manifest_file_id);
create index file_backups_requested_by_idx on public.file_backups (requested_by);
create unique index file_backups_one_under_way_idx on public.file_backups (organization_id)
  where state in ('queued', 'running');
comment on table public.file_backups is $$Backups of an organization's files: the present clean version of each, in parts, with a manifest.

Asked for with request_file_backup. The manifest is a file of category "backup", the parts lie beside it; all go when it
expires.$$;
comment on column public.file_backups.id is 'Identifies the backup.';
comment on column public.file_backups.organization_id is 'Whose files.';
comment on column public.file_backups.manifest_file_id is 'The manifest among the files.';
comment on column public.file_backups.requested_by is 'Who asked for it; null for programs, and when the account is gone.';
comment on column public.file_backups.state is 'Where it stands.';
comment on column public.file_backups.part_count is 'In how many tar archives the files are.';
comment on column public.file_backups.file_count is 'How many files are in it.';
comment on column public.file_backups.damaged_count is
  'How many files were left out, because Storage no longer has what was scanned; the manifest names them.';
comment on column public.file_backups.size_bytes is 'Bytes of the files in it.';
comment on column public.file_backups.finished_at is 'When it was ready or given up; null before.';
comment on column public.file_backups.created_at is 'When it was asked for.';
comment on column public.file_backups.updated_at is 'When the row last changed.';

create table private.file_backup_entries (
  backup_id uuid not null references public.file_backups (id) on delete cascade,
  file_id uuid not null,
  part_number int not null,
  version_number int not null,
  category text not null,
  name text not null,
  media_type text not null,
  size_bytes bigint not null,
  checksum text not null,
  uploaded_by uuid references public.profiles (id) on delete set null,
  is_damaged boolean not null,
  created_at timestamptz not null default now(),
  primary key (backup_id, file_id),
  constraint file_backup_entries_part_number_is_positive check (part_number > 0)
);
create index file_backup_entries_uploaded_by_idx on private.file_backup_entries (uploaded_by);
create index file_backup_entries_backup_id_part_number_idx on private.file_backup_entries (backup_id, part_number);
alter table private.file_backup_entries enable row level security;
revoke all on private.file_backup_entries from anon, authenticated, service_role;
comment on table private.file_backup_entries is 'What is in a backup, as its manifest tells.';
comment on column private.file_backup_entries.backup_id is 'The backup.';
comment on column private.file_backup_entries.file_id is 'The file, which may be gone since.';
comment on column private.file_backup_entries.part_number is 'The part that it is in, from 1.';
comment on column private.file_backup_entries.version_number is 'The version that was present then.';
comment on column private.file_backup_entries.category is 'What kind of file it is.';
comment on column private.file_backup_entries.name is 'Its name.';
comment on column private.file_backup_entries.media_type is 'What it is.';
comment on column private.file_backup_entries.size_bytes is 'Its size.';
comment on column private.file_backup_entries.checksum is 'SHA-256 in lower hex.';
comment on column private.file_backup_entries.uploaded_by is 'Who had uploaded it; null for programs and accounts that are gone.';
comment on column private.file_backup_entries.is_damaged is 'Whether Storage did not have it as it was scanned: it is not in the part.';
comment on column private.file_backup_entries.created_at is 'When it was written.';

create table public.file_restores (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  backup_id uuid not null,
  requested_by uuid references public.profiles (id) on delete set null,
  state public.file_backup_state not null default 'queued',
  restored_count int not null default 0,
  unchanged_count int not null default 0,
  failed_count int not null default 0,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint file_restores_backup_in_same_organization
    foreign key (organization_id, backup_id) references public.file_backups (organization_id, id) on delete cascade,
  constraint file_restores_counts_are_not_negative check (least(restored_count, unchanged_count, failed_count) >= 0),
  constraint file_restores_finished_when_over check ((state in ('ready', 'failed')) = (finished_at is not null))
);
create index file_restores_organization_id_backup_id_idx on public.file_restores (organization_id, backup_id);
create index file_restores_requested_by_idx on public.file_restores (requested_by);
create unique index file_restores_one_under_way_idx on public.file_restores (organization_id)
  where state in ('queued', 'running');
comment on table public.file_restores is $$Restorations of files from a backup, asked for with request_file_restore.

Files that are there as they were stay as they are; those that are gone, deleted or lost come back as new files and are
scanned again.$$;
comment on column public.file_restores.id is 'Identifies the restoration.';
comment on column public.file_restores.organization_id is 'Whose files.';
comment on column public.file_restores.backup_id is 'The backup.';
comment on column public.file_restores.requested_by is 'Who asked for it; null for programs, and when the account is gone.';
comment on column public.file_restores.state is 'Where it stands.';
comment on column public.file_restores.restored_count is 'How many files came back.';
comment on column public.file_restores.unchanged_count is 'How many files were there as they were.';
comment on column public.file_restores.failed_count is 'How many did not match their checksum, or could not be read.';
comment on column public.file_restores.finished_at is 'When it was done or given up; null before.';
comment on column public.file_restores.created_at is 'When it was asked for.';
comment on column public.file_restores.updated_at is 'When the row last changed.';

alter table public.file_backups enable row level security;
revoke all on public.file_backups from anon, authenticated, service_role;
grant select on public.file_backups to authenticated, service_role;
create policy file_backups_select_manager on public.file_backups
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('file_backups.read'))));
alter table public.file_restores enable row level security;
revoke all on public.file_restores from anon, authenticated, service_role;
grant select on public.file_restores to authenticated, service_role;
create policy file_restores_select_manager on public.file_restores
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('file_backups.read'))));
create trigger t100_set_updated_at before update on public.file_backups
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.file_restores
  for each row execute function private.set_updated_at();
select private.audit_table('public.file_backups', '{state}');
select private.audit_table('public.file_restores', '{backup_id, state}');
