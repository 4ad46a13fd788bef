-- Definer: workers reach these tables through these functions alone.
create function private.fan_out_webhook_message(
  job_id bigint, organization_id uuid, topic text, occurred_at timestamptz, payload jsonb
)
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_message_id uuid;
  v_ids uuid[];
begin
  -- Only topics with a row leave the platform.
  if not exists (
    select from public.webhook_event_types where webhook_event_types.topic = fan_out_webhook_message.topic
  ) or not exists (
    select from public.webhook_endpoints
    where webhook_endpoints.organization_id = fan_out_webhook_message.organization_id and webhook_endpoints.is_active
      and exists (
        select from unnest(webhook_endpoints.topic_patterns) as pattern
        where private.topic_matches(fan_out_webhook_message.topic, pattern)
      )
  ) then
    return 0;
  end if;
  insert into public.webhook_messages (organization_id, topic, occurred_at, payload, job_id)
  values (
    fan_out_webhook_message.organization_id, fan_out_webhook_message.topic, fan_out_webhook_message.occurred_at,
    private.trim_webhook_payload(fan_out_webhook_message.payload), fan_out_webhook_message.job_id
  )
  on conflict on constraint webhook_messages_job_id_key do nothing
  returning webhook_messages.id into v_message_id;
  if not found then
    -- The job runs again: its deliveries and their jobs were made in the transaction of the message.
    return 0;
  end if;
  with made as (
    insert into public.webhook_deliveries (organization_id, endpoint_id, message_id)
    select endpoints.organization_id, endpoints.id, v_message_id
    from public.webhook_endpoints as endpoints
    where endpoints.organization_id = fan_out_webhook_message.organization_id and endpoints.is_active
      and exists (
        select from unnest(endpoints.topic_patterns) as pattern
        where private.topic_matches(fan_out_webhook_message.topic, pattern)
      )
    returning webhook_deliveries.id
  )
  select array_agg(made.id) into v_ids from made;
  return private.enqueue_webhook_deliveries(v_ids);
end;
$$;
comment on function private.fan_out_webhook_message(bigint, uuid, text, timestamptz, jsonb) is
  'Body of public.fan_out_webhook_message.';
grant execute on function private.fan_out_webhook_message(bigint, uuid, text, timestamptz, jsonb) to service_role;

create function public.fan_out_webhook_message(
  job_id bigint, organization_id uuid, topic text, occurred_at timestamptz, payload jsonb
)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.fan_out_webhook_message(
    fan_out_webhook_message.job_id, fan_out_webhook_message.organization_id, fan_out_webhook_message.topic,
    fan_out_webhook_message.occurred_at, fan_out_webhook_message.payload
  )
$$;
comment on function public.fan_out_webhook_message(bigint, uuid, text, timestamptz, jsonb) is
  'Makes the deliveries of an event to the endpoints that want it and returns how many. For workers.';
grant execute on function public.fan_out_webhook_message(bigint, uuid, text, timestamptz, jsonb) to service_role;

-- Definer: as above, and Vault.
create function private.start_webhook_delivery(delivery_id uuid, attempt int)
  returns table (message_id text, url text, secrets text[], body text)
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- An organization that was suspended or deleted meanwhile sends nothing more.
  update public.webhook_deliveries set
    status = 'failed', next_attempt_at = null, finished_at = clock_timestamp(),
    last_error = 'The organization was suspended or deleted'
  from public.organizations
  where webhook_deliveries.id = start_webhook_delivery.delivery_id and webhook_deliveries.status = 'pending'
    and organizations.id = webhook_deliveries.organization_id
    and (organizations.suspended_at is not null or organizations.deleted_at is not null);
  return query
  select
    'msg_' || messages.id,
    endpoints.url,
    array(
      select decrypted_secrets.decrypted_secret
      from private.webhook_secrets
      join vault.decrypted_secrets on decrypted_secrets.id = webhook_secrets.id
      where webhook_secrets.endpoint_id = endpoints.id
        and (webhook_secrets.expires_at is null or webhook_secrets.expires_at > clock_timestamp())
      order by webhook_secrets.expires_at desc nulls first
    ),
    jsonb_build_object(
      'type', messages.topic, 'timestamp', messages.occurred_at, 'organization_id', messages.organization_id,
      'data', messages.payload
    )::text
  from public.webhook_deliveries as deliveries
  join public.webhook_messages as messages on messages.id = deliveries.message_id
  join public.webhook_endpoints as endpoints on endpoints.id = deliveries.endpoint_id
  where deliveries.id = start_webhook_delivery.delivery_id and deliveries.status = 'pending'
    and deliveries.attempt_count = start_webhook_delivery.attempt - 1;
end;
$$;
comment on function private.start_webhook_delivery(uuid, int) is 'Body of public.start_webhook_delivery.';
grant execute on function private.start_webhook_delivery(uuid, int) to service_role;

create function public.start_webhook_delivery(delivery_id uuid, attempt int)
  returns table (message_id text, url text, secrets text[], body text)
  language sql volatile set search_path = ''
as $$
  select * from private.start_webhook_delivery(start_webhook_delivery.delivery_id, start_webhook_delivery.attempt)
$$;
comment on function public.start_webhook_delivery(uuid, int) is
  $$What is to be sent where, and the secrets that sign it, the current one first. For workers.

No row: there is nothing to send any more.$$;
grant execute on function public.start_webhook_delivery(uuid, int) to service_role;

