-- Called by definer functions alone: what a token says must not be readable otherwise.
create function private.valid_invitation_of_token(token text)
  returns public.invitations
  language sql stable set search_path = ''
as $$
  select invitations
  from private.invitation_tokens
  join public.invitations on invitations.id = invitation_tokens.invitation_id
  join public.organizations on organizations.id = invitations.organization_id
  where invitation_tokens.token_hash = private.hash_token(valid_invitation_of_token.token)
    and invitations.status = 'pending'
    and invitations.expires_at > now()
    and organizations.status = 'active'
    and private.invitation_refusal(
      invitations.organization_id, invitations.invited_by, invitations.role, invitations.custom_role_id,
      invitations.binding_kind, invitations.binding_id
    ) is null
$$;
comment on function private.valid_invitation_of_token(text) is $$The invitation that a token would accept now; null for any other token, whatever is wrong with it.

It counts while the person who sent it may still invite with its role, and while the organization is active.$$;

create function private.refuse_invitation_token(action text)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.raise_error(404, 'invitation_not_found',
    format('Cannot %s invitation: the link is not valid, or not any more', refuse_invitation_token.action),
    'Ask the person who invited you to send it again.')
$$;
comment on function private.refuse_invitation_token(text) is
  'The one answer to unknown, expired, revoked and answered tokens, which tells nothing of which it was.';

create type public.invitation_preview as (
  is_valid boolean,
  organization_name text,
  role text,
  expires_at timestamptz
);
comment on type public.invitation_preview is 'What the holder of an invitation''s link may know before answering.';
comment on column public.invitation_preview.is_valid is 'Whether the invitation can be answered now.';
comment on column public.invitation_preview.organization_name is 'Who invites; null unless it is valid.';
comment on column public.invitation_preview.role is
  'The role offered, by the organization''s own name where it has one; null unless it is valid.';
comment on column public.invitation_preview.expires_at is 'Until when it can be answered; null unless it is valid.';

-- Definer: callers are strangers, who see neither invitations nor the organization.
create function private.look_up_invitation(token text)
  returns public.invitation_preview
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_address text := host((private.audit_origin()).ip_address);
  v_limit record;
  v_preview public.invitation_preview;
begin
  select * into v_limit
  from private.check_rate_limit('invitations.look_up', 1, null, null, null, v_address, null);
  if not v_limit.is_admitted then
    perform private.raise_error(429, 'rate_limit_exceeded', 'Cannot look up invitation: too many calls',
      'Wait as long as the header Retry-After says.',
      jsonb_build_object('Retry-After', v_limit.retry_after_seconds::text));
  end if;
  select true, organizations.name, coalesce(custom_roles.name, invitation.role), invitation.expires_at
  into v_preview
  from private.valid_invitation_of_token(look_up_invitation.token) as invitation
  join public.organizations on organizations.id = invitation.organization_id
  left join public.custom_roles on custom_roles.id = invitation.custom_role_id;
  v_preview.is_valid := coalesce(v_preview.is_valid, false);
  return v_preview;
end;
$$;
comment on function private.look_up_invitation(text) is 'Body of public.look_up_invitation.';
grant execute on function private.look_up_invitation(text) to anon, authenticated;

create function public.look_up_invitation(token text)
  returns public.invitation_preview
  language sql volatile set search_path = ''
as $$
  select private.look_up_invitation(look_up_invitation.token)
$$;
comment on function public.look_up_invitation(text) is $$Tells the holder of an invitation's link who invites and for what, without signing in.

Unknown, expired, revoked and answered tokens get the same answer: is_valid false and nothing else.$$;
grant execute on function public.look_up_invitation(text) to anon, authenticated;

create type public.accepted_invitation as (
  invitation_id uuid,
  organization_id uuid,
  role text,
  membership_id uuid
);
comment on type public.accepted_invitation is 'What accepting an invitation gave.';
comment on column public.accepted_invitation.invitation_id is 'The invitation.';
comment on column public.accepted_invitation.organization_id is 'The organization.';
comment on column public.accepted_invitation.role is 'The role in it: that of the membership, or what an outsider is bound as.';
comment on column public.accepted_invitation.membership_id is 'The membership; null for outsiders.';

