create function public.get_credit_balance(organization_id uuid)
  returns table (
    available_count bigint, reserved_count bigint, daily_count bigint, promotional_count bigint, initial_count bigint,
    purchased_count bigint, daily_granted_count bigint, resets_at timestamptz
  )
  language sql stable set search_path = ''
as $$
  select
    coalesce(sum(wallets.balance_count - wallets.reserved_count), 0)::bigint,
    coalesce(sum(wallets.reserved_count), 0)::bigint,
    coalesce(sum(wallets.balance_count - wallets.reserved_count) filter (where wallets.kind = 'daily'), 0)::bigint,
    coalesce(sum(wallets.balance_count - wallets.reserved_count) filter (where wallets.kind = 'promotional'), 0)::bigint,
    coalesce(sum(wallets.balance_count - wallets.reserved_count) filter (where wallets.kind = 'initial'), 0)::bigint,
    coalesce(sum(wallets.balance_count - wallets.reserved_count) filter (where wallets.kind = 'purchased'), 0)::bigint,
    (
      select entries.credit_count from public.credit_entries as entries
      join public.credit_wallets as daily on daily.id = entries.wallet_id and daily.kind = 'daily'
      where daily.organization_id = get_credit_balance.organization_id and entries.kind = 'grant'
      order by entries.id desc limit 1
    ),
    (private.credit_today() + 1)::timestamp at time zone 'UTC'
  from public.credit_wallets as wallets
  where wallets.organization_id = get_credit_balance.organization_id
    and (wallets.expires_at is null or wallets.expires_at > now())
  having count(*) > 0
$$;
comment on function public.get_credit_balance(uuid) is $$What credits an organization has, by where they come from, and when the day's reset.

available_count can be used now; reserved_count is set aside for what is being done. No row for who may not see it
(credits.read).$$;
grant execute on function private.credit_today() to authenticated;
grant execute on function public.get_credit_balance(uuid) to authenticated, service_role;

create function public.get_credit_statement(organization_id uuid, month date)
  returns table (
    kind public.credit_entry_kind, action text, entry_count bigint, credit_count bigint, opening_count bigint,
    closing_count bigint
  )
  language sql stable set search_path = ''
as $$
  with span as (
    select date_trunc('month', get_credit_statement.month::timestamp) at time zone 'UTC' as starts_at,
      (date_trunc('month', get_credit_statement.month::timestamp) + interval '1 month') at time zone 'UTC' as ends_at
  ), entries as (
    select credit_entries.kind, credit_entries.credit_count, credit_entries.created_at, credit_reservations.action
    from public.credit_entries
    left join public.credit_reservations on credit_reservations.id = credit_entries.reservation_id
    where credit_entries.organization_id = get_credit_statement.organization_id
  ), totals as (
    select coalesce(sum(entries.credit_count) filter (where entries.created_at < span.starts_at), 0)::bigint as opening,
      coalesce(sum(entries.credit_count) filter (where entries.created_at < span.ends_at), 0)::bigint as closing
    from entries cross join span
  )
  select entries.kind, entries.action, count(*), sum(entries.credit_count)::bigint, totals.opening, totals.closing
  from entries cross join span cross join totals
  where entries.created_at >= span.starts_at and entries.created_at < span.ends_at
  group by entries.kind, entries.action, totals.opening, totals.closing
  order by entries.kind, entries.action
$$;
comment on function public.get_credit_statement(uuid, date) is $$How an organization's credits moved in the month (UTC) of a day: by kind, spending and refunds by action.

opening_count and closing_count are the balances before and after the month, the same in each row; opening_count plus
all credit_count is closing_count. For members with credits.read.$$;
grant execute on function public.get_credit_statement(uuid, date) to authenticated, service_role;
