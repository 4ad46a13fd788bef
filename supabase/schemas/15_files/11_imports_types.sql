create type public.import_state as enum (
  'waiting', 'analysing', 'ready', 'checking', 'running', 'stopped', 'completed', 'failed', 'undoing', 'undone'
);
comment on type public.import_state is $$Where an import stands.

waiting: the file is being scanned. analysing: its columns are being found. ready: columns may be mapped, and it may be
checked or started. checking: a dry run. running. stopped: by a person, may be resumed. completed. failed: see error_code;
may be resumed where rows were taken. undoing, undone: what it did is being taken back, or was.$$;

create type public.import_conflict_rule as enum ('skip', 'update', 'fail');
comment on type public.import_conflict_rule is
  'What is done with a row that is there already: leave it, change it where the file has a value, or report it.';

create type private.import_outcome as enum ('updated', 'skipped', 'failed');
comment on type private.import_outcome is 'What became of a row of a file that was not inserted.';

create type private.import_row_result as (
  row_number int, outcome private.import_outcome, row_id uuid, before jsonb, code text, message text
);
comment on type private.import_row_result is $$What a type's function says of a row that it did not insert.

row_id and before (the row as it was, as JSON) of one that it updated; code and message of one that failed.$$;

create type private.import_batch_result as (
  inserted_count int, inserted_ids uuid[], others private.import_row_result[]
);
comment on type private.import_batch_result is 'What a type''s function did with some rows; no ids in a dry run.';
comment on column private.import_row_result.row_number is 'The row of the file.';
comment on column private.import_row_result.outcome is 'What became of it.';
comment on column private.import_row_result.row_id is 'The row that it was found to be; null for none.';
comment on column private.import_row_result.before is 'That row before it was changed.';
comment on column private.import_row_result.code is 'Why it failed, for programs.';
comment on column private.import_row_result.message is 'Why it failed, in English.';
comment on column private.import_batch_result.inserted_count is 'How many were inserted, or would be.';
comment on column private.import_batch_result.inserted_ids is 'Those that were.';
comment on column private.import_batch_result.others is 'All others.';
