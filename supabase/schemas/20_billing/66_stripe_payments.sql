create function private.stripe_payment(provider_payment_id text)
  returns uuid
  language plpgsql volatile set search_path = ''
as $$
declare
  v_organization_id uuid;
begin
  perform private.refuse_stripe('') where stripe_payment.provider_payment_id is null;
  select payments.organization_id into v_organization_id from public.billing_payments as payments
  where payments.provider = 'stripe' and payments.provider_payment_id = stripe_payment.provider_payment_id;
  if not found then
    perform private.stripe_needs(array['payment_intent:' || stripe_payment.provider_payment_id], 'payment_unknown');
  end if;
  return v_organization_id;
end;
$$;
comment on function private.stripe_payment(text) is
  'Whose a payment at Stripe is; it is mirrored first where it is not known. Charges without one are not ours.';

create function private.mirror_stripe_payment(state jsonb, organization_id uuid, occurred_at timestamptz)
  returns text[]
  language plpgsql volatile set search_path = ''
as $$
declare
  v_payment public.billing_payments;
begin
  v_payment := private.record_payment(
    mirror_stripe_payment.organization_id, 'stripe', mirror_stripe_payment.state ->> 'id',
    (mirror_stripe_payment.state ->> 'status')::public.billing_payment_status, mirror_stripe_payment.state ->> 'currency',
    (mirror_stripe_payment.state ->> 'amount')::bigint, mirror_stripe_payment.occurred_at,
    jsonb_build_object(
      'purpose', mirror_stripe_payment.state -> 'purpose', 'purpose_id', mirror_stripe_payment.state -> 'purpose_id'
    )
  );
  -- As it is told now, not as it was told before.
  update public.billing_payments as payments
  set failure_code = left(mirror_stripe_payment.state ->> 'failure_code', 200),
    failure_message = left(mirror_stripe_payment.state ->> 'failure_message', 1000),
    provider_changed_at = mirror_stripe_payment.occurred_at
  where payments.id = v_payment.id;
  return array_remove(
    array[
      -- How and when it was paid, with which receipt.
      case when v_payment.status = 'succeeded' then 'charge:' || (mirror_stripe_payment.state ->> 'charge') end,
      -- What a subscription owes is told by its invoice alone.
      case when v_payment.purpose = 'other' then 'invoice_payment:' || v_payment.provider_payment_id end
    ],
    null
  );
end;
$$;
comment on function private.mirror_stripe_payment(jsonb, uuid, timestamptz) is
  'Takes over a payment intent of Stripe. Called by private.mirror_stripe.';

create function private.mirror_stripe_charge(state jsonb)
  returns text[]
  language plpgsql volatile set search_path = ''
as $$
declare
  v_payment public.billing_payments;
begin
  perform private.stripe_payment(mirror_stripe_charge.state ->> 'payment_intent');
  -- One that failed says nothing that its payment does not.
  update public.billing_payments as payments
  set receipt_url = coalesce(mirror_stripe_charge.state ->> 'receipt_url', payments.receipt_url),
    method = mirror_stripe_charge.state ->> 'method',
    provider_payment_method_id = mirror_stripe_charge.state ->> 'payment_method',
    fee_cents = coalesce((mirror_stripe_charge.state ->> 'fee')::bigint, payments.fee_cents),
    paid_at = case
      when payments.paid_at is not null then private.stripe_time(mirror_stripe_charge.state ->> 'created')
    end
  where payments.provider = 'stripe' and payments.provider_payment_id = mirror_stripe_charge.state ->> 'payment_intent'
    and (mirror_stripe_charge.state ->> 'is_paid')::boolean
  returning payments.* into v_payment;
  -- The fee is in no event: only who asks is told.
  return case when found and v_payment.fee_cents is null
    then array['charge:' || (mirror_stripe_charge.state ->> 'id')] else '{}' end;
end;
$$;
comment on function private.mirror_stripe_charge(jsonb) is
  'Takes over what only the charge tells of a payment: the receipt, the fee, how, by which method and when. Called by private.mirror_stripe.';

create function private.mirror_stripe_refund(state jsonb, occurred_at timestamptz)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_status constant text := mirror_stripe_refund.state ->> 'status';
  v_payment public.billing_payments;
  v_others bigint;
  v_needs text[];
