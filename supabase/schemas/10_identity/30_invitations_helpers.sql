-- Called by definer functions alone: asks about a person who need not be the caller.
create function private.invitation_refusal(
  organization_id uuid, inviter_id uuid, role text, custom_role_id uuid, binding_kind text, binding_id uuid
)
  returns text
  language plpgsql stable set search_path = ''
as $$
declare
  v_role public.roles;
  v_custom public.custom_roles;
  v_inviter record;
begin
  select * into v_role from public.roles where roles.role = invitation_refusal.role;
  if not found then
    return 'role_unknown';
  end if;
  if invitation_refusal.binding_kind is not null and not exists (
      select from public.roles where roles.role = invitation_refusal.binding_kind and roles.is_outsider
    )
    or invitation_refusal.binding_id is not null and invitation_refusal.binding_kind is null
    or v_role.is_outsider and invitation_refusal.binding_kind is distinct from v_role.role
  then
    return 'binding_invalid';
  end if;
  if not v_role.is_outsider and exists (
    select from public.organizations
    where organizations.id = invitation_refusal.organization_id and organizations.kind = 'personal'
  ) then
    return 'organization_is_personal';
  end if;
  select roles.role, roles.rank, case
      when memberships.custom_role_id is null then array(
        select role_permissions.permission from public.role_permissions
        where role_permissions.role = memberships.role
      )
      else array(
        select custom_role_permissions.permission from public.custom_role_permissions
        where custom_role_permissions.custom_role_id = memberships.custom_role_id
      )
    end as permissions
  into v_inviter
  from public.memberships
  join public.roles on roles.role = memberships.role
  join auth.users on users.id = memberships.user_id
  where memberships.organization_id = invitation_refusal.organization_id
    and memberships.user_id = invitation_refusal.inviter_id
    and memberships.status = 'active'
    and users.deleted_at is null
    and (users.banned_until is null or users.banned_until <= now());
  if not found or 'members.manage' <> all (v_inviter.permissions) then
    return 'permission_missing';
  end if;
  -- Ownership is handed over, not sent by mail: see propose_ownership_transfer.
  if v_role.role = 'owner' or v_inviter.role <> 'owner' and v_inviter.rank <= v_role.rank then
    return 'role_too_high';
  end if;
  if invitation_refusal.custom_role_id is null then
    return null;
  end if;
  select * into v_custom from public.custom_roles
  where custom_roles.id = invitation_refusal.custom_role_id
    and custom_roles.organization_id = invitation_refusal.organization_id;
  if not found then
    return 'custom_role_not_found';
  end if;
  if v_custom.base_role <> v_role.role then
    return 'custom_role_mismatch';
  end if;
  if exists (
    select from public.custom_role_permissions
    where custom_role_permissions.custom_role_id = v_custom.id
      and custom_role_permissions.permission <> all (v_inviter.permissions)
  ) then
    return 'permission_too_high';
  end if;
  return null;
end;
$$;
comment on function private.invitation_refusal(uuid, uuid, text, uuid, text, uuid) is
  $$Why a person may not invite somebody to an organization with a role and a binding, as an error code; null when they may.

Asked when an invitation is made, sent again and accepted: it counts only as long as who sent it could send it still.$$;

create function private.lock_invitation(invitation_id uuid, action text)
  returns public.invitations
  language plpgsql volatile set search_path = ''
as $$
declare
  v_invitation public.invitations;
begin
  select * into v_invitation from public.invitations where invitations.id = lock_invitation.invitation_id;
  perform private.lock_members(v_invitation.organization_id);
  select * into v_invitation from public.invitations
  where invitations.id = lock_invitation.invitation_id
    and private.has_permission(invitations.organization_id, 'members.manage')
  for update;
  if not found then
    perform private.raise_error(404, 'invitation_not_found',
      format('Cannot %s: no such invitation', lock_invitation.action));
  end if;
  if not private.can_manage_role(v_invitation.organization_id, v_invitation.role) then
    perform private.raise_error(403, 'role_too_high',
      format('Cannot %s: role "%s" is not below yours', lock_invitation.action, v_invitation.role),
      'Ask somebody of a higher rank.');
  end if;
  return v_invitation;
end;
$$;
comment on function private.lock_invitation(uuid, text) is
  'Locks an invitation that the caller may deal with, after its organization, and returns it; otherwise 404 or 403.';

create function private.invitation_expiry(kind public.invitation_kind)
  returns timestamptz
  language sql stable set search_path = ''
as $$
  select now() + make_interval(
    hours => case invitation_expiry.kind
      when '24_hour' then 24
      else private.setting_integer('invitations.lifetime_hours')
    end::int
  )
$$;
comment on function private.invitation_expiry(public.invitation_kind) is
  'Until when an invitation that is sent now can be accepted.';

create function private.next_invitation_mail_at()
  returns timestamptz
  language sql stable set search_path = ''
as $$
  select now() + make_interval(secs => private.setting_integer('invitations.resend_cooldown_seconds'))
$$;
comment on function private.next_invitation_mail_at() is 'From when an invitation that is sent now can be sent again.';

create function private.send_invitation(invitation public.invitations)
  returns void
  language sql volatile set search_path = ''
as $$
  -- Ids only: the worker makes the token, so that it is nowhere but in the mail.
  select private.enqueue_job(
    'invitation.send',
    jsonb_build_object('invitation_id', send_invitation.invitation.id, 'mail_number', send_invitation.invitation.sent_count),
    organization_id => send_invitation.invitation.organization_id,
    dedupe_key => send_invitation.invitation.id || ':' || send_invitation.invitation.sent_count
  )
$$;
comment on function private.send_invitation(public.invitations) is 'Has a worker send the present mail of an invitation.';

create function private.hash_token(token text)
  returns bytea
  language sql immutable set search_path = ''
as $$
  select sha256(convert_to(coalesce(hash_token.token, ''), 'UTF8'))
$$;
comment on function private.hash_token(text) is 'SHA-256 of a random token, as it is stored.';
