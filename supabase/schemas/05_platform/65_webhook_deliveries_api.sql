-- Definer: clients hold no insert on these tables.
create function private.send_test_webhook_event(endpoint_id uuid)
  returns public.webhook_deliveries
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_endpoint public.webhook_endpoints :=
    private.lock_webhook_endpoint(send_test_webhook_event.endpoint_id, 'send test event');
  v_message_id uuid;
  v_delivery public.webhook_deliveries;
begin
  perform private.require_active_webhook_endpoint(v_endpoint, 'send test event');
  -- Whoever may make endpoints can name any server: tests must not flood it.
  if (
    select count(*)
    from public.webhook_deliveries as deliveries
    join public.webhook_messages as messages on messages.id = deliveries.message_id
    where deliveries.endpoint_id = v_endpoint.id and deliveries.created_at > clock_timestamp() - interval '1 minute'
      and messages.topic = 'webhook.test'
  ) >= 10 then
    perform private.raise_error(429, 'webhook_test_too_frequent',
      'Cannot send test event: 10 were sent in the last minute', 'Wait a minute.');
  end if;
  insert into public.webhook_messages (organization_id, topic, occurred_at, payload)
  select v_endpoint.organization_id, webhook_event_types.topic, clock_timestamp(), webhook_event_types.example
  from public.webhook_event_types where webhook_event_types.topic = 'webhook.test'
  returning id into v_message_id;
  insert into public.webhook_deliveries (organization_id, endpoint_id, message_id)
  values (v_endpoint.organization_id, v_endpoint.id, v_message_id)
  returning * into v_delivery;
  perform private.enqueue_webhook_deliveries(array[v_delivery.id]);
  return v_delivery;
end;
$$;
comment on function private.send_test_webhook_event(uuid) is 'Body of public.send_test_webhook_event.';
grant execute on function private.send_test_webhook_event(uuid) to authenticated;

create function private.require_active_webhook_endpoint(endpoint public.webhook_endpoints, action text)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  if not (require_active_webhook_endpoint.endpoint).is_active then
    perform private.raise_error(409, 'webhook_endpoint_inactive',
      format('Cannot %s: the webhook endpoint is switched off', require_active_webhook_endpoint.action),
      'Switch it on with update_webhook_endpoint.');
  end if;
end;
$$;
comment on function private.require_active_webhook_endpoint(public.webhook_endpoints, text) is
  'Guard of RPCs that send: 409 for an endpoint that is switched off.';

create function public.send_test_webhook_event(endpoint_id uuid)
  returns public.webhook_deliveries
  language sql volatile set search_path = ''
as $$
  select private.send_test_webhook_event(send_test_webhook_event.endpoint_id)
$$;
comment on function public.send_test_webhook_event(uuid) is
  $$Sends the event "webhook.test" to a webhook endpoint and returns the delivery, whose row then tells what became of it.

Needs webhooks.manage. The endpoint's topics do not matter.$$;
grant execute on function public.send_test_webhook_event(uuid) to authenticated;

-- Definer: clients hold no update on deliveries.
create function private.replay_webhook_delivery(delivery_id uuid)
  returns public.webhook_deliveries
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_delivery public.webhook_deliveries;
begin
  select * into v_delivery from public.webhook_deliveries
  where webhook_deliveries.id = replay_webhook_delivery.delivery_id
    and webhook_deliveries.organization_id = any (array(select private.organizations_with('webhooks.read')));
  if not found then
    perform private.raise_error(404, 'webhook_delivery_not_found', 'Cannot replay delivery: no such delivery');
  end if;
  perform private.require_active_webhook_endpoint(
    private.lock_webhook_endpoint(v_delivery.endpoint_id, 'replay delivery'), 'replay delivery'
  );
  perform private.restart_webhook_deliveries(array[v_delivery.id]);
  select * into v_delivery from public.webhook_deliveries where webhook_deliveries.id = v_delivery.id;
  return v_delivery;
end;
$$;
comment on function private.replay_webhook_delivery(uuid) is 'Body of public.replay_webhook_delivery.';
grant execute on function private.replay_webhook_delivery(uuid) to authenticated;

create function private.restart_webhook_deliveries(delivery_ids uuid[])
  returns int
  language plpgsql volatile set search_path = ''
as $$
begin
  update public.webhook_deliveries set
    status = 'pending', attempts_left_count = default, next_attempt_at = default, finished_at = null
  where webhook_deliveries.id = any (restart_webhook_deliveries.delivery_ids)
    and webhook_deliveries.status <> 'pending';
  return private.enqueue_webhook_deliveries(restart_webhook_deliveries.delivery_ids);
end;
$$;
comment on function private.restart_webhook_deliveries(uuid[]) is
  'Gives deliveries that ended all their attempts again and returns how many were made due.';

create function public.replay_webhook_delivery(delivery_id uuid)
  returns public.webhook_deliveries
  language sql volatile set search_path = ''
as $$
  select private.replay_webhook_delivery(replay_webhook_delivery.delivery_id)
$$;
comment on function public.replay_webhook_delivery(uuid) is
  $$Sends a message to its webhook endpoint again, whether it was delivered or not, and returns the delivery.

Needs webhooks.manage. It carries the same webhook-id, so that a receiver which has it can tell. One that is pending
stays as it is.$$;
grant execute on function public.replay_webhook_delivery(uuid) to authenticated;

-- Definer: as private.replay_webhook_delivery.
create function private.replay_failed_webhook_deliveries(endpoint_id uuid, since timestamptz)
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_endpoint public.webhook_endpoints :=
    private.lock_webhook_endpoint(replay_failed_webhook_deliveries.endpoint_id, 'replay deliveries');
begin
  perform private.require_active_webhook_endpoint(v_endpoint, 'replay deliveries');
  return private.restart_webhook_deliveries(array(
    select webhook_deliveries.id from public.webhook_deliveries
    where webhook_deliveries.endpoint_id = v_endpoint.id and webhook_deliveries.status = 'failed'
      and webhook_deliveries.created_at >= replay_failed_webhook_deliveries.since
    order by webhook_deliveries.created_at, webhook_deliveries.id
    limit 1000
  ));
end;
$$;
comment on function private.replay_failed_webhook_deliveries(uuid, timestamptz) is
  'Body of public.replay_failed_webhook_deliveries.';
grant execute on function private.replay_failed_webhook_deliveries(uuid, timestamptz) to authenticated;

create function public.replay_failed_webhook_deliveries(endpoint_id uuid, since timestamptz)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.replay_failed_webhook_deliveries(
    replay_failed_webhook_deliveries.endpoint_id, replay_failed_webhook_deliveries.since
  )
$$;
comment on function public.replay_failed_webhook_deliveries(uuid, timestamptz) is
  $$Sends again what a webhook endpoint failed to take since a time, the oldest 1,000 first, and returns how many.

Needs webhooks.manage. Call it again until it returns 0.$$;
grant execute on function public.replay_failed_webhook_deliveries(uuid, timestamptz) to authenticated;
