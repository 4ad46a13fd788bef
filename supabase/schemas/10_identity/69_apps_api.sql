-- Definer: reads what Auth knows of the app, and memberships past their policies.
create function private.get_app_request(client_id uuid)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.acting_person_id();
  v_requested text[];
begin
  if v_person_id is null then
    perform private.raise_error(403, 'person_required', 'Cannot read app: no active person is signed in');
  end if;
  v_requested := coalesce(private.requested_permissions(get_app_request.client_id), '{}');
  return jsonb_build_object(
    'permissions', (
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'permission', permissions.permission, 'description', permissions.description,
            'needs_verification', private.changes_something(permissions.permission)
          )
          order by permissions.permission
        ),
        '[]'
      )
      from public.permissions where permissions.permission = any (v_requested)
    ),
    'organizations', (
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'organization_id', organizations.id, 'name', organizations.name, 'kind', organizations.kind,
            'granted', coalesce(app_grants.permissions, '{}')
          )
          order by organizations.kind <> 'personal', organizations.name, organizations.id
        ),
        '[]'
      )
      from public.memberships
      join public.organizations on organizations.id = memberships.organization_id
      left join private.app_grants on app_grants.user_id = memberships.user_id
        and app_grants.organization_id = memberships.organization_id and app_grants.client_id = get_app_request.client_id
      where memberships.user_id = v_person_id and cardinality(v_requested) > 0
        and organizations.id in (select private.organizations_with('organization.read'))
    )
  );
end;
$$;
comment on function private.get_app_request(uuid) is 'Body of public.get_app_request.';
grant execute on function private.get_app_request(uuid) to authenticated;

create function public.get_app_request(client_id uuid)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_app_request(get_app_request.client_id)
$$;
comment on function public.get_app_request(uuid) is $$What a page shows that asks the caller whether an app may act for them.

{"permissions": [{"permission", "description", "needs_verification"}], "organizations": [{"organization_id",
"name", "kind", "granted": []}]}. Both lists are empty for an app that signs people in and asks for nothing. Name, logo and
where the browser goes come from Auth: getAuthorizationDetails of supabase-js.$$;
grant execute on function public.get_app_request(uuid) to authenticated;

-- Definer: clients hold no grant on what apps may do.
create function private.grant_app(client_id uuid, organization_ids uuid[], permissions text[])
  returns public.connected_app
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_person_id uuid;
  v_requested text[];
  v_organizations uuid[] := coalesce(grant_app.organization_ids, '{}');
  v_permissions text[] := private.open_permissions(grant_app.permissions);
  v_organization uuid;
  v_has_second_factor boolean := coalesce(auth.jwt() ->> 'aal' = 'aal2', false);
begin
  -- Locked, so that two answers of one person come one after the other.
  select profiles.id into v_person_id from public.profiles
  where profiles.id = (select private.acting_person_id())
  for no key update;
  if not found then
    perform private.raise_error(403, 'person_required', 'Cannot connect app: no active person is signed in');
  end if;
  v_requested := private.requested_permissions(grant_app.client_id);
  if v_requested is null then
    perform private.raise_error(404, 'app_not_found', 'Cannot connect app: no such app');
  end if;
  if cardinality(v_organizations) = 0 or coalesce(cardinality(grant_app.permissions), 0) = 0 then
    perform private.raise_error(422, 'app_grant_empty', 'Cannot connect app: no organization or no permission is named',
      'To take back what the app may do, disconnect it.');
  end if;
  if not grant_app.permissions <@ v_requested then
    perform private.raise_error(422, 'permission_not_requested',
      'Cannot connect app: it does not ask for all of these permissions', 'Give permissions of get_app_request.');
  end if;
  foreach v_organization in array v_organizations loop
    perform private.require_permission(v_organization, 'organization.read', 'connect app');
    if not exists (
      select from public.memberships
      where memberships.organization_id = v_organization and memberships.user_id = v_person_id
    ) then
      perform private.raise_error(404, 'organization_not_found', 'Cannot connect app: no such organization');
    end if;
  end loop;
  if not v_has_second_factor and exists (
    select from public.organizations
    where organizations.id = any (v_organizations) and organizations.is_second_factor_required
  ) then
    perform private.raise_error(403, 'second_factor_required', 'Cannot connect app: this session has no second factor',
      'Sign in with the second factor and try again.');
  end if;
  if exists (select from unnest(v_permissions) as permission where private.changes_something(permission)) then
    perform private.require_recent_verification('connect app');
  end if;
  delete from private.app_grants
  where app_grants.user_id = v_person_id and app_grants.client_id = grant_app.client_id
    and app_grants.organization_id <> all (v_organizations);
  insert into private.app_grants as known (user_id, client_id, organization_id, permissions, has_second_factor)
  select distinct v_person_id, grant_app.client_id, organization_id, v_permissions, v_has_second_factor
  from unnest(v_organizations) as organization_id
  on conflict on constraint app_grants_pkey do update
  set permissions = excluded.permissions, has_second_factor = excluded.has_second_factor;
  perform private.tell_of_security(
    v_person_id, 'app_connected', (
      select jsonb_build_object('app', coalesce(oauth_clients.client_name, '–'))
      from auth.oauth_clients where oauth_clients.id = grant_app.client_id
    )
  );
  return private.connected_app(v_person_id, grant_app.client_id);
end;
$$;
comment on function private.grant_app(uuid, uuid[], text[]) is 'Body of public.grant_app.';
grant execute on function private.grant_app(uuid, uuid[], text[]) to authenticated;

create function public.grant_app(client_id uuid, organization_ids uuid[], permissions text[])
  returns public.connected_app
  language sql volatile set search_path = ''
