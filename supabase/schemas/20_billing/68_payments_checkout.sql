-- What the REST face asks before and after it calls a payment provider. Members reach these functions through it alone:
-- what a page or payment costs is decided here, never by the caller.

-- Definer: clients see neither who an organization is at a provider nor what that calls a tax rate. For functions that asked
-- for the permission.
create function private.payer(organization_id uuid, provider text)
  returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'customer_id', (
      select customers.provider_customer_id from public.billing_customers as customers
      where customers.organization_id = organizations.id and customers.provider = payer.provider
        and customers.deleted_at is null
    ),
    -- One that was deleted at the provider is followed by another.
    'earlier_count', (
      select count(*) from public.billing_customers as customers
      where customers.organization_id = organizations.id and customers.provider = payer.provider
        and customers.deleted_at is not null
    ),
    'name', coalesce(profiles.legal_name, organizations.name),
    'email', coalesce(profiles.billing_email, organizations.billing_email),
    'currency', organizations.currency,
    'tax_rate_id', private.provider_tax_rate(coalesce(profiles.country, organizations.country), payer.provider)
  )
  from public.organizations
  left join public.billing_profiles as profiles on profiles.organization_id = organizations.id
  where organizations.id = payer.organization_id
$$;
comment on function private.payer(uuid, text) is
  'Who pays, as a payment provider is told: {customer_id, earlier_count, name, email, currency, tax_rate_id}.';

-- Definer: as private.payer.
create function private.provider_items(
  provider text, plan_id uuid, billing_interval public.billing_interval, currency text, seat_count int
)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_items jsonb;
begin
  -- What is used is billed by ourselves, unless the provider knows the metered price.
  select jsonb_agg(
    jsonb_build_object('price_id', given.id, 'provider_price_id', given.provider_price_id, 'quantity', given.quantity)
    order by given.kind, given.id
  )
  into v_items
  from (
    select prices.id, prices.kind, private.provider_price(prices.id, provider_items.provider) as provider_price_id,
      case prices.kind when 'flat' then 1 when 'seat' then provider_items.seat_count end as quantity
    from public.billing_prices as prices
    where prices.plan_id = provider_items.plan_id and prices.currency = provider_items.currency
      and prices.billing_interval = provider_items.billing_interval and prices.kind in ('flat', 'seat', 'metered')
      and prices.starts_at <= now() and (prices.ends_at is null or prices.ends_at > now())
  ) as given
  where given.kind <> 'metered' or given.provider_price_id is not null;
  if not jsonb_path_exists(coalesce(v_items, '[]'), '$[*].quantity ? (@ != null)') then
    perform private.raise_error(
      422, 'billing_price_not_offered', 'Cannot subscribe: the plan has no such price', 'list_plans tells the prices'
    );
  end if;
  if jsonb_path_exists(v_items, '$[*].provider_price_id ? (@ == null)') then
    perform private.raise_error(
      409, 'billing_price_not_synced', 'Cannot subscribe: the payment provider does not know the price yet',
      'Try again in a minute'
    );
  end if;
  return v_items;
end;
$$;
comment on function private.provider_items(text, uuid, public.billing_interval, text, int) is
  $$Today's prices of a plan as a payment provider is asked for them: [{price_id, provider_price_id, quantity}].

quantity is null for what is metered. Errors: 422 billing_price_not_offered, 409 billing_price_not_synced.$$;

create function private.require_currency(provider text, currency text)
  returns void
  language plpgsql stable set search_path = ''
as $$
begin
  if not private.takes_currency(require_currency.provider, require_currency.currency) then
    perform private.raise_error(
      422, 'billing_price_not_offered',
      format('Cannot pay: %s takes no %s of us', require_currency.provider, require_currency.currency),
      'Pay in another way'
    );
  end if;
end;
$$;
comment on function private.require_currency(text, text) is
  'Refuses what a payment provider would count in another minor unit: 422 billing_price_not_offered.';

-- Definer: as private.payer.
create function private.payment_subject(
  organization_id uuid, provider text, pack_id uuid, pack_currency text, invoice_id uuid, out purpose public.billing_payment_purpose,
  out purpose_id uuid, out description text, out currency text, out amount_cents bigint
)
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_purchase public.credit_purchases;
  v_invoice public.billing_invoices;
