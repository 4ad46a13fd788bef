-- Called by definer functions alone.
create function private.is_active_owner(organization_id uuid, user_id uuid)
  returns boolean
  language sql stable set search_path = ''
as $$
  select exists (
    select from public.memberships
    where memberships.organization_id = is_active_owner.organization_id
      and memberships.user_id = is_active_owner.user_id
      and memberships.role = 'owner' and memberships.status = 'active'
  )
$$;
comment on function private.is_active_owner(uuid, uuid) is 'Whether a person is an active owner of an organization.';

create function private.require_owner(organization_id uuid, action text)
  returns void
  language plpgsql stable set search_path = ''
as $$
begin
  -- The permission knows suspension, second factor and scopes; the role alone does not.
  perform private.require_permission(require_owner.organization_id, 'members.manage', require_owner.action);
  if not private.owns_organization(require_owner.organization_id) then
    perform private.raise_error(403, 'owner_required', format('Cannot %s: only owners may', require_owner.action));
  end if;
end;
$$;
comment on function private.require_owner(uuid, text) is
  'Guard: the caller owns the organization and may manage its members now; otherwise 404 or 403.';

-- Definer: clients hold no insert on transfers.
create function private.propose_ownership_transfer(organization_id uuid, membership_id uuid)
  returns public.ownership_transfers
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_organization public.organizations := private.lock_members(propose_ownership_transfer.organization_id);
  v_person_id uuid := private.acting_person_id();
  v_membership public.memberships;
  v_transfer public.ownership_transfers;
begin
  perform private.require_owner(propose_ownership_transfer.organization_id, 'transfer ownership');
  if v_organization.kind = 'personal' then
    perform private.raise_error(409, 'organization_is_personal',
      'Cannot transfer ownership: a personal organization belongs to its person');
  end if;
  select * into v_membership from public.memberships
  where memberships.id = propose_ownership_transfer.membership_id
    and memberships.organization_id = v_organization.id
    and memberships.user_id is not null and memberships.status = 'active';
  if not found then
    perform private.raise_error(404, 'member_not_found', 'Cannot transfer ownership: no such active member');
  end if;
  if v_membership.role = 'owner' then
    perform private.raise_error(409, 'member_is_owner', 'Cannot transfer ownership: the member is an owner already');
  end if;
  update public.ownership_transfers set status = 'expired', ended_at = ownership_transfers.expires_at
  where ownership_transfers.organization_id = v_organization.id and ownership_transfers.status = 'pending'
    and ownership_transfers.expires_at <= now();
  select * into v_transfer from public.ownership_transfers
  where ownership_transfers.organization_id = v_organization.id and ownership_transfers.status = 'pending';
  if found then
    if (v_transfer.from_user_id, v_transfer.to_user_id) = (v_person_id, v_membership.user_id) then
      return v_transfer;
    end if;
    perform private.raise_error(409, 'ownership_transfer_exists',
      'Cannot transfer ownership: another transfer waits for its answer', 'Cancel it first.');
  end if;
  perform private.require_recent_verification('transfer ownership');
  insert into public.ownership_transfers (organization_id, from_user_id, to_user_id, expires_at)
  values (
    v_organization.id, v_person_id, v_membership.user_id,
    now() + make_interval(days => private.setting_integer('ownership_transfers.lifetime_days')::int)
  )
  returning * into v_transfer;
  return v_transfer;
end;
$$;
comment on function private.propose_ownership_transfer(uuid, uuid) is 'Body of public.propose_ownership_transfer.';
grant execute on function private.propose_ownership_transfer(uuid, uuid) to authenticated;

create function public.propose_ownership_transfer(organization_id uuid, membership_id uuid)
  returns public.ownership_transfers
  language sql volatile set search_path = ''
as $$
  select private.propose_ownership_transfer(
    propose_ownership_transfer.organization_id, propose_ownership_transfer.membership_id
  )
$$;
comment on function public.propose_ownership_transfer(uuid, uuid) is $$Offers an organization to another member and returns the offer; owners only.

Nothing changes until the member accepts, within seven days. One offer at a time: 409 ownership_transfer_exists; the same
call again returns the same offer. Needs a code verified within the last 10 minutes: 403 verification_required.$$;
grant execute on function public.propose_ownership_transfer(uuid, uuid) to authenticated;

create function private.lock_ownership_transfer(transfer_id uuid, action text)
  returns public.ownership_transfers
  language plpgsql volatile set search_path = ''
as $$
declare
  v_transfer public.ownership_transfers;
begin
  select * into v_transfer from public.ownership_transfers
  where ownership_transfers.id = lock_ownership_transfer.transfer_id;
  perform private.lock_members(v_transfer.organization_id);
  select * into v_transfer from public.ownership_transfers
  where ownership_transfers.id = lock_ownership_transfer.transfer_id
    and private.has_permission(ownership_transfers.organization_id, 'members.read')
    and (
      ownership_transfers.to_user_id = private.acting_person_id()
      or private.owns_organization(ownership_transfers.organization_id)
    )
  for update;
  if not found then
    perform private.raise_error(404, 'ownership_transfer_not_found',
      format('Cannot %s: no such offer', lock_ownership_transfer.action));
  end if;
  return v_transfer;
end;
$$;
comment on function private.lock_ownership_transfer(uuid, text) is
  'Locks a transfer that the caller may answer or cancel, after its organization, and returns it; otherwise 404.';

create function private.end_ownership_transfer(
  transfer public.ownership_transfers, status public.ownership_transfer_status, action text
)
  returns public.ownership_transfers
  language plpgsql volatile set search_path = ''
as $$
declare
  v_transfer public.ownership_transfers := end_ownership_transfer.transfer;
