-- Definer: wallets are changed by these functions alone.
create function private.reserve_credits(
  organization_id uuid, action text, idempotency_key text, quantity int default 1, person_id uuid default null,
  minutes int default null
)
  returns public.credit_reservations
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_reservation public.credit_reservations;
  v_count bigint;
  v_free bigint;
begin
  if reserve_credits.quantity is null or reserve_credits.quantity not between 1 and 100000 then
    perform private.raise_error(422, 'credit_quantity_invalid', 'Cannot reserve credits: the quantity is from 1 to 100,000');
  end if;
  perform private.lock_credits(reserve_credits.organization_id);
  select * into v_reservation from public.credit_reservations
  where credit_reservations.organization_id = reserve_credits.organization_id
    and credit_reservations.idempotency_key = reserve_credits.idempotency_key;
  if found then
    if (v_reservation.action, v_reservation.quantity) is distinct from (reserve_credits.action, reserve_credits.quantity) then
      perform private.raise_error(
        409, 'credit_reservation_key_reused', 'Cannot reserve credits: the key was used for something else',
        'Name each use by a key of its own'
      );
    end if;
    return v_reservation;
  end if;
  -- After the key: what was reserved when the action was offered stays reserved.
  select credit_actions.credit_count * reserve_credits.quantity::bigint into v_count from public.credit_actions
  where credit_actions.action = reserve_credits.action and credit_actions.is_active;
  if not found then
    perform private.raise_error(
      422, 'credit_action_unknown', format('Cannot reserve credits: there is no action "%s"', reserve_credits.action),
      'Table credit_actions lists what is offered'
    );
  end if;
  if not private.is_organization_active(reserve_credits.organization_id) then
    perform private.raise_error(
      403, 'organization_suspended', 'Cannot reserve credits: the organization is suspended or deleted'
    );
  end if;
  v_free := private.available_credit_count(reserve_credits.organization_id);
  if v_free < v_count then
    perform private.raise_error(
      402, 'insufficient_credits', format('Cannot reserve %s credits: %s are left', v_count, v_free),
      'Buy credits, choose a larger plan, or wait for the grant at 00:00 UTC'
    );
  end if;
  insert into public.credit_reservations
    (organization_id, person_id, action, quantity, credit_count, idempotency_key, expires_at)
  values (
    reserve_credits.organization_id, reserve_credits.person_id, reserve_credits.action, reserve_credits.quantity, v_count,
    reserve_credits.idempotency_key,
    now() + make_interval(
      mins => coalesce(reserve_credits.minutes, private.setting_integer('credits.reservation_minutes')::int)
    )
  )
  returning * into v_reservation;
  with ordered as (
    select wallets.id, wallets.granted_on, wallets.balance_count - wallets.reserved_count as free_count,
      sum(wallets.balance_count - wallets.reserved_count) over (
        order by wallets.priority, wallets.expires_at nulls last, wallets.created_at, wallets.id
      ) as up_to_count
    from public.credit_wallets as wallets
    where wallets.organization_id = reserve_credits.organization_id and wallets.balance_count > wallets.reserved_count
      and (wallets.expires_at is null or wallets.expires_at > now())
  ), parts as (
    select ordered.id, ordered.granted_on,
      least(ordered.free_count, v_count - (ordered.up_to_count - ordered.free_count)) as credit_count
    from ordered
    where ordered.up_to_count - ordered.free_count < v_count
  ), held as (
    update public.credit_wallets set reserved_count = credit_wallets.reserved_count + parts.credit_count
    from parts where credit_wallets.id = parts.id
  )
  insert into private.credit_reservation_parts (reservation_id, organization_id, wallet_id, credit_count, granted_on)
  select v_reservation.id, reserve_credits.organization_id, parts.id, parts.credit_count, parts.granted_on from parts;
  return v_reservation;
end;
$$;
comment on function private.reserve_credits(uuid, text, text, int, uuid, int) is
  'Sets credits aside from the wallets in their order; see reserve_credits.';

-- Returns the reservation under the lock of its organization's credits.
create function private.lock_reservation(reservation_id uuid)
  returns public.credit_reservations
  language plpgsql volatile set search_path = ''
as $$
declare
  v_reservation public.credit_reservations;
begin
  select * into v_reservation from public.credit_reservations
  where credit_reservations.id = lock_reservation.reservation_id;
  if not found then
    perform private.raise_error(404, 'credit_reservation_not_found', 'Cannot end the reservation: no such reservation');
  end if;
  perform private.lock_credits(v_reservation.organization_id);
  select * into v_reservation from public.credit_reservations
  where credit_reservations.id = lock_reservation.reservation_id;
  return v_reservation;
end;
$$;
comment on function private.lock_reservation(uuid) is
  'A reservation as it is now that nobody else can end it; 404 credit_reservation_not_found.';

create function private.end_reservation(
  reservation public.credit_reservations, state public.credit_reservation_state, spent_count bigint
)
  returns public.credit_reservations
  language plpgsql volatile set search_path = ''
as $$
declare
  v_part record;
  v_left bigint := coalesce(end_reservation.spent_count, 0);
  v_spent bigint;
  v_reservation public.credit_reservations;
