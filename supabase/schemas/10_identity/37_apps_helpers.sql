create function private.open_permissions(permissions text[])
  returns text[]
  language sql stable set search_path = ''
as $$
  select coalesce(array_agg(known.permission order by known.permission), '{}')
  from public.permissions as known
  where known.permission = any (open_permissions.permissions) and known.is_open_to_apps
$$;
comment on function private.open_permissions(text[]) is 'Of these permissions the ones that apps may have, sorted, each once.';

create function private.requested_permissions(client_id uuid)
  returns text[]
  language sql stable set search_path = ''
as $$
  select private.open_permissions(apps.permissions)
  from private.apps
  join auth.oauth_clients on oauth_clients.id = apps.client_id and oauth_clients.deleted_at is null
  where apps.client_id = requested_permissions.client_id
$$;
comment on function private.requested_permissions(uuid) is
  'What an app may ask people for; null for one that is not registered or was deleted.';

-- What of the account an app is told follows from the scopes of Auth; the rest of a token is for the person's own clients.
create function private.app_token_claims(claims jsonb)
  returns jsonb
  language plpgsql volatile set search_path = ''
as $$
declare
  v_scopes text[] := string_to_array(coalesce(app_token_claims.claims ->> 'scope', ''), ' ');
  v_granted text[];
begin
  select array_agg(distinct permission order by permission) into v_granted
  from private.app_grants
  cross join lateral unnest(app_grants.permissions) as permission
  where app_grants.user_id = (app_token_claims.claims ->> 'sub')::uuid
    and app_grants.client_id = (app_token_claims.claims ->> 'client_id')::uuid
    and permission = any (private.requested_permissions(app_grants.client_id));
  return app_token_claims.claims || jsonb_build_object(
    'scope', array_to_string(v_scopes || v_granted, ' '),
    -- Auth lets the bearer of a live session change password, address and factors. It finds none by this id, and the
    -- database, which asks for an app's session by the other name, does.
    'session_id', gen_random_uuid(), 'app_session_id', app_token_claims.claims -> 'session_id',
    'email', case when 'email' = any (v_scopes) then app_token_claims.claims ->> 'email' else '' end,
    'phone', case when 'phone' = any (v_scopes) then app_token_claims.claims ->> 'phone' else '' end,
    'user_metadata', case when 'profile' = any (v_scopes) then app_token_claims.claims -> 'user_metadata' else '{}' end,
    'app_metadata', '{}'::jsonb
  );
end;
$$;
comment on function private.app_token_claims(jsonb) is $$The claims of a token that goes to a third-party app.

Its scope also lists what the person granted, for the app to know; the rules read the tables. Without the hook that calls
this, private.identify_caller knows no session of an app, and apps reach nothing.$$;

create function private.end_app_access(user_id uuid, client_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  delete from auth.sessions
  where sessions.oauth_client_id = end_app_access.client_id
    and (end_app_access.user_id is null or sessions.user_id = end_app_access.user_id);
  -- Or Auth would let the app in again without a question.
  update auth.oauth_consents set revoked_at = now()
  where oauth_consents.client_id = end_app_access.client_id and oauth_consents.revoked_at is null
    and (end_app_access.user_id is null or oauth_consents.user_id = end_app_access.user_id);
end;
$$;
comment on function private.end_app_access(uuid, uuid) is
  'Ends what an app opened in Auth for a person, or for everybody where none is named.';

create function private.changes_something(permission text)
  returns boolean
  language sql immutable set search_path = ''
as $$
  select split_part(changes_something.permission, '.', 2) <> 'read'
$$;
comment on function private.changes_something(text) is 'Whether a permission allows more than looking: its verb is not "read".';

create function private.connected_app(user_id uuid, client_id uuid)
  returns public.connected_app
  language sql stable set search_path = ''
as $$
  select
    oauth_clients.id, oauth_clients.client_name, oauth_clients.client_uri, oauth_clients.logo_uri,
    coalesce(granted.organization_ids, '{}'), coalesce(granted.permissions, '{}'),
    least(granted.connected_at, oauth_consents.granted_at), (
      select max(coalesce(sessions.refreshed_at at time zone 'UTC', sessions.created_at))
      from auth.sessions
      where sessions.user_id = connected_app.user_id and sessions.oauth_client_id = connected_app.client_id
    )
  from auth.oauth_clients
  left join auth.oauth_consents on oauth_consents.client_id = oauth_clients.id
    and oauth_consents.user_id = connected_app.user_id and oauth_consents.revoked_at is null
  cross join lateral (
    select array_agg(app_grants.organization_id order by app_grants.organization_id) as organization_ids,
      -- The same in each organization, because grant_app writes all at once.
      private.open_permissions(min(app_grants.permissions)) as permissions, min(app_grants.created_at) as connected_at
    from private.app_grants
    where app_grants.user_id = connected_app.user_id and app_grants.client_id = connected_app.client_id
  ) as granted
  where oauth_clients.id = connected_app.client_id and oauth_clients.deleted_at is null
$$;
comment on function private.connected_app(uuid, uuid) is 'An app as the person sees it who connected it; null when Auth knows it no more.';
