create table public.file_categories (
  category text primary key,
  bucket_id text not null,
  is_client_upload boolean not null default true,
  is_private boolean not null default false,
  largest_bytes bigint not null,
  media_types text[] not null,
  minimum_retention_days int,
  retention_days int,
  description text not null,
  -- What files refer to, so that each lies in the bucket of its category.
  constraint file_categories_category_bucket_id_key unique (category, bucket_id),
  constraint file_categories_category_is_snake_case check (category ~ '^[a-z]+(_[a-z]+)*$'),
  constraint file_categories_largest_bytes_is_positive check (largest_bytes > 0),
  constraint file_categories_media_types_are_lower_case check (
    cardinality(media_types) > 0 and array_to_string(media_types, ' ') ~ '^[a-z0-9./+ -]+$'
  ),
  constraint file_categories_retention_keeps_the_minimum check (
    minimum_retention_days > 0 and retention_days > 0 and retention_days >= minimum_retention_days
  )
);
comment on table public.file_categories is $$Kinds of files with their limits, a fixed list.

What begin_upload takes: a file of a category has one of its media types and at most its size.$$;
comment on column public.file_categories.category is 'Name of the category, the second part of a file''s path.';
comment on column public.file_categories.bucket_id is 'The bucket of Storage that its files are in.';
comment on column public.file_categories.is_client_upload is 'Whether people upload such files; others are made by the backend.';
comment on column public.file_categories.is_private is
  'Whether a file is for who uploaded it and for files.manage alone; otherwise all with files.read see it.';
comment on column public.file_categories.largest_bytes is 'The largest file, in bytes.';
comment on column public.file_categories.media_types is 'What such files may be, by their content.';
comment on column public.file_categories.minimum_retention_days is
  'How long the law has us keep such a file: nobody deletes it before; null for no duty.';
comment on column public.file_categories.retention_days is
  'After how many days such a file goes by itself, unless it says otherwise; null keeps it.';
comment on column public.file_categories.description is 'What such files are, in English.';
alter table public.file_categories enable row level security;
revoke all on public.file_categories from anon, authenticated, service_role;
grant select on public.file_categories to authenticated, service_role;

-- What lies in Storage, or is about to. Apart from the files, because several may share one object, and because an object
-- outlives them until Storage has removed it: no row goes before its bytes. No foreign key to the organization for the
-- same reason.
create table private.file_objects (
  bucket_id text not null,
  object_path text not null,
  organization_id uuid not null,
  size_bytes bigint not null,
  created_at timestamptz not null default now(),
  unreferenced_at timestamptz,
  removal_started_at timestamptz,
  missing_at timestamptz,
  primary key (bucket_id, object_path),
  constraint file_objects_object_path_is_in_organization check (starts_with(object_path, organization_id || '/')),
  constraint file_objects_size_bytes_is_not_negative check (size_bytes >= 0),
  constraint file_objects_removal_is_of_unreferenced check (removal_started_at is null or unreferenced_at is not null)
);
create index file_objects_organization_id_idx on private.file_objects (organization_id);
create index file_objects_unreferenced_at_idx on private.file_objects (unreferenced_at) where unreferenced_at is not null;
comment on table private.file_objects is $$Objects of Storage that files are in, each counted once however many files share it.

A row is made before the object and removed after it.$$;
comment on column private.file_objects.bucket_id is 'The bucket.';
comment on column private.file_objects.object_path is 'The path in the bucket.';
comment on column private.file_objects.organization_id is 'Whose it is; the organization may be gone.';
comment on column private.file_objects.size_bytes is 'How large it is, or was announced to be at most.';
comment on column private.file_objects.created_at is 'When it was announced.';
comment on column private.file_objects.unreferenced_at is 'When the last file that was in it went; null while there is one.';
comment on column private.file_objects.removal_started_at is 'When its removal began: from then on no file may share it.';
comment on column private.file_objects.missing_at is 'When the sweep found that Storage does not have it; null otherwise.';
alter table private.file_objects enable row level security;
revoke all on private.file_objects from anon, authenticated, service_role;

