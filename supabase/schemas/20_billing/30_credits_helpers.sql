create function private.credit_today()
  returns date
  language sql stable set search_path = ''
as $$
  select (now() at time zone 'UTC')::date
$$;
comment on function private.credit_today() is 'The day of daily credits: they reset at 00:00 UTC.';

create function private.credit_priority(kind public.credit_wallet_kind)
  returns smallint
  language sql immutable set search_path = ''
as $$
  select case credit_priority.kind when 'daily' then 10 when 'promotional' then 20 when 'initial' then 30 else 40 end::smallint
$$;
comment on function private.credit_priority(public.credit_wallet_kind) is 'In which order wallets are drained (decision C-02).';

create function private.daily_credit_count(organization_id uuid)
  returns bigint
  language sql stable set search_path = ''
as $$
  select coalesce(
    private.entitlement(daily_credit_count.organization_id, 'daily_credits'),
    private.setting_integer('credits.unlimited_daily_count')
  )
$$;
comment on function private.daily_credit_count(uuid) is 'How many credits an organization is granted each day.';

create function private.add_credits(
  organization_id uuid, wallet_id uuid, kind public.credit_entry_kind, credit_count bigint,
  reference text default null, reservation_id uuid default null
)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_balance bigint;
begin
  if add_credits.credit_count = 0 then
    return;
  end if;
  update public.credit_wallets set balance_count = credit_wallets.balance_count + add_credits.credit_count
  where credit_wallets.id = add_credits.wallet_id
  returning credit_wallets.balance_count into strict v_balance;
  insert into public.credit_entries
    (organization_id, wallet_id, kind, account, credit_count, balance_count, reservation_id, reference)
  values (
    add_credits.organization_id, add_credits.wallet_id, add_credits.kind,
    case add_credits.kind
      when 'grant' then 'granted' when 'purchase' then 'sold' when 'expiry' then 'expired'
      when 'clawback' then 'clawed_back' else 'consumed'
    end::public.credit_account,
    add_credits.credit_count, v_balance, add_credits.reservation_id, add_credits.reference
  );
end;
$$;
comment on function private.add_credits(uuid, uuid, public.credit_entry_kind, bigint, text, uuid) is $$Moves credits into a wallet, or out of it, and writes the ledger entry.

For who holds the lock on the organization's row of private.credit_accounts.$$;

create function private.lock_credits(organization_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  if not private.lock_billing(lock_credits.organization_id) then
    perform private.raise_error(404, 'organization_not_found', 'Cannot use credits: no such organization');
  end if;
  -- The day begins at midnight, whether or not the job was there.
  perform private.renew_daily_credits(lock_credits.organization_id);
end;
$$;
comment on function private.lock_credits(uuid) is
  'Puts the caller in the queue of who moves the organization''s credits, and grants the day''s when they are due.';

create function private.renew_daily_credits(organization_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_wallet public.credit_wallets;
  v_today date := private.credit_today();
begin
  select * into v_wallet from public.credit_wallets
  where credit_wallets.organization_id = renew_daily_credits.organization_id
    and credit_wallets.kind = 'daily' and credit_wallets.granted_on < v_today
  for update;
  if not found or not private.is_organization_active(renew_daily_credits.organization_id) then
    return;
  end if;
  perform private.add_credits(
    v_wallet.organization_id, v_wallet.id, 'expiry', v_wallet.reserved_count - v_wallet.balance_count
  );
  perform private.add_credits(
    v_wallet.organization_id, v_wallet.id, 'grant', private.daily_credit_count(v_wallet.organization_id)
  );
  update public.credit_wallets set granted_on = v_today where credit_wallets.id = v_wallet.id;
  update private.credit_accounts set threshold_percent = 0
  where credit_accounts.organization_id = v_wallet.organization_id and credit_accounts.threshold_percent <> 0;
end;
$$;
comment on function private.renew_daily_credits(uuid) is $$Lets what is left of earlier days expire and grants today's credits, once a day; nothing when that was done.

Credits that are set aside stay until the reservation ends.$$;

create function private.available_credit_count(organization_id uuid)
  returns bigint
  language sql stable set search_path = ''
as $$
  select coalesce(sum(wallets.balance_count - wallets.reserved_count), 0)::bigint
  from public.credit_wallets as wallets
  where wallets.organization_id = available_credit_count.organization_id
    and (wallets.expires_at is null or wallets.expires_at > now())
$$;
comment on function private.available_credit_count(uuid) is
  'Credits of an organization that can be used now: neither set aside nor over.';