begin
  if v_transfer.status = end_ownership_transfer.status then
    return v_transfer;
  end if;
  if v_transfer.status <> 'pending' or v_transfer.expires_at <= now() then
    perform private.raise_error(409, 'ownership_transfer_not_pending',
      format('Cannot %s: the offer is "%s"', end_ownership_transfer.action,
        case v_transfer.status when 'pending' then 'expired' else v_transfer.status end));
  end if;
  update public.ownership_transfers set status = end_ownership_transfer.status, ended_at = now()
  where ownership_transfers.id = v_transfer.id returning * into v_transfer;
  return v_transfer;
end;
$$;
comment on function
  private.end_ownership_transfer(public.ownership_transfers, public.ownership_transfer_status, text)
is 'Ends a locked transfer; one that ended otherwise answers 409, the same end again changes nothing.';

-- Definer: clients hold no update on transfers and memberships.
create function private.accept_ownership_transfer(transfer_id uuid)
  returns public.ownership_transfers
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_transfer public.ownership_transfers :=
    private.lock_ownership_transfer(accept_ownership_transfer.transfer_id, 'accept ownership');
begin
  if v_transfer.to_user_id <> private.acting_person_id() then
    perform private.raise_error(403, 'ownership_transfer_for_another',
      'Cannot accept ownership: it was offered to somebody else');
  end if;
  if v_transfer.status = 'accepted' then
    return v_transfer;
  end if;
  perform private.require_recent_verification('accept ownership');
  v_transfer := private.end_ownership_transfer(v_transfer, 'accepted', 'accept ownership');
  if not exists (
    select from public.organizations where organizations.id = v_transfer.organization_id and organizations.status = 'active'
  ) then
    perform private.raise_error(403, 'organization_suspended', 'Cannot accept ownership: the organization is suspended');
  end if;
  if not private.is_active_owner(v_transfer.organization_id, v_transfer.from_user_id) then
    perform private.raise_error(409, 'ownership_transfer_not_pending',
      'Cannot accept ownership: who offered it is no owner any more', 'Ask an owner to offer it again.');
  end if;
  -- The new owner first, so that there is one at every moment.
  update public.memberships set role = 'owner', custom_role_id = null
  where memberships.organization_id = v_transfer.organization_id and memberships.user_id = v_transfer.to_user_id;
  update public.memberships set role = 'admin', custom_role_id = null
  where memberships.organization_id = v_transfer.organization_id and memberships.user_id = v_transfer.from_user_id;
  return v_transfer;
end;
$$;
comment on function private.accept_ownership_transfer(uuid) is 'Body of public.accept_ownership_transfer.';
grant execute on function private.accept_ownership_transfer(uuid) to authenticated;

create function public.accept_ownership_transfer(transfer_id uuid)
  returns public.ownership_transfers
  language sql volatile set search_path = ''
as $$
  select private.accept_ownership_transfer(accept_ownership_transfer.transfer_id)
$$;
comment on function public.accept_ownership_transfer(uuid) is $$Makes the caller owner and the one who offered it admin, in one step, and returns the offer.

For the member it was offered to, after a code verified within the last 10 minutes (403 verification_required). An offer
that ended or whose owner is none any more: 409 ownership_transfer_not_pending.$$;
grant execute on function public.accept_ownership_transfer(uuid) to authenticated;

-- Definer: as private.accept_ownership_transfer.
create function private.decline_ownership_transfer(transfer_id uuid)
  returns public.ownership_transfers
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_transfer public.ownership_transfers :=
    private.lock_ownership_transfer(decline_ownership_transfer.transfer_id, 'decline ownership');
begin
  if v_transfer.to_user_id <> private.acting_person_id() then
    perform private.raise_error(403, 'ownership_transfer_for_another',
      'Cannot decline ownership: it was offered to somebody else', 'Owners take it back with cancel_ownership_transfer.');
  end if;
  return private.end_ownership_transfer(v_transfer, 'declined', 'decline ownership');
end;
$$;
comment on function private.decline_ownership_transfer(uuid) is 'Body of public.decline_ownership_transfer.';
grant execute on function private.decline_ownership_transfer(uuid) to authenticated;

create function public.decline_ownership_transfer(transfer_id uuid)
  returns public.ownership_transfers
  language sql volatile set search_path = ''
as $$
  select private.decline_ownership_transfer(decline_ownership_transfer.transfer_id)
$$;
comment on function public.decline_ownership_transfer(uuid) is
  'Answers an offer of ownership with no and returns it. For the member it was offered to.';
grant execute on function public.decline_ownership_transfer(uuid) to authenticated;

-- Definer: as private.accept_ownership_transfer.
create function private.cancel_ownership_transfer(transfer_id uuid)
  returns public.ownership_transfers
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_transfer public.ownership_transfers :=
    private.lock_ownership_transfer(cancel_ownership_transfer.transfer_id, 'cancel transfer');
begin
  perform private.require_owner(v_transfer.organization_id, 'cancel transfer');
  return private.end_ownership_transfer(v_transfer, 'cancelled', 'cancel transfer');
end;
$$;
comment on function private.cancel_ownership_transfer(uuid) is 'Body of public.cancel_ownership_transfer.';
grant execute on function private.cancel_ownership_transfer(uuid) to authenticated;

create function public.cancel_ownership_transfer(transfer_id uuid)
  returns public.ownership_transfers
  language sql volatile set search_path = ''
as $$
  select private.cancel_ownership_transfer(cancel_ownership_transfer.transfer_id)
$$;
comment on function public.cancel_ownership_transfer(uuid) is 'Takes an offer of ownership back and returns it; any owner may.';
grant execute on function public.cancel_ownership_transfer(uuid) to authenticated;
