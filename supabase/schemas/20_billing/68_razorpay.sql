-- Definer: checkouts are written by functions alone.
create function private.open_razorpay_order(organization_id uuid, invoice_id uuid, pack_id uuid, pack_currency text)
  returns table (
    checkout_id uuid, provider_session_id text, purpose public.billing_payment_purpose, purpose_id uuid, currency text,
    amount_cents bigint
  )
  language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  v_invoice public.billing_invoices;
  v_purchase public.credit_purchases;
  v_session public.billing_checkout_sessions;
begin
  perform private.require_permission(open_razorpay_order.organization_id, 'billing.manage', 'begin the payment');
  perform private.lock_billing(open_razorpay_order.organization_id);
  if (open_razorpay_order.invoice_id is null) = (open_razorpay_order.pack_id is null) then
    perform private.raise_error(
      422, 'billing_purpose_invalid', 'Cannot begin the payment: name an invoice or a pack of credits'
    );
  end if;
  if open_razorpay_order.invoice_id is not null then
    v_invoice := private.lock_payable_invoice(
      open_razorpay_order.organization_id, open_razorpay_order.invoice_id, 'begin the payment'
    );
    -- The same order again: of two, both could be paid.
    return query
    select sessions.id, sessions.provider_session_id, sessions.purpose, sessions.purpose_id, orders.currency,
      orders.amount_cents
    from public.billing_checkout_sessions as sessions
    join private.razorpay_orders as orders on orders.checkout_session_id = sessions.id
    where sessions.provider = 'razorpay' and sessions.status = 'open' and sessions.expires_at > now()
      and sessions.purpose = 'invoice' and sessions.purpose_id = v_invoice.id
      and orders.amount_cents = v_invoice.open_cents
    limit 1;
    if found then
      return;
    end if;
  else
    v_purchase := private.create_credit_purchase(
      open_razorpay_order.organization_id, open_razorpay_order.pack_id, open_razorpay_order.pack_currency
    );
  end if;
  insert into public.billing_checkout_sessions as sessions
    (organization_id, provider, mode, purpose, purpose_id, expires_at, created_by)
  values (
    open_razorpay_order.organization_id, 'razorpay', 'payment',
    case when v_invoice.id is null then 'credit_pack' else 'invoice' end::public.billing_payment_purpose,
    coalesce(v_invoice.id, v_purchase.id), now() + interval '1 day', private.current_person_id()
  )
  returning sessions.* into v_session;
  insert into private.razorpay_orders (checkout_session_id, currency, amount_cents)
  values (
    v_session.id, coalesce(v_invoice.currency, v_purchase.currency),
    coalesce(v_invoice.open_cents, private.with_tax(open_razorpay_order.organization_id, v_purchase.price_cents))
  );
  return query
  select v_session.id, v_session.provider_session_id, v_session.purpose, v_session.purpose_id, orders.currency,
    orders.amount_cents
  from private.razorpay_orders as orders where orders.checkout_session_id = v_session.id;
end;
$$;
comment on function private.open_razorpay_order(uuid, uuid, uuid, text) is $$Begins a payment by Razorpay, before the order is made there.

An open one for the same invoice and amount is returned again. For the REST face, which makes the order.$$;
grant execute on function private.open_razorpay_order(uuid, uuid, uuid, text) to authenticated;

-- Definer: as private.open_razorpay_order; only the backend may execute it.
create function private.attach_razorpay_order(checkout_id uuid, order_id text)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_order_id text;
begin
  perform private.lock_billing(sessions.organization_id) from public.billing_checkout_sessions as sessions
  where sessions.id = attach_razorpay_order.checkout_id;
  update public.billing_checkout_sessions as sessions set provider_session_id = attach_razorpay_order.order_id
  where sessions.id = attach_razorpay_order.checkout_id and sessions.provider = 'razorpay'
    and sessions.provider_session_id is null;
  select sessions.provider_session_id into v_order_id from public.billing_checkout_sessions as sessions
  where sessions.id = attach_razorpay_order.checkout_id and sessions.provider = 'razorpay';
  return v_order_id;
end;
$$;
comment on function private.attach_razorpay_order(uuid, text) is 'Body of public.attach_razorpay_order.';
grant execute on function private.attach_razorpay_order(uuid, text) to service_role;

create function public.attach_razorpay_order(checkout_id uuid, order_id text)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.attach_razorpay_order(attach_razorpay_order.checkout_id, attach_razorpay_order.order_id)
$$;
comment on function public.attach_razorpay_order(uuid, text) is
  'Says which order at Razorpay a checkout is, the first time; answers the one that it is. For the backend itself.';
grant execute on function public.attach_razorpay_order(uuid, text) to service_role;

-- Definer: only the backend, which asked Razorpay, may execute it.
create function private.record_razorpay(
  order_id text, object_key text, occurred_at timestamptz, source text, payment jsonb, refunds jsonb, dispute jsonb
)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_session public.billing_checkout_sessions;
  v_order private.razorpay_orders;
  v_payment record;
  v_is_enough boolean;
  v_refund record;
