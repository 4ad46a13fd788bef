create table public.exports (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  requested_by uuid references public.profiles (id) on delete cascade,
  service_account_id uuid,
  list text not null,
  format public.export_format not null,
  filters jsonb not null default '{}',
  fields text[],
  sort text,
  state public.export_state not null default 'queued',
  row_count bigint not null default 0,
  total_count bigint,
  file_path text,
  size_bytes bigint,
  expires_at timestamptz,
  download_count int not null default 0,
  last_downloaded_at timestamptz,
  failure_code text,
  failure_message text,
  job_id bigint,
  request_key text not null,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint exports_service_account_is_of_organization foreign key (service_account_id, organization_id)
    references public.service_accounts (id, organization_id) on delete cascade,
  constraint exports_requester_is_one check (num_nonnulls(requested_by, service_account_id) = 1),
  constraint exports_list_is_snake_case check (list ~ '^[a-z]+(_[a-z]+)*$' and char_length(list) <= 60),
  constraint exports_filters_are_object check (jsonb_typeof(filters) = 'object' and char_length(filters::text) <= 10000),
  constraint exports_filters_are_texts check (not jsonb_path_exists(filters, '$.* ? (@.type() <> "string")')),
  constraint exports_fields_are_named
    check (cardinality(fields) between 1 and 200 and array_position(fields, null) is null),
  constraint exports_sort_has_length check (char_length(sort) <= 100),
  constraint exports_counts_are_not_negative check (least(row_count, total_count, download_count) >= 0),
  constraint exports_size_bytes_is_not_negative check (size_bytes >= 0),
  constraint exports_file_path_matches_state check ((state = 'ready') = (file_path is not null)),
  constraint exports_has_size_and_end_when_ready check (state <> 'ready' or num_nulls(size_bytes, expires_at) = 0),
  constraint exports_file_path_is_own check (starts_with(file_path, organization_id || '/' || id || '/')),
  constraint exports_failure_code_matches_state check ((state = 'failed') = (failure_code is not null)),
  constraint exports_finished_at_matches_state check ((state in ('queued', 'running')) = (finished_at is null))
);
-- The same request again finds the one that is under way.
create unique index exports_one_live_for_each_request_idx on public.exports (organization_id, request_key)
  where state in ('queued', 'running');
create index exports_organization_id_created_at_id_idx on public.exports (organization_id, created_at, id);
create index exports_requested_by_created_at_idx on public.exports (requested_by, created_at);
create index exports_service_account_id_organization_id_idx on public.exports (service_account_id, organization_id);
create index exports_expires_at_idx on public.exports (expires_at) where state = 'ready';
create index exports_live_created_at_idx on public.exports (created_at) where state in ('queued', 'running');
create index exports_finished_at_idx on public.exports (finished_at) where state in ('failed', 'cancelled', 'expired');
alter table public.exports enable row level security;
revoke all on public.exports from anon, authenticated, service_role;
grant select on public.exports to authenticated, service_role;
create policy exports_select_requester on public.exports
  for select to authenticated
  using (
    organization_id = any (array(select private.organizations_with('exports.run')))
    and (
      requested_by = (select private.current_person_id())
      or service_account_id = (select private.current_service_account_id())
    )
  );

comment on table public.exports is $$Lists that somebody asked for as a file.

Made with request_export, called off with cancel_export; who asked for one sees it. The file is fetched by a signed link
of POST /api/v1/exports/{export_id}/link and removed at expires_at; the row goes 30 days later.$$;
comment on column public.exports.id is 'Identifies the export.';
comment on column public.exports.organization_id is 'Whose rows they are.';
comment on column public.exports.requested_by is 'The person who asked and whose rights it is read with; null for a program.';
comment on column public.exports.service_account_id is 'The program that asked; null for a person.';
comment on column public.exports.list is 'What is exported, such as "members"; the API document names the lists.';
comment on column public.exports.format is 'How it is written.';
comment on column public.exports.filters is
  'Which rows, as the query of the list has it: {"role[in]": "owner,admin"}. Empty for all.';
