-- Definer: clients cannot read auth.users. The only place that asks Auth who is calling. In plpgsql, as everything that
-- policies call: it keeps its plan for the session, where a SQL function is planned anew in each statement. One function
-- with one statement for all that is asked of a caller, because each further one costs more than what it looks up.
create function private.identify_caller(
  claims jsonb, out person_id uuid, out service_account_id uuid, out is_impersonated boolean
)
  language plpgsql stable security definer parallel safe set search_path = ''
as $$
declare
  v_session_id uuid;
  v_ends_at timestamptz;
begin
  is_impersonated := false;
  -- The REST face and Auth alone write claims of the first level.
  if identify_caller.claims ? 'service_account_id' then
    select service_accounts.id into service_account_id
    from public.service_accounts
    where service_accounts.id = (identify_caller.claims ->> 'service_account_id')::uuid
      and service_accounts.disabled_at is null;
    return;
  end if;
  -- Tokens of third-party apps and of impersonations name their session otherwise, so that Auth does not find it:
  -- docs/domains/identity/third-party-apps.md and admin.md say why.
  v_session_id := identify_caller.claims ->> case
    when identify_caller.claims ? 'client_id' then 'app_session_id'
    when identify_caller.claims ? 'impersonated_session_id' then 'impersonated_session_id'
    else 'session_id'
  end;
  select users.id, impersonations.id is not null, coalesce(impersonations.ended_at, impersonations.expires_at)
  into person_id, is_impersonated, v_ends_at
  from auth.users
  left join auth.sessions on sessions.id = v_session_id and sessions.user_id = users.id
  left join private.impersonations on impersonations.session_id = v_session_id
  left join private.person_approvals on person_approvals.user_id = users.id
  where users.id = (identify_caller.claims ->> 'sub')::uuid
    and users.deleted_at is null
    and (users.banned_until is null or users.banned_until <= now())
    and (v_session_id is null or sessions.id is not null)
    -- A session is its app's and nobody else's, and an app has none but its own.
    and sessions.oauth_client_id::text is not distinct from identify_caller.claims ->> 'client_id'
    and (person_approvals.user_id is null or person_approvals.approved_at is not null);
  is_impersonated := coalesce(is_impersonated, false);
  if v_ends_at <= now() then
    person_id := null;
  end if;
end;
$$;

comment on function private.identify_caller(jsonb) is $$Who the claims of a token stand for, now.

A person, or a service account, or neither: for nobody, somebody banned, deleted or not yet approved, a session
that was ended, an impersonation that is over, and a disabled account. For a third-party app the person who let it in.$$;

-- Definer: as private.identify_caller.
create function private.current_person_id()
  returns uuid
  language plpgsql stable security definer parallel safe set search_path = ''
as $$
declare
  v_claims jsonb := auth.jwt();
begin
  -- An app acts in organizations, as far as it was let. What is a person's own is none of its business.
  if v_claims ? 'client_id' then
    return null;
  end if;
  return (private.identify_caller(v_claims)).person_id;
end;
$$;

comment on function private.current_person_id() is $$The person who is calling; null for nobody, a banned, deleted or not yet approved person, and when the session was ended.

Null for third-party apps too, which have what private.organizations_with gives them and nothing of the person's own.

Tokens live 24 hours, so policies ask this instead of auth.uid(): a ban and a sign-out count from the next statement on.
Write it as (select private.current_person_id()), which runs once for each statement.$$;
grant execute on function private.current_person_id() to authenticated;

-- Definer: clients cannot read impersonations.
create function private.is_impersonated()
  returns boolean
  language plpgsql stable security definer parallel safe set search_path = ''
as $$
declare
  v_session_id uuid := private.current_session_id();
begin
  return v_session_id is not null
    and exists (select from private.impersonations where impersonations.session_id = v_session_id);
end;
$$;

comment on function private.is_impersonated() is
  'Whether this session is a platform admin''s who sees the product as somebody else and may change nothing.';
grant execute on function private.is_impersonated() to authenticated;

-- Definer: as private.identify_caller.
create function private.acting_person_id()
  returns uuid
  language plpgsql stable security definer parallel safe set search_path = ''
as $$
declare
  v_claims jsonb := auth.jwt();
  v_caller record;
begin
  if v_claims ? 'client_id' then
    return null;
  end if;
  v_caller := private.identify_caller(v_claims);
  return case when not v_caller.is_impersonated then v_caller.person_id end;
end;
$$;

comment on function private.acting_person_id() is $$The person who is calling and may change what is their own.

Null where private.current_person_id() is, while impersonated and for third-party apps. What policies for insert, update
and delete ask.$$;
grant execute on function private.acting_person_id() to authenticated;

-- Definer: as private.identify_caller.
create function private.current_service_account_id()
  returns uuid
  language plpgsql stable security definer parallel safe set search_path = ''
as $$
begin
  return (private.identify_caller(auth.jwt())).service_account_id;
end;
$$;

comment on function private.current_service_account_id() is
  'The service account that is calling through the REST face; null for people and for a disabled account.';
grant execute on function private.current_service_account_id() to authenticated;

-- Definer: as private.identify_caller.
create function private.is_known_caller()
  returns boolean
  language plpgsql stable security definer parallel safe set search_path = ''
as $$
declare
  v_caller record := private.identify_caller(auth.jwt());
begin
  return v_caller.person_id is not null or v_caller.service_account_id is not null;
end;
$$;

comment on function private.is_known_caller() is 'Whether a person or a service account is calling; for lists that all of them may read.';
grant execute on function private.is_known_caller() to authenticated;

create function private.is_in_scope(claims jsonb, is_impersonated boolean, permission text)
  returns boolean
  language plpgsql immutable parallel safe set search_path = ''
as $$
begin
  return case
    -- Keys of service accounts list permissions.
    when is_in_scope.claims ? 'service_account_id' then
      coalesce(is_in_scope.claims -> 'scopes' ? is_in_scope.permission, false)
    when is_in_scope.claims ? 'client_id' then false
    -- An impersonating admin reads.
    when is_in_scope.is_impersonated then split_part(is_in_scope.permission, '.', 2) = 'read'
    else true
  end;
end;
$$;

comment on function private.is_in_scope(jsonb, boolean, text) is $$Whether a credential may use a permission at all.

API keys have the permissions that they were given, impersonated sessions those whose verb is "read", and everybody else
all of theirs. Third-party apps none by their token: private.granted_organizations says what they were let.$$;

create function private.is_in_scope(permission text)
  returns boolean
  language plpgsql stable parallel safe set search_path = ''
as $$
begin
  return private.is_in_scope(auth.jwt(), private.is_impersonated(), is_in_scope.permission);
end;
$$;

comment on function private.is_in_scope(text) is 'Whether the caller''s credential may use a permission at all.';
grant execute on function private.is_in_scope(text) to authenticated;
grant execute on function private.is_in_scope(jsonb, boolean, text) to authenticated;
