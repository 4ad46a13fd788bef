-- What payment providers tell of payments comes into the tables through these functions, and through nothing else. They
-- are safe to repeat and take states in any order; whether an event is newer than what is known is asked before, with
-- private.accept_provider_event.

-- Definer: the tables are written through functions alone; only the backend may execute it.
create function private.record_payment(
  organization_id uuid, provider text, provider_payment_id text, status public.billing_payment_status, currency text,
  amount_cents bigint, occurred_at timestamptz, details jsonb default '{}'
)
  returns public.billing_payments
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_details constant jsonb := jsonb_strip_nulls(record_payment.details);
  v_told record;
  v_payment public.billing_payments;
begin
  perform private.lock_billing(record_payment.organization_id);
  perform set_config('atrium.payment_source', coalesce(v_details ->> 'source', record_payment.provider), true);
  select * into v_told from jsonb_to_record(v_details) as told (
    purpose public.billing_payment_purpose, purpose_id uuid, method text, reference text, failure_code text,
    failure_message text, receipt_url text, fee_cents bigint, payment_method_id uuid
  );
  insert into public.billing_payments as payments
    (organization_id, provider, provider_payment_id, purpose, purpose_id, method, reference, status, currency,
      amount_cents, fee_cents, failure_code, failure_message, receipt_url, payment_method_id, paid_at, provider_changed_at)
  values (
    record_payment.organization_id, record_payment.provider, record_payment.provider_payment_id,
    coalesce(v_told.purpose, 'other'), v_told.purpose_id, coalesce(v_told.method, 'other'), v_told.reference,
    record_payment.status, upper(record_payment.currency), record_payment.amount_cents, v_told.fee_cents,
    v_told.failure_code, v_told.failure_message, v_told.receipt_url, v_told.payment_method_id,
    case when record_payment.status = 'succeeded' then record_payment.occurred_at end, record_payment.occurred_at
  )
  on conflict on constraint billing_payments_provider_payment_id_key do nothing
  returning payments.* into v_payment;
  if not found then
    select * into v_payment from public.billing_payments as payments
    where payments.provider = record_payment.provider
      and payments.provider_payment_id = record_payment.provider_payment_id
    for update;
    if v_payment.organization_id <> record_payment.organization_id then
      perform private.raise_error(
        409, 'billing_payment_not_yours', 'Cannot record payment: it is another organization''s'
      );
    end if;
    update public.billing_payments as payments
    set
      -- The money was there: what comes late of the time before changes nothing.
      status = case
        when payments.status in ('succeeded', 'reversed') and record_payment.status not in ('succeeded', 'reversed')
          then payments.status
        else record_payment.status
      end,
      currency = case
        when payments.status in ('succeeded', 'reversed') then payments.currency else upper(record_payment.currency)
      end,
      amount_cents = case
        when payments.status in ('succeeded', 'reversed') then payments.amount_cents else record_payment.amount_cents
      end,
      paid_at = case
        when payments.paid_at is null and record_payment.status = 'succeeded' then record_payment.occurred_at
        else payments.paid_at
      end,
      -- Why it failed is of no interest once it succeeded.
      failure_code = case
        when 'succeeded' in (payments.status, record_payment.status) then null
        else coalesce(v_told.failure_code, payments.failure_code)
      end,
      failure_message = case
        when 'succeeded' in (payments.status, record_payment.status) then null
        else coalesce(v_told.failure_message, payments.failure_message)
      end,
      -- What is known is not forgotten by an event that does not tell it.
      purpose = coalesce(v_told.purpose, payments.purpose),
      purpose_id = coalesce(v_told.purpose_id, payments.purpose_id),
      method = coalesce(v_told.method, payments.method),
      reference = coalesce(v_told.reference, payments.reference),
      fee_cents = coalesce(v_told.fee_cents, payments.fee_cents),
      receipt_url = coalesce(v_told.receipt_url, payments.receipt_url),
      payment_method_id = coalesce(v_told.payment_method_id, payments.payment_method_id),
      provider_changed_at = greatest(payments.provider_changed_at, record_payment.occurred_at)
    where payments.id = v_payment.id
    returning payments.* into v_payment;
  end if;
  perform set_config('atrium.payment_source', '', true);
  return v_payment;
end;
$$;
comment on function private.record_payment(
  uuid, text, text, public.billing_payment_status, text, bigint, timestamptz, jsonb
) is $$Writes what a provider tells of a payment, found by (provider, provider_payment_id); a manual one, without id, is new.