create table private.file_usage (
  organization_id uuid primary key references public.organizations (id) on delete cascade,
  used_bytes bigint not null default 0,
  constraint file_usage_used_bytes_is_not_negative check (used_bytes >= 0)
);
comment on table private.file_usage is $$How much of its storage an organization uses, uploads on their way included.

The row is locked by whoever adds to it, so that uploads at once cannot pass the limit together.$$;
comment on column private.file_usage.organization_id is 'The organization.';
comment on column private.file_usage.used_bytes is 'Bytes of its objects.';
alter table private.file_usage enable row level security;
revoke all on private.file_usage from anon, authenticated, service_role;

create table public.files (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  bucket_id text not null,
  category text not null,
  is_private boolean not null,
  name text not null,
  media_type text not null,
  size_bytes bigint not null,
  checksum text,
  state public.file_state not null default 'uploading',
  version_number int not null default 1,
  uploaded_by uuid references public.profiles (id) on delete set null,
  download_count int not null default 0,
  last_downloaded_at timestamptz,
  retention_ends_at timestamptz,
  expires_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- What versions refer to, so that none points into another tenant.
  constraint files_organization_id_id_key unique (organization_id, id),
  constraint files_category_is_of_bucket foreign key (category, bucket_id)
    references public.file_categories (category, bucket_id) on update cascade,
  constraint files_name_is_one_line_without_folders check (
    char_length(name) between 1 and 255 and name !~ '[[:cntrl:]/\\]' and name not in ('.', '..')
  ),
  constraint files_media_type_is_lower_case check (media_type ~ '^[a-z0-9.+-]+/[a-z0-9.+-]+$'),
  constraint files_size_bytes_is_not_negative check (size_bytes >= 0),
  constraint files_checksum_is_sha_256 check (checksum ~ '^[0-9a-f]{64}$'),
  constraint files_version_number_is_positive check (version_number > 0),
  constraint files_download_count_is_not_negative check (download_count >= 0),
  constraint files_deleted_at_matches_state check ((state = 'deleted') = (deleted_at is not null)),
  constraint files_expires_at_is_after_retention check (expires_at >= retention_ends_at)
);
create index files_organization_id_created_at_id_idx on public.files (organization_id, created_at, id);
create index files_category_bucket_id_idx on public.files (category, bucket_id);
create index files_uploaded_by_idx on public.files (uploaded_by);
create index files_expires_at_idx on public.files (expires_at) where expires_at is not null;
create index files_deleted_at_idx on public.files (deleted_at) where deleted_at is not null;

comment on table public.files is $$Files of organizations, each with its versions.

Made with begin_upload, removed with delete_file, brought back with restore_file; who uploaded it and who has files.manage
may change the name. Content is in Storage: see file_versions. A file can be read when its state is clean.$$;
comment on column public.files.id is 'Identifies the file.';
comment on column public.files.organization_id is 'Whose it is.';
comment on column public.files.bucket_id is 'The bucket of Storage that it is in.';
comment on column public.files.category is 'What kind of file it is; see file_categories.';
comment on column public.files.is_private is
  'Whether only who uploaded it and members with files.manage see it; otherwise all with files.read do.';
comment on column public.files.name is 'Its name as shown and downloaded, at most 255 characters.';
comment on column public.files.media_type is 'What it is, such as "application/pdf": by its content once the state is clean.';
comment on column public.files.size_bytes is 'Size of the present version in bytes; announced while uploading.';
comment on column public.files.checksum is 'SHA-256 of the present version in lower hex; null before the scan.';
comment on column public.files.state is 'Where it stands.';
comment on column public.files.version_number is 'The present version: the newest one that is clean, or else the first.';
comment on column public.files.uploaded_by is 'Who uploaded it; null for programs, the backend, and when the account is gone.';
comment on column public.files.download_count is 'How often it was downloaded through links and the REST face.';
comment on column public.files.last_downloaded_at is 'When it was last downloaded so; null for never.';
comment on column public.files.retention_ends_at is 'Until when the law has it kept: it cannot be deleted before; null for no duty.';
comment on column public.files.expires_at is 'When it goes by itself; null keeps it.';
comment on column public.files.deleted_at is 'When it was deleted; it can be restored for 30 days. Null otherwise.';
comment on column public.files.created_at is 'When its upload was begun.';
comment on column public.files.updated_at is 'When the row last changed, downloads not counted.';

