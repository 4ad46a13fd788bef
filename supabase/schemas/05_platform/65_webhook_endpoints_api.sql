-- Definer: clients hold no insert on these tables, and Vault is not open to them.
create function private.create_webhook_endpoint(
  organization_id uuid, url text, topic_patterns text[], description text
)
  returns table (endpoint_id uuid, secret text)
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_endpoint_id uuid;
begin
  perform private.require_permission(
    create_webhook_endpoint.organization_id, 'webhooks.manage', 'create webhook endpoint'
  );
  perform private.check_webhook_topics(create_webhook_endpoint.topic_patterns, 'create webhook endpoint');
  -- Locked, so that two at once cannot pass the limit.
  perform from public.organizations where organizations.id = create_webhook_endpoint.organization_id
  for no key update;
  if (
    select count(*) from public.webhook_endpoints
    where webhook_endpoints.organization_id = create_webhook_endpoint.organization_id
  ) >= private.entitlement(create_webhook_endpoint.organization_id, 'webhook_endpoints')
  then
    perform private.raise_error(409, 'webhook_endpoint_limit_reached',
      format('Cannot create webhook endpoint: the limit of %s is reached',
        private.entitlement(create_webhook_endpoint.organization_id, 'webhook_endpoints')),
      'Delete one, or choose a plan with more.');
  end if;
  insert into public.webhook_endpoints (organization_id, url, topic_patterns, description, created_by)
  values (
    create_webhook_endpoint.organization_id, create_webhook_endpoint.url, create_webhook_endpoint.topic_patterns,
    coalesce(create_webhook_endpoint.description, ''), private.current_person_id()
  )
  returning webhook_endpoints.id into v_endpoint_id;
  return query select v_endpoint_id, private.add_webhook_secret(v_endpoint_id);
exception
  when check_violation or not_null_violation or unique_violation then
    perform private.raise_webhook_endpoint_error(sqlerrm, sqlstate, 'create webhook endpoint');
end;
$$;
comment on function private.create_webhook_endpoint(uuid, text, text[], text) is
  'Body of public.create_webhook_endpoint.';
grant execute on function private.create_webhook_endpoint(uuid, text, text[], text) to authenticated;

create function private.raise_webhook_endpoint_error(message text, state text, action text)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  if raise_webhook_endpoint_error.message like '%webhook_endpoints_url_once_for_each_organization%' then
    perform private.raise_error(409, 'webhook_endpoint_exists',
      format('Cannot %s: the organization has one with this URL', raise_webhook_endpoint_error.action),
      'Change its topics instead.');
  end if;
  if raise_webhook_endpoint_error.message ~ 'webhook_endpoints_url_is_https|column "url"' then
    perform private.raise_error(422, 'webhook_url_invalid',
      format('Cannot %s: the URL is not valid', raise_webhook_endpoint_error.action),
      'It must start with https, hold no user or password and have at most 2000 characters.');
  end if;
  if raise_webhook_endpoint_error.message ~ 'webhook_endpoints_topic_patterns|column "topic_patterns"' then
    perform private.raise_error(422, 'webhook_topics_invalid',
      format('Cannot %s: it needs 1 to 50 topics', raise_webhook_endpoint_error.action),
      'webhook_event_types lists the topics; "invoice.*" means all of a subject and "*" all.');
  end if;
  raise exception '%', raise_webhook_endpoint_error.message using errcode = raise_webhook_endpoint_error.state;
end;
$$;
comment on function private.raise_webhook_endpoint_error(text, text, text) is
  'Says in words of the API which rule of the table an endpoint breaks.';

create function public.create_webhook_endpoint(
  organization_id uuid, url text, topic_patterns text[], description text default ''
)
  returns table (endpoint_id uuid, secret text)
  language sql volatile set search_path = ''
as $$
  select * from private.create_webhook_endpoint(
    create_webhook_endpoint.organization_id, create_webhook_endpoint.url, create_webhook_endpoint.topic_patterns,
    create_webhook_endpoint.description
  )
$$;
comment on function public.create_webhook_endpoint(uuid, text, text[], text) is
  $$Makes a webhook endpoint and returns its id and its secret, which is shown this once.

Needs webhooks.manage. A second one with the same URL answers 409 webhook_endpoint_exists.$$;
grant execute on function public.create_webhook_endpoint(uuid, text, text[], text) to authenticated;

-- Definer: clients hold no update on endpoints.
create function private.update_webhook_endpoint(
  endpoint_id uuid, url text, topic_patterns text[], description text, is_active boolean
)
  returns public.webhook_endpoints
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_endpoint public.webhook_endpoints :=
    private.lock_webhook_endpoint(update_webhook_endpoint.endpoint_id, 'update webhook endpoint');
  v_is_active boolean := coalesce(update_webhook_endpoint.is_active, v_endpoint.is_active);