begin
  v_payment := private.required_provider_payment('stripe', mirror_stripe_refund.state ->> 'payment_intent');
  select coalesce(sum(refunds.amount_cents), 0),
    array_agg('refund:' || refunds.provider_refund_id order by refunds.provider_refund_id)
      filter (where refunds.provider_refund_id is not null)
  into v_others, v_needs
  from public.billing_refunds as refunds
  where refunds.payment_id = v_payment.id and refunds.status not in ('failed', 'cancelled')
    and refunds.provider_refund_id is distinct from mirror_stripe_refund.state ->> 'id'
    and refunds.id::text is distinct from mirror_stripe_refund.state ->> 'refund_id';
  if v_status not in ('failed', 'cancelled')
    and v_others + (mirror_stripe_refund.state ->> 'amount')::bigint > v_payment.amount_cents then
    -- One of the others must have failed, which we have not heard of.
    perform private.stripe_needs(coalesce(v_needs, '{}'), 'refunds_exceed_payment');
  end if;
  perform private.record_refund(
    'stripe', mirror_stripe_refund.state ->> 'id', mirror_stripe_refund.state ->> 'payment_intent',
    v_status::public.billing_refund_status, mirror_stripe_refund.state ->> 'currency',
    (mirror_stripe_refund.state ->> 'amount')::bigint, mirror_stripe_refund.occurred_at,
    jsonb_build_object(
      'refund_id', mirror_stripe_refund.state -> 'refund_id', 'reason', mirror_stripe_refund.state -> 'reason',
      'failure_code', left(mirror_stripe_refund.state ->> 'failure_reason', 200)
    )
  );
end;
$$;
comment on function private.mirror_stripe_refund(jsonb, timestamptz) is
  'Takes over a refund of Stripe. Called by private.mirror_stripe.';

create function private.mirror_stripe_dispute(state jsonb, occurred_at timestamptz)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_dispute public.billing_disputes;
begin
  v_dispute := private.record_dispute(
    'stripe', mirror_stripe_dispute.state ->> 'id', mirror_stripe_dispute.state ->> 'payment_intent',
    mirror_stripe_dispute.state ->> 'status', mirror_stripe_dispute.state ->> 'currency',
    (mirror_stripe_dispute.state ->> 'amount')::bigint, mirror_stripe_dispute.occurred_at,
    jsonb_build_object(
      'reason', mirror_stripe_dispute.state -> 'reason',
      'evidence_due_at', private.stripe_time(mirror_stripe_dispute.state ->> 'evidence_due'),
      'closed_at', case when (mirror_stripe_dispute.state ->> 'is_closed')::boolean then coalesce(
        private.stripe_time(mirror_stripe_dispute.state ->> 'marked'), mirror_stripe_dispute.occurred_at
      ) end
    )
  );
  perform private.mark_stripe_time(
    'dispute', v_dispute.provider_dispute_id, private.stripe_time(mirror_stripe_dispute.state ->> 'marked')
  ) where mirror_stripe_dispute.state ? 'marked';
end;
$$;
comment on function private.mirror_stripe_dispute(jsonb, timestamptz) is
  'Takes over a dispute of Stripe. Called by private.mirror_stripe.';

create function private.mirror_stripe_method(state jsonb, organization_id uuid, occurred_at timestamptz)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.record_payment_method(
    mirror_stripe_method.organization_id, 'stripe', mirror_stripe_method.state ->> 'id', mirror_stripe_method.occurred_at,
    jsonb_build_object(
      'kind', mirror_stripe_method.state -> 'type', 'brand', mirror_stripe_method.state -> 'brand',
      'last4', mirror_stripe_method.state -> 'last4', 'expiry_month', mirror_stripe_method.state -> 'expiry_month',
      'expiry_year', mirror_stripe_method.state -> 'expiry_year',
      'removed_at', case when (mirror_stripe_method.state ->> 'is_end')::boolean then coalesce(
        private.stripe_time(mirror_stripe_method.state ->> 'marked'), mirror_stripe_method.occurred_at
      ) end
    )
  );
  update public.billing_payment_methods as methods
  set provider_customer_id = coalesce(mirror_stripe_method.state ->> 'customer', methods.provider_customer_id)
  where methods.provider = 'stripe' and methods.provider_method_id = mirror_stripe_method.state ->> 'id';
  perform private.settle_stripe_methods(mirror_stripe_method.organization_id);
end;
$$;
comment on function private.mirror_stripe_method(jsonb, uuid, timestamptz) is
  'Takes over a payment method of Stripe; one without a customer was removed. Called by private.mirror_stripe.';

create function private.stripe_removed_at(provider_method_id text, provider_customer_id text)
  returns timestamptz
  language sql stable set search_path = ''
as $$
  -- From what was told alone, never from what the row says: that may be a guess, and no equal time tells which it was.
  select least(
    (
      select objects.last_occurred_at from private.webhook_objects as objects
      where objects.provider = 'stripe'
        and objects.object_key = 'payment_method:' || stripe_removed_at.provider_method_id || ':removed'
    ),
    -- Nobody can use what a deleted customer had.
    (
      select customers.deleted_at from public.billing_customers as customers
      where customers.provider = 'stripe' and customers.provider_customer_id = stripe_removed_at.provider_customer_id
    )
  )
