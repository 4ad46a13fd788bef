create function private.run_recurring(name text, work regproc, batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_run_id bigint;
  v_count int := 0;
  v_error text;
begin
  -- The lock ends with the transaction, however it ends: a crash leaves nothing to clear up.
  if not pg_try_advisory_xact_lock(hashtextextended('cron:' || run_recurring.name, 0)) then
    insert into private.cron_runs (name, state, finished_at)
    values (run_recurring.name, 'skipped', clock_timestamp());
    return 0;
  end if;
  insert into private.cron_runs (name, state) values (run_recurring.name, 'running') returning id into v_run_id;
  begin
    execute format('select %s($1)', run_recurring.work::text) into v_count using run_recurring.batch_size;
  exception
    -- What it did is undone, the record of it stays.
    when others then
      v_error := sqlerrm;
  end;
  update private.cron_runs set
    state = case when v_error is null then 'succeeded'::private.cron_run_state else 'failed' end,
    handled_count = case when v_error is null then v_count end,
    last_error = v_error,
    finished_at = clock_timestamp()
  where cron_runs.id = v_run_id;
  if v_error is not null then
    raise warning 'Recurring job "%" failed: %', run_recurring.name, v_error;
    return 0;
  end if;
  return v_count;
end;
$$;
comment on function private.run_recurring(text, regproc, int) is
  $$Runs the work of a recurring job, never twice at once, and records the run in private.cron_runs.

A job function is one line: return private.run_recurring('<domain>_<verb>_<noun>', 'private.<verb>_<noun>', batch_size).
The work takes the batch size and returns how many rows it handled.$$;

create function private.purge_job_history(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  -- decisions.md: job history 14 days.
  v_retention constant interval := interval '14 days';
  v_count int;
  v_total int;
begin
  -- Dead jobs stay until an operator has seen to them.
  delete from private.jobs where jobs.id in (
    select old.id from private.jobs as old
    where old.finished_at < now() - v_retention and old.state in ('succeeded', 'cancelled')
    order by old.finished_at
    limit purge_job_history.batch_size
    for update skip locked
  );
  get diagnostics v_total = row_count;
  delete from private.cron_runs where cron_runs.id in (
    select old.id from private.cron_runs as old
    where old.started_at < now() - v_retention
    order by old.started_at
    limit purge_job_history.batch_size
  );
  get diagnostics v_count = row_count;
  v_total := v_total + v_count;
  delete from private.worker_heartbeats where worker_heartbeats.polls_until < now() - interval '1 day';
  -- pg_net's answers are its own where it does not let us: it then removes them itself.
  if has_table_privilege('net._http_response', 'delete') then
    delete from net._http_response where _http_response.created < now() - interval '1 day';
  end if;
  return v_total;
end;
$$;
comment on function private.purge_job_history(int) is
  'Deletes jobs and run records that ended more than 14 days ago, and what pg_net left, and returns how many.';

create function private.job_purge_job_history(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'platform_purge_job_history', 'private.purge_job_history'::regproc, job_purge_job_history.batch_size
  )
$$;
comment on function private.job_purge_job_history(int) is 'Keeps job history at 14 days.';

create function private.job_wake_worker(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.wake_due_workers() where job_wake_worker.batch_size > 0
$$;
comment on function private.job_wake_worker(int) is
  'Calls the worker function when a job is due or a lease ended; the net below the immediate wake.';

select private.register_cron_job('platform_wake_worker', '5 seconds', 'select private.job_wake_worker(1)');
select private.register_cron_job(
  'platform_purge_job_history', '27 3 * * *', 'select private.job_purge_job_history(50000)'
);
select private.install_cron_jobs();
