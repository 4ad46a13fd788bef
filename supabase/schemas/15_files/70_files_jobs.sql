create function private.expire_files(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_given_up constant interval := make_interval(hours => private.setting_integer('files.upload_hours')::int);
  v_infected constant interval := make_interval(days => private.setting_integer('files.infected_days')::int);
  v_count int;
  v_total int;
begin
  -- Uploads that nobody finished, of files and of further versions.
  delete from public.files where files.id in (
    select late.id from public.files as late
    where late.state = 'uploading' and late.created_at < now() - v_given_up
    order by late.created_at
    limit expire_files.batch_size
    for update skip locked
  );
  get diagnostics v_total = row_count;
  delete from public.file_versions where file_versions.id in (
    select late.id from public.file_versions as late
    where late.state = 'uploading' and late.created_at < now() - v_given_up
    order by late.created_at
    limit expire_files.batch_size
    for update skip locked
  );
  get diagnostics v_count = row_count;
  v_total := v_total + v_count;
  update public.files set state = 'deleted', deleted_at = now()
  where files.id in (
    select over.id from public.files as over
    where over.deleted_at is null and over.state <> 'uploading'
      and (over.expires_at <= now() or (over.state = 'infected' and over.updated_at < now() - v_infected))
      and coalesce(over.retention_ends_at <= now(), true)
    limit expire_files.batch_size
    for update skip locked
  );
  get diagnostics v_count = row_count;
  return v_total + v_count;
end;
$$;
comment on function private.expire_files(int) is
  $$Gives up uploads that were not finished, deletes files whose time is over and infected ones, and returns how many.

What expired cannot be restored, an infected file can for some days.$$;

create function private.job_expire_files(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring('files_expire_files', 'private.expire_files'::regproc, job_expire_files.batch_size)
$$;
comment on function private.job_expire_files(int) is 'Ends uploads and files in time.';

create function private.purge_files(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  -- Their objects are then in no file, and Storage is told; no row of an object goes before it.
  delete from public.files where files.id in (
    select gone.id from public.files as gone
    where gone.state = 'deleted' and private.is_file_gone(gone) and coalesce(gone.retention_ends_at <= now(), true)
    order by gone.deleted_at
    limit purge_files.batch_size
    for update skip locked
  );
  get diagnostics v_count = row_count;
  if exists (select from private.file_objects where file_objects.unreferenced_at is not null) then
    perform private.enqueue_job('file.remove_objects', dedupe_key := 'all');
  end if;
  return v_count;
end;
$$;
comment on function private.purge_files(int) is
  'Removes files for good whose time to be restored is over, has Storage remove what is in no file, and returns how many files.';

create function private.job_purge_files(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring('files_purge_files', 'private.purge_files'::regproc, job_purge_files.batch_size)
$$;
comment on function private.job_purge_files(int) is 'Removes deleted files for good.';

create function private.begin_file_sweep(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.enqueue_job(
    'file.sweep', jsonb_build_object('page_size', begin_file_sweep.batch_size), dedupe_key := 'all'
  );
  return 1;
end;
$$;
comment on function private.begin_file_sweep(int) is 'Has Storage and the rows of files compared; a job, because Storage removes.';

create function private.job_begin_file_sweep(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'files_begin_file_sweep', 'private.begin_file_sweep'::regproc, job_begin_file_sweep.batch_size
  )
$$;
comment on function private.job_begin_file_sweep(int) is 'Begins the daily sweep over Storage and the rows of files.';

select private.register_cron_job('files_expire_files', '*/10 * * * *', 'select private.job_expire_files(1000)');
select private.register_cron_job('files_purge_files', '5-59/10 * * * *', 'select private.job_purge_files(1000)');
select private.register_cron_job('files_begin_file_sweep', '23 2 * * *', 'select private.job_begin_file_sweep(500)');
select private.install_cron_jobs();
