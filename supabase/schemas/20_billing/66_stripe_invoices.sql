create function private.mirror_stripe_invoice(state jsonb, organization_id uuid, occurred_at timestamptz)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_subscription_id uuid;
begin
  if mirror_stripe_invoice.state ->> 'subscription' is not null then
    select subscriptions.id into v_subscription_id from public.billing_subscriptions as subscriptions
    where subscriptions.provider = 'stripe'
      and subscriptions.provider_subscription_id = mirror_stripe_invoice.state ->> 'subscription';
    if not found then
      perform private.stripe_needs(
        array['subscription:' || (mirror_stripe_invoice.state ->> 'subscription')], 'subscription_unknown'
      );
    end if;
  end if;
  perform private.record_provider_invoice(
    mirror_stripe_invoice.organization_id, 'stripe', mirror_stripe_invoice.state ->> 'id',
    mirror_stripe_invoice.state ->> 'status', mirror_stripe_invoice.state ->> 'currency', mirror_stripe_invoice.occurred_at,
    jsonb_build_object(
      'number', mirror_stripe_invoice.state -> 'number',
      'subscription_id', v_subscription_id,
      'subtotal_cents', mirror_stripe_invoice.state -> 'subtotal',
      'credit_cents', mirror_stripe_invoice.state -> 'credit',
      'tax_cents', mirror_stripe_invoice.state -> 'tax',
      'total_cents', mirror_stripe_invoice.state -> 'total',
      'paid_cents', mirror_stripe_invoice.state -> 'paid',
      'period_starts_at', private.stripe_time(mirror_stripe_invoice.state ->> 'period_starts'),
      'period_ends_at', private.stripe_time(mirror_stripe_invoice.state ->> 'period_ends'),
      'issued_at', private.stripe_time(mirror_stripe_invoice.state ->> 'issued'),
      'due_at', private.stripe_time(mirror_stripe_invoice.state ->> 'due'),
      'paid_at', private.stripe_time(mirror_stripe_invoice.state ->> 'paid_at'),
      'voided_at', private.stripe_time(mirror_stripe_invoice.state ->> 'voided'),
      'hosted_url', mirror_stripe_invoice.state -> 'hosted_url',
      'buyer', jsonb_strip_nulls(jsonb_build_object(
        'legal_name', mirror_stripe_invoice.state -> 'buyer_name', 'email', mirror_stripe_invoice.state -> 'buyer_email'
      )),
      'lines', private.stripe_invoice_lines(mirror_stripe_invoice.state -> 'lines')
    )
  );
  perform private.refresh_stripe_overdue(v_subscription_id) where v_subscription_id is not null;
end;
$$;
comment on function private.mirror_stripe_invoice(jsonb, uuid, timestamptz) is
  'Takes over an invoice of Stripe with its lines. Called by private.mirror_stripe.';

create function private.stripe_invoice_lines(lines jsonb)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'provider_line_id', given.line -> 'id', 'description', given.line -> 'description',
        'quantity', given.line -> 'quantity', 'amount_cents', given.line -> 'amount', 'unit_cents', given.line -> 'unit',
        'price_id', prices.id, 'limit_key', prices.limit_key,
        'kind', case
          when (given.line ->> 'is_proration')::boolean then 'adjustment'
          when prices.kind = 'metered' then 'overage'
          else coalesce(prices.kind::text, 'adjustment')
        end,
        'period_starts_at', private.stripe_time(given.line ->> 'starts'),
        'period_ends_at', private.stripe_time(given.line ->> 'ends')
      )
      order by given.place
    ),
    '[]'
  )
  from jsonb_array_elements(stripe_invoice_lines.lines) with ordinality as given (line, place)
  left join private.billing_provider_prices as known
    on known.provider = 'stripe' and known.provider_price_id = given.line ->> 'price'
  left join public.billing_prices as prices on prices.id = known.price_id
$$;
comment on function private.stripe_invoice_lines(jsonb) is
  'Lines of an invoice at Stripe as private.record_provider_invoice takes them.';

create function private.mirror_stripe_invoice_payment(state jsonb)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.stripe_payment(mirror_stripe_invoice_payment.state ->> 'payment_intent');
  update public.billing_payments as payments
  set purpose = 'subscription', purpose_id = invoices.subscription_id
  from public.billing_invoices as invoices
  where payments.provider = 'stripe' and payments.purpose = 'other'
    and payments.provider_payment_id = mirror_stripe_invoice_payment.state ->> 'payment_intent'
    and invoices.provider = 'stripe' and invoices.subscription_id is not null
    and invoices.organization_id = payments.organization_id
    and invoices.provider_invoice_id = mirror_stripe_invoice_payment.state ->> 'invoice';
end;
$$;
comment on function private.mirror_stripe_invoice_payment(jsonb) is
  'Tells a payment which subscription it pays for, by the invoice. Called by private.mirror_stripe.';
