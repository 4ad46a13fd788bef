create function private.trim_webhook_payload(payload jsonb)
  returns jsonb
  language sql immutable strict set search_path = ''
as $$
  select case
    when octet_length(trim_webhook_payload.payload::text) <= 20000 then trim_webhook_payload.payload
    else (
      -- What is left is what a receiver asks the API with. Long "ids" are none.
      select coalesce(jsonb_object_agg(entry.key, entry.value), '{}') || '{"is_trimmed": true}'
      from (
        select each.key, each.value from jsonb_each(trim_webhook_payload.payload) as each
        where (each.key = 'id' or each.key like '%\_id')
          and jsonb_typeof(each.value) in ('string', 'number') and octet_length(each.value::text) <= 200
        order by each.key
        limit 50
      ) as entry
    )
  end
$$;
comment on function private.trim_webhook_payload(jsonb) is
  'A payload that is small enough to be sent: above 20 kB its ids alone, with "is_trimmed": true.';

-- Definer: Vault is not open to callers.
create function private.add_webhook_secret(endpoint_id uuid)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- Standard Webhooks: 24 to 64 random bytes.
  v_secret text := 'whsec_' || encode(extensions.gen_random_bytes(32), 'base64');
begin
  insert into private.webhook_secrets (id, endpoint_id)
  values (
    vault.create_secret(v_secret, null, 'Signs for webhook endpoint ' || add_webhook_secret.endpoint_id),
    add_webhook_secret.endpoint_id
  );
  return v_secret;
end;
$$;
comment on function private.add_webhook_secret(uuid) is
  'Makes the current secret of an endpoint and returns it, which nothing does a second time.';

create function private.check_webhook_topics(topic_patterns text[], action text)
  returns void
  language plpgsql stable set search_path = ''
as $$
declare
  v_unknown text;
begin
  select coalesce(pattern, 'null') into v_unknown
  from unnest(check_webhook_topics.topic_patterns) as pattern
  where not exists (
    select from public.webhook_event_types where private.topic_matches(webhook_event_types.topic, pattern)
  )
  limit 1;
  if found or cardinality(check_webhook_topics.topic_patterns) not between 1 and 50 then
    perform private.raise_error(422, 'webhook_topics_invalid',
      format('Cannot %s: %s', check_webhook_topics.action,
        coalesce(format('no topic is meant by "%s"', v_unknown), 'it needs 1 to 50 topics')),
      'webhook_event_types lists the topics; "invoice.*" means all of a subject and "*" all.');
  end if;
end;
$$;
comment on function private.check_webhook_topics(text[], text) is
  'Guard of endpoint RPCs: each pattern means a topic that can be sent.';

-- Definer: a guard of definer functions.
create function private.lock_webhook_endpoint(endpoint_id uuid, action text)
  returns public.webhook_endpoints
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_endpoint public.webhook_endpoints;
begin
  select * into v_endpoint from public.webhook_endpoints
  where webhook_endpoints.id = lock_webhook_endpoint.endpoint_id
    and webhook_endpoints.organization_id = any (array(select private.organizations_with('webhooks.read')));
  if not found then
    perform private.raise_error(404, 'webhook_endpoint_not_found',
      format('Cannot %s: no such webhook endpoint', lock_webhook_endpoint.action));
  end if;
  perform private.require_permission(v_endpoint.organization_id, 'webhooks.manage', lock_webhook_endpoint.action);
  -- Locked after the guards, so that nobody holds up the endpoint of another organization.
  select * into v_endpoint from public.webhook_endpoints where webhook_endpoints.id = v_endpoint.id for update;
  if not found then
    perform private.raise_error(404, 'webhook_endpoint_not_found',
      format('Cannot %s: no such webhook endpoint', lock_webhook_endpoint.action));
  end if;
  return v_endpoint;
end;
$$;
comment on function private.lock_webhook_endpoint(uuid, text) is
  'First guard of endpoint RPCs: 404 for who may not see the endpoint, 403 for who may not change it. Locks it.';

create function private.enqueue_webhook_deliveries(delivery_ids uuid[])
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  -- One job for each attempt, and the delivery counts them: a customer's broken server is the customer's to see and to
  -- replay, and no dead job among those of the operators.
  insert into private.jobs (kind, queue, organization_id, dedupe_key, payload, run_at)
  select 'webhook_delivery.send', 'webhooks', deliveries.organization_id,
    deliveries.id || ':' || (deliveries.attempt_count + 1),
    jsonb_build_object('delivery_id', deliveries.id, 'attempt', deliveries.attempt_count + 1),
    deliveries.next_attempt_at
  from public.webhook_deliveries as deliveries
  where deliveries.id = any (enqueue_webhook_deliveries.delivery_ids) and deliveries.status = 'pending'
  on conflict do nothing;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.enqueue_webhook_deliveries(uuid[]) is
  'Makes the jobs of the next attempts of pending deliveries and returns how many.';

create function private.disable_webhook_endpoint(endpoint_id uuid, reason public.webhook_disabled_reason)
  returns void
  language sql volatile set search_path = ''
as $$
  update public.webhook_endpoints
  set is_active = false, disabled_at = clock_timestamp(), disabled_reason = disable_webhook_endpoint.reason
  where webhook_endpoints.id = disable_webhook_endpoint.endpoint_id and webhook_endpoints.is_active
$$;
comment on function private.disable_webhook_endpoint(uuid, public.webhook_disabled_reason) is
  'Switches an endpoint off; what was to be delivered to it fails.';
