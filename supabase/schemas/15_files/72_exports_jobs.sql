create function private.expire_exports(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int := 0;
  v_changed int;
begin
  update public.exports set state = 'expired', file_path = null
  where exports.id in (
    select due.id from public.exports as due
    where due.state = 'ready' and due.expires_at <= now()
    order by due.expires_at
    limit expire_exports.batch_size
    for update skip locked
  );
  get diagnostics v_changed = row_count;
  v_count := v_count + v_changed;
  -- Its job is dead or was cancelled by somebody else: who asked must not wait for ever.
  update public.exports
  set state = 'failed', failure_code = 'export_not_written', finished_at = now(),
    failure_message = 'Cannot export: the work was given up after several tries'
  where exports.id in (
    select stuck.id from public.exports as stuck
    where stuck.state in ('queued', 'running') and stuck.created_at < now() - interval '5 minutes'
      and not exists (
        select from private.jobs
        where jobs.kind = 'export.run' and jobs.dedupe_key = stuck.id::text
          and jobs.state in ('queued', 'running', 'failed')
      )
    order by stuck.created_at
    limit expire_exports.batch_size
    for update skip locked
  );
  get diagnostics v_changed = row_count;
  v_count := v_count + v_changed;
  delete from public.exports where exports.id in (
    select old.id from public.exports as old
    where old.state in ('failed', 'cancelled', 'expired')
      and greatest(old.finished_at, old.expires_at) < now() - interval '30 days'
    limit expire_exports.batch_size
  );
  get diagnostics v_changed = row_count;
  return v_count + v_changed;
end;
$$;
comment on function private.expire_exports(int) is
  $$Ends exports whose time is over, fails those whose job was given up, and deletes rows 30 days after their end.

Returns how many rows it handled.$$;

create function private.job_expire_exports(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring('files_expire_exports', 'private.expire_exports'::regproc, job_expire_exports.batch_size)
$$;
comment on function private.job_expire_exports(int) is 'Ends exports in time.';
select private.register_cron_job('files_expire_exports', '*/5 * * * *', 'select private.job_expire_exports(1000)');
select private.install_cron_jobs();
