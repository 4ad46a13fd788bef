-- Definer: as private.reserve_credits.
create function private.grant_credits(
  organization_id uuid, credit_count bigint, description text, reference text, expires_at timestamptz default null
)
  returns public.credit_wallets
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_wallet public.credit_wallets;
begin
  if grant_credits.credit_count is null or grant_credits.credit_count not between 1 and 1000000 then
    perform private.raise_error(422, 'credit_count_invalid', 'Cannot grant credits: from 1 to 1,000,000 at a time');
  end if;
  if grant_credits.expires_at <= now() then
    perform private.raise_error(422, 'credit_expiry_invalid', 'Cannot grant credits that have expired');
  end if;
  perform private.lock_credits(grant_credits.organization_id);
  select credit_wallets.* into v_wallet
  from public.credit_entries
  join public.credit_wallets on credit_wallets.id = credit_entries.wallet_id
  where credit_entries.organization_id = grant_credits.organization_id and credit_entries.kind = 'grant'
    and credit_entries.reference = grant_credits.reference;
  if found then
    return v_wallet;
  end if;
  insert into public.credit_wallets (organization_id, kind, priority, description, expires_at)
  values (
    grant_credits.organization_id, 'promotional', private.credit_priority('promotional'), grant_credits.description,
    grant_credits.expires_at
  )
  returning * into v_wallet;
  perform private.add_credits(
    grant_credits.organization_id, v_wallet.id, 'grant', grant_credits.credit_count, grant_credits.reference
  );
  select * into v_wallet from public.credit_wallets where credit_wallets.id = v_wallet.id;
  return v_wallet;
end;
$$;
comment on function private.grant_credits(uuid, bigint, text, text, timestamptz) is 'Gives credits away; see grant_credits.';

-- Definer: asks for the admin before anything else.
create function private.grant_credits_as_admin(
  organization_id uuid, credit_count bigint, description text, reference text, expires_at timestamptz
)
  returns public.credit_wallets
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_wallet public.credit_wallets;
begin
  perform private.require_platform_admin('grant credits');
  v_wallet := private.grant_credits(
    grant_credits_as_admin.organization_id, grant_credits_as_admin.credit_count, grant_credits_as_admin.description,
    grant_credits_as_admin.reference, grant_credits_as_admin.expires_at
  );
  perform private.record_audit_event(
    'grant_credits', v_wallet.organization_id, 'credit_wallets', v_wallet.id::text,
    jsonb_build_object('credit_count', grant_credits_as_admin.credit_count, 'reference', grant_credits_as_admin.reference)
  );
  return v_wallet;
end;
$$;
comment on function private.grant_credits_as_admin(uuid, bigint, text, text, timestamptz) is 'See grant_credits.';
grant execute on function private.grant_credits_as_admin(uuid, bigint, text, text, timestamptz) to authenticated;

create function public.grant_credits(
  organization_id uuid, credit_count bigint, description text, reference text, expires_at timestamptz default null
)
  returns public.credit_wallets
  language sql volatile set search_path = ''
as $$
  select private.grant_credits_as_admin(
    grant_credits.organization_id, grant_credits.credit_count, grant_credits.description, grant_credits.reference,
    grant_credits.expires_at
  )
$$;
comment on function public.grant_credits(uuid, bigint, text, text, timestamptz) is $$Gives an organization credits as a promotion. For platform admins with a second factor; audited.

The same reference again gives nothing more and answers the same wallet. Errors: 403, 404 organization_not_found,
422 credit_count_invalid or credit_expiry_invalid.$$;
grant execute on function public.grant_credits(uuid, bigint, text, text, timestamptz) to authenticated;

-- Definer: as private.reserve_credits.
create function private.refund_credits(reservation_id uuid)
  returns public.credit_reservations
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_reservation public.credit_reservations := private.lock_reservation(refund_credits.reservation_id);
  v_part record;
  v_late bigint := 0;
begin
  if v_reservation.state <> 'settled' then
    perform private.raise_error(
      409, 'credit_reservation_not_settled', format('Cannot refund credits: the reservation is "%s"', v_reservation.state),
      'Only what was spent is given back'
    );
  end if;
  if exists (
    select from public.credit_entries
    where credit_entries.organization_id = v_reservation.organization_id
      and credit_entries.reservation_id = v_reservation.id and credit_entries.kind = 'refund'
  ) then
    return v_reservation;
  end if;
  for v_part in
    select entries.wallet_id, -entries.credit_count as credit_count,
      coalesce(parts.granted_on < wallets.granted_on or wallets.expires_at <= now(), false) as is_over
    from public.credit_entries as entries
    join public.credit_wallets as wallets on wallets.id = entries.wallet_id
    join private.credit_reservation_parts as parts
      on parts.reservation_id = entries.reservation_id and parts.wallet_id = entries.wallet_id
    where entries.organization_id = v_reservation.organization_id and entries.reservation_id = v_reservation.id
      and entries.kind = 'spend'
    order by entries.id
  loop
    perform private.add_credits(
      v_reservation.organization_id, v_part.wallet_id, 'refund', v_part.credit_count, reservation_id => v_reservation.id
    );
    if v_part.is_over then
      perform private.add_credits(v_reservation.organization_id, v_part.wallet_id, 'expiry', -v_part.credit_count);
      v_late := v_late + v_part.credit_count;
    end if;
  end loop;
  if v_late > 0 then
    -- Their day is over; whoever is owed them gets them all the same.
    perform private.grant_credits(
      v_reservation.organization_id, v_late, 'Refund', 'refund:' || v_reservation.id,
      now() + make_interval(days => private.setting_integer('credits.refund_days')::int)
    );
  end if;
  return v_reservation;
end;
$$;
comment on function private.refund_credits(uuid) is 'Gives back what was spent; see refund_credits.';

create function public.refund_credits(reservation_id uuid)
  returns public.credit_reservations
  language sql volatile set search_path = ''
as $$
  select private.refund_credits(refund_credits.reservation_id)
$$;
comment on function public.refund_credits(uuid) is $$Gives back the credits that were spent on something that turned out not to work. For the backend itself.

They go back where they came from; those of a day that is over come as a promotion that lasts a while. Again it changes
nothing. Errors: 404 credit_reservation_not_found, 409 credit_reservation_not_settled.$$;
grant execute on function private.refund_credits(uuid) to service_role;
grant execute on function public.refund_credits(uuid) to service_role;
