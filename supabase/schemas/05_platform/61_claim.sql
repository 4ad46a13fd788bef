create function private.return_lost_jobs(queues text[])
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  update private.jobs
  set
    state = case
      when jobs.cancel_requested_at is not null then 'cancelled'::private.job_state
      when jobs.attempt >= jobs.max_attempts then 'dead'
      else 'failed'
    end,
    finished_at = case
      when jobs.cancel_requested_at is not null or jobs.attempt >= jobs.max_attempts then clock_timestamp()
    end,
    -- At once: the fault was the worker's and not the job's.
    run_at = clock_timestamp(),
    last_error = 'The lease ended without a word from worker ' || coalesce(jobs.worker, 'unknown'),
    lease_id = null, lease_until = null
  where jobs.id in (
    select lost.id from private.jobs as lost
    where lost.queue = any (return_lost_jobs.queues) and lost.state = 'running'
      and lost.lease_until <= clock_timestamp()
    order by lost.lease_until
    limit 1000
    for update skip locked
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.return_lost_jobs(text[]) is
  'Takes back jobs whose lease ended, so that another worker gets them, and returns how many.';

create function private.lease_due_jobs(queue text, priority int, worker text, batch_size int, lease interval)
  returns setof private.claimed_job
  language plpgsql volatile set search_path = ''
as $$
declare
  -- One for all: with the id it names an attempt as well as one for each, which takes longer to draw than to store.
  v_lease_id uuid := gen_random_uuid();
begin
  return query
  with due as (
    select jobs.id from private.jobs
    where jobs.state in ('queued', 'failed') and jobs.queue = lease_due_jobs.queue
      and jobs.priority = lease_due_jobs.priority and jobs.run_at <= clock_timestamp()
      and (jobs.ordering_key is null or not exists (
        select from private.jobs as other
        where other.ordering_key = jobs.ordering_key and other.id <> jobs.id
          and other.state in ('queued', 'running', 'failed')
          and (
            other.state = 'running'
            -- An older one goes first; one that failed or stopped half way holds the others back until it is over.
            or (other.id < jobs.id and (
              other.state = 'failed' or other.checkpoint is not null or other.run_at <= clock_timestamp()
            ))
          )
      ))
    order by jobs.run_at, jobs.id
    limit lease_due_jobs.batch_size
    for update skip locked
  ),
  leased as (
    update private.jobs
    set
      state = 'running', attempt = jobs.attempt + 1, worker = lease_due_jobs.worker, lease_id = v_lease_id,
      lease_until = clock_timestamp() + lease_due_jobs.lease, started_at = clock_timestamp(),
      updated_at = clock_timestamp()
    from due
    where jobs.id = due.id
    returning jobs.id, jobs.lease_id, jobs.kind, jobs.queue, jobs.payload, jobs.checkpoint, jobs.organization_id,
      jobs.attempt, jobs.max_attempts, jobs.run_at, jobs.lease_until, jobs.created_at
  )
  select * from leased order by leased.run_at, leased.id;
end;
$$;
comment on function private.lease_due_jobs(text, int, text, int, interval) is
  $$Gives due jobs of one queue and priority to a worker.

Raises unique_violation when another worker started a job of the same ordering key between the look and the change.$$;

-- Definer: workers reach the queue through these functions alone.
create function private.claim_jobs(queues text[], worker text, batch_size int, lease_seconds int, poll_seconds int)
  returns setof private.claimed_job
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_lease constant interval := make_interval(secs => claim_jobs.lease_seconds);
  v_left int := claim_jobs.batch_size;
  v_queue text;
  v_priority int;
  v_count int;
  v_tries int;
begin
  perform private.return_lost_jobs(claim_jobs.queues);
  insert into private.worker_heartbeats (worker, queues, polls_until)
  values (claim_jobs.worker, claim_jobs.queues, clock_timestamp() + make_interval(secs => claim_jobs.poll_seconds))
  on conflict on constraint worker_heartbeats_pkey
    do update set queues = excluded.queues, polls_until = excluded.polls_until;
  -- The first queue first, in it the smallest priority.
  foreach v_queue in array claim_jobs.queues loop
    v_priority := -2147483648;
    v_tries := 0;
    while v_left > 0 loop
      select min(jobs.priority) into v_priority from private.jobs
      where jobs.queue = v_queue and jobs.state in ('queued', 'failed') and jobs.priority >= v_priority;
      exit when v_priority is null;
      begin
        return query select * from private.lease_due_jobs(v_queue, v_priority, claim_jobs.worker, v_left, v_lease);
        get diagnostics v_count = row_count;
        v_left := v_left - v_count;
        v_tries := 3;
      exception
        -- The next look sees the other worker's job running.
        when unique_violation then
          v_tries := v_tries + 1;
      end;
      if v_tries >= 3 then
        exit when v_priority = 2147483647;
        v_priority := v_priority + 1;
        v_tries := 0;
      end if;
    end loop;
  end loop;
end;
$$;
comment on function private.claim_jobs(text[], text, int, int, int) is 'Body of public.claim_jobs.';
grant execute on function private.claim_jobs(text[], text, int, int, int) to service_role;

create function public.claim_jobs(
  queues text[], worker text, batch_size int default 10, lease_seconds int default 60, poll_seconds int default 0
)
  returns table (
    id bigint, lease_id uuid, kind text, queue text, payload jsonb, checkpoint jsonb, organization_id uuid, attempt int,
    max_attempts int, run_at timestamptz, lease_until timestamptz, created_at timestamptz
  )
  language sql volatile set search_path = ''
as $$
  select * from private.claim_jobs(
    claim_jobs.queues, claim_jobs.worker, claim_jobs.batch_size, claim_jobs.lease_seconds, claim_jobs.poll_seconds
  )
$$;
comment on function public.claim_jobs(text[], text, int, int, int) is
  $$Gives a worker due jobs under a lease. For workers.

The first queue goes first. Any number of workers may ask at once: none gets a job of another. A job that is not ended or extended before
lease_until comes back. poll_seconds says how long the worker surely looks again, so that new jobs need not call one.$$;
grant execute on function public.claim_jobs(text[], text, int, int, int) to service_role;

-- Definer: as private.claim_jobs.
create function private.extend_job_leases(job_ids bigint[], lease_ids uuid[], lease_seconds int)
  returns setof bigint
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  return query
  update private.jobs
  set lease_until = clock_timestamp() + make_interval(secs => extend_job_leases.lease_seconds)
  from unnest(extend_job_leases.job_ids, extend_job_leases.lease_ids) as held (job_id, lease_id)
  where jobs.id = held.job_id and jobs.lease_id = held.lease_id and jobs.cancel_requested_at is null
  returning jobs.id;
end;
$$;
comment on function private.extend_job_leases(bigint[], uuid[], int) is 'Body of public.extend_job_leases.';
grant execute on function private.extend_job_leases(bigint[], uuid[], int) to service_role;

create function public.extend_job_leases(job_ids bigint[], lease_ids uuid[], lease_seconds int default 60)
  returns setof bigint
  language sql volatile set search_path = ''
as $$
  select private.extend_job_leases(
    extend_job_leases.job_ids, extend_job_leases.lease_ids, extend_job_leases.lease_seconds
  )
$$;
comment on function public.extend_job_leases(bigint[], uuid[], int) is
  $$Keeps the jobs of a worker that take longer, and returns the ids of those that are still its own. For workers.

The lists belong together. Of a job that is missing in the answer it must stop the work: it was cancelled or belongs to
somebody else.$$;
grant execute on function public.extend_job_leases(bigint[], uuid[], int) to service_role;

-- Definer: as private.claim_jobs.
create function private.report_job_progress(
  job_id bigint, lease_id uuid, done_count int, total_count int, message text
)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job private.jobs;
begin
  update private.jobs set
    progress_done_count = report_job_progress.done_count,
    progress_total_count = report_job_progress.total_count,
    progress_message = report_job_progress.message
  where jobs.id = report_job_progress.job_id and jobs.lease_id = report_job_progress.lease_id
  returning * into v_job;
  if not found then
    return false;
  end if;
  perform private.broadcast_job(v_job);
  return v_job.cancel_requested_at is null;
end;
$$;
comment on function private.report_job_progress(bigint, uuid, int, int, text) is 'Body of public.report_job_progress.';
grant execute on function private.report_job_progress(bigint, uuid, int, int, text) to service_role;

create function public.report_job_progress(
  job_id bigint, lease_id uuid, done_count int, total_count int default null, message text default null
)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.report_job_progress(
    report_job_progress.job_id, report_job_progress.lease_id, report_job_progress.done_count,
    report_job_progress.total_count, report_job_progress.message
  )
$$;
comment on function public.report_job_progress(bigint, uuid, int, int, text) is
  $$Says how far a job is, and tells the organization's private channel as event "job_progress". For workers.

False means: stop, the job was cancelled or belongs to somebody else.$$;
grant execute on function public.report_job_progress(bigint, uuid, int, int, text) to service_role;