$$;
comment on function private.stripe_removed_at(text, text) is
  'When a method at Stripe was removed: by itself or with its customer, whichever was first; null until either is told.';

create function private.settle_stripe_methods(organization_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  update public.billing_payment_methods as methods
  set removed_at = private.stripe_removed_at(methods.provider_method_id, methods.provider_customer_id), is_default = false
  where methods.organization_id = settle_stripe_methods.organization_id and methods.provider = 'stripe'
    and private.stripe_removed_at(methods.provider_method_id, methods.provider_customer_id) <>
      coalesce(methods.removed_at, 'infinity')
    -- Later than it says only while what was told is kept: afterwards it is no guess any more.
    and (
      private.stripe_removed_at(methods.provider_method_id, methods.provider_customer_id) <
        coalesce(methods.removed_at, 'infinity')
      or exists (
        select from private.webhook_objects as objects
        where objects.provider = 'stripe' and objects.object_key = 'payment_method:' || methods.provider_method_id
      )
    );
  update public.billing_payment_methods as methods set is_default = false
  where methods.organization_id = settle_stripe_methods.organization_id and methods.provider = 'stripe'
    and methods.is_default and not exists (
      select from public.billing_customers as customers
      where customers.provider = 'stripe' and customers.deleted_at is null
        and customers.organization_id = methods.organization_id
        and customers.default_method_id = methods.provider_method_id
    );
  update public.billing_payment_methods as methods set is_default = true
  from public.billing_customers as customers
  where methods.organization_id = settle_stripe_methods.organization_id and methods.provider = 'stripe'
    and not methods.is_default and methods.removed_at is null and customers.provider = 'stripe'
    and customers.deleted_at is null and customers.organization_id = methods.organization_id
    and customers.default_method_id = methods.provider_method_id;
end;
$$;
comment on function private.settle_stripe_methods(uuid) is
  'Has the methods of an organization follow its customer at Stripe: which one is the default, none once it is deleted, and when they were removed.';

create function private.mirror_stripe_session(state jsonb)
  returns text[]
  language plpgsql volatile set search_path = ''
as $$
begin
  update public.billing_checkout_sessions as sessions
  set status = (mirror_stripe_session.state ->> 'status')::public.billing_checkout_status
  where sessions.provider = 'stripe' and sessions.provider_session_id = mirror_stripe_session.state ->> 'id'
    and sessions.status = 'open' and mirror_stripe_session.state ->> 'status' in ('complete', 'expired');
  -- What came of it is taken over at once: the person waits on the page that follows.
  return case when mirror_stripe_session.state ->> 'status' = 'complete' then array_remove(
    array[
      'subscription:' || (mirror_stripe_session.state ->> 'subscription'),
      'payment_intent:' || (mirror_stripe_session.state ->> 'payment_intent')
    ],
    null
  ) else '{}' end;
end;
$$;
comment on function private.mirror_stripe_session(jsonb) is
  'Takes over how a checkout page ended, and has what came of it fetched. Called by private.mirror_stripe.';

create function private.mark_stripe_time(kind text, id text, marked_at timestamptz)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  if mark_stripe_time.kind = 'dispute' then
    update public.billing_disputes as disputes set closed_at = mark_stripe_time.marked_at
    from public.billing_payments as payments
    where payments.id = disputes.payment_id and payments.provider = 'stripe'
      and disputes.provider_dispute_id = mark_stripe_time.id and disputes.closed_at is not null;
  elsif mark_stripe_time.kind = 'subscription' then
    perform private.accept_provider_event('stripe', 'subscription:' || mark_stripe_time.id || ':paused', mark_stripe_time.marked_at);
    update public.billing_subscriptions as subscriptions set paused_at = private.stripe_paused_at(mark_stripe_time.id)
    where subscriptions.provider = 'stripe' and subscriptions.provider_subscription_id = mark_stripe_time.id
      and subscriptions.paused_at is not null and subscriptions.paused_at <> private.stripe_paused_at(mark_stripe_time.id);
  elsif mark_stripe_time.kind = 'payment_method' then
    perform private.accept_provider_event(
      'stripe', 'payment_method:' || mark_stripe_time.id || ':removed', mark_stripe_time.marked_at
    );
    perform private.settle_stripe_methods(methods.organization_id) from public.billing_payment_methods as methods
    where methods.provider = 'stripe' and methods.provider_method_id = mark_stripe_time.id;
  end if;
end;
$$;
comment on function private.mark_stripe_time(text, text, timestamptz) is
  'Writes when a dispute was closed, a method removed or a subscription paused, which only the event of it tells.';
