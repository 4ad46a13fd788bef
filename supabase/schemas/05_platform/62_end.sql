-- Definer: workers reach the queue through these functions alone.
create function private.finish_jobs(ends jsonb)
  returns table (job_id bigint, state text)
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_ids bigint[];
  v_states text[];
  v_followed_ids bigint[];
begin
  with ended as (
    select
      given.job_id, given.lease_id, given.outcome, given.result, given.error, given.checkpoint,
      coalesce(given.is_permanent, false) as is_permanent,
      greatest(coalesce(given.after_seconds, 0), 0) as after_seconds,
      -- Young jobs were created after this; infinity: no job is.
      case when given.is_postponement then clock_timestamp() - interval '24 hours' else 'infinity' end as young_after
    from jsonb_to_recordset(finish_jobs.ends) as given (
      job_id bigint, lease_id uuid, outcome text, result jsonb, error text, is_permanent boolean, after_seconds int,
      checkpoint jsonb, is_postponement boolean
    )
    where given.outcome in ('succeeded', 'failed', 'continued', 'released')
  ),
  -- The rule stands in the statement: as a function it would be called twice for each job.
  changed as (
    update private.jobs
    set
      state = (case
        when ended.outcome = 'succeeded' then 'succeeded'
        when jobs.cancel_requested_at is not null then 'cancelled'
        when ended.outcome in ('continued', 'released') then 'queued'
        when ended.is_permanent then 'dead'
        when jobs.attempt >= jobs.max_attempts and jobs.created_at <= ended.young_after then 'dead'
        else 'failed'
      end)::private.job_state,
      finished_at = case
        when ended.outcome = 'succeeded' or jobs.cancel_requested_at is not null
          or (ended.outcome = 'failed' and (ended.is_permanent
            or (jobs.attempt >= jobs.max_attempts and jobs.created_at <= ended.young_after)))
        then clock_timestamp()
      end,
      result = coalesce(ended.result, jobs.result),
      last_error = case ended.outcome
        when 'failed' then left(ended.error, 2000)
        when 'released' then jobs.last_error
      end,
      checkpoint = coalesce(ended.checkpoint, jobs.checkpoint),
      continued_count = jobs.continued_count + (ended.outcome = 'continued')::int,
      attempt = case
        when ended.outcome = 'continued' then 0
        when ended.outcome = 'released' or (ended.outcome = 'failed' and jobs.created_at > ended.young_after)
        then greatest(jobs.attempt - 1, 0)
        else jobs.attempt
      end,
      run_at = case ended.outcome
        -- A provider that names a time knows better than we do, within a day.
        when 'failed' then clock_timestamp() + greatest(
          private.retry_delay(jobs.attempt), make_interval(secs => least(ended.after_seconds, 86400))
        )
        when 'continued' then clock_timestamp() + make_interval(secs => ended.after_seconds)
        else jobs.run_at
      end,
      lease_id = null, lease_until = null, updated_at = clock_timestamp()
    from ended
    where jobs.id = ended.job_id and jobs.lease_id = ended.lease_id
    returning jobs.id, jobs.state, jobs.progress_done_count is not null or jobs.created_by is not null as is_followed
  )
  select array_agg(changed.id), array_agg(changed.state::text), array_agg(changed.id) filter (where changed.is_followed)
  into v_ids, v_states, v_followed_ids
  from changed;
  if v_followed_ids is not null then
    perform private.broadcast_job(jobs) from private.jobs where jobs.id = any (v_followed_ids);
  end if;
  return query select * from unnest(v_ids, v_states);
end;
$$;
comment on function private.finish_jobs(jsonb) is 'Body of public.finish_jobs.';
grant execute on function private.finish_jobs(jsonb) to service_role;

create function public.finish_jobs(ends jsonb)
  returns table (job_id bigint, state text)
  language sql volatile set search_path = ''
as $$
  select * from private.finish_jobs(finish_jobs.ends)
$$;
comment on function public.finish_jobs(jsonb) is
  $$Ends attempts of a worker, many at once, and returns the state of each job that was still its own. For workers.

Each end is {"job_id", "lease_id", "outcome"}. An outcome "succeeded" may have a "result". "failed" has an "error": the
next attempt waits a random time of up to 30 seconds, doubled with each attempt up to 6 hours, and at least
"after_seconds"; after the last attempt, or when "is_permanent", the job is dead. One that "is_postponement" (somebody
asked to slow down) uses up no attempt until 24 hours after the job was created. "continued" has a "checkpoint" and goes
on after "after_seconds" with all its attempts. "released" was not begun and waits as before. A job that is missing in the
answer is no longer the worker's, and nothing of it changed.$$;
grant execute on function public.finish_jobs(jsonb) to service_role;

create function public.complete_job(job_id bigint, lease_id uuid, result jsonb default null)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select exists (
    select from private.finish_jobs(jsonb_build_array(jsonb_build_object(
      'job_id', complete_job.job_id, 'lease_id', complete_job.lease_id, 'outcome', 'succeeded',
      'result', complete_job.result
    )))
  )
$$;
comment on function public.complete_job(bigint, uuid, jsonb) is
  'Ends a job well. For workers; false when the lease is no longer theirs, which changes nothing.';
grant execute on function public.complete_job(bigint, uuid, jsonb) to service_role;

create function public.fail_job(
  job_id bigint, lease_id uuid, error text, is_permanent boolean default false, retry_after_seconds int default null
)
  returns text
  language sql volatile set search_path = ''
as $$
  select finished.state from private.finish_jobs(jsonb_build_array(jsonb_build_object(
    'job_id', fail_job.job_id, 'lease_id', fail_job.lease_id, 'outcome', 'failed', 'error', fail_job.error,
    'is_permanent', fail_job.is_permanent, 'after_seconds', fail_job.retry_after_seconds
  ))) as finished
$$;
comment on function public.fail_job(bigint, uuid, text, boolean, int) is
  $$Ends an attempt that failed and returns the job's state: failed (runs again), dead or cancelled. For workers.

As an end "failed" of finish_jobs. Null when the lease is no longer theirs.$$;
grant execute on function public.fail_job(bigint, uuid, text, boolean, int) to service_role;

-- Definer: as private.claim_jobs.
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
create function private.wake_due_workers(leaving_worker text default null)
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_queue text;
  v_count int := 0;
begin
  delete from private.worker_heartbeats where worker_heartbeats.worker = wake_due_workers.leaving_worker;
  for v_queue in select due.queue from private.due_queues(private.wake_horizon()) as due (queue) loop
    v_count := v_count + private.wake_worker(v_queue)::int;
  end loop;
  return v_count;
end;
$$;
comment on function private.wake_due_workers(text) is 'Body of public.wake_worker.';
grant execute on function private.wake_due_workers(text) to service_role;

create function public.wake_worker(leaving_worker text default null)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.wake_due_workers(wake_worker.leaving_worker) > 0
$$;
comment on function public.wake_worker(text) is
  $$Has a worker called for each queue with a due job: what a worker does whose time is over. True when one was called.

The worker that leaves gives its name, so that nobody waits for it.$$;
grant execute on function public.wake_worker(text) to service_role;