details: purpose, purpose_id, method, reference, failure_code, failure_message, receipt_url, fee_cents,
payment_method_id, and source ("stripe:evt_1") for the log; keys that are left out or null keep what is known. A payment
that succeeded only becomes reversed, and keeps its amount. Errors: 409 billing_payment_not_yours.$$;
grant execute on function private.record_payment(
  uuid, text, text, public.billing_payment_status, text, bigint, timestamptz, jsonb
) to service_role;

-- Definer: as private.record_payment.
create function private.required_provider_payment(provider text, provider_payment_id text)
  returns public.billing_payments
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_payment public.billing_payments;
begin
  perform private.lock_billing(payments.organization_id) from public.billing_payments as payments
  where payments.provider = required_provider_payment.provider
    and payments.provider_payment_id = required_provider_payment.provider_payment_id;
  select * into v_payment from public.billing_payments as payments
  where payments.provider = required_provider_payment.provider
    and payments.provider_payment_id = required_provider_payment.provider_payment_id
  for update;
  if not found then
    perform private.raise_error(
      404, 'billing_payment_not_found', 'Cannot record: the payment is not known yet', 'Record the payment first'
    );
  end if;
  return v_payment;
end;
$$;
comment on function private.required_provider_payment(text, text) is
  'The payment that a refund or dispute of a provider is of, locked with the billing of its organization; an error when it is not known yet.';

-- Definer: as private.record_payment.
create function private.record_refund(
  provider text, provider_refund_id text, provider_payment_id text, status public.billing_refund_status, currency text,
  amount_cents bigint, occurred_at timestamptz, details jsonb default '{}'
)
  returns public.billing_refunds
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_details constant jsonb := jsonb_strip_nulls(record_refund.details);
  v_told record;
  v_payment public.billing_payments;
  v_refund public.billing_refunds;
begin
  -- Locked: two refunds at once each count the other.
  v_payment := private.required_provider_payment(record_refund.provider, record_refund.provider_payment_id);
  perform set_config('atrium.payment_source', coalesce(v_details ->> 'source', record_refund.provider), true);
  select * into v_told from jsonb_to_record(v_details) as told (
    refund_id uuid, reason public.billing_refund_reason, comment text, failure_code text, requested_by uuid
  );
  -- By the provider's id, else as the one that we asked for and that has none yet.
  select * into v_refund from public.billing_refunds as refunds
  where refunds.payment_id = v_payment.id and (
    refunds.provider_refund_id = record_refund.provider_refund_id
    or refunds.id = v_told.refund_id and refunds.provider_refund_id is null
  )
  order by refunds.provider_refund_id nulls last limit 1;
  if not found then
    insert into public.billing_refunds as refunds
      (organization_id, payment_id, provider_refund_id, status, currency, amount_cents, reason, comment, failure_code,
        requested_by, provider_changed_at)
    values (
      v_payment.organization_id, v_payment.id, record_refund.provider_refund_id, record_refund.status,
      upper(record_refund.currency), record_refund.amount_cents, coalesce(v_told.reason, 'other'), v_told.comment,
      v_told.failure_code, v_told.requested_by, record_refund.occurred_at
    )
    returning refunds.* into v_refund;
  else
    update public.billing_refunds as refunds
    set provider_refund_id = record_refund.provider_refund_id,
      -- What went back may still fail; what failed or was cancelled is over.
      status = case
        when refunds.status = 'succeeded' and record_refund.status <> 'failed'
          or refunds.status in ('failed', 'cancelled') then refunds.status
        else record_refund.status
      end,
      failure_code = coalesce(v_told.failure_code, refunds.failure_code),
      provider_changed_at = greatest(refunds.provider_changed_at, record_refund.occurred_at)
    where refunds.id = v_refund.id
    returning refunds.* into v_refund;
  end if;
  perform set_config('atrium.payment_source', '', true);
  return v_refund;
end;
$$;
comment on function private.record_refund(
  text, text, text, public.billing_refund_status, text, bigint, timestamptz, jsonb
) is $$Writes what a provider tells of a refund, found by its id there, or by refund_id of the details: our own row's.

