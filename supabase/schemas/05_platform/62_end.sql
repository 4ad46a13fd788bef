-- Definer: workers reach the queue through these functions alone.
create function private.complete_job(job_id bigint, lease_id uuid, result jsonb)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job private.jobs;
begin
  update private.jobs set
    state = 'succeeded', result = complete_job.result, finished_at = clock_timestamp(), lease_id = null,
    lease_until = null, last_error = null
  where jobs.id = complete_job.job_id and jobs.lease_id = complete_job.lease_id
  returning * into v_job;
  if not found then
    return false;
  end if;
  if v_job.progress_done_count is not null then
    perform private.broadcast_job(v_job);
  end if;
  return true;
end;
$$;
comment on function private.complete_job(bigint, uuid, jsonb) is 'Body of public.complete_job.';
grant execute on function private.complete_job(bigint, uuid, jsonb) to service_role;

create function public.complete_job(job_id bigint, lease_id uuid, result jsonb default null)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.complete_job(complete_job.job_id, complete_job.lease_id, complete_job.result)
$$;
comment on function public.complete_job(bigint, uuid, jsonb) is
  'Ends a job well. For workers; false when the lease is no longer theirs, which changes nothing.';
grant execute on function public.complete_job(bigint, uuid, jsonb) to service_role;

-- Definer: as private.complete_job.
create function private.fail_job(
  job_id bigint, lease_id uuid, error text, is_permanent boolean, retry_after_seconds int
)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job private.jobs;
  v_state private.job_state;
begin
  select * into v_job from private.jobs
  where jobs.id = fail_job.job_id and jobs.lease_id = fail_job.lease_id
  for update;
  if not found then
    return null;
  end if;
  v_state := case
    when v_job.cancel_requested_at is not null then 'cancelled'
    when fail_job.is_permanent or v_job.attempt >= v_job.max_attempts then 'dead'
    else 'failed'
  end;
  update private.jobs set
    state = v_state,
    last_error = left(fail_job.error, 2000),
    finished_at = case when v_state <> 'failed' then clock_timestamp() end,
    -- A provider that names a time knows better than we do, within a day.
    run_at = clock_timestamp() + greatest(
      private.retry_delay(v_job.attempt),
      make_interval(secs => least(coalesce(fail_job.retry_after_seconds, 0), 86400))
    ),
    lease_id = null, lease_until = null
  where jobs.id = v_job.id
  returning * into v_job;
  if v_job.progress_done_count is not null then
    perform private.broadcast_job(v_job);
  end if;
  return v_state;
end;
$$;
comment on function private.fail_job(bigint, uuid, text, boolean, int) is 'Body of public.fail_job.';
grant execute on function private.fail_job(bigint, uuid, text, boolean, int) to service_role;

create function public.fail_job(
  job_id bigint, lease_id uuid, error text, is_permanent boolean default false, retry_after_seconds int default null
)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.fail_job(
    fail_job.job_id, fail_job.lease_id, fail_job.error, fail_job.is_permanent, fail_job.retry_after_seconds
  )
$$;
comment on function public.fail_job(bigint, uuid, text, boolean, int) is
  $$Ends an attempt that failed and returns the job's state: failed (runs again), dead or cancelled. For workers.

The next attempt waits a random time of up to 30 seconds, doubled with each attempt up to 6 hours, and at least
retry_after_seconds. After the last attempt, or when is_permanent, the job is dead. Null when the lease is not
theirs.$$;
grant execute on function public.fail_job(bigint, uuid, text, boolean, int) to service_role;

-- Definer: as private.complete_job.
create function private.cancel_job(job_id bigint)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job private.jobs;
begin
  select * into v_job from private.jobs where jobs.id = cancel_job.job_id for update;
  if not found then
    perform private.raise_error(404, 'job_not_found', 'Cannot cancel job: no such job');
  end if;
  if v_job.state in ('queued', 'failed') then
    update private.jobs
    set state = 'cancelled', finished_at = clock_timestamp(), cancel_requested_at = clock_timestamp()
    where jobs.id = v_job.id returning * into v_job;
  elsif v_job.state = 'running' and v_job.cancel_requested_at is null then
    -- Its worker hears of it when it extends the lease or reports progress.
    update private.jobs set cancel_requested_at = clock_timestamp() where jobs.id = v_job.id returning * into v_job;
  end if;
  return v_job.state;
end;
$$;
comment on function private.cancel_job(bigint) is 'Body of public.cancel_job.';
grant execute on function private.cancel_job(bigint) to service_role;

create function public.cancel_job(job_id bigint)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.cancel_job(cancel_job.job_id)
$$;
comment on function public.cancel_job(bigint) is $$Cancels a job and returns its state. For the backend itself.

One that waits is cancelled at once. One that runs stays "running" until its worker hears of it, and may still
succeed.$$;
grant execute on function public.cancel_job(bigint) to service_role;

-- Definer: Vault, pg_net and the queue are not open to callers.
create function private.wake_worker_if_due()
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if exists (
    select from private.jobs
    where (jobs.state in ('queued', 'failed') and jobs.run_at <= clock_timestamp())
      or (jobs.state = 'running' and jobs.lease_until <= clock_timestamp())
  ) then
    return private.wake_worker();
  end if;
  return false;
end;
$$;
comment on function private.wake_worker_if_due() is 'Body of public.wake_worker.';
grant execute on function private.wake_worker_if_due() to service_role;

create function public.wake_worker()
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.wake_worker_if_due()
$$;
comment on function public.wake_worker() is
  'Has another worker called when a job is due: what a worker does whose time is over. True when one was called.';
grant execute on function public.wake_worker() to service_role;
