create trigger t100_set_updated_at before update on public.imports
  for each row execute function private.set_updated_at();

create function private.imports_guard_state()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  if (old.state, new.state) not in (
    ('waiting', 'analysing'), ('waiting', 'failed'),
    ('analysing', 'ready'), ('analysing', 'failed'),
    ('ready', 'analysing'), ('ready', 'checking'), ('ready', 'running'),
    ('checking', 'ready'), ('checking', 'failed'),
    ('running', 'completed'), ('running', 'stopped'), ('running', 'failed'),
    ('stopped', 'running'), ('stopped', 'undoing'),
    ('failed', 'analysing'), ('failed', 'running'), ('failed', 'undoing'),
    ('completed', 'undoing'),
    ('undoing', 'undone'), ('undoing', 'failed')
  ) then
    perform private.raise_error(409, 'import_state_conflict',
      format('Cannot change import: "%s" does not follow on "%s"', new.state, old.state));
  end if;
  -- What an end has and others have not.
  new.finished_at := case when new.state in ('completed', 'failed', 'stopped', 'undone') then now() end;
  if new.state <> 'failed' then
    new.error_code := null;
    new.error_message := null;
    new.error_hint := null;
  end if;
  return new;
end;
$$;
comment on function private.imports_guard_state() is 'Which state follows on which.';
create trigger t300_guard_state before update of state on public.imports
  for each row when (old.state is distinct from new.state) execute function private.imports_guard_state();

-- Definer: clients hold no grant on the jobs table.
create function private.imports_emit_end()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.emit_event('import.' || new.state, new.organization_id,
    jsonb_build_object('import_id', new.id, 'import_type', new.import_type),
    format('import.%s:%s:%s', new.state, new.id, new.run_number));
  return null;
end;
$$;
comment on function private.imports_emit_end() is 'Tells the topics import.completed and import.failed.';
create trigger t900_emit_end after update of state on public.imports
  for each row when (old.state is distinct from new.state and new.state in ('completed', 'failed'))
  execute function private.imports_emit_end();

-- Definer: whoever changes a file holds no grant on imports.
create function private.files_begin_imports()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import_id uuid;
begin
  if new.state = 'clean' then
    for v_import_id in
      update public.imports set state = 'analysing', size_bytes = new.size_bytes
      where imports.file_id = new.id and imports.organization_id = new.organization_id and imports.state = 'waiting'
      returning imports.id
    loop
      perform private.enqueue_import(v_import_id, 'import.analyse');
    end loop;
  else
    update public.imports
    set state = 'failed', error_code = 'import_file_refused',
      error_message = format('Cannot import file: it is "%s"', new.state), error_hint = 'Upload another file.'
    where imports.file_id = new.id and imports.organization_id = new.organization_id and imports.state = 'waiting';
  end if;
  return null;
end;
$$;
comment on function private.files_begin_imports() is 'Begins the imports that wait for a file''s scan, or fails them.';
create trigger t900_begin_imports after update of state on public.files
  for each row when (old.state is distinct from new.state and new.state in ('clean', 'infected', 'deleted'))
  execute function private.files_begin_imports();
