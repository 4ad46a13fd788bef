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
  select counted.limit_key, counted.price_id, counted.quantity, counted.unit_cents, counted.unit_count,
    private.overage_price(counted.quantity, counted.unit_cents, counted.unit_count),
    jsonb_strip_nulls(jsonb_build_object(
      'metric', counted.metric, 'unit', counted.unit, 'starts_at', counted.starts_at, 'ends_at', counted.ends_at,
      'peak_on', counted.peak_on, 'days', counted.days
    ))
  from (
    select prices.limit_key, prices.id as price_id, prices.unit_cents, prices.unit_count, metrics.metric, metrics.unit,
      spans.starts_at, spans.ends_at, used.days, used.peak_on,
      case metrics.limit_span
        when 'moment' then used.most_count
        when 'day' then used.sum_count
        when 'month' then
          case when private.limit_action(subscriptions.organization_id, prices.limit_key) = 'overage'
            then greatest(
              used.total_count - private.entitlement(subscriptions.organization_id, prices.limit_key), 0
            )
          end
      end as quantity
    from public.billing_subscriptions as subscriptions
    join public.billing_subscription_items as items on items.subscription_id = subscriptions.id
    join public.billing_prices as prices on prices.id = items.price_id and prices.kind = 'metered'
    join public.usage_metrics as metrics on metrics.limit_key = prices.limit_key
    -- A price by the month in a yearly period is one for each of its months.
    cross join lateral (
      select steps.starts_at,
        least(
          overage_lines.starts_at + (steps.place + 1) * private.billing_period_length(prices.billing_interval),
          overage_lines.ends_at
        ) as ends_at
      from (
        select series.place,
          overage_lines.starts_at + series.place * private.billing_period_length(prices.billing_interval) as starts_at
        from generate_series(0, 120) as series (place)
      ) as steps
      where steps.starts_at < overage_lines.ends_at
    ) as spans
    cross join lateral (
      select coalesce(max(days.overage_count), 0) as most_count, coalesce(sum(days.overage_count), 0)::bigint as sum_count,
        coalesce(sum(days.quantity), 0)::bigint as total_count,
        jsonb_agg(to_jsonb(days) order by days.day_on) filter (
          where days.overage_count > 0 or metrics.limit_span = 'month' and days.quantity > 0
        ) as days,
        case when metrics.kind = 'gauge' then
          (array_agg(days.day_on order by days.overage_count desc, days.day_on))[1]
        end as peak_on
      -- A day belongs to the period in which it ends: at its end all of it is known.
      from private.usage_by_day(
        subscriptions.organization_id, metrics, (spans.starts_at at time zone 'UTC')::date,
        (spans.ends_at at time zone 'UTC')::date - 1
      ) as days
    ) as used
    where subscriptions.id = overage_lines.subscription_id
  ) as counted
  where counted.quantity > 0
  order by counted.limit_key, counted.starts_at;
end;
$$;
comment on function private.overage_lines(uuid, timestamptz, timestamptz) is $$What an organization used above the limits of its plan in a period, at the metered prices of its subscription.

A row for each price and month of the period in which there was any. quantity: of a gauge (plots) the most that was above
the limit of a day; of what is limited by the day (API calls) the sum over the days; of what is limited by the month what
was above it. amount_cents: quantity in started unit_count, times unit_cents. usage holds the days that made it:
{metric, unit, starts_at, ends_at, peak_on, days: [{day_on, quantity, peak_count, limit_count, overage_count}]}.

Days are in UTC and belong to the period in which they end. Complete from the end of the period on, without any job.$$;
