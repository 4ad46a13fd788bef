create table public.import_types (
  import_type text primary key,
  label text not null,
  permission text not null references public.permissions (permission),
  fields jsonb not null,
  take_function text not null,
  undo_function text not null,
  constraint import_types_import_type_is_snake_case check (import_type ~ '^[a-z]+(_[a-z]+)*$'),
  constraint import_types_fields_is_array check (jsonb_typeof(fields) = 'array'),
  constraint import_types_functions_are_names
    check (take_function ~ '^[a-z]+(_[a-z]+)*$' and undo_function ~ '^[a-z]+(_[a-z]+)*$')
);
create index import_types_permission_idx on public.import_types (permission);
comment on table public.import_types is $$What can be imported, a fixed list: one row for each kind of rows that files bring.

fields says which columns such a file may have.$$;
comment on column public.import_types.import_type is 'Name of the type, such as "contacts".';
comment on column public.import_types.label is 'Its name for people, in English.';
comment on column public.import_types.permission is 'Permission that is needed beside imports.run.';
comment on column public.import_types.fields is
  'Fields that columns are mapped to: [{"name", "label", "is_required"}], in the order of the functions.';
comment on column public.import_types.take_function is 'Function of schema private that takes rows; see its comment.';
comment on column public.import_types.undo_function is 'Function of schema private that takes them back.';

create table public.imports (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  import_type text not null references public.import_types (import_type),
  file_id uuid,
  name text not null,
  state public.import_state not null default 'waiting',
  conflict_rule public.import_conflict_rule not null default 'skip',
  format_choice jsonb not null default '{}',
  format jsonb,
  columns jsonb not null default '[]',
  mapping jsonb not null default '{}',
  sample jsonb not null default '[]',
  preview jsonb,
  check_result jsonb,
  size_bytes bigint not null default 0,
  done_bytes bigint not null default 0,
  read_count int not null default 0,
  inserted_count int not null default 0,
  updated_count int not null default 0,
  skipped_count int not null default 0,
  failed_count int not null default 0,
  undone_count int not null default 0,
  kept_count int not null default 0,
  cpu_ms int not null default 0,
  most_step_cpu_ms int not null default 0,
  error_code text,
  error_message text,
  error_hint text,
  run_number int not null default 1,
  job_id bigint,
  created_by uuid references public.profiles (id) on delete set null,
  service_account_id uuid references public.service_accounts (id) on delete set null,
  started_at timestamptz,
  finished_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- What its rows refer to, so that none points into another tenant.
  constraint imports_organization_id_id_key unique (organization_id, id),
  constraint imports_file_in_same_organization foreign key (organization_id, file_id)
    references public.files (organization_id, id) on delete set null (file_id),
  constraint imports_format_choice_is_object check (jsonb_typeof(format_choice) = 'object'),
  constraint imports_columns_is_array check (jsonb_typeof(columns) = 'array'),
  constraint imports_mapping_is_object check (jsonb_typeof(mapping) = 'object'),
  constraint imports_counts_are_not_negative check (
    least(size_bytes, done_bytes, read_count, inserted_count, updated_count, skipped_count, failed_count, undone_count,
      kept_count) >= 0
  ),
  constraint imports_counts_add_up check (read_count = inserted_count + updated_count + skipped_count + failed_count),
  constraint imports_error_code_matches_state check ((state = 'failed') = (error_code is not null)),
  constraint imports_finished_at_matches_state check (
    (state in ('completed', 'failed', 'stopped', 'undone')) = (finished_at is not null)
  )
);
create index imports_organization_id_created_at_idx on public.imports (organization_id, created_at desc);
create index imports_organization_id_file_id_idx on public.imports (organization_id, file_id);
create index imports_import_type_idx on public.imports (import_type);
create index imports_created_by_idx on public.imports (created_by);
create index imports_service_account_id_idx on public.imports (service_account_id);
create index imports_busy_updated_at_idx on public.imports (updated_at)
  where state in ('waiting', 'analysing', 'checking', 'running', 'undoing');