begin
  perform private.lock_billing(sessions.organization_id) from public.billing_checkout_sessions as sessions
  where sessions.provider = 'razorpay' and sessions.provider_session_id = record_razorpay.order_id;
  select * into v_session from public.billing_checkout_sessions as sessions
  where sessions.provider = 'razorpay' and sessions.provider_session_id = record_razorpay.order_id
  for update;
  if not found then
    return 'ignored';
  end if;
  if not private.accept_provider_event('razorpay', record_razorpay.object_key, record_razorpay.occurred_at) then
    return 'stale';
  end if;
  select * into v_order from private.razorpay_orders as orders where orders.checkout_session_id = v_session.id;
  select * into v_payment from jsonb_to_record(record_razorpay.payment) as told (
    id text, status public.billing_payment_status, currency text, amount_cents bigint, method text, fee_cents bigint,
    failure_code text, failure_message text, reference text
  );
  v_is_enough := v_payment.currency = v_order.currency and v_payment.amount_cents >= v_order.amount_cents;
  perform private.record_payment(
    v_session.organization_id, 'razorpay', v_payment.id, v_payment.status, v_payment.currency, v_payment.amount_cents,
    record_razorpay.occurred_at,
    jsonb_build_object(
      -- Less than was asked for, or in another currency, is money and pays for nothing by itself.
      'purpose', case when v_is_enough then v_session.purpose else 'other' end,
      'purpose_id', case when v_is_enough then v_session.purpose_id end,
      'method', v_payment.method, 'fee_cents', v_payment.fee_cents, 'failure_code', v_payment.failure_code,
      'failure_message', v_payment.failure_message, 'reference', coalesce(v_payment.reference, record_razorpay.order_id),
      'source', record_razorpay.source
    )
  );
  if v_payment.status = 'succeeded' and v_is_enough then
    perform private.record_checkout_session('razorpay', record_razorpay.order_id, 'complete');
  end if;
  for v_refund in
    select * from jsonb_to_recordset(coalesce(nullif(record_razorpay.refunds, 'null'), '[]')) as told (
      id text, status public.billing_refund_status, currency text, amount_cents bigint, refund_id uuid
    )
  loop
    perform private.record_refund(
      'razorpay', v_refund.id, v_payment.id, v_refund.status, v_refund.currency, v_refund.amount_cents,
      record_razorpay.occurred_at,
      jsonb_build_object('refund_id', v_refund.refund_id, 'source', record_razorpay.source)
    );
  end loop;
  if nullif(record_razorpay.dispute, 'null') is not null then
    perform private.record_dispute(
      'razorpay', record_razorpay.dispute ->> 'id', v_payment.id, record_razorpay.dispute ->> 'status',
      record_razorpay.dispute ->> 'currency', (record_razorpay.dispute ->> 'amount_cents')::bigint,
      record_razorpay.occurred_at,
      jsonb_build_object(
        'reason', record_razorpay.dispute ->> 'reason', 'evidence_due_at', record_razorpay.dispute ->> 'evidence_due_at',
        'closed_at', record_razorpay.dispute ->> 'closed_at', 'source', record_razorpay.source
      )
    );
  end if;
  return 'processed';
end;
$$;
comment on function private.record_razorpay(text, text, timestamptz, text, jsonb, jsonb, jsonb) is
  'Body of public.record_razorpay.';
grant execute on function private.record_razorpay(text, text, timestamptz, text, jsonb, jsonb, jsonb) to service_role;

create function public.record_razorpay(
  order_id text, object_key text, occurred_at timestamptz, source text, payment jsonb, refunds jsonb default null,
  dispute jsonb default null
)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.record_razorpay(
    record_razorpay.order_id, record_razorpay.object_key, record_razorpay.occurred_at, record_razorpay.source,
    record_razorpay.payment, record_razorpay.refunds, record_razorpay.dispute
  )
$$;
comment on function public.record_razorpay(text, text, timestamptz, text, jsonb, jsonb, jsonb) is
  $$Writes what Razorpay says of a payment of one of our orders, with its refunds and a dispute. For the backend itself.

Answers "processed"; "stale" when a newer event of object_key was there first (null asks no such question); "ignored" for an
order that is none of ours.$$;
grant execute on function public.record_razorpay(text, text, timestamptz, text, jsonb, jsonb, jsonb) to service_role;

-- Definer: workers read through functions.
create function private.get_razorpay_order(checkout_id uuid)
  returns table (order_id text, is_expired boolean)
  language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  select sessions.provider_session_id, sessions.expires_at <= now()
  from public.billing_checkout_sessions as sessions
  where sessions.id = get_razorpay_order.checkout_id and sessions.provider = 'razorpay' and sessions.status = 'open';
end;
$$;
comment on function private.get_razorpay_order(uuid) is 'Body of public.get_razorpay_order.';
grant execute on function private.get_razorpay_order(uuid) to service_role;

create function public.get_razorpay_order(checkout_id uuid)
  returns table (order_id text, is_expired boolean)
  language sql stable set search_path = ''
as $$
  select * from private.get_razorpay_order(get_razorpay_order.checkout_id)
$$;
comment on function public.get_razorpay_order(uuid) is
  'The order of an open checkout at Razorpay, null while it is not known to be made; no row for others. For workers.';
grant execute on function public.get_razorpay_order(uuid) to service_role;

-- Definer: as private.open_razorpay_order; only the backend may execute it.
create function private.expire_razorpay_order(checkout_id uuid)
  returns void
  language sql volatile security definer set search_path = ''
as $$
  select private.lock_billing(sessions.organization_id) from public.billing_checkout_sessions as sessions
  where sessions.id = expire_razorpay_order.checkout_id;
  update public.billing_checkout_sessions as sessions set status = 'expired'
  where sessions.id = expire_razorpay_order.checkout_id and sessions.provider = 'razorpay'
    and sessions.status = 'open' and sessions.expires_at <= now()
$$;
comment on function private.expire_razorpay_order(uuid) is 'Body of public.expire_razorpay_order.';
grant execute on function private.expire_razorpay_order(uuid) to service_role;

create function public.expire_razorpay_order(checkout_id uuid)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.expire_razorpay_order(expire_razorpay_order.checkout_id)
$$;
comment on function public.expire_razorpay_order(uuid) is
  'Closes a checkout at Razorpay whose time is over and that Razorpay says nobody paid. For workers.';
grant execute on function public.expire_razorpay_order(uuid) to service_role;