-- Definer: who accepts is no member yet.
create function private.accept_invitation(token text)
  returns public.accepted_invitation
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.acting_person_id();
  v_invitation public.invitations;
  v_membership public.memberships;
begin
  if v_person_id is null then
    perform private.raise_error(403, 'person_required', 'Cannot accept invitation: no active person is signed in',
      'Sign in or sign up with the address that the invitation was sent to.');
  end if;
  select invitations.* into v_invitation
  from private.invitation_tokens
  join public.invitations on invitations.id = invitation_tokens.invitation_id
  where invitation_tokens.token_hash = private.hash_token(accept_invitation.token);
  -- Everything below is decided under this lock, seats too.
  perform private.lock_members(v_invitation.organization_id);
  select * into v_invitation from public.invitations where invitations.id = v_invitation.id for update;
  select * into v_membership from public.memberships
  where memberships.organization_id = v_invitation.organization_id and memberships.user_id = v_person_id;
  if v_invitation.accepted_by = v_person_id then
    if v_membership.id is null and v_invitation.binding_kind is distinct from v_invitation.role then
      -- Removed since then: the invitation is used up.
      perform private.refuse_invitation_token('accept');
    end if;
    return row(v_invitation.id, v_invitation.organization_id, coalesce(v_membership.role, v_invitation.role),
      v_membership.id)::public.accepted_invitation;
  end if;
  v_invitation := private.valid_invitation_of_token(accept_invitation.token);
  if v_invitation.id is null then
    perform private.refuse_invitation_token('accept');
  end if;
  if not exists (
    select from auth.users
    where users.id = v_person_id and lower(users.email) = v_invitation.email and users.email_confirmed_at is not null
  ) then
    perform private.raise_error(403, 'invitation_for_another_address',
      'Cannot accept invitation: it was sent to another address than the one that you confirmed for your account',
      'Sign in or sign up with the address that the mail came to.');
  end if;
  -- Outsiders are bound by the domain that owns the row; who belongs to the organization already stays what they are.
  if v_membership.id is null and v_invitation.binding_kind is distinct from v_invitation.role then
    v_membership := private.insert_member(
      v_invitation.organization_id, v_person_id, v_invitation.role, v_invitation.custom_role_id, 'accept invitation'
    );
  end if;
  update public.invitations set status = 'accepted', ended_at = now(), accepted_by = v_person_id
  where invitations.id = v_invitation.id;
  return row(v_invitation.id, v_invitation.organization_id, coalesce(v_membership.role, v_invitation.role),
    v_membership.id)::public.accepted_invitation;
end;
$$;
comment on function private.accept_invitation(text) is 'Body of public.accept_invitation.';
grant execute on function private.accept_invitation(text) to authenticated;

create function public.accept_invitation(token text)
  returns public.accepted_invitation
  language sql volatile set search_path = ''
as $$
  select private.accept_invitation(accept_invitation.token)
$$;
comment on function public.accept_invitation(text) is $$Makes the caller a member as an invitation says, and tells what they are now.

The caller's confirmed address must be the invited one (403 invitation_for_another_address), also when the account was
made after the invitation. A full organization answers 409 member_limit_reached and the invitation stays. Again by the
same person: the same answer. Every token that is of no use: 404 invitation_not_found.$$;
grant execute on function public.accept_invitation(text) to authenticated;

-- Definer: as private.look_up_invitation.
create function private.decline_invitation(token text)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id uuid;
begin
  update public.invitations set status = 'declined', ended_at = now()
  where invitations.id = (private.valid_invitation_of_token(decline_invitation.token)).id
    and invitations.status = 'pending'
  returning invitations.id into v_id;
  if v_id is null then
    perform private.refuse_invitation_token('decline');
  end if;
end;
$$;
comment on function private.decline_invitation(text) is 'Body of public.decline_invitation.';
grant execute on function private.decline_invitation(text) to anon, authenticated;

create function public.decline_invitation(token text)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.decline_invitation(decline_invitation.token)
$$;
comment on function public.decline_invitation(text) is $$Answers an invitation with no, without signing in; its link is dead then.

A token that is of no use, also one that was declined before, gets 404 invitation_not_found.$$;
grant execute on function public.decline_invitation(text) to anon, authenticated;