begin
  if (payment_subject.pack_id is null) = (payment_subject.invoice_id is null) then
    perform private.raise_error(
      422, 'billing_subject_invalid', 'Cannot pay: name a pack of credits or an invoice, and not both'
    );
  end if;
  if payment_subject.pack_id is not null then
    v_purchase := private.create_credit_purchase(
      payment_subject.organization_id, payment_subject.pack_id, payment_subject.pack_currency
    );
    purpose := 'credit_pack';
    purpose_id := v_purchase.id;
    description := v_purchase.credit_count || ' credits';
    currency := v_purchase.currency;
    amount_cents := v_purchase.price_cents;
    perform private.require_currency(payment_subject.provider, currency);
    return;
  end if;
  select * into v_invoice from public.billing_invoices as invoices
  where invoices.id = payment_subject.invoice_id and invoices.organization_id = payment_subject.organization_id
    and invoices.provider = 'own' and invoices.status <> 'draft';
  if not found then
    perform private.raise_error(404, 'billing_invoice_not_found', 'Cannot pay: no such invoice');
  end if;
  if v_invoice.open_cents = 0 then
    perform private.raise_error(409, 'billing_invoice_not_payable', 'Cannot pay: nothing of the invoice is open');
  end if;
  purpose := 'invoice';
  purpose_id := v_invoice.id;
  description := 'Invoice ' || v_invoice.number;
  currency := v_invoice.currency;
  amount_cents := v_invoice.open_cents;
  perform private.require_currency(payment_subject.provider, currency);
end;
$$;
comment on function private.payment_subject(uuid, text, uuid, text, uuid) is
  $$What is paid for once, and what it costs: a pack of credits, whose purchase begins with it, or what is open of an own invoice.

Errors: 422 billing_subject_invalid or billing_price_not_offered, 404 billing_invoice_not_found, 409
billing_invoice_not_payable, and those of private.create_credit_purchase.$$;

-- Definer: writes pages, which clients only read. Asks for the permission before anything else.
create function private.begin_checkout(
  organization_id uuid, provider text, mode public.billing_checkout_mode, plan_id uuid,
  billing_interval public.billing_interval, currency text, seat_count int, pack_id uuid, invoice_id uuid
)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_plan public.billing_plans;
  v_items jsonb;
  v_subject jsonb;
  v_earlier public.billing_checkout_sessions;
  v_checkout public.billing_checkout_sessions;
  v_trial_days int := 0;
begin
  perform private.require_permission(begin_checkout.organization_id, 'billing.manage', 'open a checkout');
  -- One after another: of two who subscribe at once the second is told.
  perform private.lock_billing(begin_checkout.organization_id);
  if begin_checkout.mode = 'subscription' then
    v_plan := private.required_plan(begin_checkout.plan_id);
    if v_plan.retired_at is not null then
      perform private.raise_error(409, 'billing_plan_retired', 'Cannot subscribe: the plan is not offered any more');
    end if;
    if v_plan.is_default then
      perform private.raise_error(
        409, 'billing_plan_is_default', 'Cannot subscribe: the plan is what organizations have without a subscription',
        'Choose another, or cancel the subscription to go back to it'
      );
    end if;
    if exists (
      select from public.billing_subscriptions as subscriptions
      where subscriptions.organization_id = begin_checkout.organization_id
        and subscriptions.product = v_plan.product and subscriptions.ended_at is null
    ) then
      perform private.raise_error(
        409, 'billing_subscription_exists',
        'Cannot subscribe: the organization has a subscription to this product line', 'Change its plan instead'
      );
    end if;
    v_items := private.provider_items(
      begin_checkout.provider, v_plan.id, begin_checkout.billing_interval, begin_checkout.currency,
      begin_checkout.seat_count
    );
    perform private.require_seats(begin_checkout.organization_id, begin_checkout.seat_count, array(
      select (item ->> 'price_id')::uuid from jsonb_array_elements(v_items) as item
    ));
    -- A trial once for each product line, whatever became of it.
    if not exists (
      select from public.billing_subscriptions as subscriptions
      where subscriptions.organization_id = begin_checkout.organization_id
        and subscriptions.product = v_plan.product and subscriptions.trial_ends_at is not null
    ) then
      v_trial_days := v_plan.trial_days;
    end if;
    select * into v_earlier from public.billing_checkout_sessions as sessions
    where sessions.organization_id = begin_checkout.organization_id and sessions.product = v_plan.product
      and sessions.status = 'open' and sessions.mode = 'subscription';
    if found and v_earlier.provider_session_id is null and v_earlier.created_at > now() - interval '1 minute' then
      perform private.raise_error(
        409, 'billing_checkout_in_progress', 'Cannot open a checkout: another one is just being opened',
        'Try again in a moment'
      );
    end if;
    -- The page before is closed at the provider too, before there is another.
    update public.billing_checkout_sessions as sessions set status = 'expired' where sessions.id = v_earlier.id;
  elsif begin_checkout.mode = 'payment' then
    select to_jsonb(subject) into v_subject from private.payment_subject(
      begin_checkout.organization_id, begin_checkout.provider, begin_checkout.pack_id, begin_checkout.currency,
      begin_checkout.invoice_id
    ) as subject;
  end if;
  insert into public.billing_checkout_sessions
    (organization_id, provider, mode, purpose, purpose_id, product, expires_at, created_by)
  values (
    begin_checkout.organization_id, begin_checkout.provider, begin_checkout.mode,
    case
      when begin_checkout.mode = 'subscription' then 'subscription' else coalesce(v_subject ->> 'purpose', 'other')
    end::public.billing_payment_purpose,
    (v_subject ->> 'purpose_id')::uuid, v_plan.product,
    now() + interval '24 hours', private.current_person_id()
  )
  returning * into v_checkout;
  return private.payer(begin_checkout.organization_id, begin_checkout.provider) || jsonb_build_object(
    'checkout_id', v_checkout.id, 'purpose', v_checkout.purpose, 'purpose_id', v_checkout.purpose_id,
    'closing_session_id', v_earlier.provider_session_id, 'items', v_items, 'trial_days', v_trial_days,
    'subject', v_subject
  );
