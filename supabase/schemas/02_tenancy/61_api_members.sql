-- The members of an organization change one after the other: everything below is decided under this lock.
create function private.lock_members(organization_id uuid)
  returns public.organizations
  language plpgsql volatile set search_path = ''
as $$
declare
  v_organization public.organizations;
begin
  select * into v_organization from public.organizations
  where organizations.id = lock_members.organization_id
  for no key update;
  return v_organization;
end;
$$;
comment on function private.lock_members(uuid) is
  'Locks an organization against other changes of its members and returns it; null when there is none.';

create function private.lock_membership(membership_id uuid, action text)
  returns public.memberships
  language plpgsql volatile set search_path = ''
as $$
declare
  v_membership public.memberships;
begin
  select * into v_membership from public.memberships where memberships.id = lock_membership.membership_id;
  -- Read again after the wait: somebody may just have changed or removed it.
  perform private.lock_members(v_membership.organization_id);
  select * into v_membership from public.memberships
  where memberships.id = lock_membership.membership_id
    and (
      memberships.user_id = (select private.current_person_id())
      or private.has_permission(memberships.organization_id, 'members.read')
    )
  for update;
  if not found then
    perform private.raise_error(404, 'member_not_found', format('Cannot %s: no such member', lock_membership.action));
  end if;
  return v_membership;
end;
$$;
comment on function private.lock_membership(uuid, text) is
  'Locks a membership that the caller may see, after its organization, and returns it as it is then; otherwise 404.';

create function private.require_manageable_role(organization_id uuid, role text, action text)
  returns void
  language plpgsql stable set search_path = ''
as $$
begin
  if not exists (select from public.roles where roles.role = require_manageable_role.role and not roles.is_outsider) then
    perform private.raise_error(422, 'role_unknown',
      format('Cannot %s: members cannot have role "%s"', require_manageable_role.action, require_manageable_role.role),
      'Roles are listed in table roles; those of outsiders are given otherwise.');
  end if;
  if not private.can_manage_role(require_manageable_role.organization_id, require_manageable_role.role) then
    perform private.raise_error(403, 'role_too_high',
      format('Cannot %s: role "%s" is not below yours', require_manageable_role.action, require_manageable_role.role),
      'Ask somebody of a higher rank.');
  end if;
end;
$$;
comment on function private.require_manageable_role(uuid, text, text) is
  'Guard of member RPCs: the role must be a member''s (422) and the rank rule must allow the caller to deal with it (403).';

-- Whoever gives permissions must have them: otherwise a custom role were a way around the rank rule.
create function private.require_own_permissions(organization_id uuid, permissions text[], action text)
  returns void
  language plpgsql stable set search_path = ''
as $$
declare
  v_permission text;
begin
  select wanted into v_permission from unnest(require_own_permissions.permissions) as wanted
  where not exists (select from public.permissions where permissions.permission = wanted)
  limit 1;
  if found then
    perform private.raise_error(422, 'permission_unknown',
      format('Cannot %s: there is no permission "%s"', require_own_permissions.action, v_permission),
      'Permissions are listed in table permissions.');
  end if;
  select wanted into v_permission from unnest(require_own_permissions.permissions) as wanted
  where not private.has_permission(require_own_permissions.organization_id, wanted)
  limit 1;
  if found then
    perform private.raise_error(403, 'permission_too_high',
      format('Cannot %s: you do not have permission "%s" yourself', require_own_permissions.action, v_permission),
      'Ask an owner.');
  end if;
end;
$$;
comment on function private.require_own_permissions(uuid, text[], text) is
  'Guard of RPCs that give permissions: each must exist (422) and the caller must have it in the organization (403).';

create function private.require_manageable_custom_role(
  organization_id uuid, custom_role_id uuid, role text, action text
)
  returns void
  language plpgsql stable set search_path = ''
as $$
declare
  v_custom public.custom_roles;
begin
  select * into v_custom from public.custom_roles
  where custom_roles.id = require_manageable_custom_role.custom_role_id
    and custom_roles.organization_id = require_manageable_custom_role.organization_id;
  if not found then
    perform private.raise_error(404, 'custom_role_not_found',
      format('Cannot %s: the organization has no such role of its own', require_manageable_custom_role.action));
  end if;
  if v_custom.base_role <> require_manageable_custom_role.role then
    perform private.raise_error(422, 'custom_role_mismatch',
      format('Cannot %s: role "%s" goes with "%s"', require_manageable_custom_role.action, v_custom.name,
        v_custom.base_role));
  end if;
  perform private.require_own_permissions(
    v_custom.organization_id,
    array(
      select custom_role_permissions.permission from public.custom_role_permissions
      where custom_role_permissions.custom_role_id = v_custom.id
    ),
    require_manageable_custom_role.action
  );
end;
$$;
comment on function private.require_manageable_custom_role(uuid, uuid, text, text) is
  'Guard: the custom role is the organization''s, goes with the role, and gives nothing that the caller does not have.';

-- The one place where people join an organization that is there; the caller checked rights and holds lock_members.
create function private.insert_member(
  organization_id uuid, user_id uuid, role text, custom_role_id uuid, action text
)
  returns public.memberships
  language plpgsql volatile set search_path = ''
as $$
declare
  v_membership public.memberships;
