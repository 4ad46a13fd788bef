create function private.act_for_import(import public.imports, action text)
  returns private.import_work
  language plpgsql volatile set search_path = ''
as $$
declare
  v_work private.import_work;
begin
  select * into v_work from private.import_work where import_work.import_id = (act_for_import.import).id;
  if v_work.claims ? 'api_key_id' and not exists (
    select from public.api_keys
    where api_keys.id = (v_work.claims ->> 'api_key_id')::uuid and api_keys.revoked_at is null
  ) then
    perform private.raise_error(403, 'api_key_revoked',
      format('Cannot %s: the API key that asked for it was revoked', act_for_import.action), 'Resume it with another one.');
  end if;
  perform set_config('request.jwt.claims', v_work.claims::text, true);
  perform set_config('atrium.import_id', (act_for_import.import).id::text, true);
  perform private.require_import_rights(
    (act_for_import.import).organization_id, (act_for_import.import).import_type, act_for_import.action
  );
  return v_work;
end;
$$;
comment on function private.act_for_import(public.imports, text) is
  $$Goes on as who asked for an import until the transaction ends: their rights hold now, and the audit log names them.$$;

create function private.call_take_function(
  import public.imports, take_function text, row_numbers int[], columns text[]
)
  returns private.import_batch_result
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count constant int := cardinality(call_take_function.row_numbers);
  v_half constant int := v_count / 2;
  v_result private.import_batch_result;
  v_first private.import_batch_result;
  v_second private.import_batch_result;
  v_constraint text;
begin
  begin
    execute format('select * from private.%I($1, $2, $3, $4)', call_take_function.take_function)
    into v_result
    using call_take_function.import, call_take_function.row_numbers, call_take_function.columns,
      (call_take_function.import).state = 'checking';
    return v_result;
  exception
    -- A rule of the table that the worker does not know. Limits and rights raise otherwise and end the run.
    when integrity_constraint_violation or data_exception then
      get stacked diagnostics v_constraint = constraint_name;
  end;
  if v_count = 1 then
    v_result.inserted_count := 0;
    v_result.others := array[row(
      call_take_function.row_numbers[1], 'failed', null, null, 'value_not_allowed',
      case when v_constraint = '' then 'a value is not allowed here' else format('breaks the rule "%s"', v_constraint) end
    )::private.import_row_result];
    return v_result;
  end if;
  -- Halved until the row that breaks it stands alone.
  select * into v_first from private.call_take_function(
    call_take_function.import, call_take_function.take_function, call_take_function.row_numbers[:v_half],
    array(
      select array_to_string((string_to_array(item, chr(31)))[:v_half], chr(31))
      from unnest(call_take_function.columns) with ordinality as given (item, place) order by place
    )
  );
  select * into v_second from private.call_take_function(
    call_take_function.import, call_take_function.take_function, call_take_function.row_numbers[v_half + 1:],
    array(
      select array_to_string((string_to_array(item, chr(31)))[v_half + 1:], chr(31))
      from unnest(call_take_function.columns) with ordinality as given (item, place) order by place
    )
  );
  v_result.inserted_count := v_first.inserted_count + v_second.inserted_count;
  v_result.inserted_ids := v_first.inserted_ids || v_second.inserted_ids;
  v_result.others := v_first.others || v_second.others;
  return v_result;
end;
$$;
comment on function private.call_take_function(public.imports, text, int[], text[]) is
  $$Has a type's function take rows; those that break a rule of the table are told alone, and all others are taken.

A type's function is private.<name>(import public.imports, row_numbers int[], columns text[], is_check boolean) returns
private.import_batch_result. Each column is one text, its values parted by U+001F, empty for nothing, in the order of the
type's fields. With is_check it changes nothing and says the same.$$;

-- Definer: as private.read_import; what the rows become is not the backend's to change otherwise.
create function private.take_import_rows(
  import_id uuid, run_number int, after_count int, row_numbers text, columns text, failed_count int, errors jsonb,
  "position" jsonb, done_bytes bigint
)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_most_errors constant int := 100000;
  v_import public.imports;
  v_work private.import_work;
  v_take_function text;
  v_row_numbers constant int[] := take_import_rows.row_numbers;
  v_result private.import_batch_result;
  v_updated int := 0;
  v_skipped int := 0;
  v_failed int := 0;
