-- Definer: operators see the queue, whose tables nobody holds a grant on.
create function private.get_job_queues()
  returns table (
    queue text, kind text, waiting_count bigint, due_count bigint, running_count bigint, failed_count bigint,
    dead_count bigint, oldest_due_at timestamptz, last_error text
  )
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('read job queues');
  return query
  select
    jobs.queue, jobs.kind,
    count(*) filter (where jobs.state in ('queued', 'failed')),
    count(*) filter (where jobs.state in ('queued', 'failed') and jobs.run_at <= now()),
    count(*) filter (where jobs.state = 'running'),
    count(*) filter (where jobs.state = 'failed'),
    count(*) filter (where jobs.state = 'dead'),
    min(jobs.run_at) filter (where jobs.state in ('queued', 'failed') and jobs.run_at <= now()),
    (array_agg(jobs.last_error order by jobs.updated_at desc) filter (where jobs.state in ('failed', 'dead')))[1]
  from private.jobs
  where jobs.state in ('queued', 'running', 'failed', 'dead')
  group by jobs.queue, jobs.kind
  order by jobs.queue, jobs.kind;
end;
$$;
comment on function private.get_job_queues() is 'Body of public.get_job_queues.';
grant execute on function private.get_job_queues() to authenticated;

create function public.get_job_queues()
  returns table (
    queue text, kind text, waiting_count bigint, due_count bigint, running_count bigint, failed_count bigint,
    dead_count bigint, oldest_due_at timestamptz, last_error text
  )
  language sql stable set search_path = ''
as $$
  select * from private.get_job_queues()
$$;
comment on function public.get_job_queues() is $$How long the job queues are, for each queue and kind.

For platform admins with a second factor. waiting_count holds all that wait, due_count those whose time has come (the
oldest since oldest_due_at), failed_count those that failed and run again; last_error is the newest of those and the dead
ones.$$;
grant execute on function public.get_job_queues() to authenticated;

-- Definer: as private.get_job_queues.
create function private.list_dead_jobs(queue_name text, job_kind text, before_id bigint, page_size int)
  returns table (
    id bigint, queue text, kind text, organization_id uuid, attempt int, last_error text, created_at timestamptz,
    finished_at timestamptz
  )
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('list dead jobs');
  return query
  select jobs.id, jobs.queue, jobs.kind, jobs.organization_id, jobs.attempt, jobs.last_error, jobs.created_at,
    jobs.finished_at
  from private.jobs
  where jobs.state = 'dead'
    and (list_dead_jobs.queue_name is null or jobs.queue = list_dead_jobs.queue_name)
    and (list_dead_jobs.job_kind is null or jobs.kind = list_dead_jobs.job_kind)
    and (list_dead_jobs.before_id is null or jobs.id < list_dead_jobs.before_id)
  order by jobs.id desc
  limit least(greatest(list_dead_jobs.page_size, 1), 200);
end;
$$;
comment on function private.list_dead_jobs(text, text, bigint, int) is 'Body of public.list_dead_jobs.';
grant execute on function private.list_dead_jobs(text, text, bigint, int) to authenticated;

create function public.list_dead_jobs(
  queue_name text default null, job_kind text default null, before_id bigint default null, page_size int default 50
)
  returns table (
    id bigint, queue text, kind text, organization_id uuid, attempt int, last_error text, created_at timestamptz,
    finished_at timestamptz
  )
  language sql stable set search_path = ''
as $$
  select * from private.list_dead_jobs(
    list_dead_jobs.queue_name, list_dead_jobs.job_kind, list_dead_jobs.before_id, list_dead_jobs.page_size
  )
$$;
comment on function public.list_dead_jobs(text, text, bigint, int) is $$Jobs that gave up, newest first, at most 200 a page.

For platform admins with a second factor. The next page starts before the last id.$$;
grant execute on function public.list_dead_jobs(text, text, bigint, int) to authenticated;

-- Definer: as private.get_job_queues.
create function private.lock_dead_job(job_id bigint, action text, wanted private.job_state[])
  returns private.jobs
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job private.jobs;
begin
  perform private.require_platform_admin(lock_dead_job.action || ' job');
  select * into v_job from private.jobs where jobs.id = lock_dead_job.job_id for update;
  if not found then
    perform private.raise_error(404, 'job_not_found', format('Cannot %s job: no such job', lock_dead_job.action));
  end if;
  if v_job.state <> 'dead' and not v_job.state = any (lock_dead_job.wanted) then
    perform private.raise_error(409, 'job_not_dead',
      format('Cannot %s job: status is "%s"', lock_dead_job.action, v_job.state), 'Only a dead job can be settled.');
  end if;
  return v_job;