details: refund_id (metadata of the refund), reason, comment, failure_code, requested_by, source. Errors: 404
billing_payment_not_found where the payment has to be recorded first; 23514 where more would go back than was paid.$$;
grant execute on function private.record_refund(
  text, text, text, public.billing_refund_status, text, bigint, timestamptz, jsonb
) to service_role;

-- Definer: as private.record_payment.
create function private.record_dispute(
  provider text, provider_dispute_id text, provider_payment_id text, status text, currency text, amount_cents bigint,
  occurred_at timestamptz, details jsonb default '{}'
)
  returns public.billing_disputes
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_details constant jsonb := jsonb_strip_nulls(record_dispute.details);
  v_told record;
  v_payment public.billing_payments;
  v_dispute public.billing_disputes;
begin
  v_payment := private.required_provider_payment(record_dispute.provider, record_dispute.provider_payment_id);
  perform set_config('atrium.payment_source', coalesce(v_details ->> 'source', record_dispute.provider), true);
  select * into v_told from jsonb_to_record(v_details) as told (
    reason text, evidence_due_at timestamptz, closed_at timestamptz
  );
  insert into public.billing_disputes as disputes
    (organization_id, payment_id, provider_dispute_id, status, reason, currency, amount_cents, evidence_due_at,
      closed_at, provider_changed_at)
  values (
    v_payment.organization_id, v_payment.id, record_dispute.provider_dispute_id, record_dispute.status, v_told.reason,
    upper(record_dispute.currency), record_dispute.amount_cents, v_told.evidence_due_at, v_told.closed_at,
    record_dispute.occurred_at
  )
  on conflict on constraint billing_disputes_provider_dispute_id_key do update
  set
    -- Decided is decided.
    status = case
      when disputes.closed_at is not null and excluded.closed_at is null then disputes.status else excluded.status
    end,
    reason = coalesce(excluded.reason, disputes.reason),
    currency = excluded.currency,
    amount_cents = excluded.amount_cents,
    evidence_due_at = coalesce(excluded.evidence_due_at, disputes.evidence_due_at),
    closed_at = coalesce(disputes.closed_at, excluded.closed_at),
    provider_changed_at = greatest(disputes.provider_changed_at, excluded.provider_changed_at)
  returning disputes.* into v_dispute;
  perform set_config('atrium.payment_source', '', true);
  return v_dispute;
end;
$$;
comment on function private.record_dispute(text, text, text, text, text, bigint, timestamptz, jsonb) is
  $$Writes what a provider tells of a dispute, found by its id there.

details: reason, evidence_due_at, closed_at, source. Errors: 404 billing_payment_not_found.$$;
grant execute on function private.record_dispute(text, text, text, text, text, bigint, timestamptz, jsonb)
  to service_role;

-- Definer: as private.record_payment.
create function private.record_payment_method(
  organization_id uuid, provider text, provider_method_id text, occurred_at timestamptz, details jsonb default '{}'
)
  returns public.billing_payment_methods
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_told record;
  v_method public.billing_payment_methods;
begin
  perform private.lock_billing(record_payment_method.organization_id);
  select * into v_told from jsonb_to_record(jsonb_strip_nulls(record_payment_method.details)) as told (
    kind text, brand text, last4 text, expiry_month smallint, expiry_year smallint, is_default boolean,
    removed_at timestamptz
  );
  -- One default: it takes the place of the one before.
  if v_told.is_default and v_told.removed_at is null then
    update public.billing_payment_methods as methods set is_default = false
    where methods.organization_id = record_payment_method.organization_id
      and methods.provider = record_payment_method.provider and methods.is_default
      and methods.provider_method_id <> record_payment_method.provider_method_id;
  end if;
  insert into public.billing_payment_methods as methods
    (organization_id, provider, provider_method_id, kind, brand, last4, expiry_month, expiry_year, is_default,
      removed_at, provider_changed_at)
  values (
    record_payment_method.organization_id, record_payment_method.provider, record_payment_method.provider_method_id,
    coalesce(v_told.kind, 'card'), v_told.brand, v_told.last4, v_told.expiry_month, v_told.expiry_year,
    coalesce(v_told.is_default, false) and v_told.removed_at is null, v_told.removed_at,
    record_payment_method.occurred_at
  )
  on conflict on constraint billing_payment_methods_provider_method_id_key do update
  set kind = coalesce(v_told.kind, methods.kind),
    brand = coalesce(v_told.brand, methods.brand),
    last4 = coalesce(v_told.last4, methods.last4),
    expiry_month = coalesce(v_told.expiry_month, methods.expiry_month),
    expiry_year = coalesce(v_told.expiry_year, methods.expiry_year),
    is_default = coalesce(v_told.is_default, methods.is_default)
      and coalesce(methods.removed_at, v_told.removed_at) is null,
    -- A method that was removed is not attached again: the provider makes another.
    removed_at = coalesce(methods.removed_at, v_told.removed_at),
    provider_changed_at = greatest(methods.provider_changed_at, record_payment_method.occurred_at)
  where methods.organization_id = record_payment_method.organization_id
  returning methods.* into v_method;
  return v_method;