end;
$$;
comment on function private.begin_checkout(
  uuid, text, public.billing_checkout_mode, uuid, public.billing_interval, text, int, uuid, uuid
) is $$Decides what a checkout page asks for and notes the page; public.settle_checkout says what became of it.

Needs billing.manage. One page for each product line: the one before is named as closing_session_id. Errors: 409
billing_plan_retired, billing_plan_is_default, billing_subscription_exists, billing_seats_too_few or
billing_checkout_in_progress, and those of private.provider_items and private.payment_subject.$$;
grant execute on function private.begin_checkout(
  uuid, text, public.billing_checkout_mode, uuid, public.billing_interval, text, int, uuid, uuid
) to authenticated;

-- Definer: as private.begin_checkout.
create function private.settle_checkout(checkout_id uuid, provider_session_id text, expires_at timestamptz)
  returns void
  language sql volatile security definer set search_path = ''
as $$
  select private.lock_billing(sessions.organization_id) from public.billing_checkout_sessions as sessions
  where sessions.id = settle_checkout.checkout_id;
  update public.billing_checkout_sessions as sessions
  set provider_session_id = settle_checkout.provider_session_id,
    expires_at = coalesce(settle_checkout.expires_at, sessions.expires_at),
    status = case when settle_checkout.provider_session_id is null then 'expired' else sessions.status end
  where sessions.id = settle_checkout.checkout_id and sessions.provider_session_id is null
$$;
comment on function private.settle_checkout(uuid, text, timestamptz) is 'Body of public.settle_checkout.';
grant execute on function private.settle_checkout(uuid, text, timestamptz) to service_role;

create function public.settle_checkout(
  checkout_id uuid, provider_session_id text default null, expires_at timestamptz default null
)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.settle_checkout(
    settle_checkout.checkout_id, settle_checkout.provider_session_id, settle_checkout.expires_at
  )
$$;
comment on function public.settle_checkout(uuid, text, timestamptz) is
  'Notes what a payment provider calls a page that it opened; without an id that it did not. For the backend itself.';
grant execute on function public.settle_checkout(uuid, text, timestamptz) to service_role;

-- Definer: as private.begin_checkout.
create function private.begin_payment(
  organization_id uuid, provider text, pack_id uuid, currency text, invoice_id uuid
)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_subject jsonb;
begin
  perform private.require_permission(begin_payment.organization_id, 'billing.manage', 'pay');
  select to_jsonb(subject) into v_subject from private.payment_subject(
    begin_payment.organization_id, begin_payment.provider, begin_payment.pack_id, begin_payment.currency,
    begin_payment.invoice_id
  ) as subject;
  -- An invoice has its tax; on a page the provider adds that of a pack.
  if v_subject ->> 'purpose' = 'credit_pack' then
    v_subject := v_subject || jsonb_build_object(
      'amount_cents', private.with_tax(begin_payment.organization_id, (v_subject ->> 'amount_cents')::bigint)
    );
  end if;
  return private.payer(begin_payment.organization_id, begin_payment.provider) || jsonb_build_object(
    'subject', v_subject,
    -- A payment of the same thing that is still open is the same payment; after one that ended there is another.
    'ended_count', (
      select count(*) from public.billing_payments as payments
      where payments.organization_id = begin_payment.organization_id and payments.purpose_id = (v_subject ->> 'purpose_id')::uuid
        and payments.status in ('succeeded', 'cancelled', 'reversed')
    )
  );
