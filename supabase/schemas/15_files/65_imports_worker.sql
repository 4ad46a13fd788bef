-- What workers do with an import. Each call names its run: after a stop, a resume or another mapping it is an older one
-- and nothing happens, so that a worker that was thought dead can do no harm.

-- Definer: nobody else holds a grant on what is private of an import.
create function private.read_import(import_id uuid, run_number int)
  returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'state', imports.state, 'import_type', imports.import_type, 'format_choice', imports.format_choice,
    'format', imports.format, 'columns', imports.columns, 'mapping', imports.mapping, 'sample', imports.sample,
    'size_bytes', imports.size_bytes, 'read_count', imports.read_count, 'position', import_work.position,
    'file', (
      select jsonb_build_object('bucket_id', files.bucket_id, 'object_path', file_versions.object_path)
      from public.files
      join public.file_versions
        on file_versions.file_id = files.id and file_versions.version_number = files.version_number
      where files.id = imports.file_id and files.state = 'clean'
    )
  )
  from public.imports
  join private.import_work on import_work.import_id = imports.id
  where imports.id = read_import.import_id and imports.run_number = read_import.run_number
    and imports.state in ('analysing', 'ready', 'checking', 'running', 'undoing')
$$;
comment on function private.read_import(uuid, int) is 'Body of public.read_import.';
grant execute on function private.read_import(uuid, int) to service_role;

create function public.read_import(import_id uuid, run_number int)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.read_import(read_import.import_id, read_import.run_number)
$$;
comment on function public.read_import(uuid, int) is
  'What a worker needs to know of an import; null when the run is not the present one. For the backend itself.';
grant execute on function public.read_import(uuid, int) to service_role;

-- Definer: as private.read_import.
create function private.finish_import_analysis(
  import_id uuid, run_number int, format jsonb, columns jsonb, mapping jsonb, sample jsonb, preview jsonb,
  size_bytes bigint
)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.imports
  set state = 'ready', format = finish_import_analysis.format, columns = finish_import_analysis.columns,
    mapping = finish_import_analysis.mapping, sample = finish_import_analysis.sample,
    preview = finish_import_analysis.preview, size_bytes = finish_import_analysis.size_bytes
  where imports.id = finish_import_analysis.import_id and imports.run_number = finish_import_analysis.run_number
    and imports.state = 'analysing';
  return found;
end;
$$;
comment on function private.finish_import_analysis(uuid, int, jsonb, jsonb, jsonb, jsonb, jsonb, bigint) is
  'Body of public.finish_import_analysis.';
grant execute on function private.finish_import_analysis(uuid, int, jsonb, jsonb, jsonb, jsonb, jsonb, bigint)
  to service_role;

create function public.finish_import_analysis(
  import_id uuid, run_number int, format jsonb, columns jsonb, mapping jsonb, sample jsonb, preview jsonb,
  size_bytes bigint
)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.finish_import_analysis(
    finish_import_analysis.import_id, finish_import_analysis.run_number, finish_import_analysis.format,
    finish_import_analysis.columns, finish_import_analysis.mapping, finish_import_analysis.sample,
    finish_import_analysis.preview, finish_import_analysis.size_bytes
  )
$$;
comment on function public.finish_import_analysis(uuid, int, jsonb, jsonb, jsonb, jsonb, jsonb, bigint) is
  'Says what was found in a file: the import is ready. For the backend itself; false when the run is an older one.';
grant execute on function public.finish_import_analysis(uuid, int, jsonb, jsonb, jsonb, jsonb, jsonb, bigint)
  to service_role;

-- Definer: as private.read_import.
create function private.save_import_preview(import_id uuid, run_number int, preview jsonb)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.imports set preview = save_import_preview.preview
  where imports.id = save_import_preview.import_id and imports.run_number = save_import_preview.run_number
    and imports.state = 'ready';
  return found;
end;
$$;
comment on function private.save_import_preview(uuid, int, jsonb) is 'Body of public.save_import_preview.';
grant execute on function private.save_import_preview(uuid, int, jsonb) to service_role;

create function public.save_import_preview(import_id uuid, run_number int, preview jsonb)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.save_import_preview(
    save_import_preview.import_id, save_import_preview.run_number, save_import_preview.preview
  )
$$;
comment on function public.save_import_preview(uuid, int, jsonb) is
  'Keeps the preview of an import. For the backend itself; false when the run is an older one.';
grant execute on function public.save_import_preview(uuid, int, jsonb) to service_role;

-- Definer: as private.read_import.
create function private.save_import_texts(
  import_id uuid, run_number int, first_number int, texts text, "position" jsonb
)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform from public.imports
  where imports.id = save_import_texts.import_id and imports.run_number = save_import_texts.run_number
    and imports.state = 'analysing'
  for no key update;
  if not found then
    return false;
  end if;
  insert into private.import_texts (import_id, number, texts)
  select save_import_texts.import_id, save_import_texts.first_number + part.place::int - 1, part.texts
  from string_to_table(save_import_texts.texts, chr(29)) with ordinality as part (texts, place)
  where save_import_texts.texts <> ''
  on conflict on constraint import_texts_pkey do update set texts = excluded.texts;
  update private.import_work set position = save_import_texts."position"
  where import_work.import_id = save_import_texts.import_id;
  return true;
end;
$$;
comment on function private.save_import_texts(uuid, int, int, text, jsonb) is 'Body of public.save_import_texts.';
grant execute on function private.save_import_texts(uuid, int, int, text, jsonb) to service_role;