end;
$$;
comment on function private.record_payment_method(uuid, text, text, timestamptz, jsonb) is
  $$Writes what a provider tells of a saved method, found by (provider, provider_method_id); null for another organization's.

details: kind, brand, last4, expiry_month, expiry_year, is_default, removed_at.$$;
grant execute on function private.record_payment_method(uuid, text, text, timestamptz, jsonb) to service_role;

-- Definer: as private.record_payment.
create function private.record_customer(
  organization_id uuid, provider text, provider_customer_id text, occurred_at timestamptz, details jsonb default '{}'
)
  returns public.billing_customers
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_told record;
  v_customer public.billing_customers;
begin
  perform private.lock_billing(record_customer.organization_id);
  select * into v_told from jsonb_to_record(jsonb_strip_nulls(record_customer.details)) as told (
    email text, name text, deleted_at timestamptz
  );
  if v_told.deleted_at is null and exists (
    select from public.billing_customers as customers
    where customers.organization_id = record_customer.organization_id and customers.provider = record_customer.provider
      and customers.deleted_at is null and customers.provider_customer_id <> record_customer.provider_customer_id
  ) then
    perform private.raise_error(
      409, 'billing_customer_exists', 'Cannot record customer: the organization has another one at this provider'
    );
  end if;
  insert into public.billing_customers as customers
    (organization_id, provider, provider_customer_id, email, name, deleted_at, provider_changed_at)
  values (
    record_customer.organization_id, record_customer.provider, record_customer.provider_customer_id, v_told.email,
    v_told.name, v_told.deleted_at, record_customer.occurred_at
  )
  on conflict on constraint billing_customers_provider_customer_id_key do update
  set email = coalesce(v_told.email, customers.email),
    name = coalesce(v_told.name, customers.name),
    -- What is deleted stays so.
    deleted_at = coalesce(customers.deleted_at, v_told.deleted_at),
    provider_changed_at = greatest(customers.provider_changed_at, record_customer.occurred_at)
  where customers.organization_id = record_customer.organization_id
  returning customers.* into v_customer;
  return v_customer;
end;
$$;
comment on function private.record_customer(uuid, text, text, timestamptz, jsonb) is
  $$Writes who an organization is at a provider, found by (provider, provider_customer_id); null for another organization's.

details: email, name, deleted_at. Errors: 409 billing_customer_exists.$$;
grant execute on function private.record_customer(uuid, text, text, timestamptz, jsonb) to service_role;

-- Definer: as private.record_payment.
create function private.record_checkout_session(
  provider text, provider_session_id text, status public.billing_checkout_status
)
  returns public.billing_checkout_sessions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_session public.billing_checkout_sessions;
begin
  perform private.lock_billing(sessions.organization_id) from public.billing_checkout_sessions as sessions
  where sessions.provider = record_checkout_session.provider
    and sessions.provider_session_id = record_checkout_session.provider_session_id;
  update public.billing_checkout_sessions as sessions set status = record_checkout_session.status
  where sessions.provider = record_checkout_session.provider
    and sessions.provider_session_id = record_checkout_session.provider_session_id
    and (
      sessions.status = 'open'
      -- Paid in the moment in which it was closed here.
      or sessions.status = 'expired' and record_checkout_session.status = 'complete'
    );
  select * into v_session from public.billing_checkout_sessions as sessions
  where sessions.provider = record_checkout_session.provider
    and sessions.provider_session_id = record_checkout_session.provider_session_id;
  return v_session;
end;
$$;
comment on function private.record_checkout_session(text, text, public.billing_checkout_status) is
  'Writes what became of a checkout page; null for one that was not opened here. A complete one stays so.';
grant execute on function private.record_checkout_session(text, text, public.billing_checkout_status) to service_role;