create index imports_expires_at_idx on public.imports (expires_at) where expires_at is not null;
comment on table public.imports is $$Files whose rows are brought into a table, with where each of them stands.

Made with create_import; then set_import_mapping, check_import (a dry run), start_import, and where wanted stop_import,
resume_import and undo_import. Rows that failed are in import_errors.$$;
comment on column public.imports.id is 'Identifies the import.';
comment on column public.imports.organization_id is 'Whose rows they become.';
comment on column public.imports.import_type is 'What the rows become; see import_types.';
comment on column public.imports.file_id is 'The file; null when it is gone.';
comment on column public.imports.name is 'Name of the file.';
comment on column public.imports.state is 'Where it stands.';
comment on column public.imports.conflict_rule is 'What is done with rows that are there already.';
comment on column public.imports.format_choice is
  'What people said of the file: "encoding", "delimiter", "has_header", "sheet"; the rest is found.';
comment on column public.imports.format is
  'How the file is read: "kind" csv or xlsx, "encoding", "delimiter", "has_header", "sheet", "sheets"; null before that is known.';
comment on column public.imports.columns is
  'Columns of the file: [{"name", "examples", "suggestion", "score"}]; the place is the number that mapping uses, from 0.';
comment on column public.imports.mapping is 'Which column is which field: {"email": 2}. Suggested at first.';
comment on column public.imports.sample is 'First rows as they are in the file: [{"number", "cells"}].';
comment on column public.imports.preview is
  $$First rows as they would be imported: [{"row_number", "values", "problems"}].

Null while it is being made for another mapping, and after 30 days.$$;
comment on column public.imports.check_result is
  'What the last dry run counted: "inserted", "updated", "skipped", "failed", "checked_at"; null before one, or after a change.';
comment on column public.imports.size_bytes is 'Size of what is read.';
comment on column public.imports.done_bytes is 'How much of it was read.';
comment on column public.imports.read_count is 'Rows that were read, without the header and blank ones.';
comment on column public.imports.inserted_count is 'Rows that were added.';
comment on column public.imports.updated_count is 'Rows that were changed.';
comment on column public.imports.skipped_count is 'Rows that were there already and left as they are.';
comment on column public.imports.failed_count is 'Rows that were not taken; see import_errors.';
comment on column public.imports.undone_count is 'Rows that undo_import removed, or gave their earlier values.';
comment on column public.imports.kept_count is
  'Rows that undo_import left as they are, because they were changed since or something depends on them.';
comment on column public.imports.cpu_ms is 'Processor time of all steps, in milliseconds.';
comment on column public.imports.most_step_cpu_ms is 'Processor time of the longest step, in milliseconds.';
comment on column public.imports.error_code is 'Why it failed, as in docs/api/errors.md; null unless it did.';
comment on column public.imports.error_message is 'What happened, in English.';
comment on column public.imports.error_hint is 'What can be done about it, in English; null when there is nothing to say.';
comment on column public.imports.run_number is 'Grows with each job that is given to workers: only the newest one may write.';
comment on column public.imports.job_id is 'The job that works on it, for get_job_progress; null when there was none.';
comment on column public.imports.created_by is 'Who made it; null for programs, and when the account is gone.';
comment on column public.imports.service_account_id is 'The program that made it; null for people.';
comment on column public.imports.started_at is 'When rows were first taken; null before.';
comment on column public.imports.finished_at is 'When it came to its present end; null while there is none.';
comment on column public.imports.expires_at is
  'Until when it can be undone and its first rows and errors are kept; null when they are gone.';
comment on column public.imports.created_at is 'When it was made.';
comment on column public.imports.updated_at is 'When the row last changed.';

create table public.import_errors (
  id bigint primary key generated always as identity,
  organization_id uuid not null,
  import_id uuid not null,
  row_number int not null,
  field text,
  code text not null,
  message text not null,
  value text,
  created_at timestamptz not null default now(),
  constraint import_errors_import_in_same_organization foreign key (organization_id, import_id)
    references public.imports (organization_id, id) on delete cascade
);
create index import_errors_organization_id_import_id_row_number_idx
  on public.import_errors (organization_id, import_id, row_number, id);
