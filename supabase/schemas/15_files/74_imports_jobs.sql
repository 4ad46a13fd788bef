create function private.tidy_imports(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_import public.imports;
  v_count int := 0;
begin
  -- Its job is dead, or was discarded: people may go on with it themselves.
  update public.imports
  set state = 'failed', error_code = 'import_interrupted', run_number = imports.run_number + 1,
    error_message = 'Cannot go on with import: its work was interrupted too often',
    error_hint = 'Resume it; what it took is kept.'
  where imports.id in (
    select stuck.id from public.imports as stuck
    where stuck.state in ('analysing', 'checking', 'running', 'undoing')
      and stuck.updated_at < now() - interval '10 minutes'
      and not exists (
        select from private.jobs where jobs.id = stuck.job_id and jobs.state in ('queued', 'running', 'failed')
      )
    order by stuck.updated_at
    limit tidy_imports.batch_size
    for update skip locked
  );
  get diagnostics v_count = row_count;
  for v_import in
    select * from public.imports
    where imports.expires_at <= now() and imports.state not in ('analysing', 'checking', 'running', 'undoing')
    order by imports.expires_at
    limit tidy_imports.batch_size
    for update skip locked
  loop
    perform private.forget_import(v_import.id);
    update public.imports set sample = '[]', preview = null, expires_at = null where imports.id = v_import.id;
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.tidy_imports(int) is
  $$Fails imports whose job died, and forgets the first rows, errors and undo records of imports whose time is over.

Returns how many imports that were.$$;

create function private.forget_import(import_id uuid)
  returns void
  language sql volatile set search_path = ''
as $$
  delete from private.import_batches where import_batches.import_id = forget_import.import_id;
  delete from private.import_keys where import_keys.import_id = forget_import.import_id;
  delete from private.import_texts where import_texts.import_id = forget_import.import_id;
  delete from public.import_errors where import_errors.import_id = forget_import.import_id;
$$;
comment on function private.forget_import(uuid) is 'Removes what is kept of an import beside its counts.';

create function private.job_tidy_imports(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring('files_tidy_imports', 'private.tidy_imports'::regproc, job_tidy_imports.batch_size)
$$;
comment on function private.job_tidy_imports(int) is 'Ends imports that nobody works on, and forgets old ones.';
select private.register_cron_job('files_tidy_imports', '*/10 * * * *', 'select private.job_tidy_imports(20)');
select private.install_cron_jobs();
