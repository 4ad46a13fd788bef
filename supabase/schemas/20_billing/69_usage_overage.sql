create function private.overage_price(amount bigint, unit_cents bigint, unit_count int)
  returns bigint
  language sql immutable set search_path = ''
as $$
  select (overage_price.amount + overage_price.unit_count - 1) / overage_price.unit_count * overage_price.unit_cents
$$;
comment on function private.overage_price(bigint, bigint, int) is
  'What so many units cost, in the currency''s minor unit: a started unit_count counts whole.';

create function private.overage_lines(subscription_id uuid, starts_at timestamptz, ends_at timestamptz)
  returns table (
    limit_key text, price_id uuid, quantity bigint, unit_cents bigint, unit_count int, amount_cents bigint, usage jsonb
  )
  -- As private.usage_by_day.
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
begin
  return query
  with metered as (
    select distinct on (prices.limit_key) subscriptions.organization_id, subscriptions.currency, prices.limit_key,
      prices.billing_interval
    from public.billing_subscriptions as subscriptions
    join private.usage_agreed_prices as agreed on agreed.subscription_id = subscriptions.id
    join public.billing_prices as prices on prices.id = agreed.price_id and prices.currency = subscriptions.currency
    where subscriptions.id = overage_lines.subscription_id
    order by prices.limit_key, agreed.agreed_at desc
  ), priced as (
    select metered.organization_id, metrics.limit_key, metrics.limit_span, metrics.metric, metrics.unit, spans.starts_at,
      spans.ends_at, days.day_on, days.quantity, days.overage_count, to_jsonb(days) as day, price.id as price_id
    from metered
    join public.usage_metrics as metrics on metrics.limit_key = metered.limit_key
    -- A price by the month in a yearly period is one for each of its months.
    cross join lateral (
      select steps.starts_at,
        least(
          overage_lines.starts_at + (steps.place + 1) * private.billing_period_length(metered.billing_interval),
          overage_lines.ends_at
        ) as ends_at
      from (
        select series.place,
          overage_lines.starts_at + series.place * private.billing_period_length(metered.billing_interval) as starts_at
        from generate_series(0, 120) as series (place)
      ) as steps
      where steps.starts_at < overage_lines.ends_at
    ) as spans
    -- A day belongs to the period in which it ends: at its end all of it is known.
    cross join lateral private.usage_by_day(
      metered.organization_id, metrics, (spans.starts_at at time zone 'UTC')::date,
      (spans.ends_at at time zone 'UTC')::date - 1
    ) as days
    -- The price that held when the day ended, whatever the plan is now; the first one since ever.
    cross join lateral (
      select prices.id
      from private.usage_agreed_prices as agreed
      join public.billing_prices as prices on prices.id = agreed.price_id
      cross join lateral (
        select agreed.agreed_at < (days.day_on + 1)::timestamp at time zone 'UTC' as has_begun
      ) as terms
      where agreed.subscription_id = overage_lines.subscription_id and prices.limit_key = metrics.limit_key
        and prices.currency = metered.currency
      order by terms.has_begun desc, case when terms.has_begun then agreed.agreed_at end desc, agreed.agreed_at
      limit 1
    ) as price
    where days.overage_count > 0 or metrics.limit_span = 'month' and days.quantity > 0
  ), billed as (
    select priced.*,
      case priced.limit_span
        when 'day' then priced.price_id
        when 'month' then first_value(priced.price_id) over (
          partition by priced.limit_key, priced.starts_at order by priced.day_on desc
        )
        -- There is one peak in a month, at the price of its day.
        else first_value(priced.price_id) over peaks
      end as billed_price_id,
      case when priced.limit_span = 'moment' then first_value(priced.day_on) over peaks end as peak_on
    from priced
    window peaks as (
      partition by priced.limit_key, priced.starts_at order by priced.overage_count desc, priced.day_on
    )
  ), summed as (
    select billed.limit_key, billed.billed_price_id, billed.starts_at,
      case billed.limit_span
        when 'moment' then max(billed.overage_count)
        when 'day' then sum(billed.overage_count)::bigint
        else case when private.limit_action(billed.organization_id, billed.limit_key) = 'overage'
          then sum(billed.quantity)::bigint - private.entitlement(billed.organization_id, billed.limit_key)
        end
      end as quantity,
      jsonb_strip_nulls(jsonb_build_object(
        'metric', billed.metric, 'unit', billed.unit, 'starts_at', billed.starts_at, 'ends_at', billed.ends_at,
        'peak_on', billed.peak_on, 'days', jsonb_agg(billed.day order by billed.day_on)
      )) as usage
    from billed
    group by billed.organization_id, billed.limit_key, billed.limit_span, billed.metric, billed.unit, billed.starts_at,
      billed.ends_at, billed.peak_on, billed.billed_price_id
  )
  select summed.limit_key, prices.id, summed.quantity, prices.unit_cents, prices.unit_count,
    private.overage_price(summed.quantity, prices.unit_cents, prices.unit_count), summed.usage
  from summed
  join public.billing_prices as prices on prices.id = summed.billed_price_id
  where summed.quantity > 0
  order by summed.limit_key, summed.starts_at, prices.starts_at;
end;
$$;
comment on function private.overage_lines(uuid, timestamptz, timestamptz) is $$What an organization used above the limits of its plan in a period, at the metered prices of its subscription.

A row for each price and month of the period in which there was any, also of a plan that was left meanwhile. quantity: of a gauge (plots) the most that was above
the limit of a day; of what is limited by the day (API calls) the sum over the days; of what is limited by the month what
was above it. amount_cents: quantity in started unit_count, times unit_cents. usage holds the days that made it:
{metric, unit, starts_at, ends_at, peak_on, days: [{day_on, quantity, peak_count, limit_count, overage_count}]}.

Days are in UTC and belong to the period in which they end. Complete from the end of the period on, without any job.$$;
