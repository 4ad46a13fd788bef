create function public.record_payment(
  organization_id uuid, provider text, provider_payment_id text, status public.billing_payment_status, currency text,
  amount_cents bigint, occurred_at timestamptz, details jsonb default '{}'
)
  returns public.billing_payments
  language sql volatile set search_path = ''
as $$
  select private.record_payment(
    record_payment.organization_id, record_payment.provider, record_payment.provider_payment_id, record_payment.status,
    record_payment.currency, record_payment.amount_cents, record_payment.occurred_at, record_payment.details
  )
$$;
comment on function public.record_payment(
  uuid, text, text, public.billing_payment_status, text, bigint, timestamptz, jsonb
) is $$Writes what a provider tells of a payment. For the backend itself.

details: purpose, purpose_id, method, reference, failure_code, failure_message, receipt_url, fee_cents,
payment_method_id, source; what is left out keeps what is known. Errors: 409 billing_payment_not_yours.$$;
grant execute on function public.record_payment(
  uuid, text, text, public.billing_payment_status, text, bigint, timestamptz, jsonb
) to service_role;

create function public.record_refund(
  provider text, provider_refund_id text, provider_payment_id text, status public.billing_refund_status, currency text,
  amount_cents bigint, occurred_at timestamptz, details jsonb default '{}'
)
  returns public.billing_refunds
  language sql volatile set search_path = ''
as $$
  select private.record_refund(
    record_refund.provider, record_refund.provider_refund_id, record_refund.provider_payment_id, record_refund.status,
    record_refund.currency, record_refund.amount_cents, record_refund.occurred_at, record_refund.details
  )
$$;
comment on function public.record_refund(
  text, text, text, public.billing_refund_status, text, bigint, timestamptz, jsonb
) is $$Writes what a provider tells of a refund. For the backend itself.

details: refund_id (our own row's), reason, comment, failure_code, requested_by, source. Errors: 404
billing_payment_not_found.$$;
grant execute on function public.record_refund(
  text, text, text, public.billing_refund_status, text, bigint, timestamptz, jsonb
) to service_role;

create function public.record_customer(
  organization_id uuid, provider text, provider_customer_id text, occurred_at timestamptz, details jsonb default '{}'
)
  returns public.billing_customers
  language sql volatile set search_path = ''
as $$
  select private.record_customer(
    record_customer.organization_id, record_customer.provider, record_customer.provider_customer_id,
    record_customer.occurred_at, record_customer.details
  )
$$;
comment on function public.record_customer(uuid, text, text, timestamptz, jsonb) is
  $$Writes who an organization is at a payment provider. For the backend itself.

details: email, name, deleted_at. Errors: 409 billing_customer_exists.$$;
grant execute on function public.record_customer(uuid, text, text, timestamptz, jsonb) to service_role;