end;
$$;
comment on function private.begin_payment(uuid, text, uuid, text, uuid) is
  $$Decides what a payment without a page asks for. Needs billing.manage. Errors: those of private.payment_subject.$$;
grant execute on function private.begin_payment(uuid, text, uuid, text, uuid) to authenticated;

-- Definer: as private.begin_checkout.
create function private.payment_to_confirm(payment_id uuid, payment_method_id uuid)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_payment public.billing_payments;
  v_method text;
begin
  select * into v_payment from public.billing_payments as payments
  where payments.id = payment_to_confirm.payment_id
    and payments.organization_id = any (array(select private.organizations_with('billing.manage')));
  if not found then
    perform private.raise_error(404, 'billing_payment_not_found', 'Cannot confirm: no such payment');
  end if;
  if v_payment.provider = 'manual' or v_payment.status not in ('pending', 'requires_action', 'failed') then
    perform private.raise_error(
      409, 'billing_payment_not_open', format('Cannot confirm: the payment is %s', v_payment.status)
    );
  end if;
  if payment_to_confirm.payment_method_id is not null then
    select methods.provider_method_id into v_method from public.billing_payment_methods as methods
    where methods.id = payment_to_confirm.payment_method_id and methods.organization_id = v_payment.organization_id
      and methods.provider = v_payment.provider and methods.removed_at is null;
    if not found then
      perform private.raise_error(404, 'billing_method_not_found', 'Cannot confirm: no such payment method');
    end if;
  end if;
  return to_jsonb(v_payment) || jsonb_build_object('provider_method_id', v_method);
end;
$$;
comment on function private.payment_to_confirm(uuid, uuid) is $$A payment that may be confirmed, with what its provider calls the saved method.

Needs billing.manage. Errors: 404 billing_payment_not_found or billing_method_not_found, 409 billing_payment_not_open.$$;
grant execute on function private.payment_to_confirm(uuid, uuid) to authenticated;

-- Definer: as private.begin_checkout.
create function private.managed_payment_method(payment_method_id uuid)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_method public.billing_payment_methods;
begin
  select * into v_method from public.billing_payment_methods as methods
  where methods.id = managed_payment_method.payment_method_id and methods.removed_at is null
    and methods.organization_id = any (array(select private.organizations_with('billing.manage')));
  if not found then
    perform private.raise_error(404, 'billing_method_not_found', 'There is no such payment method');
  end if;
  return to_jsonb(v_method) || private.payer(v_method.organization_id, v_method.provider);
end;
$$;
comment on function private.managed_payment_method(uuid) is
  'A saved method with whose it is at its provider. Needs billing.manage. Errors: 404 billing_method_not_found.';
grant execute on function private.managed_payment_method(uuid) to authenticated;

create function public.record_payment_method(
  organization_id uuid, provider text, provider_method_id text, occurred_at timestamptz, details jsonb default '{}'
)
  returns public.billing_payment_methods
  language sql volatile set search_path = ''
as $$
  select private.record_payment_method(
    record_payment_method.organization_id, record_payment_method.provider, record_payment_method.provider_method_id,
    record_payment_method.occurred_at, record_payment_method.details
  )
$$;
comment on function public.record_payment_method(uuid, text, text, timestamptz, jsonb) is
  $$Writes what a provider tells of a saved method. For the backend itself.

details: kind, brand, last4, expiry_month, expiry_year, is_default, removed_at.$$;
grant execute on function public.record_payment_method(uuid, text, text, timestamptz, jsonb) to service_role;

-- Definer: as private.begin_checkout.
create function private.begin_portal(organization_id uuid, provider text)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_payer jsonb;
begin
  perform private.require_permission(begin_portal.organization_id, 'billing.manage', 'open the customer portal');
  v_payer := private.payer(begin_portal.organization_id, begin_portal.provider);
  if v_payer ->> 'customer_id' is null then
    perform private.raise_error(
      409, 'billing_customer_missing', 'Cannot open the customer portal: nothing was bought there yet',
      'Begin with a checkout'
    );
  end if;
  return v_payer;
end;
$$;
comment on function private.begin_portal(uuid, text) is
  'Who an organization is at a provider, for its portal. Needs billing.manage. Errors: 409 billing_customer_missing.';
grant execute on function private.begin_portal(uuid, text) to authenticated;