begin
  if (
    select count(*) from public.memberships
    where memberships.organization_id = insert_member.organization_id and memberships.user_id is not null
  ) >= private.entitlement(insert_member.organization_id, 'members')
  then
    perform private.raise_error(409, 'member_limit_reached',
      format('Cannot %s: the limit of %s members is reached', insert_member.action,
        private.entitlement(insert_member.organization_id, 'members')),
      'Remove somebody, or choose a plan with more seats.');
  end if;
  insert into public.memberships (organization_id, user_id, role, custom_role_id)
  values (insert_member.organization_id, insert_member.user_id, insert_member.role, insert_member.custom_role_id)
  returning * into v_membership;
  return v_membership;
end;
$$;
comment on function private.insert_member(uuid, uuid, text, uuid, text) is
  'Makes a person a member if there is a seat; add_member and accept_invitation go through it.';

-- Definer: clients hold no insert on memberships.
create function private.add_member(organization_id uuid, user_id uuid, role text)
  returns public.memberships
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_organization public.organizations := private.lock_members(add_member.organization_id);
  v_membership public.memberships;
begin
  perform private.require_permission(add_member.organization_id, 'members.manage', 'add member');
  perform private.require_manageable_role(v_organization.id, add_member.role, 'add member');
  select * into v_membership from public.memberships
  where memberships.organization_id = v_organization.id and memberships.user_id = add_member.user_id;
  if found then
    if v_membership.role = add_member.role then
      return v_membership;
    end if;
    perform private.raise_error(409, 'member_exists',
      format('Cannot add member: the person already belongs to the organization as "%s"', v_membership.role),
      'Use change_member_role.');
  end if;
  if not exists (select from public.profiles where profiles.id = add_member.user_id) then
    perform private.raise_error(404, 'person_not_found', 'Cannot add member: no such person');
  end if;
  return private.insert_member(v_organization.id, add_member.user_id, add_member.role, null, 'add member');
end;
$$;
comment on function private.add_member(uuid, uuid, text) is 'Body of public.add_member.';
grant execute on function private.add_member(uuid, uuid, text) to authenticated;

create function public.add_member(organization_id uuid, user_id uuid, role text default 'member')
  returns public.memberships
  language sql volatile set search_path = ''
as $$
  select private.add_member(add_member.organization_id, add_member.user_id, add_member.role)
$$;
comment on function public.add_member(uuid, uuid, text) is $$Adds a registered person to an organization and returns the membership.

Needs members.manage and a role below the own one (owners may give any). The same call again returns the same
membership; another role for a member answers 409 member_exists.$$;
grant execute on function public.add_member(uuid, uuid, text) to authenticated;

-- Definer: clients hold no update on memberships.
create function private.change_member_role(membership_id uuid, role text, custom_role_id uuid)
  returns public.memberships
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_membership public.memberships := private.lock_membership(change_member_role.membership_id, 'change role');
begin
  perform private.require_permission(v_membership.organization_id, 'members.manage', 'change role');
  perform private.require_manageable_role(v_membership.organization_id, v_membership.role, 'change role');
  perform private.require_manageable_role(v_membership.organization_id, change_member_role.role, 'change role');
  if change_member_role.custom_role_id is not null then
    perform private.require_manageable_custom_role(
      v_membership.organization_id, change_member_role.custom_role_id, change_member_role.role, 'change role'
    );
  end if;
  if (v_membership.role, v_membership.custom_role_id)
    is not distinct from (change_member_role.role, change_member_role.custom_role_id)
  then
    return v_membership;
  end if;
  update public.memberships
  set role = change_member_role.role, custom_role_id = change_member_role.custom_role_id
  where memberships.id = v_membership.id
  returning * into v_membership;
  return v_membership;
end;
$$;
comment on function private.change_member_role(uuid, text, uuid) is 'Body of public.change_member_role.';
grant execute on function private.change_member_role(uuid, text, uuid) to authenticated;

create function public.change_member_role(membership_id uuid, role text, custom_role_id uuid default null)
  returns public.memberships
  language sql volatile set search_path = ''
as $$
  select private.change_member_role(
    change_member_role.membership_id, change_member_role.role, change_member_role.custom_role_id
  )
$$;
comment on function public.change_member_role(uuid, text, uuid) is $$Gives a member another role and returns the membership.

A role of the organization's own is named with custom_role_id beside its base role.

Needs members.manage; both the old and the new role must be below the own one, except for owners. The last owner keeps
the role: 409 last_owner.$$;
grant execute on function public.change_member_role(uuid, text, uuid) to authenticated;

-- Definer: clients hold no delete on memberships.
create function private.remove_member(membership_id uuid)
  returns public.memberships
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_membership public.memberships := private.lock_membership(remove_member.membership_id, 'remove member');
begin
  -- Everybody may leave.
  if v_membership.user_id is distinct from (select private.acting_person_id()) then
    perform private.require_permission(v_membership.organization_id, 'members.manage', 'remove member');
    perform private.require_manageable_role(v_membership.organization_id, v_membership.role, 'remove member');
  end if;
  delete from public.memberships where memberships.id = v_membership.id;
  return v_membership;
end;
$$;
comment on function private.remove_member(uuid) is 'Body of public.remove_member.';
grant execute on function private.remove_member(uuid) to authenticated;

create function public.remove_member(membership_id uuid)
  returns public.memberships
  language sql volatile set search_path = ''
as $$
  select private.remove_member(remove_member.membership_id)
$$;
comment on function public.remove_member(uuid) is $$Takes a member out of an organization and returns the membership as it was.

Everybody may leave with the own membership; for others it needs members.manage and a role below the own one, except for
owners. The last owner cannot go: 409 last_owner. A second call answers 404 member_not_found.$$;
grant execute on function public.remove_member(uuid) to authenticated;
