create function private.invoice_lines_due(periods private.billing_periods[])
  returns table (
    subscription_id uuid, period_starts_at timestamptz, "position" int, kind public.billing_line_kind, description text,
    quantity bigint, unit_cents bigint, unit_count int, amount_cents bigint, price_id uuid, limit_key text,
    line_starts_at timestamptz, line_ends_at timestamptz, usage jsonb, is_carried boolean
  )
  language sql stable set search_path = ''
as $$
  with due as materialized (
    select * from unnest(invoice_lines_due.periods)
  ), priced as (
    -- What was agreed; where nothing was, what the plan costs when the period begins.
    select distinct on (due.subscription_id, due.starts_at, prices.kind) due.subscription_id, due.starts_at, due.ends_at,
      prices.kind, plans.name, prices.id as price_id, prices.unit_cents, prices.unit_count,
      case prices.kind when 'seat' then due.seat_count else 1 end::bigint as quantity
    from due
    -- The fee is the provider's to bill where there is one.
    join public.billing_subscriptions as subscriptions
      on subscriptions.id = due.subscription_id and subscriptions.provider = 'manual'
    join public.billing_plans as plans on plans.id = due.plan_id
    join public.billing_prices as prices
      on prices.plan_id = due.plan_id and prices.currency = due.currency and prices.kind in ('flat', 'seat')
      and prices.billing_interval = subscriptions.billing_interval
    left join public.billing_subscription_items as items
      on items.subscription_id = due.subscription_id and items.price_id = prices.id
    where not due.is_final and (
      items.id is not null
      or prices.starts_at <= due.starts_at and (prices.ends_at is null or prices.ends_at > due.starts_at)
    )
    order by due.subscription_id, due.starts_at, prices.kind, items.id is not null desc
  ), lines as (
    select priced.subscription_id, priced.starts_at, case priced.kind when 'flat' then 1 else 2 end as place,
      priced.kind::text::public.billing_line_kind as kind,
      case priced.kind when 'flat' then priced.name else priced.name || ': seats' end as description,
      priced.quantity, priced.unit_cents, priced.unit_count,
      (priced.quantity + priced.unit_count - 1) / priced.unit_count * priced.unit_cents as amount_cents,
      priced.price_id, null::text as limit_key, priced.starts_at as line_starts_at, priced.ends_at as line_ends_at,
      null::jsonb as usage
    from priced
    union all
    -- What changes of plan left for the next invoice: on that of the first of its periods.
    select pending.subscription_id, first.starts_at, 4, 'adjustment', pending.description, 1, pending.amount_cents, 1,
      pending.amount_cents, null, null, pending.period_starts_at, pending.period_ends_at, null
    from (
      select due.subscription_id, min(due.starts_at) as starts_at from due group by due.subscription_id
    ) as first
    join public.billing_pending_lines as pending
      on pending.subscription_id = first.subscription_id and pending.invoice_id is null
    union all
    select due.subscription_id, due.starts_at, 3, 'overage', definitions.description, over.quantity, over.unit_cents,
      over.unit_count, over.amount_cents, over.price_id, over.limit_key,
      coalesce((over.usage ->> 'starts_at')::timestamptz, due.previous_starts_at),
      coalesce((over.usage ->> 'ends_at')::timestamptz, due.previous_ends_at), over.usage
    from due
    cross join lateral private.overage_lines(due.subscription_id, due.previous_starts_at, due.previous_ends_at) as over
    join private.limit_definitions as definitions on definitions.key = over.limit_key
    -- Who never agreed to a metered price has none; who left such a plan may have some of the time before.
    where due.previous_starts_at is not null and exists (
      select from private.usage_agreed_prices as agreed where agreed.subscription_id = due.subscription_id
    )
  ), carried as (
    -- An invoice is never below zero: what more is to be credited waits for the next one.
    select lines.subscription_id, lines.starts_at, max(lines.line_ends_at) as line_ends_at,
      -sum(lines.amount_cents)::bigint as amount_cents
    from lines
    group by lines.subscription_id, lines.starts_at
    having sum(lines.amount_cents) < 0 and sum(greatest(lines.amount_cents, 0)) > 0
  )
  select listed.subscription_id, listed.starts_at,
    row_number() over (
      partition by listed.subscription_id, listed.starts_at
      order by listed.place, listed.limit_key, listed.line_starts_at, listed.amount_cents
    )::int,
    listed.kind, listed.description, listed.quantity, listed.unit_cents, listed.unit_count, listed.amount_cents,
    listed.price_id, listed.limit_key, listed.line_starts_at, listed.line_ends_at, listed.usage, listed.place = 5
  from (
    select * from lines
    union all
    select carried.subscription_id, carried.starts_at, 5, 'adjustment', 'Carried to the next invoice', 1,
      carried.amount_cents, 1, carried.amount_cents, null, null, carried.starts_at,
      greatest(carried.line_ends_at, carried.starts_at), null
    from carried
  ) as listed
$$;
comment on function private.invoice_lines_due(private.billing_periods[]) is
  'What the invoices of these periods have to say: the fee, the seats, the overage of the time before, and pending lines.';
