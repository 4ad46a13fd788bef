-- Definer: as the bodies for people.
create function private.admin_list_organizations(
  search text, kind public.organization_kind, status public.organization_status, after_id uuid, page_size int
)
  returns setof public.organizations
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_ids uuid[];
  v_search text := lower(btrim(admin_list_organizations.search));
  v_after record;
begin
  perform private.require_platform_admin('list organizations');
  select organizations.created_at, organizations.id into v_after
  from public.organizations where organizations.id = admin_list_organizations.after_id;
  v_ids := array(
    select organizations.id from public.organizations
    where (v_after.id is null or (organizations.created_at, organizations.id) < (v_after.created_at, v_after.id))
      and (admin_list_organizations.kind is null or organizations.kind = admin_list_organizations.kind)
      and (admin_list_organizations.status is null or organizations.status = admin_list_organizations.status)
      and (
        v_search is null or organizations.id::text = v_search or strpos(lower(organizations.name), v_search) > 0
        or strpos(organizations.slug, v_search) > 0 or strpos(lower(organizations.billing_email), v_search) > 0
      )
    order by organizations.created_at desc, organizations.id desc
    limit least(greatest(coalesce(admin_list_organizations.page_size, 50), 1), 200)
  );
  perform private.record_audit_event('list', null, 'organizations', null, jsonb_build_object('organization_ids', v_ids));
  return query
  select organizations.* from public.organizations
  where organizations.id = any (v_ids)
  order by organizations.created_at desc, organizations.id desc;
end;
$$;
comment on function private.admin_list_organizations(
  text, public.organization_kind, public.organization_status, uuid, int
) is 'Body of public.admin_list_organizations.';
grant execute on function private.admin_list_organizations(
  text, public.organization_kind, public.organization_status, uuid, int
) to authenticated;

create function public.admin_list_organizations(
  search text default null, kind public.organization_kind default null,
  status public.organization_status default null, after_id uuid default null, page_size int default 50
)
  returns setof public.organizations
  language sql volatile set search_path = ''
as $$
  select * from private.admin_list_organizations(
    admin_list_organizations.search, admin_list_organizations.kind, admin_list_organizations.status,
    admin_list_organizations.after_id, admin_list_organizations.page_size
  )
$$;
comment on function public.admin_list_organizations(
  text, public.organization_kind, public.organization_status, uuid, int
) is $$Organizations of everybody, deleted ones too, the newest first, at most 200 a page.

For platform admins with a second factor; audited. search is an id or part of a name, slug or billing address; the next
page comes after the last id. What else an organization has is read with open_support_access.$$;
grant execute on function public.admin_list_organizations(
  text, public.organization_kind, public.organization_status, uuid, int
) to authenticated;

create function private.admin_set_membership(organization_id uuid, user_id uuid, role text, reason text)
  returns public.memberships
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_action constant text := 'set membership';
  v_organization public.organizations;
  v_membership public.memberships;
  v_reason text;
begin
  perform private.require_platform_admin(v_action);
  v_reason := private.required_reason(admin_set_membership.reason, v_action);
  perform private.require_person(admin_set_membership.user_id, v_action);
  v_organization := private.lock_members(admin_set_membership.organization_id);
  if v_organization.id is null then
    perform private.raise_error(404, 'organization_not_found', 'Cannot set membership: no such organization');
  end if;
  if v_organization.kind = 'personal' then
    perform private.raise_error(409, 'organization_is_personal', 'Cannot set membership: the organization is personal');
  end if;
  if admin_set_membership.role is not null and not exists (
    select from public.roles where roles.role = admin_set_membership.role and not roles.is_outsider
  ) then
    perform private.raise_error(422, 'role_unknown',
      format('Cannot set membership: members cannot have role "%s"', admin_set_membership.role));
  end if;
  select * into v_membership from public.memberships
  where memberships.organization_id = v_organization.id and memberships.user_id = admin_set_membership.user_id;
  if v_membership.role is not distinct from admin_set_membership.role
    and (v_membership.id is null or v_membership.status = 'active')
  then
    return v_membership;
  end if;
  if admin_set_membership.role is null then
    delete from public.memberships where memberships.id = v_membership.id;
  elsif v_membership.id is null then
    insert into public.memberships (organization_id, user_id, role)
    values (v_organization.id, admin_set_membership.user_id, admin_set_membership.role)
    returning * into v_membership;
  else
    update public.memberships set role = admin_set_membership.role, custom_role_id = null, status = 'active'
    where memberships.id = v_membership.id
    returning * into v_membership;
  end if;
  perform private.record_audit_event(
    'set_membership', v_organization.id, 'memberships', v_membership.id::text,
    jsonb_build_object(
      'reason', v_reason, 'user_id', admin_set_membership.user_id, 'role', admin_set_membership.role
    )
  );
  return v_membership;
