-- Definer: as private.get_revenue_report.
create function private.get_churn_report(from_on date, until_on date)
  returns table (
    month_on date, product public.billing_product, currency text, reason public.billing_cancel_reason,
    subscriber_count bigint, mrr_cents bigint
  )
  language plpgsql stable security definer set search_path = '' set work_mem = '128MB'
as $$
#variable_conflict use_column
begin
  perform private.require_report_range(get_churn_report.from_on, get_churn_report.until_on, 'read the churn report');
  return query
  select movements.month_on, movements.product, movements.currency, movements.cancel_reason, count(*),
    round(sum(movements.annual_before) / 12.0)::bigint
  from private.revenue_movements as movements
  where movements.kind = 'churn'
    and movements.month_on between date_trunc('month', get_churn_report.from_on) and get_churn_report.until_on
  group by movements.month_on, movements.product, movements.currency, movements.cancel_reason
  order by movements.month_on, movements.product, movements.currency, movements.cancel_reason;
end;
$$;
comment on function private.get_churn_report(date, date) is 'Body of public.get_churn_report.';
grant execute on function private.get_churn_report(date, date) to authenticated;

create function public.get_churn_report(from_on date, until_on date)
  returns table (
    month_on date, product public.billing_product, currency text, reason public.billing_cancel_reason,
    subscriber_count bigint, mrr_cents bigint
  )
  language sql stable set search_path = ''
as $$
  select * from private.get_churn_report(get_churn_report.from_on, get_churn_report.until_on)
$$;
comment on function public.get_churn_report(date, date) is $$Who left in each month and why, and the monthly revenue that went with them. For platform admins with a second factor.

reason is null where nobody told one, such as for a pause. Errors: 403, 422 report_range_invalid.$$;
grant execute on function public.get_churn_report(date, date) to authenticated;

-- Definer: as private.get_revenue_report.
create function private.list_cancellations(from_on date, until_on date, page_size int)
  returns table (
    subscription_id uuid, organization_id uuid, organization_name text, product public.billing_product, plan_key text,
    currency text, reason public.billing_cancel_reason, comment text, cancelled_at timestamptz, ended_at timestamptz
  )
  language plpgsql stable security definer set search_path = '' set work_mem = '128MB'
as $$
#variable_conflict use_column
begin
  perform private.require_report_range(list_cancellations.from_on, list_cancellations.until_on, 'list the cancellations');
  return query
  select subscriptions.id, subscriptions.organization_id, organizations.name, subscriptions.product, plans.key,
    subscriptions.currency, subscriptions.cancel_reason, subscriptions.cancel_comment, subscriptions.cancelled_at,
    subscriptions.ended_at
  from public.billing_subscriptions as subscriptions
  join public.organizations on organizations.id = subscriptions.organization_id
  join public.billing_plans as plans on plans.id = subscriptions.plan_id
  where coalesce(subscriptions.cancelled_at, subscriptions.ended_at) >= list_cancellations.from_on::timestamp at time zone 'UTC'
    and coalesce(subscriptions.cancelled_at, subscriptions.ended_at)
      < (list_cancellations.until_on + 1)::timestamp at time zone 'UTC'
  order by coalesce(subscriptions.cancelled_at, subscriptions.ended_at) desc, subscriptions.id
  limit least(greatest(list_cancellations.page_size, 1), 1000);
end;
$$;
comment on function private.list_cancellations(date, date, int) is 'Body of public.list_cancellations.';
grant execute on function private.list_cancellations(date, date, int) to authenticated;

create function public.list_cancellations(from_on date, until_on date, page_size int default 100)
  returns table (
    subscription_id uuid, organization_id uuid, organization_name text, product public.billing_product, plan_key text,
    currency text, reason public.billing_cancel_reason, comment text, cancelled_at timestamptz, ended_at timestamptz
  )
  language sql stable set search_path = ''
as $$
  select * from private.list_cancellations(
    list_cancellations.from_on, list_cancellations.until_on, list_cancellations.page_size
  )
$$;
comment on function public.list_cancellations(date, date, int) is $$Subscriptions that were cancelled, or ended, on these days in UTC, newest first, with what people said. For platform admins with a second factor.

At most 1,000. Errors: 403, 422 report_range_invalid.$$;
grant execute on function public.list_cancellations(date, date, int) to authenticated;

-- Definer: as private.get_revenue_report.
create function private.get_cohort_report(from_on date, until_on date, product_line public.billing_product)
  returns table (
    cohort_on date, currency text, month_number int, month_on date, subscriber_count bigint, retained_count bigint,
    retention_rate numeric, mrr_cents bigint
  )
  language plpgsql stable security definer set search_path = '' set work_mem = '128MB'
as $$
#variable_conflict use_column
declare
  v_from date := date_trunc('month', get_cohort_report.from_on);
  v_until date := date_trunc('month', get_cohort_report.until_on);