comment on table public.import_errors is $$Rows of a file that were not taken, and why: of the last dry run, or of the run.

The first 100,000 of an import are kept, for 30 days; failed_count counts all. Order by row_number.$$;
comment on column public.import_errors.id is 'Grows with each error.';
comment on column public.import_errors.organization_id is 'Whose import it is.';
comment on column public.import_errors.import_id is 'The import.';
comment on column public.import_errors.row_number is 'The row as a spreadsheet numbers it, from 1 and with the header.';
comment on column public.import_errors.field is 'The field that is wrong; null where it is the row.';
comment on column public.import_errors.code is 'What is wrong, for programs; see docs/api/errors.md.';
comment on column public.import_errors.message is 'What is wrong, in English.';
comment on column public.import_errors.value is 'What stood there, at most 200 characters; null for nothing.';
comment on column public.import_errors.created_at is 'When it was found.';

create table private.import_work (
  import_id uuid primary key references public.imports (id) on delete cascade,
  claims jsonb not null,
  position jsonb,
  batch_count int not null default 0
);
comment on table private.import_work is 'What workers need of an import and clients do not see.';
comment on column private.import_work.import_id is 'The import.';
comment on column private.import_work.claims is 'Who asked for what is being done, as claims of a token: their rights hold.';
comment on column private.import_work.position is 'The checkpoint: where in the file the next row begins; null at its beginning.';
comment on column private.import_work.batch_count is 'Batches that were taken.';

create table private.import_batches (
  import_id uuid not null references public.imports (id) on delete cascade,
  number int not null,
  applied_at timestamptz not null,
  inserted_ids uuid[] not null,
  primary key (import_id, number)
);
comment on table private.import_batches is $$What an import did, for undoing it: one row for some thousand rows of a file.

Kept for 30 days.$$;
comment on column private.import_batches.import_id is 'The import.';
comment on column private.import_batches.number is 'Grows by one; the last one is undone first.';
comment on column private.import_batches.applied_at is
  'Time of its transaction: rows whose updated_at is another one were changed since.';
comment on column private.import_batches.inserted_ids is 'Rows that were added.';

create table private.import_changes (
  import_id uuid not null,
  batch_number int not null,
  row_id uuid not null,
  before jsonb not null,
  primary key (import_id, batch_number, row_id),
  foreign key (import_id, batch_number) references private.import_batches (import_id, number) on delete cascade
);
comment on table private.import_changes is 'Rows that an import changed, as they were before.';
comment on column private.import_changes.import_id is 'The import.';
comment on column private.import_changes.batch_number is 'The batch that changed it.';
comment on column private.import_changes.row_id is 'The row.';
comment on column private.import_changes.before is 'Its columns before.';

-- Unlogged: a dry run that a crash cut off is begun again.
create unlogged table private.import_keys (
  import_id uuid not null,
  key text not null,
  row_number int not null,
  primary key (import_id, key)
);
comment on table private.import_keys is 'What identifies the rows that a dry run saw, so that it finds those that come again.';
comment on column private.import_keys.import_id is 'The import.';
comment on column private.import_keys.key is 'What identifies a row, such as its e-mail address.';
comment on column private.import_keys.row_number is 'The first row of the file that has it.';

create table private.import_texts (
  import_id uuid not null references public.imports (id) on delete cascade,
  number int not null,
  texts text not null,
  primary key (import_id, number)
);
comment on table private.import_texts is 'Shared texts of a workbook, some hundred in a row, read once and looked up by its cells.';
comment on column private.import_texts.import_id is 'The import.';
comment on column private.import_texts.number is 'Place of these texts: of the first one divided by how many are in a row.';
comment on column private.import_texts.texts is 'The texts, parted by the unit separator U+001F.';
