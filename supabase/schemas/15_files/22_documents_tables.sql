create table public.document_templates (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid references public.organizations (id) on delete cascade,
  kind text not null,
  name text not null,
  locale text not null default 'en',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint document_templates_name_key unique nulls not distinct (organization_id, kind, name, locale),
  -- What documents refer to, so that none is made with another tenant's template.
  constraint document_templates_organization_id_id_key unique (organization_id, id),
  constraint document_templates_kind_is_snake_case check (kind ~ '^[a-z]+(_[a-z]+)*$' and char_length(kind) <= 60),
  constraint document_templates_name_is_trimmed check (name = btrim(name) and char_length(name) between 1 and 120),
  constraint document_templates_locale_is_language check (locale ~ '^[a-z]{2}(-[A-Z]{2})?$')
);
comment on table public.document_templates is $$Templates of documents: an organization's own, and those that are built in.

Made and changed with save_document_template. What a template says is in its versions.$$;
comment on column public.document_templates.id is 'Identifies the template.';
comment on column public.document_templates.organization_id is 'Whose it is; null for a built-in one, which everybody reads.';
comment on column public.document_templates.kind is 'What kind of document it makes, such as "letter": decides which fields it merges.';
comment on column public.document_templates.name is 'Its name, at most 120 characters.';
comment on column public.document_templates.locale is 'The language that it is written in, such as "en" or "en-NG".';
comment on column public.document_templates.created_at is 'When it was made.';
comment on column public.document_templates.updated_at is 'When the row last changed.';

create table public.document_template_versions (
  id uuid primary key default gen_random_uuid(),
  template_id uuid not null references public.document_templates (id) on delete cascade,
  organization_id uuid,
  version_number int not null,
  state public.document_version_state not null default 'draft',
  title_source text not null,
  body_source text not null,
  page_size text not null default 'A4',
  page_orientation text not null default 'portrait',
  checked_at timestamptz,
  published_at timestamptz,
  retired_at timestamptz,
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint document_template_versions_template_id_version_number_key unique (template_id, version_number),
  constraint document_template_versions_template_in_same_organization foreign key (organization_id, template_id)
    references public.document_templates (organization_id, id) on delete cascade,
  constraint document_template_versions_version_number_is_positive check (version_number > 0),
  constraint document_template_versions_title_source_has_length check (char_length(title_source) between 1 and 500),
  constraint document_template_versions_body_source_has_length check (char_length(body_source) between 1 and 50000),
  constraint document_template_versions_page_size_is_known check (page_size in ('A4', 'LETTER')),
  constraint document_template_versions_page_orientation_is_known check (page_orientation in ('portrait', 'landscape')),
  constraint document_template_versions_published_at_matches_state check ((state = 'draft') = (published_at is null)),
  constraint document_template_versions_retired_at_matches_state check ((state = 'retired') = (retired_at is not null)),
  constraint document_template_versions_is_checked_before_published check (state = 'draft' or checked_at is not null)
);
create unique index document_template_versions_one_draft_idx on public.document_template_versions (template_id)
  where state = 'draft';
create unique index document_template_versions_one_published_idx on public.document_template_versions (template_id)
  where state = 'published';
create index document_template_versions_organization_id_template_id_idx
  on public.document_template_versions (organization_id, template_id);
create index document_template_versions_created_by_idx on public.document_template_versions (created_by);
comment on table public.document_template_versions is $$What templates of documents say.

A draft is changed with save_document_template and published with publish_document_template; from then on it never changes, so
that each document can be told by what it was made. See docs/domains/files/documents.md for the language.$$;
comment on column public.document_template_versions.id is 'Identifies the version.';
comment on column public.document_template_versions.template_id is 'The template.';
comment on column public.document_template_versions.organization_id is 'Whose it is; null for a built-in one.';
comment on column public.document_template_versions.version_number is 'Counts from 1.';
comment on column public.document_template_versions.state is 'Where it stands.';
comment on column public.document_template_versions.title_source is 'Liquid that becomes the name of the document.';
comment on column public.document_template_versions.body_source is 'Liquid that becomes the markup of the document.';
comment on column public.document_template_versions.page_size is 'A4 or LETTER.';
comment on column public.document_template_versions.page_orientation is 'portrait or landscape.';
comment on column public.document_template_versions.checked_at is
  'When a preview of it as it is now went well; null before, and again after each change.';
comment on column public.document_template_versions.published_at is 'When it was published; null for a draft.';
comment on column public.document_template_versions.retired_at is 'When another took its place, or it was retired; null otherwise.';
comment on column public.document_template_versions.created_by is 'Who wrote it; null for programs, built-in ones, and when the account is gone.';
comment on column public.document_template_versions.created_at is 'When it was begun.';
comment on column public.document_template_versions.updated_at is 'When the row last changed.';

