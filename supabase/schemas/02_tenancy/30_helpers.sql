-- Definer: memberships has policies that themselves call this function. Parallel safe, as all that policies call, or no
-- statement under them could use several processes. Plans are generic, because one made for somebody with hundreds of
-- memberships would read the whole table of organizations, and be made anew for each of the first calls of a session.
create function private.organizations_with(permission text)
  returns setof uuid
  language plpgsql stable security definer parallel safe rows 10
  set search_path = '' set plan_cache_mode = force_generic_plan
as $$
declare
  v_claims jsonb := auth.jwt();
  v_caller record := private.identify_caller(v_claims);
  v_has_second_factor boolean;
  -- Where a third-party app may act; null for everybody else.
  v_granted uuid[];
begin
  -- Asked of those alone who have less than all of their own: most callers are spared the calls.
  if v_claims ? 'client_id' then
    v_granted := array(
      select private.granted_organizations(v_claims, v_caller.person_id, organizations_with.permission)
    );
  elsif (v_caller.is_impersonated or v_claims ? 'service_account_id')
    and not private.is_in_scope(v_claims, v_caller.is_impersonated, organizations_with.permission)
  then
    return;
  end if;
  -- A program has no second factor; its key is what the organization gave it. Of an app the grant was asked.
  v_has_second_factor := v_caller.service_account_id is not null or v_granted is not null or v_claims ->> 'aal' = 'aal2';
  return query
  select memberships.organization_id
  from public.permissions
  -- Each an index of its own: an "or" over both reads both and sorts.
  cross join lateral (
    select person.organization_id, person.role, person.custom_role_id
    from public.memberships as person
    where person.user_id = v_caller.person_id and person.status = 'active'
    union all
    select program.organization_id, program.role, program.custom_role_id
    from public.memberships as program
    where program.service_account_id = v_caller.service_account_id and program.status = 'active'
  ) as memberships
  join public.organizations on organizations.id = memberships.organization_id
  where permissions.permission = organizations_with.permission
    and (v_granted is null or organizations.id = any (v_granted))
    and case
      when memberships.custom_role_id is null then memberships.role = any (array(
        select role_permissions.role from public.role_permissions
        where role_permissions.permission = organizations_with.permission
      ))
      else exists (
        select from public.custom_role_permissions
        where custom_role_permissions.custom_role_id = memberships.custom_role_id
          and custom_role_permissions.permission = organizations_with.permission
      )
    end
    and organizations.deleted_at is null
    and (organizations.suspended_at is null or permissions.is_kept_on_suspension)
    and (
      v_has_second_factor or not organizations.is_second_factor_required or permissions.is_kept_without_second_factor
    );
  -- One look at a claim is what this costs everybody who does not run the platform.
  if v_caller.person_id is not null and v_has_second_factor and v_granted is null
    and v_claims @> '{"app_metadata": {"platform_admin": true}}'
  then
    return query select private.supported_organizations(v_caller.person_id, organizations_with.permission);
  end if;
end;
$$;

comment on function private.organizations_with(text) is $$Organizations in which the caller has a permission.

The caller is a person, a service account or a third-party app; a suspended organization, a required second factor and the scopes of the
credential are taken into account, and for a platform admin the organizations that support access is open to. Policies
ask once for each statement:
organization_id = any (array(select private.organizations_with('members.read'))).$$;
grant execute on function private.organizations_with(text) to authenticated;

-- Definer: as private.organizations_with.
create function private.has_permission(organization_id uuid, permission text)
  returns boolean
  language sql stable security definer set search_path = ''
as $$
  -- Never null: "if not has_permission(null, ...)" must stop whoever asks for no organization.
  select coalesce(
    has_permission.organization_id in (select private.organizations_with(has_permission.permission)), false
  )
$$;

comment on function private.has_permission(uuid, text) is
  'Whether the caller has a permission in one organization; for the guards of RPCs. Policies use organizations_with.';
grant execute on function private.has_permission(uuid, text) to authenticated;

-- Definer: guards run for callers who see no membership at all.
create function private.require_permission(organization_id uuid, permission text, action text)
  returns void
  language plpgsql stable security definer set search_path = ''
as $$
begin
  if private.has_permission(require_permission.organization_id, require_permission.permission) then
    return;
  end if;
  -- Who may not see the organization learns nothing about whether it exists.
  if not private.has_permission(require_permission.organization_id, 'organization.read') then
    perform private.raise_error(404, 'organization_not_found',
      format('Cannot %s: no such organization', require_permission.action));
  end if;
  perform private.raise_error(403, 'permission_missing',
    format('Cannot %s: permission "%s" is missing', require_permission.action, require_permission.permission),
    'Ask an owner or admin of the organization, unless it is suspended.');
end;
$$;

comment on function private.require_permission(uuid, text, text) is
  'First guard of an RPC: 404 for who may not see the organization, 403 for who sees it without the permission.';
grant execute on function private.require_permission(uuid, text, text) to authenticated;

-- Definer: reads the caller's membership for guards that run for everybody.
create function private.can_manage_role(organization_id uuid, role text)
  returns boolean
  language sql stable security definer set search_path = ''
as $$
  select exists (
    select
    from public.memberships
    join public.roles as own on own.role = memberships.role
    join public.roles as target on target.role = can_manage_role.role
    where memberships.organization_id = can_manage_role.organization_id
      and memberships.user_id = (select private.acting_person_id())
      and memberships.status = 'active'
      and (own.role = 'owner' or own.rank > target.rank)
  )
