-- Called by private.organizations_with alone, and only for tokens of third-party apps.
create function private.granted_organizations(claims jsonb, person_id uuid, permission text)
  returns setof uuid
  language plpgsql stable parallel safe set search_path = '' rows 10
as $$
begin
  -- Whose session it is not may not even name an app.
  if granted_organizations.person_id is null then
    return;
  end if;
  return query
  select app_grants.organization_id
  from private.app_grants
  join private.apps on apps.client_id = app_grants.client_id
  join public.permissions on permissions.permission = granted_organizations.permission
  join public.organizations on organizations.id = app_grants.organization_id
  where app_grants.user_id = granted_organizations.person_id
    and app_grants.client_id = (granted_organizations.claims ->> 'client_id')::uuid
    and permissions.is_open_to_apps
    and granted_organizations.permission = any (app_grants.permissions)
    and granted_organizations.permission = any (apps.permissions)
    and (
      app_grants.has_second_factor or not organizations.is_second_factor_required
      or permissions.is_kept_without_second_factor
    )
    and exists (
      select from auth.oauth_clients
      where oauth_clients.id = app_grants.client_id and oauth_clients.deleted_at is null
    );
end;
$$;

comment on function private.granted_organizations(jsonb, uuid, text) is $$Organizations in which a person lets an app use a permission.

From the tables and not from the token, which lives 24 hours: what is taken back is gone with the next statement.$$;