create table public.document_renders (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  template_version_id uuid not null references public.document_template_versions (id),
  kind text not null,
  locale text not null,
  state public.document_render_state not null default 'queued',
  data_hash text not null,
  request_key text,
  expires_on date,
  file_id uuid,
  title text,
  page_count int,
  error_code text,
  error_message text,
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint document_renders_request_key_key unique (organization_id, request_key),
  constraint document_renders_file_in_same_organization foreign key (organization_id, file_id)
    references public.files (organization_id, id) on delete set null (file_id),
  constraint document_renders_data_hash_is_sha_256 check (data_hash ~ '^[0-9a-f]{64}$'),
  constraint document_renders_request_key_has_length check (char_length(request_key) between 1 and 255),
  constraint document_renders_locale_is_language check (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
  constraint document_renders_page_count_is_positive check (page_count > 0),
  constraint document_renders_title_matches_state check ((state = 'ready') = (title is not null)),
  constraint document_renders_error_matches_state check ((state = 'failed') = (error_code is not null))
);
create index document_renders_organization_id_created_at_id_idx
  on public.document_renders (organization_id, created_at, id);
create index document_renders_template_version_id_idx on public.document_renders (template_version_id);
create index document_renders_organization_id_file_id_idx on public.document_renders (organization_id, file_id);
create index document_renders_created_by_idx on public.document_renders (created_by);
create index document_renders_queued_created_at_idx on public.document_renders (created_at) where state = 'queued';
comment on table public.document_renders is $$Documents that were made, or are being made, from templates.

Asked for with generate_document. The PDF is a file of category "document".$$;
comment on column public.document_renders.id is 'Identifies the document.';
comment on column public.document_renders.organization_id is 'Whose it is.';
comment on column public.document_renders.template_version_id is 'What it is made with; versions never change.';
comment on column public.document_renders.kind is 'Its kind.';
comment on column public.document_renders.locale is 'The language it is written in, which decides how dates and amounts look.';
comment on column public.document_renders.state is 'Where it stands.';
comment on column public.document_renders.data_hash is 'SHA-256 of what fills the template, in lower hex.';
comment on column public.document_renders.request_key is 'Given by who asks: a second request with it is the same one; null for none.';
comment on column public.document_renders.expires_on is 'Until which day the document is valid, as asked for; null for no end. See document_expiries.';
comment on column public.document_renders.file_id is 'The PDF; null before it is made, and when it was removed for good.';
comment on column public.document_renders.title is 'Its name; null before it is made.';
comment on column public.document_renders.page_count is 'How many pages it has; null before it is made.';
comment on column public.document_renders.error_code is 'Why it failed, as in the list of errors; null unless it failed.';
comment on column public.document_renders.error_message is 'The same in English; null unless it failed.';
comment on column public.document_renders.created_by is 'Who asked for it; null for programs, the backend, and when the account is gone.';
comment on column public.document_renders.created_at is 'When it was asked for; the date of the document.';
comment on column public.document_renders.updated_at is 'When the row last changed.';

-- Apart, because it may say more than who reads the document may know.
create table private.document_merge_data (
  render_id uuid primary key references public.document_renders (id) on delete cascade,
  merge_data jsonb not null
);
comment on table private.document_merge_data is 'What fills documents that are being made; it goes when they are.';
comment on column private.document_merge_data.render_id is 'The document.';
comment on column private.document_merge_data.merge_data is 'The fields of its kind.';
alter table private.document_merge_data enable row level security;
revoke all on private.document_merge_data from anon, authenticated, service_role;

create table public.document_expiries (
  file_id uuid primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  expires_on date not null,
  reminded_days int,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint document_expiries_file_in_same_organization foreign key (organization_id, file_id)
    references public.files (organization_id, id) on delete cascade,
  constraint document_expiries_reminded_days_is_not_negative check (reminded_days >= 0)
);
create index document_expiries_organization_id_file_id_idx on public.document_expiries (organization_id, file_id);
create index document_expiries_expires_on_idx on public.document_expiries (expires_on)
  where reminded_days is distinct from 0;
comment on table public.document_expiries is $$Until when documents are valid: made ones, and uploaded ones such as passports.

Set with set_document_expiry. Reminders go out as topic "document.expiring". The file itself stays: files.expires_at removes.$$;
comment on column public.document_expiries.file_id is 'The document.';
comment on column public.document_expiries.organization_id is 'Whose it is.';
comment on column public.document_expiries.expires_on is 'The last day that it is valid, in the time zone of the organization.';
comment on column public.document_expiries.reminded_days is
  'The last reminder that went out, in days before the end; 0 when it expired, null for none.';
comment on column public.document_expiries.created_at is 'When it was first set.';
comment on column public.document_expiries.updated_at is 'When the row last changed.';

create trigger t100_set_updated_at before update on public.document_templates
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.document_template_versions
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.document_renders
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.document_expiries
  for each row execute function private.set_updated_at();