begin
  if update_webhook_endpoint.topic_patterns is not null then
    perform private.check_webhook_topics(update_webhook_endpoint.topic_patterns, 'update webhook endpoint');
  end if;
  update public.webhook_endpoints set
    url = coalesce(update_webhook_endpoint.url, v_endpoint.url),
    topic_patterns = coalesce(update_webhook_endpoint.topic_patterns, v_endpoint.topic_patterns),
    description = coalesce(update_webhook_endpoint.description, v_endpoint.description),
    is_active = v_is_active,
    disabled_at = case when not v_is_active then coalesce(v_endpoint.disabled_at, clock_timestamp()) end,
    disabled_reason = case when not v_is_active then
      coalesce(v_endpoint.disabled_reason, 'manual'::public.webhook_disabled_reason) end,
    -- Who switches it on again has seen to it: the five days begin anew.
    first_failed_at = case when v_endpoint.is_active or not v_is_active then v_endpoint.first_failed_at end
  where webhook_endpoints.id = v_endpoint.id
  returning * into v_endpoint;
  return v_endpoint;
exception
  when check_violation or unique_violation then
    perform private.raise_webhook_endpoint_error(sqlerrm, sqlstate, 'update webhook endpoint');
end;
$$;
comment on function private.update_webhook_endpoint(uuid, text, text[], text, boolean) is
  'Body of public.update_webhook_endpoint.';
grant execute on function private.update_webhook_endpoint(uuid, text, text[], text, boolean) to authenticated;

create function public.update_webhook_endpoint(
  endpoint_id uuid, url text default null, topic_patterns text[] default null, description text default null,
  is_active boolean default null
)
  returns public.webhook_endpoints
  language sql volatile set search_path = ''
as $$
  select private.update_webhook_endpoint(
    update_webhook_endpoint.endpoint_id, update_webhook_endpoint.url, update_webhook_endpoint.topic_patterns,
    update_webhook_endpoint.description, update_webhook_endpoint.is_active
  )
$$;
comment on function public.update_webhook_endpoint(uuid, text, text[], text, boolean) is
  $$Changes a webhook endpoint and returns it; what is left out stays.

Needs webhooks.manage. is_active switches it off, which fails what was still to be delivered, and on again. The secret
stays the same.$$;
grant execute on function public.update_webhook_endpoint(uuid, text, text[], text, boolean) to authenticated;

-- Definer: as private.create_webhook_endpoint.
create function private.rotate_webhook_secret(endpoint_id uuid, overlap_hours int)
  returns table (secret text, former_secret_expires_at timestamptz)
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_endpoint public.webhook_endpoints :=
    private.lock_webhook_endpoint(rotate_webhook_secret.endpoint_id, 'rotate webhook secret');
  v_expires_at timestamptz := clock_timestamp() + make_interval(hours => rotate_webhook_secret.overlap_hours);
begin
  if coalesce(rotate_webhook_secret.overlap_hours, -1) not between 0 and 168 then
    perform private.raise_error(422, 'webhook_overlap_invalid',
      'Cannot rotate webhook secret: overlap_hours must be between 0 and 168');
  end if;
  -- Two sign at most: what was before the former one ends now.
  delete from private.webhook_secrets
  where webhook_secrets.endpoint_id = v_endpoint.id and webhook_secrets.expires_at is not null;
  update private.webhook_secrets set expires_at = v_expires_at where webhook_secrets.endpoint_id = v_endpoint.id;
  perform private.record_audit_event(
    'rotate_secret', v_endpoint.organization_id, 'webhook_endpoints', v_endpoint.id::text
  );
  return query select private.add_webhook_secret(v_endpoint.id), v_expires_at;
end;
$$;
comment on function private.rotate_webhook_secret(uuid, int) is 'Body of public.rotate_webhook_secret.';
grant execute on function private.rotate_webhook_secret(uuid, int) to authenticated;

create function public.rotate_webhook_secret(endpoint_id uuid, overlap_hours int default 24)
  returns table (secret text, former_secret_expires_at timestamptz)
  language sql volatile set search_path = ''
as $$
  select * from private.rotate_webhook_secret(rotate_webhook_secret.endpoint_id, rotate_webhook_secret.overlap_hours)
$$;
comment on function public.rotate_webhook_secret(uuid, int) is
  $$Makes a new secret for a webhook endpoint and returns it, which is shown this once.

Needs webhooks.manage. For overlap_hours (24, at most 168, 0 for a secret that leaked) the former one signs as well, so
that a receiver can change over without losing an event. One before that ends at once.$$;
grant execute on function public.rotate_webhook_secret(uuid, int) to authenticated;

-- Definer: clients hold no delete on endpoints.
create function private.delete_webhook_endpoint(endpoint_id uuid)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_endpoint public.webhook_endpoints :=
    private.lock_webhook_endpoint(delete_webhook_endpoint.endpoint_id, 'delete webhook endpoint');
begin
  -- As at creation: the last one to go takes the subscription with it.
  perform from public.organizations where organizations.id = v_endpoint.organization_id for no key update;
  delete from public.webhook_endpoints where webhook_endpoints.id = v_endpoint.id;
end;
$$;
comment on function private.delete_webhook_endpoint(uuid) is 'Body of public.delete_webhook_endpoint.';
grant execute on function private.delete_webhook_endpoint(uuid) to authenticated;

create function public.delete_webhook_endpoint(endpoint_id uuid)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.delete_webhook_endpoint(delete_webhook_endpoint.endpoint_id)
$$;
comment on function public.delete_webhook_endpoint(uuid) is
  $$Deletes a webhook endpoint with its secret and its log.

Needs webhooks.manage. A second call answers 404.$$;
grant execute on function public.delete_webhook_endpoint(uuid) to authenticated;
