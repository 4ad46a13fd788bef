create function private.parse_ip_address(text)
  returns inet
  language plpgsql immutable strict set search_path = ''
as $$
begin
  return $1::inet;
exception
  when invalid_text_representation then
    return null;
end;
$$;
comment on function private.parse_ip_address(text) is 'The address a text says; null when it says none.';

-- Definer: asks whose session it is and what kind of account, which clients cannot read.
create function private.audit_origin(
  out actor_kind public.audit_actor_kind, out actor_id uuid, out impersonated_user_id uuid,
  out ip_address inet, out user_agent text, out request_id text
)
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  v_headers jsonb := nullif(current_setting('request.headers', true), '')::jsonb;
  v_uuid constant text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  -- Read here and not asked for: whoever merely writes an entry has not asked who is calling.
  v_session_id uuid := coalesce(v_claims ->> 'impersonated_session_id', v_claims ->> 'session_id');
  v_impersonation record;
  v_is_service boolean := v_claims ->> 'role' = 'service_role';
begin
  -- What a function says about the request it answers counts for its own key only: anybody can send a header.
  actor_id := case
    when v_is_service then
      case when v_headers ->> 'x-actor-id' ~ v_uuid then (v_headers ->> 'x-actor-id')::uuid end
    when v_claims ->> 'sub' ~ v_uuid then (v_claims ->> 'sub')::uuid
  end;
  ip_address := private.parse_ip_address(coalesce(
    case when v_is_service then v_headers ->> 'x-actor-ip' end,
    -- Set by the edge of the hosted platform and not by the client, unlike the first hop of the list.
    v_headers ->> 'cf-connecting-ip',
    btrim(split_part(v_headers ->> 'x-forwarded-for', ',', 1))
  ));
  user_agent := left(
    coalesce(case when v_is_service then v_headers ->> 'x-actor-user-agent' end, v_headers ->> 'user-agent'), 500
  );
  request_id := substring(coalesce(v_headers ->> 'sb-request-id', v_headers ->> 'x-request-id') from '^[\w-]{8,64}$');
  if v_claims ->> 'service_account_id' ~ v_uuid then
    -- Only the REST face for integrations sets this claim; tokens of people cannot carry it.
    actor_kind := 'service_account';
    actor_id := (v_claims ->> 'service_account_id')::uuid;
    return;
  end if;
  if actor_id is null then
    actor_kind := case when v_claims ->> 'role' = 'anon' then 'anonymous' else 'system' end;
    return;
  end if;
  if v_claims ? 'client_id' then
    -- What program the app's server runs says nothing; which app it is does.
    actor_kind := 'app';
    user_agent := 'app ' || left(v_claims ->> 'client_id', 60);
    return;
  end if;
  select impersonations.admin_id, impersonations.user_id into v_impersonation
  from private.impersonations where impersonations.session_id = v_session_id;
  if found then
    actor_kind := 'impersonator';
    actor_id := v_impersonation.admin_id;
    impersonated_user_id := v_impersonation.user_id;
  elsif exists (
    select from auth.users
    where users.id = audit_origin.actor_id and users.raw_app_meta_data @> '{"platform_admin": true}'
  ) then
    actor_kind := 'platform_admin';
  else
    actor_kind := 'user';
  end if;
end;
$$;
comment on function private.audit_origin() is $$Who makes the present request, and from where, for an audit entry.

The token and the headers of the request that PostgREST runs. Functions with the secret key pass on whom they act for
in the headers x-actor-id, x-actor-ip and x-actor-user-agent.$$;

-- Definer: clients hold no grant on the log.
create function private.record_audit_event(
  action text,
  organization_id uuid,
  object_type text,
  object_id text default null,
  changes jsonb default null,
  actor_kind public.audit_actor_kind default null,
  actor_id uuid default null,
  ip_address inet default null,
  user_agent text default null,
  request_id text default null
)
  returns bigint
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_origin record;
  v_now timestamptz := clock_timestamp();
  v_id bigint;
begin
  select * into v_origin from private.audit_origin();
  if record_audit_event.actor_kind is not null or record_audit_event.actor_id is not null then
    v_origin.actor_kind := coalesce(record_audit_event.actor_kind, 'user');
    v_origin.actor_id := record_audit_event.actor_id;
    v_origin.impersonated_user_id := null;
  end if;
  perform private.ensure_month_partition('public.audit_logs'::regclass, v_now);
  insert into public.audit_logs as entry (
    organization_id, actor_kind, actor_id, impersonated_user_id, action, object_type, object_id, changes,
    ip_address, user_agent, request_id, occurred_at
  )
  values (
    record_audit_event.organization_id, v_origin.actor_kind, v_origin.actor_id, v_origin.impersonated_user_id,
    record_audit_event.action, record_audit_event.object_type, record_audit_event.object_id, record_audit_event.changes,
    coalesce(record_audit_event.ip_address, v_origin.ip_address),
    coalesce(left(record_audit_event.user_agent, 500), v_origin.user_agent),
    coalesce(record_audit_event.request_id, v_origin.request_id), v_now
  )
  returning entry.id into v_id;
  return v_id;
end;
$$;
comment on function
  private.record_audit_event(text, uuid, text, text, jsonb, public.audit_actor_kind, uuid, inet, text, text)
is $$Writes an audit entry for what is no row change, such as a download, and returns its id.

Part of the caller's transaction. Actor, address, program and request id are the present request's unless given.$$;
grant execute on function
  private.record_audit_event(text, uuid, text, text, jsonb, public.audit_actor_kind, uuid, inet, text, text)
to service_role;
