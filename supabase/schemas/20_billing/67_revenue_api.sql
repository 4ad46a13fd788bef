-- Definer: asks for the admin before anything else; the history is for nobody to read. With memory for the history of a
-- hundred thousand subscriptions, which is sorted once: few ask, and rarely.
create function private.get_revenue_report(
  from_on date, until_on date, group_by text, product_line public.billing_product
)
  returns table (
    month_on date, group_key text, group_name text, currency text, mrr_cents bigint, arr_cents bigint,
    subscriber_count bigint, arpu_cents bigint, ltv_cents bigint, churn_rate numeric, new_cents bigint,
    expansion_cents bigint, contraction_cents bigint, churned_cents bigint, reactivated_cents bigint,
    transferred_cents bigint, new_count bigint, churned_count bigint, reactivated_count bigint
  )
  language plpgsql stable security definer set search_path = '' set work_mem = '128MB'
as $$
#variable_conflict use_column
declare
  v_from date := date_trunc('month', get_revenue_report.from_on);
  v_until date := date_trunc('month', get_revenue_report.until_on);
begin
  perform private.require_report_range(get_revenue_report.from_on, get_revenue_report.until_on, 'read the revenue report');
  perform private.require_revenue_group(
    get_revenue_report.group_by, '{none,product,plan,country,organization}', 'read the revenue report'
  );
  return query
  with movements as (
    select movements.*,
      case get_revenue_report.group_by
        when 'product' then movements.product::text
        when 'plan' then movements.plan_id::text
        when 'country' then coalesce(profiles.country, organizations.country, movements.country, '')
        when 'organization' then movements.organization_id::text
        else ''
      end as group_key,
      case get_revenue_report.group_by when 'plan' then movements.plan_before::text end as group_before
    from private.revenue_movements as movements
    left join public.organizations
      on get_revenue_report.group_by = 'country' and organizations.id = movements.organization_id
    left join public.billing_profiles as profiles
      on get_revenue_report.group_by = 'country' and profiles.organization_id = movements.organization_id
    where movements.month_on <= v_until
      and (get_revenue_report.product_line is null or movements.product = get_revenue_report.product_line)
  ), entries as (
    select movements.month_on, movements.group_key, movements.currency, movements.kind,
      movements.annual_cents - movements.annual_before as annual_cents,
      case movements.kind when 'churn' then -1 when 'new' then 1 when 'reactivation' then 1 else 0 end as subscribers
    from movements
    -- Who goes from one plan to another takes what was paid along; more or less than that is of the new plan.
    union all
    select movements.month_on, moved.group_key, movements.currency, 'transfer', moved.sign * movements.annual_before,
      moved.sign
    from movements
    cross join lateral (values (movements.group_before, -1), (movements.group_key, 1)) as moved (group_key, sign)
    where movements.group_before <> movements.group_key and movements.annual_before > 0 and movements.annual_cents > 0
  ), months as (
    select entries.month_on, entries.group_key, entries.currency, sum(entries.annual_cents) as annual_cents,
      sum(entries.subscribers) as subscribers,
      sum(entries.annual_cents) filter (where entries.kind = 'new') as new_cents,
      sum(entries.annual_cents) filter (where entries.kind = 'expansion') as expansion_cents,
      -sum(entries.annual_cents) filter (where entries.kind = 'contraction') as contraction_cents,
      -sum(entries.annual_cents) filter (where entries.kind = 'churn') as churned_cents,
      sum(entries.annual_cents) filter (where entries.kind = 'reactivation') as reactivated_cents,
      sum(entries.annual_cents) filter (where entries.kind = 'transfer') as transferred_cents,
      count(*) filter (where entries.kind = 'new') as new_count,
      count(*) filter (where entries.kind = 'churn') as churned_count,
      count(*) filter (where entries.kind = 'reactivation') as reactivated_count
    from entries
    group by entries.month_on, entries.group_key, entries.currency
  ), standing as (
    select months.month_on, months.group_key, months.currency, sum(months.annual_cents) over groups as annual_cents,
      sum(months.subscribers) over groups as subscribers,
      lead(months.month_on) over groups as next_on
    from months
    window groups as (partition by months.group_key, months.currency order by months.month_on)
  ), filled as (
    -- A month in which nothing moved stands as the one before.
    select month.day::date as month_on, standing.group_key, standing.currency, standing.annual_cents, standing.subscribers
    from standing
    cross join lateral generate_series(
      greatest(standing.month_on, v_from), least(coalesce(standing.next_on - 1, v_until), v_until), interval '1 month'
    ) as month (day)
  ), rated as (
    select filled.month_on, filled.group_key, filled.currency, filled.annual_cents, filled.subscribers, months.new_cents,
      months.expansion_cents, months.contraction_cents, months.churned_cents, months.reactivated_cents,
      months.transferred_cents, months.new_count, months.churned_count, months.reactivated_count,
      -- Of those who were there when the month began.
      coalesce(months.churned_count, 0) / nullif(filled.subscribers - coalesce(months.subscribers, 0), 0) as churn_rate
    from filled
    left join months using (month_on, group_key, currency)
  )
  select rated.month_on, rated.group_key,
    case get_revenue_report.group_by
      when 'plan' then plans.product || ' ' || plans.key
      when 'organization' then organizations.name
      else rated.group_key
    end,
    rated.currency, round(rated.annual_cents / 12.0)::bigint, rated.annual_cents::bigint, rated.subscribers::bigint,
    round(rated.annual_cents / 12.0 / nullif(rated.subscribers, 0))::bigint,
    round(rated.annual_cents / 12.0 / nullif(rated.subscribers, 0) / nullif(rated.churn_rate, 0))::bigint,
    round(rated.churn_rate, 6),
    round(coalesce(rated.new_cents, 0) / 12.0)::bigint, round(coalesce(rated.expansion_cents, 0) / 12.0)::bigint,
    round(coalesce(rated.contraction_cents, 0) / 12.0)::bigint, round(coalesce(rated.churned_cents, 0) / 12.0)::bigint,
    round(coalesce(rated.reactivated_cents, 0) / 12.0)::bigint, round(coalesce(rated.transferred_cents, 0) / 12.0)::bigint,
    coalesce(rated.new_count, 0), coalesce(rated.churned_count, 0), coalesce(rated.reactivated_count, 0)
  from rated
  left join public.billing_plans as plans
    on get_revenue_report.group_by = 'plan' and plans.id::text = rated.group_key
  left join public.organizations
    on get_revenue_report.group_by = 'organization' and organizations.id::text = rated.group_key
  order by rated.month_on, rated.currency, rated.group_key;
