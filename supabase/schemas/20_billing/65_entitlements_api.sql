-- Definer: limits are not for clients to read, those of their organizations are.
create function private.get_entitlements(organization_id uuid)
  returns table (key text, value bigint, action text, description text)
  language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  if not get_entitlements.organization_id = any (array(select private.organizations_with('organization.read'))) then
    return;
  end if;
  return query
  select definitions.key, case when limits.key is null then definitions.default_value else limits.value end,
    coalesce(limits.action, definitions.default_action)::text, definitions.description
  from private.limit_definitions as definitions
  left join private.organization_limits as limits
    on limits.key = definitions.key and limits.organization_id = get_entitlements.organization_id
  order by definitions.key;
end;
$$;
comment on function private.get_entitlements(uuid) is 'Body of public.get_entitlements.';
grant execute on function private.get_entitlements(uuid) to authenticated;

create function public.get_entitlements(organization_id uuid)
  returns table (key text, value bigint, action text, description text)
  language sql stable set search_path = ''
as $$
  select * from private.get_entitlements(get_entitlements.organization_id)
$$;
comment on function public.get_entitlements(uuid) is $$What an organization is entitled to, by its plans and what an operator gave it.

value null means unlimited; features are 1 for with and 0 for without. action is "block", or "overage" where more is
allowed and billed. For members; no rows for others.$$;
grant execute on function public.get_entitlements(uuid) to authenticated;

-- Definer: asks for the admin before anything else.
create function private.override_entitlement(
  organization_id uuid, key text, value bigint, reason text, does_bill_overage boolean, expires_at timestamptz
)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('override the entitlement');
  if not exists (select from private.limit_definitions where limit_definitions.key = override_entitlement.key) then
    perform private.raise_error(422, 'limit_unknown', format('There is no limit "%s"', override_entitlement.key));
  end if;
  if not private.lock_billing(override_entitlement.organization_id) then
    perform private.raise_error(404, 'organization_not_found', 'Cannot override the entitlement: no such organization');
  end if;
  insert into private.billing_overrides (organization_id, key, value, action, reason, expires_at)
  values (
    override_entitlement.organization_id, override_entitlement.key, override_entitlement.value,
    case when override_entitlement.does_bill_overage then 'overage' else 'block' end::private.limit_action,
    private.required_reason(override_entitlement.reason, 'override the entitlement'), override_entitlement.expires_at
  )
  on conflict on constraint billing_overrides_pkey do update
    set value = excluded.value, action = excluded.action, reason = excluded.reason, expires_at = excluded.expires_at;
end;
$$;
comment on function private.override_entitlement(uuid, text, bigint, text, boolean, timestamptz) is
  'Body of public.override_entitlement.';
grant execute on function private.override_entitlement(uuid, text, bigint, text, boolean, timestamptz) to authenticated;

create function public.override_entitlement(
  organization_id uuid, key text, value bigint, reason text, does_bill_overage boolean default false,
  expires_at timestamptz default null
)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.override_entitlement(
    override_entitlement.organization_id, override_entitlement.key, override_entitlement.value, override_entitlement.reason,
    override_entitlement.does_bill_overage, override_entitlement.expires_at
  )
$$;
comment on function public.override_entitlement(uuid, text, bigint, text, boolean, timestamptz) is $$Gives one organization a limit of its own, whatever its plans say. For platform admins with a second factor; audited.

value null means unlimited; at expires_at the plans count again. Errors: 403, 404 organization_not_found, 422
limit_unknown or reason_invalid.$$;
grant execute on function public.override_entitlement(uuid, text, bigint, text, boolean, timestamptz) to authenticated;

-- Definer: counts memberships past the caller's policies.
create function private.memberships_guard_agents()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_limit bigint := private.entitlement(new.organization_id, 'max_agents');
begin
  if v_limit is null then
    return null;
  end if;
  -- Locked: two agents added at once are counted one after the other.
  perform private.lock_members(new.organization_id);
  if (
    select count(*) from public.memberships
    where memberships.organization_id = new.organization_id and memberships.role = 'agent'
  ) > v_limit then
    perform private.raise_error(
      409, 'agent_limit_reached', format('Cannot add the agent: the plan has %s', v_limit), 'Choose a larger plan'
    );
  end if;
  return null;
end;
$$;
comment on function private.memberships_guard_agents() is 'Refuses more agents than the plan has, however many are added at once.';
create trigger t300_guard_agents_new after insert on public.memberships
  for each row when (new.role = 'agent') execute function private.memberships_guard_agents();
create trigger t300_guard_agents after update of role on public.memberships
  for each row when (new.role = 'agent' and old.role is distinct from 'agent')
  execute function private.memberships_guard_agents();
