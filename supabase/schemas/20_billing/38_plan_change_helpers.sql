create function private.prices_cents(price_ids uuid[], seat_count int)
  returns bigint
  language sql stable set search_path = ''
as $$
  select coalesce(sum(
    prices.unit_cents
    * case prices.kind when 'seat' then ceil(prices_cents.seat_count::numeric / prices.unit_count) else 1 end
  ), 0)::bigint
  from public.billing_prices as prices
  where prices.id = any (prices_cents.price_ids) and prices.kind in ('flat', 'seat')
$$;
comment on function private.prices_cents(uuid[], int) is 'What a period costs at these prices and seats, without use above limits.';

create function private.offered_prices(plan_id uuid, billing_interval public.billing_interval, currency text)
  returns uuid[]
  language sql stable set search_path = ''
as $$
  select array_agg(prices.id order by prices.kind, prices.id)
  from public.billing_prices as prices
  where prices.plan_id = offered_prices.plan_id and prices.currency = offered_prices.currency
    and prices.starts_at <= now() and (prices.ends_at is null or prices.ends_at > now())
    and (prices.kind = 'metered' or prices.kind in ('flat', 'seat') and prices.billing_interval = offered_prices.billing_interval)
  having bool_or(prices.kind in ('flat', 'seat'))
$$;
comment on function private.offered_prices(uuid, public.billing_interval, text) is
  'Prices at which one subscribes to a plan now: its fee, seats and use above limits; null where it is not offered so.';

create function private.prorated_cents(
  amount_cents bigint, starts_at timestamptz, ends_at timestamptz, at timestamptz, paused_seconds bigint default 0
)
  returns bigint
  language sql immutable set search_path = ''
as $$
  -- round() of numeric takes a half away from zero; the share is exact to the microsecond.
  select round(
    prorated_cents.amount_cents
    * greatest(least(
      extract(epoch from prorated_cents.ends_at - prorated_cents.at)
        / nullif(extract(epoch from prorated_cents.ends_at - prorated_cents.starts_at) - prorated_cents.paused_seconds, 0),
      1
    ), 0)
  )::bigint
$$;
comment on function private.prorated_cents(bigint, timestamptz, timestamptz, timestamptz, bigint) is $$The share of an amount that is for the rest of a period, rounded to the minor unit, a half away from zero.

paused_seconds are those of the period in which nothing was used: it ends so much later. All before the period, nothing
after it.$$;

-- Set-returning for its many answers; always one row.
create function private.quote_subscription_change(
  subscription public.billing_subscriptions, plan_id uuid, billing_interval public.billing_interval, seat_count int
)
  returns table (
    is_same boolean, is_immediate boolean, effective_at timestamptz, credit_cents bigint, charge_cents bigint,
    period_cents bigint, price_ids uuid[]
  )
  language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now_ids uuid[];
  v_ids uuid[];
  v_now_cents bigint;
  v_cents bigint;
  v_is_same_prices boolean := (subscription.plan_id, subscription.billing_interval)
    is not distinct from (quote_subscription_change.plan_id, quote_subscription_change.billing_interval);
  v_is_immediate boolean;
begin
  select array_agg(items.price_id order by items.price_id) into v_now_ids
  from public.billing_subscription_items as items where items.subscription_id = subscription.id;
  v_now_ids := coalesce(
    v_now_ids, private.offered_prices(subscription.plan_id, subscription.billing_interval, subscription.currency)
  );
  -- Who only changes seats keeps the prices of the day on which they subscribed.
  v_ids := case
    when v_is_same_prices then v_now_ids
    else private.offered_prices(
      quote_subscription_change.plan_id, quote_subscription_change.billing_interval, subscription.currency
    )
  end;
  if v_ids is null then
    perform private.raise_error(
      422, 'billing_price_not_offered', 'Cannot change the subscription: the plan has no such price',
      'list_plans tells the prices'
    );
  end if;
  v_now_cents := private.prices_cents(v_now_ids, subscription.seat_count);
  v_cents := private.prices_cents(v_ids, quote_subscription_change.seat_count);
  v_is_immediate := subscription.billing_interval = quote_subscription_change.billing_interval
    and (subscription.status = 'trialing' or v_cents >= v_now_cents);
  return query
  select v_is_same_prices and subscription.seat_count = quote_subscription_change.seat_count, v_is_immediate,
    case when v_is_immediate then now() else subscription.current_period_ends_at end,
    case when v_is_immediate and subscription.status <> 'trialing' then private.prorated_cents(
      v_now_cents, subscription.current_period_starts_at, subscription.current_period_ends_at, now(),
      subscription.paused_seconds
    ) else 0 end,
    case when v_is_immediate and subscription.status <> 'trialing' then private.prorated_cents(
      v_cents, subscription.current_period_starts_at, subscription.current_period_ends_at, now(),
      subscription.paused_seconds
    ) else 0 end,
    v_cents, v_ids;
end;
$$;
comment on function private.quote_subscription_change(public.billing_subscriptions, uuid, public.billing_interval, int) is $$What a change of plan, interval or seats means: at once where it costs as much or more, else when the period ends.

Another interval always waits for the end of the period. Nothing is charged in a trial.$$;