as $$
  select * from private.grant_app(grant_app.client_id, grant_app.organization_ids, grant_app.permissions)
$$;
comment on function public.grant_app(uuid, uuid[], text[]) is $$Lets an app use permissions in organizations of the caller, and in no others, and returns what it now may.

Called before approveAuthorization of Auth, and again for another choice, which counts at once. The app never does more than
the caller may there. Permissions that change something need a code verified in the last 10 minutes: 403
verification_required. 404 app_not_found, 422 permission_not_requested, app_grant_empty.$$;
grant execute on function public.grant_app(uuid, uuid[], text[]) to authenticated;

-- Definer: as private.get_app_request.
create function private.list_my_apps()
  returns setof public.connected_app
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.current_person_id();
begin
  return query
  select app.*
  from (
    select oauth_consents.client_id from auth.oauth_consents
    where oauth_consents.user_id = v_person_id and oauth_consents.revoked_at is null
    union
    select app_grants.client_id from private.app_grants where app_grants.user_id = v_person_id
  ) as known
  cross join lateral private.connected_app(v_person_id, known.client_id) as app
  order by app.name, app.client_id;
end;
$$;
comment on function private.list_my_apps() is 'Body of public.list_my_apps.';
grant execute on function private.list_my_apps() to authenticated;

create function public.list_my_apps()
  returns setof public.connected_app
  language sql stable set search_path = ''
as $$
  select * from private.list_my_apps()
$$;
comment on function public.list_my_apps() is 'Apps that the caller signs in to with this account, and what each may do for them.';
grant execute on function public.list_my_apps() to authenticated;

-- Definer: deletes rows of Auth, as private.end_session.
create function private.disconnect_app(client_id uuid)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.acting_person_id();
begin
  if v_person_id is null then
    perform private.raise_error(403, 'person_required', 'Cannot disconnect app: no active person is signed in');
  end if;
  if not exists (
    select from private.app_grants
    where app_grants.user_id = v_person_id and app_grants.client_id = disconnect_app.client_id
    union all
    select from auth.oauth_consents
    where oauth_consents.user_id = v_person_id and oauth_consents.client_id = disconnect_app.client_id
      and oauth_consents.revoked_at is null
  ) then
    perform private.raise_error(404, 'app_not_found', 'Cannot disconnect app: no such app is connected');
  end if;
  delete from private.app_grants
  where app_grants.user_id = v_person_id and app_grants.client_id = disconnect_app.client_id;
  perform private.end_app_access(v_person_id, disconnect_app.client_id);
end;
$$;
comment on function private.disconnect_app(uuid) is 'Body of public.disconnect_app.';
grant execute on function private.disconnect_app(uuid) to authenticated;

create function public.disconnect_app(client_id uuid)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.disconnect_app(disconnect_app.client_id)
$$;
comment on function public.disconnect_app(uuid) is $$Takes back everything that an app may do for the caller, and ends its sessions.

Its tokens are of no use from the next request on, and Auth asks again before it lets the app in. 404 app_not_found.$$;
grant execute on function public.disconnect_app(uuid) to authenticated;

-- Definer: what others granted is not for clients to read.
create function private.list_organization_apps(organization_id uuid)
  returns setof public.organization_app
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission(list_organization_apps.organization_id, 'api_keys.read', 'list apps');
  return query
  select app_grants.client_id, max(oauth_clients.client_name), count(distinct app_grants.user_id)::int,
    array_agg(distinct permission order by permission), min(app_grants.created_at)
  from private.app_grants
  cross join lateral unnest(app_grants.permissions) as permission
  left join auth.oauth_clients on oauth_clients.id = app_grants.client_id
  where app_grants.organization_id = list_organization_apps.organization_id
  group by app_grants.client_id
  order by 2, 1;
end;
$$;
comment on function private.list_organization_apps(uuid) is 'Body of public.list_organization_apps.';
grant execute on function private.list_organization_apps(uuid) to authenticated;

create function public.list_organization_apps(organization_id uuid)
  returns setof public.organization_app
  language sql stable set search_path = ''
as $$
  select * from private.list_organization_apps(list_organization_apps.organization_id)
$$;
comment on function public.list_organization_apps(uuid) is
  'Apps that members let act in an organization. Needs api_keys.read, as the list of its own programs does.';
grant execute on function public.list_organization_apps(uuid) to authenticated;

-- Definer: as private.grant_app.
create function private.disconnect_organization_app(organization_id uuid, client_id uuid)
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_count int;
begin
  perform private.require_permission(disconnect_organization_app.organization_id, 'api_keys.manage', 'disconnect app');
  delete from private.app_grants
  where app_grants.organization_id = disconnect_organization_app.organization_id
    and app_grants.client_id = disconnect_organization_app.client_id;
  get diagnostics v_count = row_count;
  if v_count = 0 then
    perform private.raise_error(404, 'app_not_found', 'Cannot disconnect app: no such app is connected');
  end if;
  return v_count;
end;
$$;
comment on function private.disconnect_organization_app(uuid, uuid) is 'Body of public.disconnect_organization_app.';
grant execute on function private.disconnect_organization_app(uuid, uuid) to authenticated;

create function public.disconnect_organization_app(organization_id uuid, client_id uuid)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.disconnect_organization_app(
    disconnect_organization_app.organization_id, disconnect_organization_app.client_id
  )
$$;
comment on function public.disconnect_organization_app(uuid, uuid) is
  $$Takes an app out of an organization for all its members, and returns for how many it acted there.

Needs api_keys.manage. What it may do elsewhere stays. 404 app_not_found.$$;
grant execute on function public.disconnect_organization_app(uuid, uuid) to authenticated;