comment on column public.exports.fields is 'Which columns in which order; null for all.';
comment on column public.exports.sort is 'Column that rows are in the order of, a hyphen in front for the last first; null for the list''s own.';
comment on column public.exports.state is 'Where it stands.';
comment on column public.exports.row_count is 'Rows written so far.';
comment on column public.exports.total_count is 'Rows that there were when it began; null before that.';
comment on column public.exports.file_path is 'The file in bucket "exports"; null unless ready. Links to it are made by the API.';
comment on column public.exports.size_bytes is 'How large the file is, or was; null before it is made.';
comment on column public.exports.expires_at is 'When the file goes; null before it is made.';
comment on column public.exports.download_count is 'How many links were made.';
comment on column public.exports.last_downloaded_at is 'When the last link was made; null for never.';
comment on column public.exports.failure_code is 'Why it failed, as a code of errors; null unless failed.';
comment on column public.exports.failure_message is 'The same in words; null unless failed.';
comment on column public.exports.job_id is 'The job that writes it, for get_job_progress; null when that is long over.';
comment on column public.exports.request_key is 'Same for the same request of the same requester.';
comment on column public.exports.finished_at is 'When it was ready, failed or called off; null before that.';
comment on column public.exports.created_at is 'When it was asked for.';
comment on column public.exports.updated_at is 'When the row last changed.';

create table private.export_claims (
  export_id uuid primary key references public.exports (id) on delete cascade,
  claims jsonb not null,
  constraint export_claims_are_object check (jsonb_typeof(claims) = 'object')
);
alter table private.export_claims enable row level security;
revoke all on private.export_claims from anon, authenticated, service_role;
comment on table private.export_claims is 'What requesters of exports may do, as their token said when they asked.';
comment on column private.export_claims.export_id is 'The export.';
comment on column private.export_claims.claims is
  'Claims that policies read. Without the session: signing out stops no export, and fetching the file needs a new one.';

create table private.export_parts (
  export_id uuid not null references public.exports (id) on delete cascade,
  part_number int not null,
  object_path text not null,
  size_bytes bigint not null,
  row_count int not null,
  sheet_number int not null,
  sheet_row_count int not null,
  plain_bytes bigint not null,
  crc32 bigint not null,
  last_value text,
  last_id text,
  is_last boolean not null,
  created_at timestamptz not null default now(),
  primary key (export_id, part_number),
  constraint export_parts_part_number_is_positive check (part_number > 0),
  constraint export_parts_numbers_are_not_negative
    check (least(size_bytes, row_count, sheet_number, sheet_row_count, plain_bytes, crc32) >= 0),
  constraint export_parts_position_is_whole check (num_nulls(last_value, last_id) in (0, 2))
);
alter table private.export_parts enable row level security;
revoke all on private.export_parts from anon, authenticated, service_role;
comment on table private.export_parts is $$What is written of exports that are under way: objects that become one file, in this order.

The row is the proof that the object counts. A worker that was thought dead may still write another object for a part,
but only one of the two gets the row.$$;
comment on column private.export_parts.export_id is 'The export.';
comment on column private.export_parts.part_number is 'Its place, from 1.';
comment on column private.export_parts.object_path is 'The object in bucket "exports".';
comment on column private.export_parts.size_bytes is 'Length of the object.';
comment on column private.export_parts.row_count is 'Rows of the list in it.';
comment on column private.export_parts.sheet_number is 'Sheet of the workbook that it belongs to; 1 in formats without sheets.';
comment on column private.export_parts.sheet_row_count is 'Rows of the sheet up to its end.';
comment on column private.export_parts.plain_bytes is 'Bytes of the sheet up to its end, before compression.';
comment on column private.export_parts.crc32 is 'Checksum of the sheet up to its end, before compression.';
comment on column private.export_parts.last_value is 'Value of the last row that rows are ordered by; null without a row.';
comment on column private.export_parts.last_id is 'Id of the last row; null without a row.';
comment on column private.export_parts.is_last is 'Whether no row was left after it.';
comment on column private.export_parts.created_at is 'When it was written.';
