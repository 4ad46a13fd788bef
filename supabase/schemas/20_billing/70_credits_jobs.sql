create function private.grant_daily_credits(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_today date := private.credit_today();
  v_unlimited bigint := private.setting_integer('credits.unlimited_daily_count');
  v_count int;
begin
  with due as materialized (
    select wallets.id, wallets.organization_id, wallets.balance_count, wallets.reserved_count,
      case when limits.key is null then coalesce(defaults.default_value, v_unlimited) else coalesce(limits.value, v_unlimited) end
        as granted_count
    from public.credit_wallets as wallets
    join private.credit_accounts as accounts on accounts.organization_id = wallets.organization_id
    join public.organizations on organizations.id = wallets.organization_id and organizations.status = 'active'
    cross join (
      select limit_definitions.default_value from private.limit_definitions where limit_definitions.key = 'daily_credits'
    ) as defaults
    left join private.organization_limits as limits
      on limits.organization_id = wallets.organization_id and limits.key = 'daily_credits'
    where wallets.kind = 'daily' and wallets.granted_on < v_today
    order by wallets.granted_on
    limit grant_daily_credits.batch_size
    -- Who is spending at this moment gets the grant with that, or in the next run.
    for no key update of accounts, wallets skip locked
  ), renewed as (
    update public.credit_wallets
    set balance_count = due.reserved_count + due.granted_count, granted_on = v_today
    from due where credit_wallets.id = due.id
    returning credit_wallets.id
  ), told as (
    update private.credit_accounts set threshold_percent = 0
    from due where credit_accounts.organization_id = due.organization_id and credit_accounts.threshold_percent <> 0
  ), written as (
    insert into public.credit_entries (organization_id, wallet_id, kind, account, credit_count, balance_count)
    select due.organization_id, due.id, moves.kind, moves.account, moves.credit_count, moves.balance_count
    from due
    cross join lateral (
      values
        (
          1, 'expiry'::public.credit_entry_kind, 'expired'::public.credit_account,
          due.reserved_count - due.balance_count, due.reserved_count
        ),
        (
          2, 'grant'::public.credit_entry_kind, 'granted'::public.credit_account,
          due.granted_count, due.reserved_count + due.granted_count
        )
    ) as moves (step, kind, account, credit_count, balance_count)
    where moves.credit_count <> 0
    -- Numbered in this order: the running balance follows it.
    order by due.id, moves.step
  )
  select count(*) into v_count from renewed;
  return v_count;
end;
$$;
comment on function private.grant_daily_credits(int) is $$Renews the daily credits of so many organizations whose day is over, in one statement, and returns how many.

Twice a day it finds nothing, after an outage it grants the present day once.$$;

create function private.expire_credits(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_reservation record;
  v_wallet record;
  v_count int := 0;
begin
  for v_reservation in
    select credit_reservations.id from public.credit_reservations
    join private.credit_accounts as accounts on accounts.organization_id = credit_reservations.organization_id
    where credit_reservations.state = 'held' and credit_reservations.expires_at <= now()
    order by credit_reservations.organization_id, credit_reservations.expires_at
    limit expire_credits.batch_size
    -- Whose credits are being used is looked at by the next run.
    for no key update of accounts skip locked
  loop
    perform private.expire_reservation(v_reservation.id);
    v_count := v_count + 1;
  end loop;
  for v_wallet in
    select credit_wallets.id, credit_wallets.organization_id from public.credit_wallets
    join private.credit_accounts as accounts on accounts.organization_id = credit_wallets.organization_id
    where credit_wallets.expires_at <= now() and credit_wallets.balance_count > 0
    order by credit_wallets.organization_id, credit_wallets.expires_at
    limit expire_credits.batch_size
    for no key update of accounts skip locked
  loop
    perform private.lock_credits(v_wallet.organization_id);
    perform private.add_credits(
      credit_wallets.organization_id, credit_wallets.id, 'expiry',
      credit_wallets.reserved_count - credit_wallets.balance_count
    )
    from public.credit_wallets
    where credit_wallets.id = v_wallet.id and credit_wallets.balance_count > credit_wallets.reserved_count;
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.expire_credits(int) is
  'Ends reservations that were forgotten and promotions whose time is over, and returns how many.';

create function private.expire_reservation(reservation_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_reservation public.credit_reservations := private.lock_reservation(expire_reservation.reservation_id);
begin
  if v_reservation.state = 'held' then
    perform private.end_reservation(v_reservation, 'expired', null);
  end if;
end;
$$;
comment on function private.expire_reservation(uuid) is 'Ends a reservation that was forgotten.';

create function private.job_grant_daily_credits(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'billing_grant_daily_credits', 'private.grant_daily_credits'::regproc, job_grant_daily_credits.batch_size
  )
$$;
comment on function private.job_grant_daily_credits(int) is 'Renews daily credits after midnight UTC.';

create function private.job_expire_credits(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring('billing_expire_credits', 'private.expire_credits'::regproc, job_expire_credits.batch_size)
$$;
comment on function private.job_expire_credits(int) is 'Ends forgotten reservations and promotions that are over.';

-- Every minute of the first hour, so that large installations are through soon; then for who was busy or came back.
select private.register_cron_job(
  'billing_grant_daily_credits', '*/1 0 * * *', 'select private.job_grant_daily_credits(50000)'
);
select private.register_cron_job(
  'billing_grant_missed_daily_credits', '*/15 1-23 * * *', 'select private.job_grant_daily_credits(50000)'
);
select private.register_cron_job('billing_expire_credits', '* * * * *', 'select private.job_expire_credits(1000)');
select private.install_cron_jobs();