create function public.save_import_texts(
  import_id uuid, run_number int, first_number int, texts text, "position" jsonb
)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.save_import_texts(
    save_import_texts.import_id, save_import_texts.run_number, save_import_texts.first_number,
    save_import_texts.texts, save_import_texts."position"
  )
$$;
comment on function public.save_import_texts(uuid, int, int, text, jsonb) is
  $$Keeps shared texts of a workbook with where reading goes on. For the backend itself.

Texts are parted by U+001F, and every so many of them by U+001D. False when the run is an older one.$$;
grant execute on function public.save_import_texts(uuid, int, int, text, jsonb) to service_role;

-- Definer: as private.read_import.
create function private.read_import_texts(import_id uuid, numbers text)
  returns table (number int, texts text)
  language sql stable security definer set search_path = ''
as $$
  select import_texts.number, import_texts.texts from private.import_texts
  where import_texts.import_id = read_import_texts.import_id
    and import_texts.number = any (read_import_texts.numbers::int[])
$$;
comment on function private.read_import_texts(uuid, text) is 'Body of public.read_import_texts.';
grant execute on function private.read_import_texts(uuid, text) to service_role;

create function public.read_import_texts(import_id uuid, numbers text)
  returns table (number int, texts text)
  language sql stable set search_path = ''
as $$
  select * from private.read_import_texts(read_import_texts.import_id, read_import_texts.numbers)
$$;
comment on function public.read_import_texts(uuid, text) is
  'Shared texts of a workbook by their numbers, written as an array: {1,2}. For the backend itself.';
grant execute on function public.read_import_texts(uuid, text) to service_role;

-- Definer: as private.read_import.
create function private.record_import_step(import_id uuid, run_number int, cpu_ms int)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.imports
  set cpu_ms = imports.cpu_ms + record_import_step.cpu_ms,
    most_step_cpu_ms = greatest(imports.most_step_cpu_ms, record_import_step.cpu_ms)
  where imports.id = record_import_step.import_id and imports.run_number = record_import_step.run_number;
  return found;
end;
$$;
comment on function private.record_import_step(uuid, int, int) is 'Body of public.record_import_step.';
grant execute on function private.record_import_step(uuid, int, int) to service_role;

create function public.record_import_step(import_id uuid, run_number int, cpu_ms int)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.record_import_step(
    record_import_step.import_id, record_import_step.run_number, record_import_step.cpu_ms
  )
$$;
comment on function public.record_import_step(uuid, int, int) is
  'Adds the processor time of a step to an import. For the backend itself.';
grant execute on function public.record_import_step(uuid, int, int) to service_role;

-- Definer: as private.read_import.
create function private.end_import_run(import_id uuid, run_number int)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import public.imports;
begin
  select * into v_import from public.imports
  where imports.id = end_import_run.import_id and imports.run_number = end_import_run.run_number
  for no key update;
  if not found then
    return false;
  end if;
  if v_import.state = 'checking' then
    delete from private.import_keys where import_keys.import_id = v_import.id;
    update public.imports
    set state = 'ready',
      check_result = jsonb_build_object(
        'inserted', v_import.inserted_count, 'updated', v_import.updated_count, 'skipped', v_import.skipped_count,
        'failed', v_import.failed_count, 'checked_at', now()
      ),
      read_count = 0, inserted_count = 0, updated_count = 0, skipped_count = 0, failed_count = 0, done_bytes = 0
    where imports.id = v_import.id;
    update private.import_work set position = null where import_work.import_id = v_import.id;
    return true;
  end if;
  update public.imports
  set state = case v_import.state when 'running' then 'completed' else 'undone' end::public.import_state,
    expires_at = private.import_expiry(),
    done_bytes = case v_import.state when 'running' then imports.size_bytes else imports.done_bytes end
  where imports.id = v_import.id and imports.state in ('running', 'undoing');
  if found then
    delete from private.import_texts where import_texts.import_id = v_import.id;
  end if;
  return found;
end;
$$;
comment on function private.end_import_run(uuid, int) is 'Body of public.end_import_run.';
grant execute on function private.end_import_run(uuid, int) to service_role;

create function public.end_import_run(import_id uuid, run_number int)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.end_import_run(end_import_run.import_id, end_import_run.run_number)
$$;
comment on function public.end_import_run(uuid, int) is
  'Says that a dry run, a run or an undoing is at its end. For the backend itself; false when the run is an older one.';
grant execute on function public.end_import_run(uuid, int) to service_role;

-- Definer: as private.read_import.
create function private.fail_import(import_id uuid, run_number int, code text, message text, hint text)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.imports
  set state = 'failed', error_code = fail_import.code, error_message = left(fail_import.message, 1000),
    error_hint = left(fail_import.hint, 1000)
  where imports.id = fail_import.import_id and imports.run_number = fail_import.run_number
    and imports.state in ('analysing', 'checking', 'running', 'undoing');
  return found;
end;
$$;
comment on function private.fail_import(uuid, int, text, text, text) is 'Body of public.fail_import.';
grant execute on function private.fail_import(uuid, int, text, text, text) to service_role;

create function public.fail_import(import_id uuid, run_number int, code text, message text, hint text default null)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.fail_import(
    fail_import.import_id, fail_import.run_number, fail_import.code, fail_import.message, fail_import.hint
  )
$$;
comment on function public.fail_import(uuid, int, text, text, text) is
  'Ends an import with an error that people read. For the backend itself; false when the run is an older one.';
grant execute on function public.fail_import(uuid, int, text, text, text) to service_role;