end;
$$;
comment on function private.admin_set_membership(uuid, uuid, text, text) is 'Body of public.admin_set_membership.';
grant execute on function private.admin_set_membership(uuid, uuid, text, text) to authenticated;

create function public.admin_set_membership(organization_id uuid, user_id uuid, role text, reason text)
  returns public.memberships
  language sql volatile set search_path = ''
as $$
  select * from private.admin_set_membership(
    admin_set_membership.organization_id, admin_set_membership.user_id, admin_set_membership.role,
    admin_set_membership.reason
  )
$$;
comment on function public.admin_set_membership(uuid, uuid, text, text) is $$Puts a person into an organization, gives them another role, or with role null takes them out.

For platform admins with a second factor, whatever the rank and beyond the seats of the plan; audited in the organization
with the reason, 10 to 500 characters. A custom role and a suspension end with it. The last owner stays: 409 last_owner.
Returns the membership, as it was where it ended.$$;
grant execute on function public.admin_set_membership(uuid, uuid, text, text) to authenticated;

create function private.open_support_access(reason text, organization_id uuid, duration_minutes int)
  returns table (access_id uuid, expires_at timestamptz)
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_reason text;
  v_minutes int := least(greatest(coalesce(open_support_access.duration_minutes, 60), 1), 240);
begin
  perform private.require_platform_admin('open support access');
  v_reason := private.required_reason(open_support_access.reason, 'open support access');
  if open_support_access.organization_id is not null
    and not exists (select from public.organizations where organizations.id = open_support_access.organization_id)
  then
    perform private.raise_error(404, 'organization_not_found', 'Cannot open support access: no such organization');
  end if;
  return query
  insert into private.support_accesses as opened (admin_id, organization_id, reason, expires_at)
  values (
    private.acting_person_id(), open_support_access.organization_id, v_reason,
    now() + make_interval(mins => v_minutes)
  )
  returning opened.id, opened.expires_at;
end;
$$;
comment on function private.open_support_access(text, uuid, int) is 'Body of public.open_support_access.';
grant execute on function private.open_support_access(text, uuid, int) to authenticated;

create function public.open_support_access(
  reason text, organization_id uuid default null, duration_minutes int default 60
)
  returns table (access_id uuid, expires_at timestamptz)
  language sql volatile set search_path = ''
as $$
  select * from private.open_support_access(
    open_support_access.reason, open_support_access.organization_id, open_support_access.duration_minutes
  )
$$;
comment on function public.open_support_access(text, uuid, int) is
  $$Lets the caller read all rows of an organization for some time, or of all organizations without organization_id.

For platform admins with a second factor, up to 240 minutes. An access to one organization stands in its audit log with the reason,
10 to 500 characters. Reads only: writing has RPCs of its own. 404 organization_not_found, 422 reason_invalid.$$;
grant execute on function public.open_support_access(text, uuid, int) to authenticated;

create function private.close_support_access(access_id uuid)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('close support access');
  update private.support_accesses set ended_at = now()
  where support_accesses.admin_id = private.acting_person_id()
    and (close_support_access.access_id is null or support_accesses.id = close_support_access.access_id)
    and support_accesses.ended_at is null and support_accesses.expires_at > now();
  return found;
end;
$$;
comment on function private.close_support_access(uuid) is 'Body of public.close_support_access.';
grant execute on function private.close_support_access(uuid) to authenticated;

create function public.close_support_access(access_id uuid default null)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.close_support_access(close_support_access.access_id)
$$;
comment on function public.close_support_access(uuid) is
  'Ends an own support access before its time, or all without an id; returns whether there was one.';
grant execute on function public.close_support_access(uuid) to authenticated;