-- Definer: as above.
create function private.record_webhook_attempt(
  delivery_id uuid, attempt int, attempted_at timestamptz, duration_ms int, response_status int, response_body text,
  error text, retry_after_seconds int, is_permanent boolean
)
  returns public.webhook_delivery_status
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- How long nothing gets through before an endpoint is switched off.
  v_patience constant interval := interval '5 days';
  v_attempts constant int := 8;
  v_delivery public.webhook_deliveries;
  v_is_delivered boolean := coalesce(record_webhook_attempt.response_status between 200 and 299, false);
  v_is_final boolean;
  v_first_failed_at timestamptz;
begin
  -- The endpoint first, as everywhere: whoever switches it off has it locked and then changes its deliveries.
  perform from public.webhook_endpoints
  where webhook_endpoints.id = (
    select webhook_deliveries.endpoint_id from public.webhook_deliveries
    where webhook_deliveries.id = record_webhook_attempt.delivery_id
  )
  for update;
  select * into v_delivery from public.webhook_deliveries
  where webhook_deliveries.id = record_webhook_attempt.delivery_id
  for update;
  if not found or v_delivery.attempt_count <> record_webhook_attempt.attempt - 1 then
    -- Deleted meanwhile, or the word of this attempt has come already.
    return v_delivery.status;
  end if;
  insert into public.webhook_delivery_attempts
    (delivery_id, attempt, organization_id, attempted_at, duration_ms, response_status, response_body, error)
  values (
    v_delivery.id, record_webhook_attempt.attempt, v_delivery.organization_id, record_webhook_attempt.attempted_at,
    record_webhook_attempt.duration_ms, record_webhook_attempt.response_status,
    left(record_webhook_attempt.response_body, 1000), left(record_webhook_attempt.error, 500)
  );
  -- One that was given up while its request was under way stays so, unless the endpoint took it.
  v_is_final := v_delivery.attempts_left_count <= 1 or record_webhook_attempt.is_permanent
    or record_webhook_attempt.response_status = 410 or v_delivery.status <> 'pending';
  update public.webhook_deliveries set
    status = case when v_is_delivered then 'delivered'::public.webhook_delivery_status
      when v_is_final then 'failed' else 'pending' end,
    attempt_count = record_webhook_attempt.attempt,
    attempts_left_count = greatest(v_delivery.attempts_left_count - 1, 0),
    -- A receiver that names a time knows better than we do, within a day.
    next_attempt_at = case when not v_is_delivered and not v_is_final then
      clock_timestamp() + greatest(
        private.retry_delay(v_attempts + 1 - v_delivery.attempts_left_count),
        make_interval(secs => least(coalesce(record_webhook_attempt.retry_after_seconds, 0), 86400))
      ) end,
    finished_at = case when v_is_delivered or v_is_final then clock_timestamp() end,
    response_status = coalesce(record_webhook_attempt.response_status, v_delivery.response_status),
    last_error = case when not v_is_delivered then left(record_webhook_attempt.error, 500) end
  where webhook_deliveries.id = v_delivery.id
  returning * into v_delivery;
  update public.webhook_endpoints set first_failed_at = case when not v_is_delivered then
    coalesce(webhook_endpoints.first_failed_at, record_webhook_attempt.attempted_at) end
  where webhook_endpoints.id = v_delivery.endpoint_id
  returning webhook_endpoints.first_failed_at into v_first_failed_at;
  if record_webhook_attempt.response_status = 410 then
    perform private.disable_webhook_endpoint(v_delivery.endpoint_id, 'gone');
  elsif v_delivery.status = 'failed' and v_first_failed_at <= clock_timestamp() - v_patience then
    -- Only when a delivery gave up: one bad answer after a quiet week is no long failure.
    perform private.disable_webhook_endpoint(v_delivery.endpoint_id, 'failing');
  else
    perform private.enqueue_webhook_deliveries(array[v_delivery.id]);
  end if;
  return v_delivery.status;
end;
$$;
comment on function private.record_webhook_attempt(
  uuid, int, timestamptz, int, int, text, text, int, boolean
) is 'Body of public.record_webhook_attempt.';
grant execute on function private.record_webhook_attempt(
  uuid, int, timestamptz, int, int, text, text, int, boolean
) to service_role;

create function public.record_webhook_attempt(
  delivery_id uuid, attempt int, attempted_at timestamptz, duration_ms int, response_status int default null,
  response_body text default null, error text default null, retry_after_seconds int default null,
  is_permanent boolean default false
)
  returns public.webhook_delivery_status
  language sql volatile set search_path = ''
as $$
  select private.record_webhook_attempt(
    record_webhook_attempt.delivery_id, record_webhook_attempt.attempt, record_webhook_attempt.attempted_at,
    record_webhook_attempt.duration_ms, record_webhook_attempt.response_status, record_webhook_attempt.response_body,
    record_webhook_attempt.error, record_webhook_attempt.retry_after_seconds, record_webhook_attempt.is_permanent
  )
$$;
comment on function public.record_webhook_attempt(
  uuid, int, timestamptz, int, int, text, text, int, boolean
) is $$Records an attempt of a delivery, plans the next one and returns where the delivery stands. For workers.

A 2xx status delivers it. Else it is tried again after a random time of up to 30 seconds, doubled each time, and at
least retry_after_seconds, 8 times in all; a permanent failure and 410 are final. 410, and nothing delivered for five
days, switch the endpoint off.$$;
grant execute on function public.record_webhook_attempt(
  uuid, int, timestamptz, int, int, text, text, int, boolean
) to service_role;
