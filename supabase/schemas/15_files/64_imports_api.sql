-- Definer: clients hold no insert.
create function private.create_import(
  organization_id uuid, import_type text, file_id uuid, conflict_rule public.import_conflict_rule, format_choice jsonb
)
  returns public.imports
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_file public.files;
  v_import public.imports;
begin
  perform private.require_import_rights(create_import.organization_id, create_import.import_type, 'import file');
  perform private.require_permission(create_import.organization_id, 'files.read', 'import file');
  -- Locked, so that the end of its scan either is seen here or sees the import.
  select * into v_file from public.files
  where files.id = create_import.file_id and files.organization_id = create_import.organization_id
    and (not files.is_private or files.uploaded_by = (select private.current_person_id())
      or private.has_permission(create_import.organization_id, 'files.manage'))
  for share;
  if not found or v_file.state = 'deleted' then
    perform private.raise_error(404, 'import_file_missing', 'Cannot import file: no such file');
  end if;
  if v_file.state = 'infected' then
    perform private.raise_error(409, 'import_file_refused', 'Cannot import file: it is infected', 'Upload another file.');
  end if;
  perform private.require_format_choice(create_import.format_choice);
  insert into public.imports
    (organization_id, import_type, file_id, name, conflict_rule, format_choice, size_bytes, created_by,
      service_account_id, expires_at)
  values (
    create_import.organization_id, create_import.import_type, v_file.id, v_file.name,
    coalesce(create_import.conflict_rule, 'skip'), coalesce(create_import.format_choice, '{}'), v_file.size_bytes,
    (select private.current_person_id()), (select private.current_service_account_id()), private.import_expiry()
  )
  returning * into v_import;
  perform private.remember_import_claims(v_import.id);
  perform private.record_audit_event('import', v_import.organization_id, 'imports', v_import.id::text,
    jsonb_build_object('import_type', v_import.import_type, 'file_id', v_file.id));
  if v_file.state = 'clean' then
    update public.imports set state = 'analysing' where imports.id = v_import.id;
    v_import := private.enqueue_import(v_import.id, 'import.analyse');
  end if;
  return v_import;
end;
$$;
comment on function private.create_import(uuid, text, uuid, public.import_conflict_rule, jsonb) is
  'Body of public.create_import.';
grant execute on function private.create_import(uuid, text, uuid, public.import_conflict_rule, jsonb) to authenticated;

create function public.create_import(
  organization_id uuid, import_type text, file_id uuid,
  conflict_rule public.import_conflict_rule default 'skip', format_choice jsonb default '{}'
)
  returns public.imports
  language sql volatile set search_path = ''
as $$
  select private.create_import(
    create_import.organization_id, create_import.import_type, create_import.file_id, create_import.conflict_rule,
    create_import.format_choice
  )
$$;
comment on function public.create_import(uuid, text, uuid, public.import_conflict_rule, jsonb) is
  $$Begins the import of a file of the organization: CSV, or an Excel workbook (.xlsx). Returns the import.

For members with imports.run and the permission of the type. A file that is not scanned yet is waited for. Then its
columns are found and a mapping is suggested: state "ready". format_choice says what is known of the file: "encoding",
"delimiter", "has_header", "sheet".$$;
grant execute on function public.create_import(uuid, text, uuid, public.import_conflict_rule, jsonb) to authenticated;