begin
  select * into v_import from public.imports
  where imports.id = take_import_rows.import_id and imports.run_number = take_import_rows.run_number
    and imports.state in ('checking', 'running')
    -- Rows before these were taken, and these were not: a repeated call finds another count.
    and imports.read_count = take_import_rows.after_count
  for no key update;
  if not found then
    return false;
  end if;
  v_work := private.act_for_import(v_import, 'import rows');
  select import_types.take_function into v_take_function from public.import_types
  where import_types.import_type = v_import.import_type;

  if cardinality(v_row_numbers) > 0 then
    v_result := private.call_take_function(
      v_import, v_take_function, v_row_numbers, string_to_array(take_import_rows.columns, chr(29))
    );
    select count(*) filter (where other.outcome = 'updated'), count(*) filter (where other.outcome = 'skipped'),
      count(*) filter (where other.outcome = 'failed')
    into v_updated, v_skipped, v_failed
    from unnest(v_result.others) as other;
  end if;

  if v_import.state = 'running' and cardinality(v_result.inserted_ids) + v_updated > 0 then
    insert into private.import_batches (import_id, number, applied_at, inserted_ids)
    values (v_import.id, v_work.batch_count + 1, now(), coalesce(v_result.inserted_ids, '{}'));
    insert into private.import_changes (import_id, batch_number, row_id, before)
    select v_import.id, v_work.batch_count + 1, other.row_id, other.before
    from unnest(v_result.others) as other where other.outcome = 'updated';
  end if;
  if v_failed > 0 or take_import_rows.failed_count > 0 then
    insert into public.import_errors (organization_id, import_id, row_number, field, code, message, value)
    select v_import.organization_id, v_import.id, problem.*
    from (
      select given.row_number, given.field, given.code, given.message, left(given.value, 200)
      from jsonb_to_recordset(take_import_rows.errors)
        as given (row_number int, field text, code text, message text, value text)
      union all
      select other.row_number, null, other.code, other.message, null
      from unnest(v_result.others) as other where other.outcome = 'failed'
      order by 1
    ) as problem
    where v_import.failed_count < v_most_errors;
  end if;
  update private.import_work
  set position = take_import_rows."position", batch_count = import_work.batch_count + 1
  where import_work.import_id = v_import.id;
  update public.imports
  set read_count = imports.read_count + cardinality(v_row_numbers) + take_import_rows.failed_count,
    inserted_count = imports.inserted_count + coalesce(v_result.inserted_count, 0),
    updated_count = imports.updated_count + v_updated,
    skipped_count = imports.skipped_count + v_skipped,
    failed_count = imports.failed_count + v_failed + take_import_rows.failed_count,
    done_bytes = take_import_rows.done_bytes
  where imports.id = v_import.id;
  return true;
end;
$$;
comment on function private.take_import_rows(uuid, int, int, text, text, int, jsonb, jsonb, bigint) is
  'Body of public.take_import_rows.';
grant execute on function private.take_import_rows(uuid, int, int, text, text, int, jsonb, jsonb, bigint)
  to service_role;

create function public.take_import_rows(
  import_id uuid, run_number int, after_count int, row_numbers text, columns text, failed_count int, errors jsonb,
  "position" jsonb, done_bytes bigint
)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.take_import_rows(
    take_import_rows.import_id, take_import_rows.run_number, take_import_rows.after_count,
    take_import_rows.row_numbers, take_import_rows.columns, take_import_rows.failed_count, take_import_rows.errors,
    take_import_rows."position", take_import_rows.done_bytes
  )
$$;
comment on function public.take_import_rows(uuid, int, int, text, text, int, jsonb, jsonb, bigint) is
  $$Takes rows of a file, or says what would become of them in a dry run, with the checkpoint after them: all or nothing.

For the backend itself. after_count is the import's read_count before: a repeated call changes nothing and answers false.
row_numbers is written as an array, {2,3}. columns has the values of the type's fields, parted by U+001F, and the fields
by U+001D. errors are of failed_count further rows: [{"row_number", "field", "code", "message", "value"}].$$;
grant execute on function public.take_import_rows(uuid, int, int, text, text, int, jsonb, jsonb, bigint)
  to service_role;

-- Definer: as private.read_import.
create function private.undo_import_batch(import_id uuid, run_number int)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import public.imports;
  v_batch private.import_batches;
  v_undo_function text;
  v_undone int;
  v_total int;
begin
  select * into v_import from public.imports
  where imports.id = undo_import_batch.import_id and imports.run_number = undo_import_batch.run_number
    and imports.state = 'undoing'
  for no key update;
  if not found then
    return null;
  end if;
  perform private.act_for_import(v_import, 'undo import');
  select * into v_batch from private.import_batches
  where import_batches.import_id = v_import.id order by import_batches.number desc limit 1;
  if not found then
    return false;
  end if;
  select import_types.undo_function into v_undo_function from public.import_types
  where import_types.import_type = v_import.import_type;
  execute format('select private.%I($1, $2)', v_undo_function) into v_undone using v_import, v_batch;
  select cardinality(v_batch.inserted_ids) + count(*) into v_total from private.import_changes
  where import_changes.import_id = v_import.id and import_changes.batch_number = v_batch.number;
  delete from private.import_batches
  where import_batches.import_id = v_import.id and import_batches.number = v_batch.number;
  update public.imports
  set undone_count = imports.undone_count + v_undone, kept_count = imports.kept_count + v_total - v_undone
  where imports.id = v_import.id;
  return true;
end;
$$;
comment on function private.undo_import_batch(uuid, int) is $$Body of public.undo_import_batch.

A type's undo function is private.<name>(import public.imports, batch private.import_batches) returns int: it deletes the
batch's inserted_ids and gives the rows of private.import_changes their values before, where updated_at is still the
batch's applied_at, and returns how many rows that were.$$;
grant execute on function private.undo_import_batch(uuid, int) to service_role;

create function public.undo_import_batch(import_id uuid, run_number int)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.undo_import_batch(undo_import_batch.import_id, undo_import_batch.run_number)
$$;
comment on function public.undo_import_batch(uuid, int) is
  $$Takes back the last thousands of rows of an import that is being undone. For the backend itself.

False when nothing is left, null when the run is an older one.$$;
grant execute on function public.undo_import_batch(uuid, int) to service_role;
