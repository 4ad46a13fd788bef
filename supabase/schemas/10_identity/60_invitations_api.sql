create type public.invitation_result as (
  row_number int,
  email text,
  invitation_id uuid,
  code text
);
comment on type public.invitation_result is 'What became of one row of a list of people to invite.';
comment on column public.invitation_result.row_number is 'Place of the row in the list, from 1.';
comment on column public.invitation_result.email is 'The address as it was understood.';
comment on column public.invitation_result.invitation_id is 'The invitation that was made; null for none.';
comment on column public.invitation_result.code is $$Why none was made; null when one was.

email_invalid, email_repeated, invitation_exists, invitation_kind_unknown, role_unknown, role_too_high,
custom_role_not_found, custom_role_mismatch, permission_too_high, binding_invalid or organization_is_personal.$$;

-- Definer: clients hold no insert on invitations.
create function private.create_invitations(organization_id uuid, invitations jsonb)
  returns setof public.invitation_result
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_organization public.organizations;
  v_person_id uuid := private.acting_person_id();
  v_longest bigint := private.setting_integer('invitations.list_length');
  v_uuid constant text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  v_results public.invitation_result[];
begin
  -- Locked, so that the daily limit and one pending invitation for each address are exact.
  v_organization := private.lock_members(create_invitations.organization_id);
  perform private.require_permission(create_invitations.organization_id, 'members.manage', 'invite');
  if v_person_id is null then
    perform private.raise_error(403, 'person_required', 'Cannot invite: no active person is signed in',
      'Programs cannot invite: an invitation stands on the rank of a person.');
  end if;
  if jsonb_typeof(create_invitations.invitations) is distinct from 'array'
    or jsonb_array_length(create_invitations.invitations) not between 1 and v_longest
  then
    perform private.raise_error(422, 'invitations_invalid',
      format('Cannot invite: the list must be an array of 1 to %s objects', v_longest));
  end if;
  -- Those whose time is over make room; the job that ends them may not have come by yet.
  update public.invitations set status = 'expired', ended_at = invitations.expires_at
  where invitations.organization_id = v_organization.id and invitations.status = 'pending'
    and invitations.expires_at <= now();

  with listed as (
    select item.place::int as row_number, left(lower(btrim(item.value ->> 'email')), 330) as email,
      coalesce(nullif(item.value ->> 'role', ''), 'member') as role,
      coalesce(nullif(item.value ->> 'kind', ''), 'one_time') as kind,
      lower(nullif(item.value ->> 'custom_role_id', '')) as custom_role_id,
      nullif(item.value ->> 'binding_kind', '') as binding_kind,
      lower(nullif(item.value ->> 'binding_id', '')) as binding_id
    from jsonb_array_elements(create_invitations.invitations) with ordinality as item (value, place)
  ), judged as (
    select listed.row_number, listed.email, listed.role, listed.kind,
      case when listed.custom_role_id ~ v_uuid then listed.custom_role_id::uuid end as custom_role_id,
      case when listed.binding_id ~ v_uuid then listed.binding_id::uuid end as binding_id,
      -- Outsiders are bound as what they are, whether the list says so or not.
      coalesce(listed.binding_kind, (select roles.role from public.roles where roles.role = listed.role and roles.is_outsider))
        as binding_kind,
      case
        when coalesce(listed.email, '') !~ '^[^@\s]+@[^@\s]+\.[^@\s]+$' or char_length(listed.email) > 320
          then 'email_invalid'
        when row_number() over (partition by listed.email order by listed.row_number) > 1 then 'email_repeated'
        when listed.kind <> all (enum_range(null::public.invitation_kind)::text[]) then 'invitation_kind_unknown'
        when listed.custom_role_id !~ v_uuid then 'custom_role_not_found'
        when listed.binding_id !~ v_uuid then 'binding_invalid'
        when exists (
          select from public.invitations
          where invitations.organization_id = v_organization.id and invitations.email = listed.email
            and invitations.status = 'pending'
        ) then 'invitation_exists'
      end as code
    from listed
  ), decided as (
    select judged.row_number, judged.email, judged.role, judged.kind, judged.custom_role_id, judged.binding_kind,
      judged.binding_id,
      coalesce(judged.code, private.invitation_refusal(
        v_organization.id, v_person_id, judged.role, judged.custom_role_id, judged.binding_kind, judged.binding_id
      )) as code
    from judged
  ), made as (
    insert into public.invitations as invitations
      (organization_id, email, role, custom_role_id, binding_kind, binding_id, kind, invited_by, expires_at, resendable_at)
    select v_organization.id, decided.email, decided.role, decided.custom_role_id, decided.binding_kind,
      decided.binding_id, decided.kind::public.invitation_kind, v_person_id,
      private.invitation_expiry(decided.kind::public.invitation_kind), private.next_invitation_mail_at()
    from decided
    where decided.code is null
    order by decided.row_number
    returning invitations.id, invitations.email
  )
  select array_agg(row(decided.row_number, decided.email, made.id, decided.code)::public.invitation_result
    order by decided.row_number)
  into v_results
  from decided
  left join made on decided.code is null and made.email = decided.email;

  if (
    select count(*) from public.invitations
    where invitations.organization_id = v_organization.id and invitations.created_at > now() - interval '24 hours'
  ) > private.entitlement(v_organization.id, 'invitations_daily') then
    perform private.raise_error(409, 'invitation_limit_reached',
      format('Cannot invite: no more than %s people in 24 hours',
        private.entitlement(v_organization.id, 'invitations_daily')),
      'Nobody of this list was invited. Try again tomorrow.');
  end if;
  perform private.send_invitation(made)
  from public.invitations as made
  join unnest(v_results) as result on result.invitation_id = made.id
  order by result.row_number;
  return query select * from unnest(v_results);