create function private.require_format_choice(format_choice jsonb)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  if coalesce(jsonb_typeof(require_format_choice.format_choice), 'object') <> 'object' or exists (
    select from jsonb_each(require_format_choice.format_choice) as choice
    where not case choice.key
      when 'encoding' then choice.value in ('"utf-8"', '"utf-16le"', '"utf-16be"', '"windows-1252"')
      when 'delimiter' then choice.value #>> '{}' in (',', ';', E'\t', '|')
      when 'has_header' then jsonb_typeof(choice.value) = 'boolean'
      when 'sheet' then jsonb_typeof(choice.value) = 'string' and char_length(choice.value #>> '{}') <= 100
      else false
    end
  ) then
    perform private.raise_error(422, 'import_format_invalid', 'Cannot read file so: a value of the format is not allowed',
      'It may have "encoding", "delimiter", "has_header" and "sheet".');
  end if;
end;
$$;
comment on function private.require_format_choice(jsonb) is 'Guard: what people say of a file is what can be said.';

create function private.require_mapping(import public.imports, mapping jsonb)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_fields jsonb;
  v_problem text;
begin
  select import_types.fields into v_fields from public.import_types
  where import_types.import_type = (require_mapping.import).import_type;
  if jsonb_typeof(require_mapping.mapping) is distinct from 'object' or require_mapping.mapping = '{}' then
    v_problem := 'no column is mapped';
  else
    select case
      when not v_fields @> jsonb_build_array(jsonb_build_object('name', pair.key)) then
        format('there is no field "%s"', pair.key)
      when pair.value !~ '^[0-9]{1,4}$' then format('the column of field "%s" is no number', pair.key)
      when pair.value::int >= jsonb_array_length((require_mapping.import).columns) then
        format('there is no column %s', pair.value)
      else format('column %s is mapped twice', pair.value)
    end
    into v_problem
    from (
      select entry.key, entry.value, count(*) over (partition by entry.value) as use_count
      from jsonb_each_text(require_mapping.mapping) as entry
    ) as pair
    where not v_fields @> jsonb_build_array(jsonb_build_object('name', pair.key))
      or pair.value !~ '^[0-9]{1,4}$' or pair.use_count > 1
      or case when pair.value ~ '^[0-9]{1,4}$'
        then pair.value::int >= jsonb_array_length((require_mapping.import).columns) end
    limit 1;
    if v_problem is null then
      select format('the field "%s" has no column', field.value ->> 'name') into v_problem
      from jsonb_array_elements(v_fields) as field
      where (field.value ->> 'is_required')::boolean and not require_mapping.mapping ? (field.value ->> 'name')
      limit 1;
    end if;
  end if;
  if v_problem is not null then
    perform private.raise_error(422, 'import_mapping_invalid', format('Cannot map columns: %s', v_problem),
      'Fields are in import_types, columns in the import; each is used once.');
  end if;
end;
$$;
comment on function private.require_mapping(public.imports, jsonb) is
  'Guard: a mapping names fields of the type and columns of the file, each once, and all that are required.';

-- Definer: clients hold no update.
create function private.set_import_mapping(
  import_id uuid, mapping jsonb, conflict_rule public.import_conflict_rule, format_choice jsonb
)
  returns public.imports
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import public.imports := private.require_import(set_import_mapping.import_id, 'map columns');
begin
  if not (v_import.state = 'ready'
    or (v_import.state = 'failed' and v_import.started_at is null and set_import_mapping.format_choice is not null))
  then
    perform private.raise_import_state(v_import, 'map columns');
  end if;
  perform private.require_format_choice(set_import_mapping.format_choice);
  perform private.remember_import_claims(v_import.id);
  if set_import_mapping.format_choice is not null
    and (v_import.state = 'failed' or set_import_mapping.format_choice is distinct from v_import.format_choice)
  then
    -- Columns may be other ones now: they are found anew, and the mapping with them.
    perform private.reset_import(v_import.id);
    delete from private.import_texts where import_texts.import_id = v_import.id;
    update public.imports
    set state = 'analysing', format_choice = set_import_mapping.format_choice, check_result = null, preview = null,
      conflict_rule = coalesce(set_import_mapping.conflict_rule, imports.conflict_rule)
    where imports.id = v_import.id;
    return private.enqueue_import(v_import.id, 'import.analyse');
  end if;
  if set_import_mapping.mapping is not null then
    perform private.require_mapping(v_import, set_import_mapping.mapping);
  end if;
  update public.imports
  set mapping = coalesce(set_import_mapping.mapping, imports.mapping),
    conflict_rule = coalesce(set_import_mapping.conflict_rule, imports.conflict_rule),
    check_result = null,
    preview = case
      when coalesce(set_import_mapping.mapping, imports.mapping) = imports.mapping then imports.preview
    end
  where imports.id = v_import.id
  returning * into v_import;
  if v_import.preview is null then
    v_import := private.enqueue_import(v_import.id, 'import.preview');
  end if;
  return v_import;
end;
$$;
comment on function private.set_import_mapping(uuid, jsonb, public.import_conflict_rule, jsonb) is
  'Body of public.set_import_mapping.';
grant execute on function private.set_import_mapping(uuid, jsonb, public.import_conflict_rule, jsonb) to authenticated;

create function public.set_import_mapping(
  import_id uuid, mapping jsonb default null, conflict_rule public.import_conflict_rule default null,
  format_choice jsonb default null
)
  returns public.imports
  language sql volatile set search_path = ''
as $$
  select private.set_import_mapping(
    set_import_mapping.import_id, set_import_mapping.mapping, set_import_mapping.conflict_rule,
    set_import_mapping.format_choice
  )
$$;
comment on function public.set_import_mapping(uuid, jsonb, public.import_conflict_rule, jsonb) is
  $$Says which column is which field ({"email": 2}), what is done with rows that are there already, or how the file is read.

What is left out stays. A new mapping makes a new preview, which is null meanwhile; another format has the columns found
anew, with a new suggestion.$$;
grant execute on function public.set_import_mapping(uuid, jsonb, public.import_conflict_rule, jsonb) to authenticated;

-- Definer: clients hold no update.
create function private.begin_import_run(import_id uuid, is_check boolean)
  returns public.imports
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_action constant text := case when begin_import_run.is_check then 'check import' else 'start import' end;
  v_import public.imports := private.require_import(begin_import_run.import_id, v_action);
begin
  if v_import.state <> 'ready' then
    -- Again changes nothing.
    if v_import.state::text = (case when begin_import_run.is_check then 'checking' else 'running' end) then
      return v_import;
    end if;
    perform private.raise_import_state(v_import, v_action);
  end if;
  perform private.require_mapping(v_import, v_import.mapping);
  perform private.remember_import_claims(v_import.id);
  perform private.reset_import(v_import.id);
  update public.imports
  set state = case when begin_import_run.is_check then 'checking' else 'running' end::public.import_state,
    check_result = case when not begin_import_run.is_check then imports.check_result end,
    started_at = case when not begin_import_run.is_check then now() end,
    expires_at = private.import_expiry()
  where imports.id = v_import.id;
  if not begin_import_run.is_check then
    perform private.record_audit_event('import_start', v_import.organization_id, 'imports', v_import.id::text,
      jsonb_build_object('conflict_rule', v_import.conflict_rule));
  end if;
  return private.enqueue_import(v_import.id, 'import.load');
end;
$$;
comment on function private.begin_import_run(uuid, boolean) is 'Body of public.check_import and public.start_import.';
grant execute on function private.begin_import_run(uuid, boolean) to authenticated;

create function public.check_import(import_id uuid)
  returns public.imports
  language sql volatile set search_path = ''
as $$
  select private.begin_import_run(check_import.import_id, true)
$$;
comment on function public.check_import(uuid) is $$Begins a dry run: what would become of each row, without a change.

Its counts are in check_result when the state is "ready" again, its errors in import_errors.$$;
grant execute on function public.check_import(uuid) to authenticated;

create function public.start_import(import_id uuid)
  returns public.imports
  language sql volatile set search_path = ''
as $$
  select private.begin_import_run(start_import.import_id, false)
$$;
comment on function public.start_import(uuid) is $$Begins to take the rows of a file, in the name of who calls: their rights are asked at each step.

Some thousand rows are taken at a time, each time all or none. get_job_progress(job_id) and the counts of the import tell
how far it is.$$;
grant execute on function public.start_import(uuid) to authenticated;

-- Definer: clients hold no update.
create function private.stop_import(import_id uuid)
  returns public.imports
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import public.imports := private.require_import(stop_import.import_id, 'stop import');
begin
  if v_import.state not in ('running', 'checking', 'stopped') then
    perform private.raise_import_state(v_import, 'stop import');
  end if;
  -- At once: whatever a worker still has in hand is refused, because it holds an older run.
  update public.imports
  set state = case imports.state when 'checking' then 'ready' else 'stopped' end::public.import_state,
    run_number = imports.run_number + 1
  where imports.id = v_import.id and imports.state in ('running', 'checking')
  returning * into v_import;
  if not found then
    select * into v_import from public.imports where imports.id = stop_import.import_id;
  elsif v_import.state = 'ready' then
    perform private.reset_import(v_import.id);
    select * into v_import from public.imports where imports.id = stop_import.import_id;
  else
    perform private.record_audit_event('import_stop', v_import.organization_id, 'imports', v_import.id::text);
  end if;
  return v_import;
end;
$$;
comment on function private.stop_import(uuid) is 'Body of public.stop_import.';
grant execute on function private.stop_import(uuid) to authenticated;

create function public.stop_import(import_id uuid)
  returns public.imports
  language sql volatile set search_path = ''
as $$
  select private.stop_import(stop_import.import_id)
$$;
comment on function public.stop_import(uuid) is
  'Stops an import at once, between two rows: what it took stays and resume_import goes on from there. Ends a dry run.';
grant execute on function public.stop_import(uuid) to authenticated;

-- Definer: clients hold no update.
create function private.resume_import(import_id uuid)
  returns public.imports
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import public.imports := private.require_import(resume_import.import_id, 'resume import');
begin
  if v_import.state = 'running' then
    return v_import;
  end if;
  -- One that began to be undone is not gone on with.
  if not (v_import.state in ('stopped', 'failed') and v_import.started_at is not null
    and v_import.undone_count + v_import.kept_count = 0)
  then
    perform private.raise_import_state(v_import, 'resume import');
  end if;
  perform private.remember_import_claims(v_import.id);
  update public.imports set state = 'running' where imports.id = v_import.id;
  perform private.record_audit_event('import_start', v_import.organization_id, 'imports', v_import.id::text);
  return private.enqueue_import(v_import.id, 'import.load');
end;
$$;
comment on function private.resume_import(uuid) is 'Body of public.resume_import.';
grant execute on function private.resume_import(uuid) to authenticated;

create function public.resume_import(import_id uuid)
  returns public.imports
  language sql volatile set search_path = ''
as $$
  select private.resume_import(resume_import.import_id)
$$;
comment on function public.resume_import(uuid) is
  'Goes on with an import that was stopped or failed, from the row after the last one it took.';
grant execute on function public.resume_import(uuid) to authenticated;

-- Definer: clients hold no update.
create function private.undo_import(import_id uuid)
  returns public.imports
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import public.imports := private.require_import(undo_import.import_id, 'undo import');
begin
  if v_import.state in ('undoing', 'undone') then
    return v_import;
  end if;
  if v_import.state not in ('stopped', 'completed', 'failed') or v_import.started_at is null then
    perform private.raise_import_state(v_import, 'undo import');
  end if;
  if coalesce(v_import.expires_at <= now(), true) then
    perform private.raise_error(409, 'import_undo_expired', 'Cannot undo import: it is too long ago',
      'What it did is kept for the days that the setting "imports.undo_days" says.');
  end if;
  perform private.remember_import_claims(v_import.id);
  update public.imports set state = 'undoing' where imports.id = v_import.id;
  perform private.record_audit_event('import_undo', v_import.organization_id, 'imports', v_import.id::text);
  return private.enqueue_import(v_import.id, 'import.undo');
end;
$$;
comment on function private.undo_import(uuid) is 'Body of public.undo_import.';
grant execute on function private.undo_import(uuid) to authenticated;

create function public.undo_import(import_id uuid)
  returns public.imports
  language sql volatile set search_path = ''
as $$
  select private.undo_import(undo_import.import_id)
$$;
comment on function public.undo_import(uuid) is $$Takes back what an import did: deletes what it added, and gives what it changed its earlier values.

Rows that were changed since, or that something depends on, are left as they are and counted in kept_count. Within 30
days.$$;
grant execute on function public.undo_import(uuid) to authenticated;
