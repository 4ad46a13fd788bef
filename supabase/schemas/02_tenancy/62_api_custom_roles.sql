-- Definer: clients hold no grant to write custom roles.
create function private.save_custom_role(
  organization_id uuid, custom_role_id uuid, name text, base_role text, permissions text[], description text
)
  returns public.custom_roles
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_role public.custom_roles;
begin
  perform private.lock_members(save_custom_role.organization_id);
  perform private.require_permission(save_custom_role.organization_id, 'roles.manage', 'save role');
  if save_custom_role.custom_role_id is not null then
    select * into v_role from public.custom_roles
    where custom_roles.id = save_custom_role.custom_role_id
      and custom_roles.organization_id = save_custom_role.organization_id
    for update;
    if not found then
      perform private.raise_error(404, 'custom_role_not_found', 'Cannot save role: no such role');
    end if;
  end if;
  perform private.require_manageable_role(
    save_custom_role.organization_id, coalesce(v_role.base_role, save_custom_role.base_role), 'save role'
  );
  perform private.require_own_permissions(save_custom_role.organization_id, save_custom_role.permissions, 'save role');
  if char_length(btrim(coalesce(save_custom_role.name, ''))) not between 1 and 60 then
    perform private.raise_error(422, 'custom_role_name_invalid', 'Cannot save role: the name must have 1 to 60 characters');
  end if;
  if v_role.id is null then
    insert into public.custom_roles (organization_id, name, base_role, description)
    values (
      save_custom_role.organization_id, btrim(save_custom_role.name), save_custom_role.base_role,
      coalesce(save_custom_role.description, '')
    )
    returning * into v_role;
  else
    update public.custom_roles
    set name = btrim(save_custom_role.name), description = coalesce(save_custom_role.description, '')
    where custom_roles.id = v_role.id
    returning * into v_role;
    delete from public.custom_role_permissions
    where custom_role_permissions.custom_role_id = v_role.id
      and custom_role_permissions.permission <> all (save_custom_role.permissions);
  end if;
  insert into public.custom_role_permissions (custom_role_id, organization_id, permission)
  select distinct v_role.id, v_role.organization_id, wanted from unnest(save_custom_role.permissions) as wanted
  on conflict do nothing;
  return v_role;
exception
  when unique_violation then
    perform private.raise_error(409, 'custom_role_exists',
      format('Cannot save role: the organization already has one named "%s"', btrim(save_custom_role.name)),
      'Choose another name.');
end;
$$;
comment on function private.save_custom_role(uuid, uuid, text, text, text[], text) is
  'Body of public.create_custom_role and public.update_custom_role.';
grant execute on function private.save_custom_role(uuid, uuid, text, text, text[], text) to authenticated;

create function public.create_custom_role(
  organization_id uuid, name text, base_role text, permissions text[], description text default ''
)
  returns public.custom_roles
  language sql volatile set search_path = ''
as $$
  select private.save_custom_role(
    create_custom_role.organization_id, null, create_custom_role.name, create_custom_role.base_role,
    coalesce(create_custom_role.permissions, '{}'), create_custom_role.description
  )
$$;
comment on function public.create_custom_role(uuid, text, text, text[], text) is
  $$Makes a role of the organization's own and returns it.

Needs roles.manage. It has the rank of base_role, which must be below the caller's own, and exactly the permissions named,
of which nobody can give one that they do not have.$$;
grant execute on function public.create_custom_role(uuid, text, text, text[], text) to authenticated;

create function public.update_custom_role(
  organization_id uuid, custom_role_id uuid, name text, permissions text[], description text default ''
)
  returns public.custom_roles
  language sql volatile set search_path = ''
as $$
  select private.save_custom_role(
    update_custom_role.organization_id, update_custom_role.custom_role_id, update_custom_role.name, null,
    coalesce(update_custom_role.permissions, '{}'), update_custom_role.description
  )
$$;
comment on function public.update_custom_role(uuid, uuid, text, text[], text) is
  $$Changes name, description and permissions of a role of the organization's own and returns it.

Needs roles.manage and a rank above the role's. Its members have the new permissions from their next request on.$$;
grant execute on function public.update_custom_role(uuid, uuid, text, text[], text) to authenticated;

-- Definer: as private.save_custom_role.
create function private.delete_custom_role(custom_role_id uuid)
  returns public.custom_roles
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_role public.custom_roles;
begin
  select * into v_role from public.custom_roles
  where custom_roles.id = delete_custom_role.custom_role_id
    and private.has_permission(custom_roles.organization_id, 'members.read');
  if not found then
    perform private.raise_error(404, 'custom_role_not_found', 'Cannot delete role: no such role');
  end if;
  perform private.lock_members(v_role.organization_id);
  perform private.require_permission(v_role.organization_id, 'roles.manage', 'delete role');
  perform private.require_manageable_role(v_role.organization_id, v_role.base_role, 'delete role');
  -- Falling back to the base role would quietly give its members other permissions.
  if exists (select from public.memberships where memberships.custom_role_id = v_role.id) then
    perform private.raise_error(409, 'custom_role_in_use', format('Cannot delete role: members have role "%s"', v_role.name),
      'Give them another role first.');
  end if;
  delete from public.custom_roles where custom_roles.id = v_role.id;
  return v_role;
end;
$$;
comment on function private.delete_custom_role(uuid) is 'Body of public.delete_custom_role.';
grant execute on function private.delete_custom_role(uuid) to authenticated;

create function public.delete_custom_role(custom_role_id uuid)
  returns public.custom_roles
  language sql volatile set search_path = ''
as $$
  select private.delete_custom_role(delete_custom_role.custom_role_id)
$$;
comment on function public.delete_custom_role(uuid) is $$Deletes a role of the organization's own and returns it as it was.

Needs roles.manage. While members have it: 409 custom_role_in_use.$$;
grant execute on function public.delete_custom_role(uuid) to authenticated;
