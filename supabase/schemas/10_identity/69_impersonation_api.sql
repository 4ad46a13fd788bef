-- Definer: as the bodies for people.
create function private.require_impersonable(user_id uuid)
  returns auth.users
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_user auth.users := private.require_person(require_impersonable.user_id, 'impersonate');
begin
  if v_user.raw_app_meta_data @> '{"platform_admin": true}' then
    perform private.raise_error(409, 'person_not_impersonable', 'Cannot impersonate: the person runs the platform');
  end if;
  -- Without an address Auth makes no session, and making one would confirm an address that nobody confirmed.
  if private.account_state(v_user.id) <> 'active' or v_user.email is null or v_user.email_confirmed_at is null then
    perform private.raise_error(409, 'person_not_impersonable',
      'Cannot impersonate: the account is not active or has no confirmed address',
      'Read what the person would see with open_support_access.');
  end if;
  if private.is_seen_as_other(v_user.id) then
    perform private.raise_error(409, 'impersonation_exists', 'Cannot impersonate: somebody does so just now');
  end if;
  return v_user;
end;
$$;
comment on function private.require_impersonable(uuid) is
  'Locks and returns an account that an admin may see the product as; otherwise 404 or 409.';

create function private.admin_request_impersonation(user_id uuid, reason text)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_user auth.users;
  v_reason text;
begin
  perform private.require_platform_admin('impersonate');
  v_reason := private.required_reason(admin_request_impersonation.reason, 'impersonate');
  v_user := private.require_impersonable(admin_request_impersonation.user_id);
  perform private.record_audit_event(
    'request_impersonation', null, 'users', v_user.id::text, jsonb_build_object('reason', v_reason)
  );
  return v_user.email;
end;
$$;
comment on function private.admin_request_impersonation(uuid, text) is 'Body of public.admin_request_impersonation.';
grant execute on function private.admin_request_impersonation(uuid, text) to authenticated;

create function public.admin_request_impersonation(user_id uuid, reason text)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.admin_request_impersonation(
    admin_request_impersonation.user_id, admin_request_impersonation.reason
  )
$$;
comment on function public.admin_request_impersonation(uuid, text) is $$Asks to see the product as a person and returns the person's address; audited. First step of POST /identity/impersonations.

For platform admins with a second factor. 404 person_not_found, 409 person_not_impersonable,
impersonation_exists, 422 reason_invalid.$$;
grant execute on function public.admin_request_impersonation(uuid, text) to authenticated;

create function private.record_impersonation(session_id uuid, admin_id uuid, user_id uuid, reason text)
  returns table (impersonation_id uuid, expires_at timestamptz)
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_impersonable(record_impersonation.user_id);
  if not exists (
    select from auth.users
    where users.id = record_impersonation.admin_id and users.raw_app_meta_data @> '{"platform_admin": true}'
  ) or not exists (
    select from auth.sessions
    where sessions.id = record_impersonation.session_id and sessions.user_id = record_impersonation.user_id
  ) then
    perform private.raise_error(409, 'person_not_impersonable',
      'Cannot impersonate: no such session, or the caller does not run the platform any more');
  end if;
  return query
  insert into private.impersonations as begun (session_id, admin_id, user_id, reason, expires_at)
  values (
    record_impersonation.session_id, record_impersonation.admin_id, record_impersonation.user_id,
    btrim(record_impersonation.reason), now() + interval '30 minutes'
  )
  returning begun.id, begun.expires_at;
end;
$$;
comment on function private.record_impersonation(uuid, uuid, uuid, text) is 'Body of public.record_impersonation.';
grant execute on function private.record_impersonation(uuid, uuid, uuid, text) to service_role;

create function public.record_impersonation(session_id uuid, admin_id uuid, user_id uuid, reason text)
  returns table (impersonation_id uuid, expires_at timestamptz)
  language sql volatile set search_path = ''
as $$
  select * from private.record_impersonation(
    record_impersonation.session_id, record_impersonation.admin_id, record_impersonation.user_id,
    record_impersonation.reason
  )
$$;
comment on function public.record_impersonation(uuid, uuid, uuid, text) is
  'Makes a new session of a person one that reads only and ends after 30 minutes. For the backend itself; audited.';
grant execute on function public.record_impersonation(uuid, uuid, uuid, text) to service_role;

create function private.admin_end_impersonation(impersonation_id uuid)
  returns timestamptz
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_impersonation private.impersonations;
begin
  perform private.require_platform_admin('end impersonation');
  update private.impersonations set ended_at = coalesce(impersonations.ended_at, now())
  where impersonations.id = admin_end_impersonation.impersonation_id
  returning * into v_impersonation;
  if not found then
    perform private.raise_error(404, 'impersonation_not_found', 'Cannot end impersonation: no such impersonation');
  end if;
  delete from auth.sessions where sessions.id = v_impersonation.session_id;
  return v_impersonation.ended_at;
end;
$$;
comment on function private.admin_end_impersonation(uuid) is 'Body of public.admin_end_impersonation.';
grant execute on function private.admin_end_impersonation(uuid) to authenticated;

create function public.admin_end_impersonation(impersonation_id uuid)
  returns timestamptz
  language sql volatile set search_path = ''
as $$
  select private.admin_end_impersonation(admin_end_impersonation.impersonation_id)
$$;
comment on function public.admin_end_impersonation(uuid) is $$Ends an impersonation, the own or another admin's, and returns when it ended.

For platform admins with a second factor; audited. Its session ends with it. 404 impersonation_not_found.$$;
grant execute on function public.admin_end_impersonation(uuid) to authenticated;