create table public.file_versions (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  file_id uuid not null,
  version_number int not null,
  bucket_id text not null,
  object_path text not null,
  media_type text not null,
  size_bytes bigint not null,
  checksum text,
  state public.file_state not null default 'uploading',
  is_trusted boolean not null default false,
  uploaded_by uuid references public.profiles (id) on delete set null,
  scanned_at timestamptz,
  scanned_by text,
  finding text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint file_versions_file_in_same_organization foreign key (organization_id, file_id)
    references public.files (organization_id, id) on delete cascade,
  constraint file_versions_object_is_known foreign key (bucket_id, object_path)
    references private.file_objects (bucket_id, object_path),
  constraint file_versions_file_id_version_number_key unique (file_id, version_number),
  constraint file_versions_version_number_is_positive check (version_number > 0),
  constraint file_versions_object_path_is_in_organization check (starts_with(object_path, organization_id || '/')),
  constraint file_versions_media_type_is_lower_case check (media_type ~ '^[a-z0-9.+-]+/[a-z0-9.+-]+$'),
  constraint file_versions_size_bytes_is_not_negative check (size_bytes >= 0),
  constraint file_versions_checksum_is_sha_256 check (checksum ~ '^[0-9a-f]{64}$'),
  constraint file_versions_is_not_deleted_alone check (state <> 'deleted'),
  constraint file_versions_scanned_at_matches_scanned_by check ((scanned_at is null) = (scanned_by is null))
);
create index file_versions_organization_id_file_id_idx on public.file_versions (organization_id, file_id);
create index file_versions_bucket_id_object_path_idx on public.file_versions (bucket_id, object_path);
create index file_versions_organization_id_checksum_idx on public.file_versions (organization_id, checksum)
  where state = 'clean';
create index file_versions_uploaded_by_idx on public.file_versions (uploaded_by);
create index file_versions_created_at_idx on public.file_versions (created_at) where state = 'uploading';

comment on table public.file_versions is $$What a file was at each upload: where its content is, and what the scan said.

supabase-js uploads to object_path in bucket_id while the state is uploading, and downloads from there when it is clean.$$;
comment on column public.file_versions.id is 'Identifies the version.';
comment on column public.file_versions.organization_id is 'Whose it is.';
comment on column public.file_versions.file_id is 'The file.';
comment on column public.file_versions.version_number is 'Counts from 1.';
comment on column public.file_versions.bucket_id is 'The bucket of Storage.';
comment on column public.file_versions.object_path is
  'The path in the bucket: <organization>/<category>/<file>/<version>, or that of an equal file of the organization.';
comment on column public.file_versions.media_type is 'What it is: as announced, and by its content once it was scanned.';
comment on column public.file_versions.size_bytes is 'Size in bytes: as announced, and in truth once it was uploaded.';
comment on column public.file_versions.checksum is 'SHA-256 in lower hex; null before the scan.';
comment on column public.file_versions.state is 'Where it stands; never deleted, which a file is as a whole.';
comment on column public.file_versions.is_trusted is 'Whether the backend makes it, so that it needs no scan.';
comment on column public.file_versions.uploaded_by is 'Who uploaded it; null for programs, the backend, and when the account is gone.';
comment on column public.file_versions.scanned_at is 'When it was scanned; null before.';
comment on column public.file_versions.scanned_by is 'Which scanner with which signatures; null before the scan.';
comment on column public.file_versions.finding is 'What the scan found; null for nothing.';
comment on column public.file_versions.created_at is 'When its upload was begun.';
comment on column public.file_versions.updated_at is 'When the row last changed.';
