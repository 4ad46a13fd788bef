-- Definer: asks for the permission before anything is read.
create function private.preview_next_invoice(subscription_id uuid)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions;
  v_time_zone text;
  v_period private.billing_periods;
  v_buyer jsonb;
  v_rate public.billing_tax_rates;
  v_lines jsonb;
  v_subtotal bigint;
  v_credit bigint;
  v_tax bigint;
begin
  select * into v_subscription from public.billing_subscriptions as subscriptions
  where subscriptions.id = preview_next_invoice.subscription_id
    and subscriptions.organization_id = any (array(select private.organizations_with('billing.read')));
  if not found then
    perform private.raise_error(404, 'billing_subscription_not_found', 'Cannot preview the invoice: no such subscription');
  end if;
  if v_subscription.provider <> 'manual' then
    perform private.raise_error(
      409, 'billing_provider_decides', 'Cannot preview the invoice here: the payment provider keeps this subscription',
      'Use POST /api/v1/billing/subscription/preview, or the customer portal'
    );
  end if;
  if v_subscription.ended_at is not null then
    perform private.raise_error(409, 'billing_subscription_ended', 'Cannot preview the invoice: the subscription ended');
  end if;
  select organizations.time_zone into v_time_zone from public.organizations
  where organizations.id = v_subscription.organization_id;
  v_period.subscription_id := v_subscription.id;
  v_period.organization_id := v_subscription.organization_id;
  v_period.plan_id := v_subscription.plan_id;
  v_period.currency := v_subscription.currency;
  v_period.seat_count := v_subscription.seat_count;
  v_period.starts_at := v_subscription.current_period_ends_at;
  v_period.is_final := v_subscription.is_cancelled_at_period_end;
  v_period.ends_at := case
    when v_period.is_final then v_period.starts_at
    else private.next_period_end(
      coalesce(v_subscription.period_anchor_at, v_subscription.trial_ends_at, v_subscription.created_at),
      v_period.starts_at,
      v_subscription.billing_interval, v_time_zone
    )
  end;
  if v_subscription.status <> 'trialing' then
    v_period.previous_starts_at := v_subscription.current_period_starts_at;
    v_period.previous_ends_at := v_subscription.current_period_ends_at;
  end if;
  select coalesce(jsonb_agg(
      jsonb_build_object(
        'kind', lines.kind, 'description', lines.description, 'quantity', lines.quantity, 'unit_cents', lines.unit_cents,
        'unit_count', lines.unit_count, 'amount_cents', lines.amount_cents, 'limit_key', lines.limit_key,
        'period_starts_at', lines.line_starts_at, 'period_ends_at', lines.line_ends_at
      ) order by lines.position
    ), '[]'), coalesce(sum(lines.amount_cents), 0)
  into v_lines, v_subtotal
  from private.invoice_lines_due(array[v_period]) as lines;
  -- Less than nothing waits for an invoice that has something to take it from.
  v_subtotal := greatest(v_subtotal, 0);
  select least(coalesce(sum(notes.amount_cents - notes.used_cents), 0), v_subtotal) into v_credit
  from public.billing_credit_notes as notes
  where notes.organization_id = v_subscription.organization_id and notes.currency = v_subscription.currency
    and notes.settlement = 'balance';
  v_buyer := private.billing_buyer(v_subscription.organization_id);
  select * into v_rate from public.billing_tax_rates as rates
  where rates.country = v_buyer ->> 'country'
    and daterange(rates.starts_on, rates.ends_on) @> (v_period.starts_at at time zone v_time_zone)::date;
  v_tax := private.invoice_tax(v_subtotal - v_credit, v_rate.rate);
  return jsonb_build_object(
    'subscription_id', v_subscription.id, 'currency', v_subscription.currency, 'lines', v_lines,
    'subtotal_cents', v_subtotal, 'credit_cents', v_credit, 'tax_name', v_rate.name, 'tax_rate', v_rate.rate,
    'tax_cents', v_tax, 'total_cents', v_subtotal - v_credit + v_tax, 'period_starts_at', v_period.starts_at,
    'period_ends_at', v_period.ends_at
  );
end;
$$;
comment on function private.preview_next_invoice(uuid) is 'Body of public.preview_next_invoice.';
grant execute on function private.preview_next_invoice(uuid) to authenticated;

create function public.preview_next_invoice(subscription_id uuid)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.preview_next_invoice(preview_next_invoice.subscription_id)
$$;
comment on function public.preview_next_invoice(uuid) is $$What the next invoice of a subscription that is paid by invoice will say, as of now. Needs billing.read.

{subscription_id, currency, lines, subtotal_cents, credit_cents, tax_name, tax_rate, tax_cents, total_cents,
period_starts_at, period_ends_at}, lines with the overage so far. Errors: 404 billing_subscription_not_found, 409
billing_provider_decides or billing_subscription_ended.$$;
grant execute on function public.preview_next_invoice(uuid) to authenticated;
