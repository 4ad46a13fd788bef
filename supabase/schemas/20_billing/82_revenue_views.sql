-- For functions that check the caller: it tells of all organizations.
create view private.revenue_movements
with (security_invoker = true)
as
-- One sort serves both windows, whatever the size: both are ordered alike.
with worth as (
  -- What an organization pays for a product line, in a currency, after each change; it may have had several subscriptions.
  select changes.id, changes.organization_id, changes.product, changes.currency, changes.plan_id, changes.country,
    changes.cancel_reason, changes.changed_at, changes.month_on, sum(changes.annual_change_cents) over payers as annual_cents,
    lead(changes.month_on) over payers as next_month_on
  from (
    select billing_subscription_changes.*,
      date_trunc('month', billing_subscription_changes.changed_at at time zone 'UTC')::date as month_on
    from private.billing_subscription_changes
  ) as changes
  window payers as (
    partition by changes.organization_id, changes.product, changes.currency order by changes.changed_at, changes.id
  )
), compared as (
  select worth.*,
    lag(worth.annual_cents, 1, 0::numeric) over payers as annual_before,
    lag(worth.plan_id) over payers as plan_before,
    coalesce(max(worth.annual_cents) over (payers rows between unbounded preceding and 1 preceding), 0) > 0
      as has_paid_before
  from worth
  -- The last word of each month: what went up and down again within one is no movement.
  where worth.next_month_on is distinct from worth.month_on
  window payers as (
    partition by worth.organization_id, worth.product, worth.currency order by worth.changed_at, worth.id
  )
)
select compared.month_on, compared.organization_id, compared.product, compared.currency, compared.country,
  case when compared.annual_before > 0 then compared.plan_before else compared.plan_id end as plan_before,
  case when compared.annual_cents > 0 then compared.plan_id else compared.plan_before end as plan_id,
  case
    when compared.annual_cents = 0 then 'churn'
    when compared.annual_before = 0 and compared.has_paid_before then 'reactivation'
    when compared.annual_before = 0 then 'new'
    when compared.annual_cents > compared.annual_before then 'expansion'
    when compared.annual_cents < compared.annual_before then 'contraction'
    else 'transfer'
  end as kind,
  compared.annual_before::bigint as annual_before, compared.annual_cents::bigint as annual_cents,
  case when compared.annual_cents = 0 then compared.cancel_reason end as cancel_reason
from compared
where compared.annual_cents <> compared.annual_before
  or compared.annual_cents > 0 and compared.plan_id is distinct from compared.plan_before;
comment on view private.revenue_movements is $$How recurring revenue changed in each month, in UTC: one row for each organization, product line and currency.

What reports and analytics add up; never add rows of different currencies.$$;
comment on column private.revenue_movements.month_on is 'First day of the month.';
comment on column private.revenue_movements.organization_id is 'The organization, which may be gone.';
comment on column private.revenue_movements.product is 'The product line.';
comment on column private.revenue_movements.currency is 'ISO 4217.';
comment on column private.revenue_movements.country is 'Where the organization was then; null when it was not told.';
comment on column private.revenue_movements.plan_before is 'The plan at the end of the month before; that of this month where none was paid for.';
comment on column private.revenue_movements.plan_id is 'The plan at the end of this month; the one before where none is paid for.';
comment on column private.revenue_movements.kind is $$What happened: new (first paid), expansion, contraction, churn (nothing paid any more), reactivation (paid again), or
transfer (another plan at the same price).$$;
comment on column private.revenue_movements.annual_before is 'What a year cost at the end of the month before.';
comment on column private.revenue_movements.annual_cents is 'What a year costs at the end of this month; monthly revenue is a twelfth.';
comment on column private.revenue_movements.cancel_reason is 'Why it was cancelled; null for other movements.';
