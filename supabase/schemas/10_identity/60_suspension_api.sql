create function private.set_organization_suspension(organization_id uuid, reason text)
  returns public.organizations
  language plpgsql volatile set search_path = ''
as $$
declare
  v_organization public.organizations;
begin
  select * into v_organization from public.organizations
  where organizations.id = set_organization_suspension.organization_id
  for no key update;
  if (v_organization.suspended_at is not null) = (set_organization_suspension.reason is not null)
    and v_organization.suspension_reason is not distinct from set_organization_suspension.reason
  then
    return v_organization;
  end if;
  update public.organizations set
    suspended_at = case
      when set_organization_suspension.reason is not null then coalesce(organizations.suspended_at, now())
    end,
    suspension_reason = set_organization_suspension.reason
  where organizations.id = v_organization.id
  returning * into v_organization;
  return v_organization;
end;
$$;
comment on function private.set_organization_suspension(uuid, text) is
  $$Suspends an organization for a reason, or ends that with null; again changes nothing. For admins and billing.

Returns null when there is no such organization.$$;

-- Definer: admins are no members, and clients hold no grant on the columns.
create function private.change_suspension(organization_id uuid, reason text, action text)
  returns public.organizations
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_organization public.organizations;
begin
  perform private.require_platform_admin(change_suspension.action);
  v_organization := private.set_organization_suspension(
    change_suspension.organization_id, btrim(change_suspension.reason)
  );
  if v_organization.id is null then
    perform private.raise_error(404, 'organization_not_found',
      format('Cannot %s: no such organization', change_suspension.action));
  end if;
  return v_organization;
end;
$$;
comment on function private.change_suspension(uuid, text, text) is
  'Body of public.suspend_organization and public.unsuspend_organization.';
grant execute on function private.change_suspension(uuid, text, text) to authenticated;

create function public.suspend_organization(organization_id uuid, reason text)
  returns public.organizations
  language plpgsql volatile set search_path = ''
as $$
begin
  if char_length(btrim(coalesce(suspend_organization.reason, ''))) not between 1 and 500 then
    perform private.raise_error(422, 'reason_invalid', 'Cannot suspend organization: say why in 1 to 500 characters');
  end if;
  return private.change_suspension(
    suspend_organization.organization_id, suspend_organization.reason, 'suspend organization'
  );
end;
$$;
comment on function public.suspend_organization(uuid, text) is
  $$Suspends an organization and returns it; platform admins with a second factor only.

Its members go on reading and can change nothing. They see the reason. The same call again changes nothing.$$;
grant execute on function public.suspend_organization(uuid, text) to authenticated;

create function public.unsuspend_organization(organization_id uuid)
  returns public.organizations
  language sql volatile set search_path = ''
as $$
  select private.change_suspension(unsuspend_organization.organization_id, null, 'unsuspend organization')
$$;
comment on function public.unsuspend_organization(uuid) is
  'Ends the suspension of an organization and returns it; platform admins with a second factor only.';
grant execute on function public.unsuspend_organization(uuid) to authenticated;
