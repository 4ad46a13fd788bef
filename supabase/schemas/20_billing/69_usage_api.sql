-- Definer: counts are not for clients to read, those of their organizations are; checks the permission first.
create function private.get_usage(organization_id uuid, from_on date, to_on date)
  returns table (
    metric text, kind public.usage_metric_kind, unit text, description text, limit_key text, limit_count bigint,
    limit_action text, limit_span public.usage_limit_span, used_count bigint, used_percent int, quantity bigint,
    peak_count bigint, overage_count bigint, overage_cents bigint, forecast_count bigint, forecast_overage_count bigint,
    forecast_overage_cents bigint, currency text, days jsonb
  )
  -- As private.usage_by_day.
  language plpgsql stable security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
  v_today date := private.usage_today();
  v_from date := coalesce(get_usage.from_on, date_trunc('month', v_today::timestamp)::date);
  v_to date := coalesce(get_usage.to_on, (date_trunc('month', v_from::timestamp) + interval '1 month')::date - 1);
  v_total int := v_to - v_from + 1;
  v_gone int;
begin
  perform private.require_permission(get_usage.organization_id, 'billing.read', 'see usage');
  if v_total not between 1 and 366 then
    perform private.raise_error(
      422, 'usage_range_invalid', 'Cannot see usage: a range is 1 to 366 days', 'Begin before the end, or name no day for this month'
    );
  end if;
  v_gone := least(v_to, v_today) - v_from + 1;
  return query
  select metrics.metric, metrics.kind, metrics.unit, metrics.description, metrics.limit_key, entitled.limit_count,
    entitled.limit_action, metrics.limit_span, present.used_count,
    case
      when entitled.limit_count > 0 then (100 * present.used_count / entitled.limit_count)::int
      when entitled.limit_count = 0 then least(present.used_count, 1)::int * 100
    end,
    span.quantity, span.peak_count, span.overage_count,
    private.overage_price(span.overage_count, prices.unit_cents, prices.unit_count),
    forecast.total_count, forecast.overage_count,
    private.overage_price(forecast.overage_count, prices.unit_cents, prices.unit_count),
    prices.currency, span.days
  from public.usage_metrics as metrics
  cross join lateral (
    select case when metrics.limit_key is not null then private.entitlement(get_usage.organization_id, metrics.limit_key) end
        as limit_count,
      case when metrics.limit_key is not null
        then private.limit_action(get_usage.organization_id, metrics.limit_key)::text
      end as limit_action
  ) as entitled
  cross join lateral (
    -- What the limit is held against now.
    select case when metrics.kind = 'gauge' then max(now_days.quantity) else sum(now_days.quantity) end::bigint as used_count
    from private.usage_by_day(
      get_usage.organization_id, metrics,
      private.usage_window(coalesce(metrics.limit_span, 'month'), v_today), v_today
    ) as now_days
  ) as present
  cross join lateral (
    select
      case when metrics.kind = 'gauge'
        then (array_agg(all_days.quantity order by all_days.day_on desc) filter (where all_days.day_on <= v_today))[1]
        else sum(all_days.quantity)::bigint
      end as quantity,
      case when metrics.kind = 'gauge'
        then (array_agg(all_days.quantity order by all_days.day_on) filter (where all_days.day_on <= v_today))[1]
      end as first_count,
      max(all_days.peak_count) as peak_count,
      case
        when metrics.limit_span = 'moment' then max(all_days.overage_count)
        when metrics.limit_span = 'day' then sum(all_days.overage_count)::bigint
        when entitled.limit_action = 'overage' then greatest(sum(all_days.quantity)::bigint - entitled.limit_count, 0)
        else 0
      end as overage_count,
      jsonb_agg(
        jsonb_build_object(
          'day_on', all_days.day_on, 'quantity', all_days.quantity, 'peak_count', all_days.peak_count,
          'overage_count', all_days.overage_count
        )
        order by all_days.day_on
      ) filter (where all_days.day_on <= v_today) as days
    from private.usage_by_day(get_usage.organization_id, metrics, v_from, v_to) as all_days
  ) as counted
  cross join lateral (
    select coalesce(counted.quantity, 0) as quantity, coalesce(counted.peak_count, 0) as peak_count,
      coalesce(counted.overage_count, 0) as overage_count, coalesce(counted.days, '[]') as days
  ) as span
  cross join lateral (
    -- The rest of the range goes on as what is gone of it; what there is of something never shrinks in a forecast.
    select case
      when v_gone < 1 then null
      when metrics.kind = 'counter' then round(span.quantity::numeric * v_total / v_gone)::bigint
      else greatest(
        span.peak_count,
        span.quantity + round(
          greatest(span.quantity - counted.first_count, 0)::numeric * (v_total - v_gone) / greatest(v_gone - 1, 1)
        )::bigint
      )
    end as total_count
  ) as expected
  cross join lateral (
    select expected.total_count,
      case
        when v_gone < 1 then null
        when entitled.limit_action is distinct from 'overage' then span.overage_count
        when metrics.limit_span = 'day' then ceil(span.overage_count::numeric * v_total / v_gone)::bigint
        else greatest(span.overage_count, coalesce(expected.total_count - entitled.limit_count, 0))
      end as overage_count
  ) as forecast
  left join lateral (
    select billing_prices.unit_cents, billing_prices.unit_count, billing_prices.currency
    from public.billing_subscriptions as subscriptions
    join public.billing_subscription_items as items on items.subscription_id = subscriptions.id
    join public.billing_prices on billing_prices.id = items.price_id
    where subscriptions.organization_id = get_usage.organization_id and subscriptions.ended_at is null
      and billing_prices.limit_key = metrics.limit_key
    limit 1
  ) as prices on true
  order by metrics.metric;
