-- Definer: reads auth.users, which clients cannot. From the account and not from the token, which lives 24 hours.
create function private.is_platform_admin()
  returns boolean
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.current_person_id();
begin
  return exists (
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

-- Definer: Vault and pg_net are not open to callers.
create function private.wake_worker()
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_url text;
  v_key text;
begin
  select
    max(decrypted_secret) filter (where name = 'functions_url'),
    max(decrypted_secret) filter (where name = 'worker_key')
  into v_url, v_key
  from vault.decrypted_secrets where name in ('functions_url', 'worker_key');
  if v_url is null or v_key is null then
    raise log 'Jobs wait: Vault has no secret "functions_url" or "worker_key", so nobody can call the worker function';
    return false;
  end if;
  -- Called once is enough for a moment: the one that comes takes all there is. Nobody waits for another transaction
  -- that is about to call; should that one be undone, the schedule calls.
  if not pg_try_advisory_xact_lock(hashtextextended('private.wake_worker', 0)) then
    return false;
  end if;
  insert into private.worker_heartbeats (worker, queues, polls_until)
  values ('wake', '{}', clock_timestamp() + interval '1 second')
  on conflict (worker) do update set polls_until = excluded.polls_until
  where worker_heartbeats.polls_until < clock_timestamp();
  if not found then
    return false;
  end if;
  perform net.http_post(
    url := rtrim(v_url, '/') || '/worker', body := '{}'::jsonb, params := '{}'::jsonb,
    headers := jsonb_build_object('content-type', 'application/json', 'apikey', v_key),
    timeout_milliseconds := 60000
  );
  return true;
end;
$$;
comment on function private.wake_worker() is $$Has pg_net call the worker function once this transaction commits.

False when that is not needed or not possible.

Address and key are the Vault secrets "functions_url" (such as "https://<project>.supabase.co/functions/v1") and
"worker_key" (a secret key of the project).$$;
grant execute on function private.wake_worker() to service_role;

create function private.broadcast_job(job private.jobs)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  -- Ids and numbers only: who hears it reads the rest under the policies.
  perform realtime.send(
    jsonb_build_object(
      'job_id', job.id, 'kind', job.kind, 'state', job.state, 'done', job.progress_done_count,
      'total', job.progress_total_count
    ),
    'job_progress', 'organization:' || organizations.id || ':' || organizations.topic_epoch, true
  )
  from public.organizations where organizations.id = job.organization_id;
end;
$$;
comment on function private.broadcast_job(private.jobs) is
  'Tells the private channel of the job''s organization how far it is, as event "job_progress".';