$$;

comment on function private.can_manage_role(uuid, text) is
  'The rank rule: nobody grants, changes or removes a role at or above the own rank, except owners.';
grant execute on function private.can_manage_role(uuid, text) to authenticated;

-- Definer: limits are not for clients to read, their answer is.
create function private.entitlement(organization_id uuid, key text)
  returns bigint
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_value bigint;
begin
  select case when organization_limits.key is null then limit_definitions.default_value else organization_limits.value end
  into v_value
  from private.limit_definitions
  left join private.organization_limits
    on organization_limits.key = limit_definitions.key
    and organization_limits.organization_id = entitlement.organization_id
  where limit_definitions.key = entitlement.key;
  if not found then
    raise exception 'Unknown limit "%"', entitlement.key using errcode = 'invalid_parameter_value';
  end if;
  return v_value;
end;
$$;

comment on function private.entitlement(uuid, text) is $$How much of something an organization may have.

Null means unlimited, and "count >= null" is never true, so guards need no special case. Unknown keys raise.$$;
grant execute on function private.entitlement(uuid, text) to service_role;

-- Definer: as private.entitlement.
create function private.limit_action(organization_id uuid, key text)
  returns private.limit_action
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(organization_limits.action, limit_definitions.default_action)
    from private.limit_definitions
    left join private.organization_limits
      on organization_limits.key = limit_definitions.key
      and organization_limits.organization_id = limit_action.organization_id
    where limit_definitions.key = limit_action.key
  );
end;
$$;

comment on function private.limit_action(uuid, text) is 'What happens when an organization reaches a limit.';
grant execute on function private.limit_action(uuid, text) to service_role;

create function private.is_organization_active(organization_id uuid)
  returns boolean
  language sql stable set search_path = ''
as $$
  select exists (
    select from public.organizations
    where organizations.id = is_organization_active.organization_id and organizations.status = 'active'
  )
$$;
comment on function private.is_organization_active(uuid) is 'Whether an organization is neither suspended nor deleted.';

create function private.organization_restore_window()
  returns interval
  language sql immutable set search_path = ''
as $$
  select interval '30 days'
$$;

comment on function private.organization_restore_window() is 'How long a deleted organization can be restored.';

-- Definer: guards of deletion and restoration run where the organization is invisible.
create function private.owns_organization(organization_id uuid)
  returns boolean
  language sql stable security definer set search_path = ''
as $$
  select exists (
    select from public.memberships
    where memberships.organization_id = owns_organization.organization_id
      and memberships.user_id = (select private.acting_person_id())
      and memberships.role = 'owner' and memberships.status = 'active'
  )
$$;

comment on function private.owns_organization(uuid) is 'Whether the caller is an active owner, of a deleted organization too.';

-- Definer: as private.organizations_with.
create function private.avatar_folders()
  returns setof text
  language plpgsql stable security definer set search_path = '' rows 5
as $$
begin
  return query
  select private.acting_person_id()::text
  union all
  select organization_id::text from private.organizations_with('organization.update') as organization_id;
end;
$$;

comment on function private.avatar_folders() is
  'First folders of pictures that the caller may change: the own one, and those of organizations they manage.';
grant execute on function private.avatar_folders() to authenticated;

-- Definer: as private.organizations_with.
create function private.can_follow_topic(topic text)
  returns boolean
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_parts text[] := string_to_array(can_follow_topic.topic, ':');
begin
  if v_parts[1] = 'user' and cardinality(v_parts) = 2 then
    return v_parts[2] = private.current_person_id()::text;
  end if;
  if v_parts[1] = 'organization' and cardinality(v_parts) = 3 then
    return exists (
      select from public.organizations
      where organizations.id in (select private.organizations_with('organization.read'))
        and organizations.id::text = v_parts[2] and organizations.topic_epoch::text = v_parts[3]
        -- Rights are asked at the join alone: support access, which ends by itself, opens no channel.
        and exists (
          select from public.memberships
          where memberships.organization_id = organizations.id
            and memberships.user_id = private.current_person_id()
        )
    );
  end if;
  return false;
end;
$$;

comment on function private.can_follow_topic(text) is $$Whether the caller may join a private channel.

Topics are "user:<id>" and "organization:<id>:<epoch>"; an organization's former epochs are closed.$$;
grant execute on function private.can_follow_topic(text) to authenticated;

-- Called by triggers alone: who lost access hears of it, and everybody else moves to a topic that is checked anew.
create function private.end_topic_access(organization_id uuid, user_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_former int;
begin
  update public.organizations set topic_epoch = organizations.topic_epoch + 1
  where organizations.id = end_topic_access.organization_id
  returning organizations.topic_epoch - 1 into v_former;
  if not found then
    return;
  end if;
  perform realtime.send(
    jsonb_build_object('organization_id', end_topic_access.organization_id), 'access_changed', topic, true)
  from (
    values
      ('user:' || end_topic_access.user_id),
      ('organization:' || end_topic_access.organization_id || ':' || v_former)
  ) as told (topic);
end;
$$;

comment on function private.end_topic_access(uuid, uuid) is
  'Moves an organization to the next topic epoch and broadcasts "access_changed" to the former one and to the person.';