begin
  perform private.require_report_range(get_cohort_report.from_on, get_cohort_report.until_on, 'read the cohort report');
  return query
  with movements as (
    select movements.month_on, movements.currency, movements.kind,
      movements.annual_cents - movements.annual_before as annual_cents,
      min(movements.month_on) over (
        partition by movements.organization_id, movements.product, movements.currency
      ) as cohort_on
    from private.revenue_movements as movements
    where (get_cohort_report.product_line is null or movements.product = get_cohort_report.product_line)
      and movements.month_on <= v_until
  ), months as (
    select movements.cohort_on, movements.currency, movements.month_on, sum(movements.annual_cents) as annual_cents,
      sum(case movements.kind when 'churn' then -1 when 'new' then 1 when 'reactivation' then 1 else 0 end) as subscribers
    from movements
    where movements.cohort_on >= v_from
    group by movements.cohort_on, movements.currency, movements.month_on
  ), cohorts as (
    select months.cohort_on, months.currency, months.subscribers as size from months where months.month_on = months.cohort_on
  ), filled as (
    select cohorts.cohort_on, cohorts.currency, cohorts.size, month.day::date as month_on,
      sum(months.subscribers) over cohort as retained, sum(months.annual_cents) over cohort as annual_cents
    from cohorts
    cross join lateral generate_series(cohorts.cohort_on, v_until, interval '1 month') as month (day)
    left join months
      on months.cohort_on = cohorts.cohort_on and months.currency = cohorts.currency and months.month_on = month.day::date
    window cohort as (partition by cohorts.cohort_on, cohorts.currency order by month.day)
  )
  select filled.cohort_on, filled.currency,
    (extract(year from age(filled.month_on, filled.cohort_on)) * 12
      + extract(month from age(filled.month_on, filled.cohort_on)))::int,
    filled.month_on, filled.size::bigint, filled.retained::bigint, round(filled.retained / filled.size, 6),
    round(filled.annual_cents / 12.0)::bigint
  from filled
  order by filled.cohort_on, filled.currency, filled.month_on;
end;
$$;
comment on function private.get_cohort_report(date, date, public.billing_product) is 'Body of public.get_cohort_report.';
grant execute on function private.get_cohort_report(date, date, public.billing_product) to authenticated;

create function public.get_cohort_report(
  from_on date, until_on date, product_line public.billing_product default null
)
  returns table (
    cohort_on date, currency text, month_number int, month_on date, subscriber_count bigint, retained_count bigint,
    retention_rate numeric, mrr_cents bigint
  )
  language sql stable set search_path = ''
as $$
  select * from private.get_cohort_report(
    get_cohort_report.from_on, get_cohort_report.until_on, get_cohort_report.product_line
  )
$$;
comment on function public.get_cohort_report(date, date, public.billing_product) is $$Who first paid in a month, and how many of them pay in each month after it, up to that of until_on. For platform admins with a second factor.

month_number 0 is the first month. Who came back counts again. Errors: 403, 422 report_range_invalid.$$;
grant execute on function public.get_cohort_report(date, date, public.billing_product) to authenticated;

-- Definer: as private.get_revenue_report.
create function private.get_trial_report(from_on date, until_on date)
  returns table (
    month_on date, product public.billing_product, trial_count bigint, converted_count bigint, lost_count bigint,
    running_count bigint, conversion_rate numeric
  )
  language plpgsql stable security definer set search_path = '' set work_mem = '128MB'
as $$
#variable_conflict use_column
begin
  perform private.require_report_range(get_trial_report.from_on, get_trial_report.until_on, 'read the trial report');
  return query
  with trials as (
    select changes.subscription_id, min(changes.product) as product,
      min(changes.changed_at) filter (where changes.is_trial) as began_at,
      bool_or(changes.annual_cents > 0) as is_converted,
      (array_agg(changes.is_trial order by changes.id desc))[1] as is_running
    from private.billing_subscription_changes as changes
    group by changes.subscription_id
    having bool_or(changes.is_trial)
  ), months as (
    select date_trunc('month', trials.began_at at time zone 'UTC')::date as month_on, trials.product, count(*) as trials,
      count(*) filter (where trials.is_converted) as converted,
      count(*) filter (where not trials.is_converted and not trials.is_running) as lost,
      count(*) filter (where not trials.is_converted and trials.is_running) as running
    from trials
    where trials.began_at >= date_trunc('month', get_trial_report.from_on)::timestamp at time zone 'UTC'
      and trials.began_at < (get_trial_report.until_on + 1)::timestamp at time zone 'UTC'
    group by 1, 2
  )
  select months.month_on, months.product, months.trials, months.converted, months.lost, months.running,
    round(months.converted::numeric / nullif(months.converted + months.lost, 0), 6)
  from months
  order by months.month_on, months.product;
end;
$$;
comment on function private.get_trial_report(date, date) is 'Body of public.get_trial_report.';
grant execute on function private.get_trial_report(date, date) to authenticated;

create function public.get_trial_report(from_on date, until_on date)
  returns table (
    month_on date, product public.billing_product, trial_count bigint, converted_count bigint, lost_count bigint,
    running_count bigint, conversion_rate numeric
  )
  language sql stable set search_path = ''
as $$
  select * from private.get_trial_report(get_trial_report.from_on, get_trial_report.until_on)
$$;
comment on function public.get_trial_report(date, date) is $$Trials by the month in which they began: how many were paid for afterwards, were lost, or still run. For platform admins with a second factor.

conversion_rate is of those that are over, and null while none is. Errors: 403, 422 report_range_invalid.$$;
grant execute on function public.get_trial_report(date, date) to authenticated;
