-- Called by private.organizations_with alone, and only where a token says that its bearer runs the platform.
create function private.supported_organizations(admin_id uuid, permission text)
  returns setof uuid
  language plpgsql stable parallel safe set search_path = '' rows 10
as $$
begin
  -- The token lives 24 hours, the right may not: the account decides.
  if split_part(supported_organizations.permission, '.', 2) <> 'read' or not exists (
    select from auth.users
    where users.id = supported_organizations.admin_id and users.raw_app_meta_data @> '{"platform_admin": true}'
  ) then
    return;
  end if;
  if exists (
    select from private.support_accesses
    where support_accesses.admin_id = supported_organizations.admin_id and support_accesses.organization_id is null
      and support_accesses.ended_at is null and support_accesses.expires_at > now()
  ) then
    return query select organizations.id from public.organizations;
    return;
  end if;
  return query
  select distinct support_accesses.organization_id from private.support_accesses
  where support_accesses.admin_id = supported_organizations.admin_id
    and support_accesses.ended_at is null and support_accesses.expires_at > now();
end;
$$;

comment on function private.supported_organizations(uuid, text) is $$Organizations whose rows a platform admin may read now, as the open rows of private.support_accesses say.

Suspended and deleted ones too. Nothing for a permission whose verb is not "read".$$;