end;
$$;
comment on function private.get_revenue_report(date, date, text, public.billing_product) is
  'Body of public.get_revenue_report.';
grant execute on function private.get_revenue_report(date, date, text, public.billing_product) to authenticated;

create function public.get_revenue_report(
  from_on date, until_on date, group_by text default 'none', product_line public.billing_product default null
)
  returns table (
    month_on date, group_key text, group_name text, currency text, mrr_cents bigint, arr_cents bigint,
    subscriber_count bigint, arpu_cents bigint, ltv_cents bigint, churn_rate numeric, new_cents bigint,
    expansion_cents bigint, contraction_cents bigint, churned_cents bigint, reactivated_cents bigint,
    transferred_cents bigint, new_count bigint, churned_count bigint, reactivated_count bigint
  )
  language sql stable set search_path = ''
as $$
  select * from private.get_revenue_report(
    get_revenue_report.from_on, get_revenue_report.until_on, get_revenue_report.group_by, get_revenue_report.product_line
  )
$$;
comment on function public.get_revenue_report(date, date, text, public.billing_product) is $$Recurring revenue by month, from the month of from_on to that of until_on, in UTC. For platform admins with a second factor.

One row for each month, group and currency; never add currencies. group_by is none, product, plan, country or
organization. A subscriber is an organization with a paid subscription to a product line: trials and free plans are none.
mrr_cents and arr_cents stand at the end of the month (now, in this one); arpu_cents is revenue for each subscriber,
churn_rate who left of those who were there when the month began, ltv_cents what one brings at that rate (null when nobody
left). mrr = that of the month before + new + expansion - contraction - churned + reactivated + transferred, each rounded;
transferred is what changed from one plan to another. Errors: 403, 422 report_range_invalid or report_group_unknown.$$;
grant execute on function public.get_revenue_report(date, date, text, public.billing_product) to authenticated;

-- Asks for the admin, then for the range: what every report begins with.
create function private.require_report_range(from_on date, until_on date, action text)
  returns void
  language plpgsql stable set search_path = ''
as $$
begin
  perform private.require_platform_admin(require_report_range.action);
  if require_report_range.from_on is null or require_report_range.until_on is null
    or require_report_range.until_on not between require_report_range.from_on
      and require_report_range.from_on + interval '10 years' then
    perform private.raise_error(
      422, 'report_range_invalid', format('Cannot %s: the range is not valid', require_report_range.action),
      'Begin before the end, and ask for at most ten years'
    );
  end if;
end;
$$;
comment on function private.require_report_range(date, date, text) is
  'Lets platform admins with a second factor ask for at most ten years, in order.';

create function private.require_revenue_group(group_by text, known text[], action text)
  returns void
  language plpgsql stable set search_path = ''
as $$
begin
  if require_revenue_group.group_by is null or require_revenue_group.group_by <> all (require_revenue_group.known) then
    perform private.raise_error(
      422, 'report_group_unknown',
      format('Cannot %s: nothing is grouped by "%s"', require_revenue_group.action, require_revenue_group.group_by),
      format('One of %s', array_to_string(require_revenue_group.known, ', '))
    );
  end if;
end;
$$;
comment on function private.require_revenue_group(text, text[], text) is 'Refuses a grouping that a report does not have.';
