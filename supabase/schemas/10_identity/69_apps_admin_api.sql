create function private.registered_app(client_id uuid)
  returns public.registered_app
  language sql stable set search_path = ''
as $$
  select
    oauth_clients.id, oauth_clients.client_name, oauth_clients.client_uri, oauth_clients.registration_type::text,
    string_to_array(oauth_clients.redirect_uris, ','), apps.permissions,
    (select count(distinct app_grants.user_id) from private.app_grants where app_grants.client_id = oauth_clients.id)::int,
    oauth_clients.created_at
  from auth.oauth_clients
  left join private.apps on apps.client_id = oauth_clients.id
  where oauth_clients.id = registered_app.client_id and oauth_clients.deleted_at is null
$$;
comment on function private.registered_app(uuid) is 'A client of Auth as platform admins see it; null when there is none.';

-- Definer: clients cannot read what Auth knows of apps; so are all bodies below.
create function private.admin_list_apps()
  returns setof public.registered_app
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('list apps');
  return query
  select app.*
  from auth.oauth_clients
  cross join lateral private.registered_app(oauth_clients.id) as app
  where oauth_clients.deleted_at is null
  order by oauth_clients.created_at desc, oauth_clients.id;
end;
$$;
comment on function private.admin_list_apps() is 'Body of public.admin_list_apps.';
grant execute on function private.admin_list_apps() to authenticated;

create function public.admin_list_apps()
  returns setof public.registered_app
  language sql stable set search_path = ''
as $$
  select * from private.admin_list_apps()
$$;
comment on function public.admin_list_apps() is
  'Clients of Auth''s OAuth 2.1 server, the newest first. For platform admins with a second factor.';
grant execute on function public.admin_list_apps() to authenticated;

create function private.admin_register_app(client_id uuid, permissions text[])
  returns public.registered_app
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_open text[] := private.open_permissions(admin_register_app.permissions);
begin
  perform private.require_platform_admin('register app');
  if (private.registered_app(admin_register_app.client_id)).client_id is null then
    perform private.raise_error(404, 'app_not_found', 'Cannot register app: Auth knows no such client',
      'Make the client with auth.admin.oauth.createClient first.');
  end if;
  if not coalesce(admin_register_app.permissions, '{}') <@ v_open then
    perform private.raise_error(422, 'permission_not_open',
      'Cannot register app: not all of these are permissions that apps may have', 'See permissions.is_open_to_apps.');
  end if;
  insert into private.apps (client_id, permissions) values (admin_register_app.client_id, v_open)
  on conflict on constraint apps_pkey do update set permissions = excluded.permissions;
  perform private.record_audit_event(
    'app_registered', null, 'apps', admin_register_app.client_id::text, jsonb_build_object('permissions', v_open)
  );
  return private.registered_app(admin_register_app.client_id);
end;
$$;
comment on function private.admin_register_app(uuid, text[]) is 'Body of public.admin_register_app.';
grant execute on function private.admin_register_app(uuid, text[]) to authenticated;

create function public.admin_register_app(client_id uuid, permissions text[])
  returns public.registered_app
  language sql volatile set search_path = ''
as $$
  select * from private.admin_register_app(admin_register_app.client_id, admin_register_app.permissions)
$$;
comment on function public.admin_register_app(uuid, text[]) is
  $$Says what a client of Auth may ask people for, instead of what was said before, and returns it.

For platform admins with a second factor; audited. What is left out is out at once for everybody who granted it. Only
permissions with is_open_to_apps: 422 permission_not_open. 404 app_not_found.$$;
grant execute on function public.admin_register_app(uuid, text[]) to authenticated;

create function private.admin_remove_app(client_id uuid)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('remove app');
  delete from private.app_grants where app_grants.client_id = admin_remove_app.client_id;
  delete from private.apps where apps.client_id = admin_remove_app.client_id;
  if not found then
    perform private.raise_error(404, 'app_not_found', 'Cannot remove app: no such app is registered');
  end if;
  perform private.end_app_access(null, admin_remove_app.client_id);
  perform private.record_audit_event('app_removed', null, 'apps', admin_remove_app.client_id::text);
end;
$$;
comment on function private.admin_remove_app(uuid) is 'Body of public.admin_remove_app.';
grant execute on function private.admin_remove_app(uuid) to authenticated;

create function public.admin_remove_app(client_id uuid)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.admin_remove_app(admin_remove_app.client_id)
$$;
comment on function public.admin_remove_app(uuid) is $$Takes everything from an app that anybody granted, and ends all its sessions, from the next request on.

For platform admins with a second factor; audited. Auth still knows the client: auth.admin.oauth.deleteClient deletes it.
404 app_not_found.$$;
grant execute on function public.admin_remove_app(uuid) to authenticated;
