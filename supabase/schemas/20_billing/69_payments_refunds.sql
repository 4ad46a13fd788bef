-- Definer: asks for the admin before anything else.
create function private.request_refund(
  payment_id uuid, amount_cents bigint, reason public.billing_refund_reason, comment text
)
  returns public.billing_refunds
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_payment public.billing_payments;
  v_left bigint;
  v_refund public.billing_refunds;
begin
  perform private.require_platform_admin('refund the payment');
  perform private.lock_billing(payments.organization_id) from public.billing_payments as payments
  where payments.id = request_refund.payment_id;
  -- Locked: two refunds at once each count the other.
  select * into v_payment from public.billing_payments as payments
  where payments.id = request_refund.payment_id for update;
  if not found then
    perform private.raise_error(404, 'billing_payment_not_found', 'Cannot refund: no such payment');
  end if;
  if v_payment.status <> 'succeeded' then
    perform private.raise_error(
      409, 'billing_payment_not_refundable', format('Cannot refund: the payment is %s', v_payment.status)
    );
  end if;
  select v_payment.amount_cents - coalesce(sum(gone.amount_cents), 0) into v_left
  from (
    select refunds.amount_cents from public.billing_refunds as refunds
    where refunds.payment_id = v_payment.id and refunds.status not in ('failed', 'cancelled')
    union all
    -- The bank has given it back already.
    select disputes.amount_cents from public.billing_disputes as disputes
    where disputes.payment_id = v_payment.id and disputes.status = 'lost'
  ) as gone;
  if v_left <= 0 then
    perform private.raise_error(409, 'billing_payment_refunded', 'Cannot refund: all of the payment went back or is on its way');
  end if;
  if coalesce(request_refund.amount_cents, v_left) not between 1 and v_left then
    perform private.raise_error(
      422, 'billing_refund_invalid', 'Cannot refund: it is more than is left of the payment, or nothing',
      format('At most %s', v_left)
    );
  end if;
  insert into public.billing_refunds
    (organization_id, payment_id, status, currency, amount_cents, reason, comment, requested_by)
  values (
    v_payment.organization_id, v_payment.id,
    -- What came by transfer, in cash or on chain is sent back by hand: here is the record of it.
    case when v_payment.provider in ('manual', 'onchain') then 'succeeded' else 'pending' end::public.billing_refund_status,
    v_payment.currency, coalesce(request_refund.amount_cents, v_left), coalesce(request_refund.reason, 'other'),
    nullif(btrim(request_refund.comment), ''), private.current_person_id()
  )
  returning * into v_refund;
  if v_refund.status = 'pending' then
    perform private.enqueue_job(
      'billing.refund', jsonb_build_object('refund_id', v_refund.id), organization_id := v_payment.organization_id,
      dedupe_key := v_refund.id::text, ordering_key := 'billing.refund:' || v_payment.id,
      created_by := v_refund.requested_by
    );
  end if;
  return v_refund;
end;
$$;
comment on function private.request_refund(uuid, bigint, public.billing_refund_reason, text) is
  'Body of public.request_refund.';
grant execute on function private.request_refund(uuid, bigint, public.billing_refund_reason, text) to authenticated;

create function public.request_refund(
  payment_id uuid, amount_cents bigint default null, reason public.billing_refund_reason default 'requested_by_customer',
  comment text default null
)
  returns public.billing_refunds
  language sql volatile set search_path = ''
as $$
  select private.request_refund(
    request_refund.payment_id, request_refund.amount_cents, request_refund.reason, request_refund.comment
  )
$$;
comment on function public.request_refund(uuid, bigint, public.billing_refund_reason, text) is
  $$Gives a payment back, in part or (without an amount) all that is left. For platform admins with a second factor; audited.

The row is pending until the provider answered. Of a payment by transfer, in cash or on chain it is the record of what
was sent back by hand. Errors: 403, 404 billing_payment_not_found, 409 billing_payment_not_refundable or
billing_payment_refunded, 422 billing_refund_invalid.$$;
grant execute on function public.request_refund(uuid, bigint, public.billing_refund_reason, text) to authenticated;

-- Definer: the backend writes refunds through functions alone.
create function private.get_refund_request(refund_id uuid)
  returns table (
    organization_id uuid, provider text, provider_payment_id text, provider_refund_id text,
    status public.billing_refund_status, currency text, amount_cents bigint, reason public.billing_refund_reason
  )
  language sql stable security definer set search_path = ''
as $$
  select refunds.organization_id, payments.provider, payments.provider_payment_id, refunds.provider_refund_id,
    refunds.status, refunds.currency, refunds.amount_cents, refunds.reason
  from public.billing_refunds as refunds join public.billing_payments as payments on payments.id = refunds.payment_id
  where refunds.id = get_refund_request.refund_id
$$;
comment on function private.get_refund_request(uuid) is 'Body of public.get_refund_request.';
grant execute on function private.get_refund_request(uuid) to service_role;

create function public.get_refund_request(refund_id uuid)
  returns table (
    organization_id uuid, provider text, provider_payment_id text, provider_refund_id text,
    status public.billing_refund_status, currency text, amount_cents bigint, reason public.billing_refund_reason
  )
  language sql stable set search_path = ''
as $$
  select * from private.get_refund_request(get_refund_request.refund_id)
$$;
comment on function public.get_refund_request(uuid) is 'What a provider is asked to give back. For the backend itself.';
grant execute on function public.get_refund_request(uuid) to service_role;

-- Definer: as private.get_refund_request.
create function private.fail_refund(refund_id uuid, failure_code text)
  returns void
  language sql volatile security definer set search_path = ''
as $$
  select private.lock_billing(refunds.organization_id) from public.billing_refunds as refunds
  where refunds.id = fail_refund.refund_id;
  update public.billing_refunds as refunds
  set status = 'failed', failure_code = left(fail_refund.failure_code, 200)
  where refunds.id = fail_refund.refund_id and refunds.status = 'pending' and refunds.provider_refund_id is null
$$;
comment on function private.fail_refund(uuid, text) is 'Body of public.fail_refund.';
grant execute on function private.fail_refund(uuid, text) to service_role;

create function public.fail_refund(refund_id uuid, failure_code text)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.fail_refund(fail_refund.refund_id, fail_refund.failure_code)
$$;
comment on function public.fail_refund(uuid, text) is
  'Notes that a provider refused to give money back; one that it took stays as it is. For the backend itself.';
grant execute on function public.fail_refund(uuid, text) to service_role;