begin
  for v_part in
    select parts.wallet_id, parts.credit_count, parts.granted_on < wallets.granted_on
      or wallets.expires_at <= now() as is_over
    from private.credit_reservation_parts as parts
    join public.credit_wallets as wallets on wallets.id = parts.wallet_id
    where parts.reservation_id = (end_reservation.reservation).id
    order by wallets.priority, wallets.expires_at nulls last, wallets.created_at, wallets.id
  loop
    v_spent := least(v_left, v_part.credit_count);
    v_left := v_left - v_spent;
    update public.credit_wallets set reserved_count = credit_wallets.reserved_count - v_part.credit_count
    where credit_wallets.id = v_part.wallet_id;
    perform private.add_credits(
      (end_reservation.reservation).organization_id, v_part.wallet_id, 'spend', -v_spent,
      reservation_id => (end_reservation.reservation).id
    );
    -- What comes back into a day or a promotion that is over has expired meanwhile.
    if v_part.is_over then
      perform private.add_credits(
        (end_reservation.reservation).organization_id, v_part.wallet_id, 'expiry', v_spent - v_part.credit_count
      );
    end if;
  end loop;
  update public.credit_reservations
  set state = end_reservation.state, spent_count = end_reservation.spent_count, ended_at = now()
  where credit_reservations.id = (end_reservation.reservation).id
  returning * into v_reservation;
  return v_reservation;
end;
$$;
comment on function private.end_reservation(public.credit_reservations, public.credit_reservation_state, bigint) is $$Spends so many of the credits that were set aside, in the order of the wallets, and gives the rest back.

For who holds the lock of private.lock_reservation and found it held.$$;

-- Definer: as private.reserve_credits.
create function private.settle_credits(reservation_id uuid, credit_count bigint default null)
  returns public.credit_reservations
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_reservation public.credit_reservations := private.lock_reservation(settle_credits.reservation_id);
  v_count bigint := coalesce(settle_credits.credit_count, v_reservation.credit_count);
begin
  if v_reservation.state = 'settled' and v_reservation.spent_count = v_count then
    return v_reservation;
  end if;
  if v_reservation.state <> 'held' then
    perform private.raise_error(
      409, 'credit_reservation_ended', format('Cannot settle the reservation: it is "%s"', v_reservation.state),
      'Reserve anew; a reservation ends by itself after a while'
    );
  end if;
  if v_count not between 0 and v_reservation.credit_count then
    perform private.raise_error(
      422, 'credit_count_invalid',
      format('Cannot settle %s credits: %s were reserved', v_count, v_reservation.credit_count),
      'Reserve the most that it may cost, and settle what it did'
    );
  end if;
  v_reservation := private.end_reservation(v_reservation, 'settled', v_count);
  perform private.tell_credit_use(v_reservation.organization_id);
  return v_reservation;
end;
$$;
comment on function private.settle_credits(uuid, bigint) is 'Spends what was reserved, or less; see settle_credits.';

-- Definer: as private.reserve_credits.
create function private.release_credits(reservation_id uuid)
  returns public.credit_reservations
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_reservation public.credit_reservations := private.lock_reservation(release_credits.reservation_id);
begin
  if v_reservation.state in ('released', 'expired') then
    return v_reservation;
  end if;
  if v_reservation.state = 'settled' then
    perform private.raise_error(
      409, 'credit_reservation_ended', 'Cannot release the reservation: its credits are spent', 'Refund them instead'
    );
  end if;
  return private.end_reservation(v_reservation, 'released', null);
end;
$$;
comment on function private.release_credits(uuid) is 'Gives back what was reserved; see release_credits.';

create function public.reserve_credits(
  organization_id uuid, action text, idempotency_key text, quantity int default 1, person_id uuid default null,
  minutes int default null
)
  returns public.credit_reservations
  language sql volatile set search_path = ''
as $$
  select private.reserve_credits(
    reserve_credits.organization_id, reserve_credits.action, reserve_credits.idempotency_key, reserve_credits.quantity,
    reserve_credits.person_id, reserve_credits.minutes
  )
$$;
comment on function public.reserve_credits(uuid, text, text, int, uuid, int) is $$Sets aside the credits that so many of an action cost, before it is done. For the backend itself.

The same idempotency_key again gives the same reservation. It ends by itself after minutes (setting
credits.reservation_minutes unless given). Errors: 402 insufficient_credits, 403 organization_suspended,
404 organization_not_found, 409 credit_reservation_key_reused, 422 credit_action_unknown or credit_quantity_invalid.$$;

create function public.settle_credits(reservation_id uuid, credit_count bigint default null)
  returns public.credit_reservations
  language sql volatile set search_path = ''
as $$
  select private.settle_credits(settle_credits.reservation_id, settle_credits.credit_count)
$$;
comment on function public.settle_credits(uuid, bigint) is $$Spends the credits of a reservation, all unless fewer are named; the rest goes back. For the backend itself.

Again it changes nothing. Errors: 404 credit_reservation_not_found, 409 credit_reservation_ended, 422 credit_count_invalid.$$;

create function public.release_credits(reservation_id uuid)
  returns public.credit_reservations
  language sql volatile set search_path = ''
as $$
  select private.release_credits(release_credits.reservation_id)
$$;
comment on function public.release_credits(uuid) is $$Gives back the credits of a reservation, because what they were for did not happen. For the backend itself.

Again it changes nothing. Errors: 404 credit_reservation_not_found, 409 credit_reservation_ended when they are spent.$$;

grant execute on function private.reserve_credits(uuid, text, text, int, uuid, int) to service_role;
grant execute on function private.settle_credits(uuid, bigint) to service_role;
grant execute on function private.release_credits(uuid) to service_role;
grant execute on function public.reserve_credits(uuid, text, text, int, uuid, int) to service_role;
grant execute on function public.settle_credits(uuid, bigint) to service_role;
grant execute on function public.release_credits(uuid) to service_role;