end;
$$;
comment on function private.create_invitations(uuid, jsonb) is 'Body of public.create_invitations.';
grant execute on function private.create_invitations(uuid, jsonb) to authenticated;

create function public.create_invitations(organization_id uuid, invitations jsonb)
  returns setof public.invitation_result
  language sql volatile set search_path = ''
as $$
  select * from private.create_invitations(create_invitations.organization_id, create_invitations.invitations)
$$;
comment on function public.create_invitations(uuid, jsonb) is $$Invites people to an organization by mail and tells for each row of the list what became of it.

Rows are objects {email, role, kind, custom_role_id, binding_kind, binding_id}; all but email may be left out (role
"member", kind "one_time"). Up to 500 rows. Rows that cannot be invited are told by their code and the others are
invited; beyond the daily limit nobody is (409 invitation_limit_reached).

Needs members.manage and roles below the own one. An address is invited whether or not somebody has an account with it.
A repeated call answers invitation_exists for each row.$$;
grant execute on function public.create_invitations(uuid, jsonb) to authenticated;

-- Definer: clients hold no update on invitations.
create function private.revoke_invitation(invitation_id uuid)
  returns public.invitations
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_invitation public.invitations := private.lock_invitation(revoke_invitation.invitation_id, 'revoke invitation');
begin
  if v_invitation.status = 'revoked' then
    return v_invitation;
  end if;
  if v_invitation.status <> 'pending' then
    perform private.raise_error(409, 'invitation_not_pending',
      format('Cannot revoke invitation: it is "%s"', v_invitation.status));
  end if;
  update public.invitations set status = 'revoked', ended_at = now()
  where invitations.id = v_invitation.id returning * into v_invitation;
  return v_invitation;
end;
$$;
comment on function private.revoke_invitation(uuid) is 'Body of public.revoke_invitation.';
grant execute on function private.revoke_invitation(uuid) to authenticated;

create function public.revoke_invitation(invitation_id uuid)
  returns public.invitations
  language sql volatile set search_path = ''
as $$
  select private.revoke_invitation(revoke_invitation.invitation_id)
$$;
comment on function public.revoke_invitation(uuid) is $$Takes an invitation back and returns it; its link is dead at once.

Needs members.manage and a rank above the invited role. One that was answered or expired: 409 invitation_not_pending.$$;
grant execute on function public.revoke_invitation(uuid) to authenticated;

-- Definer: as private.revoke_invitation.
create function private.resend_invitation(invitation_id uuid)
  returns public.invitations
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_invitation public.invitations := private.lock_invitation(resend_invitation.invitation_id, 'resend invitation');
  v_refusal text := private.invitation_refusal(
    v_invitation.organization_id, private.acting_person_id(), v_invitation.role, v_invitation.custom_role_id,
    v_invitation.binding_kind, v_invitation.binding_id
  );
  v_most bigint := private.setting_integer('invitations.largest_sent_count');
begin
  if v_invitation.status <> 'pending' then
    perform private.raise_error(409, 'invitation_not_pending',
      format('Cannot resend invitation: it is "%s"', v_invitation.status), 'Invite the person again.');
  end if;
  if v_refusal is not null then
    perform private.raise_error(403, v_refusal, 'Cannot resend invitation: you could not invite with this role',
      'Revoke it, or ask somebody of a higher rank.');
  end if;
  if v_invitation.resendable_at > now() then
    perform private.raise_error(429, 'invitation_sent_recently',
      format('Cannot resend invitation: it was sent less than %s seconds ago',
        private.setting_integer('invitations.resend_cooldown_seconds')),
      'Wait as long as the header Retry-After says.',
      jsonb_build_object('Retry-After', ceil(extract(epoch from v_invitation.resendable_at - now()))::text));
  end if;
  if v_invitation.sent_count >= v_most then
    perform private.raise_error(409, 'invitation_limit_reached',
      format('Cannot resend invitation: it was sent %s times', v_invitation.sent_count),
      'The person does not seem to want it.');
  end if;
  -- The link of the mail before is dead from here on.
  delete from private.invitation_tokens where invitation_tokens.invitation_id = v_invitation.id;
  update public.invitations
  set sent_count = invitations.sent_count + 1, invited_by = private.acting_person_id(),
    expires_at = private.invitation_expiry(invitations.kind), resendable_at = private.next_invitation_mail_at()
  where invitations.id = v_invitation.id returning * into v_invitation;
  perform private.send_invitation(v_invitation);
  return v_invitation;
end;
$$;
comment on function private.resend_invitation(uuid) is 'Body of public.resend_invitation.';
grant execute on function private.resend_invitation(uuid) to authenticated;

create function public.resend_invitation(invitation_id uuid)
  returns public.invitations
  language sql volatile set search_path = ''
as $$
  select private.resend_invitation(resend_invitation.invitation_id)
$$;
comment on function public.resend_invitation(uuid) is $$Sends an invitation again with a new link and its full time, and returns it; the link before is dead.

The caller stands for it from then on. Needs what inviting with its role needs. Again within five minutes:
429 invitation_sent_recently.$$;
grant execute on function public.resend_invitation(uuid) to authenticated;
