-- Definer: writes tables on which clients hold no insert.
create function private.create_organization(name text, kind public.organization_kind)
  returns public.organizations
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_person_id uuid;
begin
  -- Locked, so that a double click cannot found the same organization twice.
  select profiles.id into v_person_id from public.profiles
  where profiles.id = (select private.acting_person_id())
  for no key update;
  if not found then
    perform private.raise_error(403, 'person_required', 'Cannot create organization: no active person is signed in');
  end if;
  if create_organization.kind is null or create_organization.kind = 'personal' then
    perform private.raise_error(422, 'organization_kind_invalid',
      'Cannot create organization: kind must be company, startup or fund', 'The personal one is made at sign-up.');
  end if;
  if char_length(btrim(coalesce(create_organization.name, ''))) not between 1 and 120 then
    perform private.raise_error(422, 'organization_name_invalid',
      'Cannot create organization: the name must have 1 to 120 characters');
  end if;
  if exists (
    select from public.organizations
    where organizations.created_by = v_person_id
      and lower(organizations.name) = lower(btrim(create_organization.name))
      and organizations.kind <> 'personal' and organizations.deleted_at is null
  ) then
    perform private.raise_error(409, 'organization_exists',
      format('Cannot create organization: you already made one named "%s"', btrim(create_organization.name)),
      'Choose another name.');
  end if;
  return private.insert_organization(create_organization.kind, create_organization.name, v_person_id);
end;
$$;
comment on function private.create_organization(text, public.organization_kind) is 'Body of public.create_organization.';
grant execute on function private.create_organization(text, public.organization_kind) to authenticated;

create function public.create_organization(name text, kind public.organization_kind default 'company')
  returns public.organizations
  language sql volatile set search_path = ''
as $$
  select private.create_organization(create_organization.name, create_organization.kind)
$$;
comment on function public.create_organization(text, public.organization_kind) is $$Creates an organization with the caller as its owner and returns it.

Kind is company, startup or fund. The slug is made from the name and can be changed afterwards. A second one of the same
name answers 409 organization_exists.$$;
grant execute on function public.create_organization(text, public.organization_kind) to authenticated;

-- Definer: clients hold no grant on deleted_at.
create function private.delete_organization(organization_id uuid)
  returns public.organizations
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_organization public.organizations;
begin
  select * into v_organization from public.organizations
  where organizations.id = delete_organization.organization_id
  for update;
  if v_organization.deleted_at is not null and private.owns_organization(v_organization.id) then
    return v_organization;
  end if;
  perform private.require_permission(delete_organization.organization_id, 'organization.delete', 'delete organization');
  if v_organization.kind = 'personal' then
    perform private.raise_error(409, 'organization_is_personal',
      'Cannot delete organization: a personal one goes with its person');
  end if;
  perform private.require_recent_verification('delete organization');
  update public.organizations set deleted_at = now()
  where organizations.id = v_organization.id returning * into v_organization;
  return v_organization;
end;
$$;
comment on function private.delete_organization(uuid) is 'Body of public.delete_organization.';
grant execute on function private.delete_organization(uuid) to authenticated;

create function public.delete_organization(organization_id uuid)
  returns public.organizations
  language sql volatile set search_path = ''
as $$
  select private.delete_organization(delete_organization.organization_id)
$$;
comment on function public.delete_organization(uuid) is $$Deletes an organization and returns it; owners who verified a code within the last 10 minutes.

Otherwise it answers 403 verification_required. The organization vanishes for everybody at once and is purged after 30
days, until when an owner can bring it back with restore_organization.$$;
grant execute on function public.delete_organization(uuid) to authenticated;

-- Definer: a deleted organization is invisible to its owners too.
create function private.restore_organization(organization_id uuid)
  returns public.organizations
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_organization public.organizations;
begin
  select * into v_organization from public.organizations
  where organizations.id = restore_organization.organization_id
    and private.owns_organization(organizations.id)
  for update;
  if not found then
    perform private.raise_error(404, 'organization_not_found', 'Cannot restore organization: no such organization');
  end if;
  if v_organization.deleted_at <= now() - private.organization_restore_window() then
    perform private.raise_error(410, 'organization_restore_expired',
      format('Cannot restore organization: it was deleted on %s', v_organization.deleted_at::date));
  end if;
  update public.organizations set deleted_at = null
  where organizations.id = v_organization.id and organizations.deleted_at is not null;
  select * into v_organization from public.organizations where organizations.id = v_organization.id;
  return v_organization;
end;
$$;
comment on function private.restore_organization(uuid) is 'Body of public.restore_organization.';
grant execute on function private.restore_organization(uuid) to authenticated;

create function public.restore_organization(organization_id uuid)
  returns public.organizations
  language sql volatile set search_path = ''
as $$
  select private.restore_organization(restore_organization.organization_id)
$$;
comment on function public.restore_organization(uuid) is
  $$Brings back an organization within 30 days of its deletion and returns it; owners only.

One that is not deleted is returned as it is.$$;
grant execute on function public.restore_organization(uuid) to authenticated;

create type public.organization_access as (
  organization_id uuid,
  role text,
  rank int,
  custom_role_id uuid,
  status public.organization_status,
  permissions text[]
);
comment on type public.organization_access is 'What the caller may do in one organization.';
comment on column public.organization_access.organization_id is 'The organization.';
comment on column public.organization_access.role is 'The caller''s role in it.';
comment on column public.organization_access.rank is 'Rank of that role; roles of a lower rank can be managed.';
comment on column public.organization_access.custom_role_id is
  'The organization''s own role whose permissions the caller has; null for those of the role.';
comment on column public.organization_access.status is 'Whether the organization is active or suspended.';
comment on column public.organization_access.permissions is
  'Permissions the caller has now, with this session or key, in alphabetical order.';

create function public.get_my_access(organization_id uuid)
  returns public.organization_access
  language plpgsql stable set search_path = ''
as $$
declare
  v_access public.organization_access;
begin
  perform private.require_permission(get_my_access.organization_id, 'organization.read', 'read access');
  select memberships.organization_id, memberships.role, roles.rank, memberships.custom_role_id, organizations.status,
    -- Asked one by one of the function that policies ask, so that what a client shows cannot differ from what holds.
    array(
      select permissions.permission
      from public.permissions
      where private.has_permission(memberships.organization_id, permissions.permission)
      order by permissions.permission
    )
  into v_access
  from public.memberships
  join public.organizations on organizations.id = memberships.organization_id
  join public.roles on roles.role = memberships.role
  where memberships.organization_id = get_my_access.organization_id
    and (
      memberships.user_id = (select private.current_person_id())
      or memberships.service_account_id = (select private.current_service_account_id())
    );
  return v_access;
end;
$$;
comment on function public.get_my_access(uuid) is
  'The caller''s role and permissions in an organization, for the route guards of a client.';
grant execute on function public.get_my_access(uuid) to authenticated;
