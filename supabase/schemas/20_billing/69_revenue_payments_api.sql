-- Definer: as private.get_revenue_report.
create function private.get_payments_report(
  from_on date, until_on date, group_by text
)
  returns table (
    month_on date, group_key text, group_name text, currency text, purpose public.billing_payment_purpose,
    payment_count bigint, paid_cents bigint, refunded_cents bigint, lost_cents bigint, net_cents bigint
  )
  language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  perform private.require_report_range(
    get_payments_report.from_on, get_payments_report.until_on, 'read the payments report'
  );
  perform private.require_revenue_group(
    get_payments_report.group_by, '{none,product,country,organization}', 'read the payments report'
  );
  return query
  with paid as (
    select date_trunc('month', payments.paid_at at time zone 'UTC')::date as month_on, payments.currency, payments.purpose,
      payments.amount_cents,
      -- What the bank took back is gone whole.
      case payments.status when 'reversed' then payments.amount_cents else payments.refunded_cents end as refunded_cents,
      -- Refunds and what a bank took back can be both asked for: never more than was paid is gone.
      least(
        case payments.status when 'reversed' then 0 else payments.amount_cents - payments.refunded_cents end,
        (
          -- What is disputed in another currency counts as all of it.
          select coalesce(sum(
            case when disputes.currency = payments.currency then disputes.amount_cents else payments.amount_cents end
          ), 0)::bigint
          from public.billing_disputes as disputes
          where disputes.payment_id = payments.id and disputes.status = 'lost'
            and disputes.organization_id = payments.organization_id
        )
      ) as lost_cents,
      case get_payments_report.group_by
        when 'product' then coalesce(subscriptions.product::text, '')
        when 'country' then coalesce(profiles.country, organizations.country, '')
        when 'organization' then payments.organization_id::text
        else ''
      end as group_key,
      organizations.name as organization_name
    from public.billing_payments as payments
    join public.organizations on organizations.id = payments.organization_id
    left join public.billing_profiles as profiles on profiles.organization_id = payments.organization_id
    left join public.billing_invoices as invoices on payments.purpose = 'invoice' and invoices.id = payments.purpose_id
    left join public.billing_subscriptions as subscriptions
      on subscriptions.id = case payments.purpose
        when 'subscription' then payments.purpose_id when 'invoice' then invoices.subscription_id
      end
    where payments.status in ('succeeded', 'reversed')
      and payments.paid_at >= date_trunc('month', get_payments_report.from_on)::timestamp at time zone 'UTC'
      and payments.paid_at
        < (date_trunc('month', get_payments_report.until_on) + interval '1 month')::timestamp at time zone 'UTC'
  )
  select paid.month_on, paid.group_key,
    case get_payments_report.group_by when 'organization' then min(paid.organization_name) else paid.group_key end,
    paid.currency, paid.purpose, count(*), sum(paid.amount_cents)::bigint, sum(paid.refunded_cents)::bigint,
    sum(paid.lost_cents)::bigint, sum(paid.amount_cents - paid.refunded_cents - paid.lost_cents)::bigint
  from paid
  group by paid.month_on, paid.group_key, paid.currency, paid.purpose
  order by paid.month_on, paid.currency, paid.purpose, paid.group_key;
end;
$$;
comment on function private.get_payments_report(date, date, text) is 'Body of public.get_payments_report.';
grant execute on function private.get_payments_report(date, date, text) to authenticated;

create function public.get_payments_report(from_on date, until_on date, group_by text default 'none')
  returns table (
    month_on date, group_key text, group_name text, currency text, purpose public.billing_payment_purpose,
    payment_count bigint, paid_cents bigint, refunded_cents bigint, lost_cents bigint, net_cents bigint
  )
  language sql stable set search_path = ''
as $$
  select * from private.get_payments_report(
    get_payments_report.from_on, get_payments_report.until_on, get_payments_report.group_by
  )
$$;
comment on function public.get_payments_report(date, date, text) is $$Money that came in by month, in UTC, and what of it was for: subscriptions, packs of credits, invoices. For platform admins with a second factor.

Of all payment providers, tax included. lost_cents is what banks gave back to payers who disputed it; open disputes and
those that were won do not count. Refunds and lost disputes count in the month of their payment. One row for each month, group,
currency and purpose; never add currencies. group_by is none, product, country or organization. Errors: 403, 422
report_range_invalid or report_group_unknown.$$;
grant execute on function public.get_payments_report(date, date, text) to authenticated;