end;
$$;
comment on function private.lock_dead_job(bigint, text, private.job_state[]) is
  'Guard of what operators do with a dead job: locks and returns it; states that are wanted already are let through.';

create function private.revive_dead_job(job private.jobs)
  returns boolean
  language plpgsql volatile set search_path = ''
as $$
begin
  update private.jobs
  set state = 'queued', attempt = 0, run_at = clock_timestamp(), finished_at = null, cancel_requested_at = null
  where jobs.id = job.id;
  return true;
exception
  -- A newer one has its dedupe key.
  when unique_violation then
    return false;
end;
$$;
comment on function private.revive_dead_job(private.jobs) is
  'Gives a dead job all its attempts again; false when a newer job does the same, which changes nothing.';

-- Definer: as private.get_job_queues.
create function private.retry_job(job_id bigint)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job private.jobs := private.lock_dead_job(retry_job.job_id, 'retry', '{queued,failed,running}');
begin
  if v_job.state <> 'dead' then
    return v_job.state;
  end if;
  if not private.revive_dead_job(v_job) then
    perform private.raise_error(409, 'job_replaced', 'Cannot retry job: a newer one does the same',
      'Discard this one.');
  end if;
  perform private.wake_worker(v_job.queue);
  return 'queued';
end;
$$;
comment on function private.retry_job(bigint) is 'Body of public.retry_job.';
grant execute on function private.retry_job(bigint) to authenticated;

create function public.retry_job(job_id bigint)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.retry_job(retry_job.job_id)
$$;
comment on function public.retry_job(bigint) is $$Gives a dead job all its attempts again and returns its state.

For platform admins with a second factor. A job that lives already stays as it is.$$;
grant execute on function public.retry_job(bigint) to authenticated;

-- Definer: as private.get_job_queues.
create function private.discard_job(job_id bigint)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job private.jobs := private.lock_dead_job(discard_job.job_id, 'discard', '{cancelled}');
begin
  update private.jobs set state = 'cancelled', cancel_requested_at = clock_timestamp()
  where jobs.id = v_job.id and jobs.state = 'dead';
  return 'cancelled';
end;
$$;
comment on function private.discard_job(bigint) is 'Body of public.discard_job.';
grant execute on function private.discard_job(bigint) to authenticated;

create function public.discard_job(job_id bigint)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.discard_job(discard_job.job_id)
$$;
comment on function public.discard_job(bigint) is $$Gives a dead job up and returns its state, "cancelled".

For platform admins with a second factor.$$;
grant execute on function public.discard_job(bigint) to authenticated;

-- Definer: as private.get_job_queues.
create function private.settle_dead_jobs(job_kind text, action text, batch_size int)
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job private.jobs;
  v_count int := 0;
  v_queues text[] := '{}';
begin
  perform private.require_platform_admin(settle_dead_jobs.action || ' jobs');
  for v_job in
    select * from private.jobs
    where jobs.state = 'dead' and jobs.kind = settle_dead_jobs.job_kind
    order by jobs.id
    limit least(greatest(settle_dead_jobs.batch_size, 1), 10000)
    for update skip locked
  loop
    if settle_dead_jobs.action = 'discard' then
      update private.jobs set state = 'cancelled', cancel_requested_at = clock_timestamp() where jobs.id = v_job.id;
      v_count := v_count + 1;
    elsif private.revive_dead_job(v_job) then
      v_count := v_count + 1;
      if v_job.queue <> all (v_queues) then
        v_queues := v_queues || v_job.queue;
        perform private.wake_worker(v_job.queue);
      end if;
    end if;
  end loop;
  return v_count;
end;
$$;
comment on function private.settle_dead_jobs(text, text, int) is 'Body of public.retry_dead_jobs and discard_dead_jobs.';
grant execute on function private.settle_dead_jobs(text, text, int) to authenticated;

create function public.retry_dead_jobs(job_kind text, batch_size int default 1000)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.settle_dead_jobs(retry_dead_jobs.job_kind, 'retry', retry_dead_jobs.batch_size)
$$;
comment on function public.retry_dead_jobs(text, int) is
  $$Gives dead jobs of a kind all their attempts again, the oldest first, and returns how many.

For platform admins with a second factor. At most 10,000 a call; those that a newer job replaced stay dead.$$;
grant execute on function public.retry_dead_jobs(text, int) to authenticated;

create function public.discard_dead_jobs(job_kind text, batch_size int default 1000)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.settle_dead_jobs(discard_dead_jobs.job_kind, 'discard', discard_dead_jobs.batch_size)
$$;
comment on function public.discard_dead_jobs(text, int) is
  $$Gives dead jobs of a kind up, the oldest first, and returns how many.

For platform admins with a second factor. At most 10,000 a call.$$;
grant execute on function public.discard_dead_jobs(text, int) to authenticated;
