-- Definer: reads auth.users, which clients cannot. From the account and not from the token, which lives 24 hours.
create function private.is_platform_admin()
  returns boolean
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.current_person_id();
begin
  -- An admin's token that went to a third-party app does not run the platform.
  return private.is_in_scope('platform.manage') and exists (
    select from auth.users where users.id = v_person_id and users.raw_app_meta_data @> '{"platform_admin": true}'
  );
end;
$$;
comment on function private.is_platform_admin() is
  'Whether the caller runs the platform: "platform_admin" is true in app_metadata, which no user can edit.';
grant execute on function private.is_platform_admin() to authenticated;

-- Definer: a guard of definer functions.
create function private.require_platform_admin(action text)
  returns void
  language plpgsql stable security definer set search_path = ''
as $$
begin
  if not private.is_platform_admin() then
    perform private.raise_error(403, 'platform_admin_required',
      format('Cannot %s: only platform admins may', require_platform_admin.action));
  end if;
  if coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'aal', '') <> 'aal2' then
    perform private.raise_error(403, 'second_factor_required',
      format('Cannot %s: this session has no second factor', require_platform_admin.action),
      'Sign in with the second factor and try again.');
  end if;
end;
$$;
comment on function private.require_platform_admin(text) is
  'First guard of RPCs for platform admins: who is none, or signed in without a second factor, gets 403.';

create function private.retry_delay(attempt int)
  returns interval
  language sql volatile set search_path = ''
as $$
  -- decisions.md: exponential from 30 s doubling, at most 6 h, full jitter. The exponent is bounded against overflow.
  select random() * least(
    interval '30 seconds' * power(2, least(greatest(retry_delay.attempt, 1), 20) - 1), interval '6 hours'
  )
$$;
comment on function private.retry_delay(int) is
  'How long a job waits after its n-th failure: at random, below 30 seconds doubled each time, at most 6 hours.';

create function private.topic_matches(topic text, pattern text)
  returns boolean
  language sql immutable strict set search_path = ''
as $$
  select case
    when topic_matches.pattern = '*' then true
    when topic_matches.pattern like '%.*' then starts_with(topic_matches.topic, left(topic_matches.pattern, -1))
    else topic_matches.topic = topic_matches.pattern
  end
$$;
comment on function private.topic_matches(text, text) is
  'Whether a topic is meant by "*", "subject.*" or its own name.';

create function private.wake_horizon()
  returns interval
  language sql stable set search_path = ''
as $$
  select case
    when private.cron_schedule_for('5 seconds', pg_extension.extversion) = '5 seconds' then interval '0 seconds'
    else interval '1 minute'
  end
  from pg_catalog.pg_extension where pg_extension.extname = 'pg_cron'
$$;
comment on function private.wake_horizon() is $$How far ahead the schedule must look.

Zero where it comes every five seconds. Where pg_cron knows minutes only, a minute: a worker that is called then loops
through that minute.$$;

-- Definer: Vault, pg_net and the queue are not open to callers.
create function private.wake_worker(queue text)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- While work is left each call adds a worker and each worker calls the next: this is where it ends.
  v_most_workers constant int := 8;
  v_url text;
  v_key text;
  v_does_loop boolean := private.wake_horizon() > interval '0 seconds';
begin
  -- Called once is enough for a moment: the one that comes takes all there is. Nobody waits for another transaction
  -- that is about to call; should that one be undone, the schedule calls.
  if not pg_try_advisory_xact_lock(hashtextextended('private.wake_worker:' || wake_worker.queue, 0)) then
    return false;
  end if;
  if v_most_workers <= (
    select count(*) from (
      select worker_heartbeats.worker from private.worker_heartbeats
      where wake_worker.queue = any (worker_heartbeats.queues) and worker_heartbeats.polls_until > clock_timestamp()
      union
      select jobs.worker from private.jobs
      where jobs.queue = wake_worker.queue and jobs.state = 'running' and jobs.lease_until > clock_timestamp()
    ) as workers
  ) then
    return false;
  end if;
  insert into private.worker_heartbeats (worker, queues, polls_until)
  values ('wake:' || wake_worker.queue, '{}', clock_timestamp() + interval '1 second')
  on conflict (worker) do update set polls_until = excluded.polls_until
  where worker_heartbeats.polls_until < clock_timestamp();
  if not found then
    return false;
  end if;
  select
    max(decrypted_secret) filter (where name = 'functions_url'),
    max(decrypted_secret) filter (where name = 'worker_key')
  into v_url, v_key
  from vault.decrypted_secrets where name in ('functions_url', 'worker_key');
  if v_url is null or v_key is null then
    raise log 'Jobs wait: Vault has no secret "functions_url" or "worker_key", so nobody can call the worker function';
    return false;
  end if;
  perform net.http_post(
    url := rtrim(v_url, '/') || '/worker', params := '{}'::jsonb,
    body := jsonb_build_object('queues', jsonb_build_array(wake_worker.queue), 'does_loop', v_does_loop),
    headers := jsonb_build_object('content-type', 'application/json', 'apikey', v_key),
    timeout_milliseconds := 90000
  );
  return true;
end;
$$;
comment on function private.wake_worker(text) is $$Has pg_net call the worker function for a queue once this transaction commits.

False when that is not needed (one was called a moment ago, or enough are at work) or not possible.

Address and key are the Vault secrets "functions_url" (such as "https://<project>.supabase.co/functions/v1") and
"worker_key" (a secret key of the project).$$;

create function private.due_queues(horizon interval)
  returns setof text
  language sql volatile set search_path = ''
as $$
  -- Jumps from one queue and priority to the next, however many jobs each of them has.
  with recursive lanes as (
    (
      select jobs.queue, jobs.priority from private.jobs where jobs.state in ('queued', 'failed')
      order by jobs.queue, jobs.priority limit 1
    )
    union all
    select following.queue, following.priority from lanes cross join lateral (
      select jobs.queue, jobs.priority from private.jobs
      where jobs.state in ('queued', 'failed') and (jobs.queue, jobs.priority) > (lanes.queue, lanes.priority)
      order by jobs.queue, jobs.priority limit 1
    ) as following
  )
  select lanes.queue from lanes
  where exists (
    select from private.jobs
    where jobs.queue = lanes.queue and jobs.priority = lanes.priority and jobs.state in ('queued', 'failed')
      and jobs.run_at <= clock_timestamp() + due_queues.horizon
  )
  union
  select jobs.queue from private.jobs
  where jobs.state = 'running' and jobs.lease_until <= clock_timestamp() + due_queues.horizon
$$;
comment on function private.due_queues(interval) is
  'Queues with a job that is due, or whose lease ends, within some time from now.';

create function private.broadcast_job(job private.jobs)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_topic text := case
    when job.organization_id is null then 'user:' || job.created_by
    else (
      select 'organization:' || organizations.id || ':' || organizations.topic_epoch
      from public.organizations where organizations.id = job.organization_id
    )
  end;
begin
  if v_topic is null then
    return;
  end if;
  -- Ids and numbers only: who hears it reads the rest with get_job_progress.
  perform realtime.send(
    jsonb_build_object(
      'job_id', job.id, 'kind', job.kind, 'state', job.state, 'done', job.progress_done_count,
      'total', job.progress_total_count
    ),
    'job_progress', v_topic, true
  );
end;
$$;
comment on function private.broadcast_job(private.jobs) is
  $$Tells the private channel of the job's organization how far it is, as event "job_progress".

For a job without an organization the channel is that of the person who asked for it.$$;
