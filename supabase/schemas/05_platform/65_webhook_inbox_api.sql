-- Definer: the webhooks function reaches the inbox through this alone.
create function private.store_webhook_events(provider text, events jsonb)
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id bigint;
  v_count int := 0;
begin
  for v_id in
    insert into private.webhook_events as stored
      (provider, provider_event_id, event_type, object_key, occurred_at, payload, headers)
    select store_webhook_events.provider, given.event_id, given.event_type, given.object_key,
      coalesce(given.occurred_at, now()), given.payload, coalesce(given.headers, '{}')
    from jsonb_to_recordset(store_webhook_events.events) as given (
      event_id text, event_type text, object_key text, occurred_at timestamptz, payload jsonb, headers jsonb
    )
    -- In one order always: two calls with the same events wait for each other, not both for the other.
    order by given.event_id
    on conflict on constraint webhook_events_once_for_each_provider do nothing
    returning stored.id
  loop
    perform private.enqueue_job(
      'webhook_event.process', jsonb_build_object('webhook_event_id', v_id), dedupe_key := v_id::text
    );
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.store_webhook_events(text, jsonb) is 'Body of public.store_webhook_events.';
grant execute on function private.store_webhook_events(text, jsonb) to service_role;

create function public.store_webhook_events(provider text, events jsonb)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.store_webhook_events(store_webhook_events.provider, store_webhook_events.events)
$$;
comment on function public.store_webhook_events(text, jsonb) is
  $$Keeps events of a provider whose signature was checked, and returns how many are new. For the backend itself.

Each event is {event_id, event_type, object_key, occurred_at, payload, headers}. With each new one goes the job that
processes it, in one transaction; an event that is there already changes nothing.$$;
grant execute on function public.store_webhook_events(text, jsonb) to service_role;

-- Definer: as private.store_webhook_events.
create function private.get_webhook_event(webhook_event_id bigint)
  returns setof private.webhook_events
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return query select * from private.webhook_events where webhook_events.id = get_webhook_event.webhook_event_id;
end;
$$;
comment on function private.get_webhook_event(bigint) is 'Body of public.get_webhook_event.';
grant execute on function private.get_webhook_event(bigint) to service_role;

create function public.get_webhook_event(webhook_event_id bigint)
  returns table (
    id bigint, provider text, provider_event_id text, event_type text, object_key text, occurred_at timestamptz,
    payload jsonb, headers jsonb
  )
  language sql stable set search_path = ''
as $$
  select events.id, events.provider, events.provider_event_id, events.event_type, events.object_key,
    events.occurred_at, events.payload, events.headers
  from private.get_webhook_event(get_webhook_event.webhook_event_id) as events
$$;
comment on function public.get_webhook_event(bigint) is
  'One stored event with its content, no row when it is not there any more. For workers.';
grant execute on function public.get_webhook_event(bigint) to service_role;

-- Definer: operators see the inbox, whose table nobody holds a grant on.
create function private.list_webhook_events(
  only_provider text, only_state text, only_type text, only_object text, before_id bigint, page_size int
)
  returns setof private.webhook_events
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('list webhook events');
  return query
  select * from private.webhook_events
  where (list_webhook_events.only_provider is null or webhook_events.provider = list_webhook_events.only_provider)
    and (
      list_webhook_events.only_state is null
      or webhook_events.state = list_webhook_events.only_state::private.webhook_event_state
    )
    and (list_webhook_events.only_type is null or webhook_events.event_type = list_webhook_events.only_type)
    and (list_webhook_events.only_object is null or webhook_events.object_key = list_webhook_events.only_object)
    and (list_webhook_events.before_id is null or webhook_events.id < list_webhook_events.before_id)
  order by webhook_events.id desc
  limit least(greatest(list_webhook_events.page_size, 1), 200);
end;
$$;
comment on function private.list_webhook_events(text, text, text, text, bigint, int) is
  'Body of public.list_webhook_events.';
grant execute on function private.list_webhook_events(text, text, text, text, bigint, int) to authenticated;

create function public.list_webhook_events(
  only_provider text default null, only_state text default null, only_type text default null,
  only_object text default null, before_id bigint default null, page_size int default 50
)
  returns table (
    id bigint, provider text, provider_event_id text, event_type text, object_key text, occurred_at timestamptz,
    state text, attempt_count int, replay_count int, last_error text, created_at timestamptz, finished_at timestamptz
  )
  language sql stable set search_path = ''
as $$
  select events.id, events.provider, events.provider_event_id, events.event_type, events.object_key,
    events.occurred_at, events.state::text, events.attempt_count, events.replay_count, events.last_error,
    events.created_at, events.finished_at
  from private.list_webhook_events(
    list_webhook_events.only_provider, list_webhook_events.only_state, list_webhook_events.only_type,
    list_webhook_events.only_object, list_webhook_events.before_id, list_webhook_events.page_size
  ) as events
$$;
comment on function public.list_webhook_events(text, text, text, text, bigint, int) is
  $$Events that providers sent, newest first, at most 200 a page, without their contents.

For platform admins with a second factor. Filters that are left out let everything through; states are received,
processing, processed, ignored, stale, failed, dead and discarded. The next page starts before the last id.$$;
grant execute on function public.list_webhook_events(text, text, text, text, bigint, int) to authenticated;

-- Definer: as private.list_webhook_events.
create function private.replay_webhook_event(webhook_event_id bigint)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_event private.webhook_events;
begin
  perform private.require_platform_admin('replay webhook event');
  -- Jobs before the event, as workers lock them. A dead job is replaced, one that waits for its next attempt goes now.
  update private.jobs set
    state = case jobs.state when 'dead' then 'cancelled' else jobs.state end,
    cancel_requested_at = case jobs.state when 'dead' then clock_timestamp() end,
    run_at = case jobs.state when 'dead' then jobs.run_at else clock_timestamp() end
  where jobs.kind = 'webhook_event.process' and jobs.dedupe_key = replay_webhook_event.webhook_event_id::text
    and jobs.state in ('dead', 'failed');
  select * into v_event from private.webhook_events
  where webhook_events.id = replay_webhook_event.webhook_event_id
  for update;
  if not found then
    perform private.raise_error(404, 'webhook_event_not_found', 'Cannot replay webhook event: no such event');
  end if;
  if v_event.finished_at is null then
    perform private.wake_worker('default');
    return v_event.state;
  end if;
  update private.webhook_events
  set state = 'received', replay_count = webhook_events.replay_count + 1, last_error = null, finished_at = null
  where webhook_events.id = v_event.id;
  perform private.enqueue_job(
    'webhook_event.process', jsonb_build_object('webhook_event_id', v_event.id), dedupe_key := v_event.id::text
  );
  perform private.record_audit_event('replay', null, 'webhook_events', v_event.id::text);
  return 'received';
end;
$$;
comment on function private.replay_webhook_event(bigint) is 'Body of public.replay_webhook_event.';
grant execute on function private.replay_webhook_event(bigint) to authenticated;

create function public.replay_webhook_event(webhook_event_id bigint)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.replay_webhook_event(replay_webhook_event.webhook_event_id)
$$;
comment on function public.replay_webhook_event(bigint) is
  $$Has a stored event processed again with all its attempts, whatever became of it, and returns its state.

For platform admins with a second factor. One that is under way stays so; one that waits for its next attempt is tried at
once.$$;
grant execute on function public.replay_webhook_event(bigint) to authenticated;