end;
$$;
comment on function private.get_usage(uuid, date, date) is 'Body of public.get_usage.';
grant execute on function private.get_usage(uuid, date, date) to authenticated;

create function public.get_usage(organization_id uuid, from_on date default null, to_on date default null)
  returns table (
    metric text, kind public.usage_metric_kind, unit text, description text, limit_key text, limit_count bigint,
    limit_action text, limit_span public.usage_limit_span, used_count bigint, used_percent int, quantity bigint,
    peak_count bigint, overage_count bigint, overage_cents bigint, forecast_count bigint, forecast_overage_count bigint,
    forecast_overage_cents bigint, currency text, days jsonb
  )
  language sql stable set search_path = ''
as $$
  select * from private.get_usage(get_usage.organization_id, get_usage.from_on, get_usage.to_on)
$$;
comment on function public.get_usage(uuid, date, date) is $$What an organization used in a range of days (UTC), a row for each metric, and how that stands to its limits.

The present month unless told; at most 366 days. used_count is what the limit is held against now: what there is, or what
was used of the day or month; used_percent is null without a limit. quantity is the sum over the range (of a gauge what
there is at its end), overage_count what was above a limit that bills more, overage_cents its price so far; the forecasts
let the rest of the range go on as what is gone of it, and are null for a range to come. days is a list of {day_on,
quantity, peak_count, overage_count}. For members with billing.read. Errors: 403, 404, 422 usage_range_invalid.$$;
grant execute on function public.get_usage(uuid, date, date) to authenticated;

-- Definer: asks which organizations the caller may act for before anything else.
create function private.billing_organization(organization_id uuid, permission text)
  returns uuid
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_organizations uuid[];
begin
  if billing_organization.organization_id is not null then
    perform private.require_permission(
      billing_organization.organization_id, billing_organization.permission, 'see or change billing'
    );
    return billing_organization.organization_id;
  end if;
  v_organizations := array(select private.organizations_with(billing_organization.permission));
  if cardinality(v_organizations) = 0 then
    perform private.raise_error(
      403, 'permission_missing',
      format('Cannot see or change billing: permission "%s" is missing', billing_organization.permission)
    );
  end if;
  if cardinality(v_organizations) > 1 then
    perform private.raise_error(
      422, 'organization_required', 'Cannot tell whose billing is meant: the caller has several organizations',
      'Name one as organization_id'
    );
  end if;
  return v_organizations[1];
end;
$$;
comment on function private.billing_organization(uuid, text) is $$The organization that a caller of the billing routes means: the named one, or the only one where the caller has the permission.

Errors: 403 permission_missing, 404 organization_not_found, 422 organization_required.$$;
grant execute on function private.billing_organization(uuid, text) to authenticated;
