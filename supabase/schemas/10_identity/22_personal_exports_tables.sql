create table public.personal_exports (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.profiles (id) on delete cascade,
  state public.personal_export_state not null default 'queued',
  file_path text,
  size_bytes bigint,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint personal_exports_has_file_when_ready check (
    state <> 'ready' or num_nulls(file_path, size_bytes, expires_at) = 0
  ),
  constraint personal_exports_file_path_is_own check (starts_with(file_path, user_id::text || '/')),
  constraint personal_exports_size_bytes_is_positive check (size_bytes > 0)
);
create index personal_exports_user_id_idx on public.personal_exports (user_id, created_at desc);
create unique index personal_exports_one_queued_for_each_person_idx on public.personal_exports (user_id)
  where state = 'queued';
create index personal_exports_expires_at_idx on public.personal_exports (expires_at) where state = 'ready';
create index personal_exports_queued_created_at_idx on public.personal_exports (created_at) where state = 'queued';
alter table public.personal_exports enable row level security;
revoke all on public.personal_exports from anon, authenticated, service_role;
grant select on public.personal_exports to authenticated, service_role;
create policy personal_exports_select_self on public.personal_exports
  for select to authenticated using (user_id = (select private.current_person_id()));
comment on table public.personal_exports is
  'Exports of everything about a person that they asked for; see request_my_data_export.';
comment on column public.personal_exports.id is 'Identifies the export.';
comment on column public.personal_exports.user_id is 'The person.';
comment on column public.personal_exports.state is 'Where it stands.';
comment on column public.personal_exports.file_path is 'The zip in bucket "exports"; null before it is made and after it is gone.';
comment on column public.personal_exports.size_bytes is 'How large the zip is.';
comment on column public.personal_exports.expires_at is 'When the zip goes.';
comment on column public.personal_exports.created_at is 'When it was asked for.';
comment on column public.personal_exports.updated_at is 'When the row last changed.';
create trigger t100_set_updated_at before update on public.personal_exports
  for each row execute function private.set_updated_at();

-- The backend writes; neither an app nor who looks on in another's name reads.
create policy exports_select_owner on storage.objects
  for select to authenticated
  using (bucket_id = 'exports' and (storage.foldername(name))[1] = (select private.acting_person_id())::text);
