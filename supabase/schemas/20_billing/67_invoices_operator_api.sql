create function private.required_own_invoice(invoice_id uuid, action text)
  returns public.billing_invoices
  language plpgsql volatile set search_path = ''
as $$
declare
  v_invoice public.billing_invoices;
begin
  perform private.lock_billing(invoices.organization_id) from public.billing_invoices as invoices
  where invoices.id = required_own_invoice.invoice_id;
  select * into v_invoice from public.billing_invoices as invoices where invoices.id = required_own_invoice.invoice_id
  for no key update;
  if not found then
    perform private.raise_error(
      404, 'billing_invoice_not_found', format('Cannot %s: no such invoice', required_own_invoice.action)
    );
  end if;
  if v_invoice.provider <> 'own' then
    perform private.raise_error(
      409, 'billing_provider_decides', format('Cannot %s: the payment provider keeps this invoice', required_own_invoice.action),
      'Do it in the dashboard of the provider'
    );
  end if;
  return v_invoice;
end;
$$;
comment on function private.required_own_invoice(uuid, text) is 'An own invoice, locked with the billing of its organization, or an error.';

-- Definer: asks for the admin before anything else.
create function private.draft_invoice(
  organization_id uuid, currency text, lines jsonb, product public.billing_product
)
  returns public.billing_invoices
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_organization public.organizations;
  v_buyer jsonb;
  v_seller public.billing_sellers;
  v_rate public.billing_tax_rates;
  v_subtotal bigint;
  v_invoice public.billing_invoices;
begin
  perform private.require_platform_admin('write the invoice');
  perform private.lock_billing(draft_invoice.organization_id);
  select * into v_organization from public.organizations where organizations.id = draft_invoice.organization_id;
  if not found then
    perform private.raise_error(404, 'organization_not_found', 'Cannot write the invoice: no such organization');
  end if;
  if coalesce(draft_invoice.currency, '') !~ '^[A-Z]{3}$' or jsonb_typeof(draft_invoice.lines) is distinct from 'array' or jsonb_array_length(draft_invoice.lines) not between 1 and 200
    or exists (
      select from jsonb_array_elements(draft_invoice.lines) as line
      where jsonb_typeof(line) <> 'object'
        or char_length(btrim(coalesce(line ->> 'description', ''))) not between 1 and 500
        or coalesce(line ->> 'unit_cents', '') !~ '^-?[0-9]{1,12}$'
        or coalesce(line ->> 'quantity', '1') !~ '^[0-9]{1,9}$'
        or coalesce(line ->> 'kind', 'one_off') not in ('one_off', 'adjustment')
    ) then
    perform private.raise_error(
      422, 'billing_invoice_invalid',
      'Cannot write the invoice: it has a currency, and each line a description, unit_cents, a quantity, and is one_off or adjustment'
    );
  end if;
  v_buyer := private.billing_buyer(v_organization.id);
  v_seller := private.find_billing_seller(v_buyer ->> 'country', draft_invoice.product);
  select * into v_rate from public.billing_tax_rates as rates
  where rates.country = v_buyer ->> 'country'
    and daterange(rates.starts_on, rates.ends_on) @> (now() at time zone v_organization.time_zone)::date;
  select sum((line ->> 'unit_cents')::bigint * coalesce((line ->> 'quantity')::bigint, 1)) into v_subtotal
  from jsonb_array_elements(draft_invoice.lines) as line;
  if v_subtotal < 0 then
    perform private.raise_error(
      422, 'billing_invoice_invalid', 'Cannot write the invoice: it is below zero', 'Issue a credit note for an earlier one'
    );
  end if;
  insert into public.billing_invoices as invoices (
    organization_id, provider, seller_id, currency, subtotal_cents, tax_name, tax_rate, tax_cents, total_cents, time_zone,
    buyer, seller
  )
  values (
    v_organization.id, 'own', v_seller.id, draft_invoice.currency, v_subtotal, v_rate.name, v_rate.rate,
    private.invoice_tax(v_subtotal, v_rate.rate), v_subtotal + private.invoice_tax(v_subtotal, v_rate.rate),
    v_organization.time_zone, v_buyer, private.billing_seller_snapshot(v_seller)
  )
  returning invoices.* into v_invoice;
  insert into public.billing_invoice_lines
    (organization_id, invoice_id, position, kind, description, quantity, unit_cents, amount_cents)
  select v_invoice.organization_id, v_invoice.id, given.place,
    coalesce(given.line ->> 'kind', 'one_off')::public.billing_line_kind, btrim(given.line ->> 'description'),
    coalesce((given.line ->> 'quantity')::bigint, 1), (given.line ->> 'unit_cents')::bigint,
    (given.line ->> 'unit_cents')::bigint * coalesce((given.line ->> 'quantity')::bigint, 1)
  from jsonb_array_elements(draft_invoice.lines) with ordinality as given (line, place);
  perform private.apply_money_credits(array[v_invoice.id]);
  select * into v_invoice from public.billing_invoices as invoices where invoices.id = v_invoice.id;
  return v_invoice;
end;
$$;
comment on function private.draft_invoice(uuid, text, jsonb, public.billing_product) is 'Body of public.draft_invoice.';
grant execute on function private.draft_invoice(uuid, text, jsonb, public.billing_product) to authenticated;

create function public.draft_invoice(
  organization_id uuid, currency text, lines jsonb, product public.billing_product default null
)
  returns public.billing_invoices
  language sql volatile set search_path = ''
as $$
  select private.draft_invoice(
    draft_invoice.organization_id, draft_invoice.currency, draft_invoice.lines, draft_invoice.product
  )
$$;
comment on function public.draft_invoice(uuid, text, jsonb, public.billing_product) is
  $$Writes an own invoice for something single, as a draft. For platform admins with a second factor; audited.

lines is a list of {description, unit_cents, quantity, kind}, kind "one_off" or "adjustment". Money credits of the
organization are taken. Errors: 403, 404 organization_not_found, 422 billing_invoice_invalid.$$;
grant execute on function public.draft_invoice(uuid, text, jsonb, public.billing_product) to authenticated;

-- Definer: as private.draft_invoice.
create function private.issue_invoice(invoice_id uuid)
  returns public.billing_invoices
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_invoice public.billing_invoices;
begin
  perform private.require_platform_admin('issue the invoice');
  v_invoice := private.required_own_invoice(issue_invoice.invoice_id, 'issue the invoice');
  if v_invoice.status = 'void' then
    perform private.raise_error(409, 'billing_invoice_not_open', 'Cannot issue the invoice: it is void');
  end if;
  perform private.issue_invoices(array[v_invoice.id]);
  select * into v_invoice from public.billing_invoices as invoices where invoices.id = v_invoice.id;
  return v_invoice;
end;
$$;
comment on function private.issue_invoice(uuid) is 'Body of public.issue_invoice.';
grant execute on function private.issue_invoice(uuid) to authenticated;

create function public.issue_invoice(invoice_id uuid)
  returns public.billing_invoices
  language sql volatile set search_path = ''
as $$
  select private.issue_invoice(issue_invoice.invoice_id)
$$;
comment on function public.issue_invoice(uuid) is $$Issues a draft: it gets its number and due date, and never changes again. For platform admins with a second factor; audited.

One that is issued stays as it is. Errors: 403, 404 billing_invoice_not_found, 409 billing_invoice_not_open or
billing_provider_decides.$$;
grant execute on function public.issue_invoice(uuid) to authenticated;

-- Definer: as private.draft_invoice.
create function private.void_invoice(invoice_id uuid, reason text, is_billed_again boolean)
  returns public.billing_invoices
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_invoice public.billing_invoices;
begin
  perform private.require_platform_admin('make the invoice void');
  v_invoice := private.required_own_invoice(void_invoice.invoice_id, 'make the invoice void');
  if v_invoice.status = 'void' then
    return v_invoice;
  end if;
  if coalesce(char_length(btrim(void_invoice.reason)), 0) not between 1 and 500 then
    perform private.raise_error(422, 'billing_invoice_invalid', 'Cannot make the invoice void: say why, in 1 to 500 characters');
  end if;
  if v_invoice.status = 'paid' or v_invoice.paid_cents > 0 or v_invoice.credited_cents > 0
    or exists (select from public.billing_credit_notes as notes where notes.invoice_id = v_invoice.id) then
    perform private.raise_error(
      409, 'billing_invoice_not_open', 'Cannot make the invoice void: something of it is paid or credited',
      'Issue a credit note'
    );
  end if;
  delete from public.billing_credit_uses as uses where uses.invoice_id = v_invoice.id;
  update public.billing_invoices as invoices
  set status = 'void', voided_at = now(), void_reason = btrim(void_invoice.reason)
  where invoices.id = v_invoice.id
  returning * into v_invoice;
  -- What changes of plan had left for it is left for the next one.
  insert into public.billing_pending_lines
    (organization_id, subscription_id, description, currency, amount_cents, period_starts_at, period_ends_at)
  select v_invoice.organization_id, v_invoice.subscription_id, 'From an invoice that is void', v_invoice.currency,
    sum(lines.amount_cents), v_invoice.period_starts_at, v_invoice.period_ends_at
  from public.billing_invoice_lines as lines
  where lines.invoice_id = v_invoice.id and lines.kind = 'adjustment' and v_invoice.subscription_id is not null
  having sum(lines.amount_cents) <> 0;
  if void_invoice.is_billed_again then
    update private.billing_periods as periods set handled_at = null, invoice_id = null
    where periods.invoice_id = v_invoice.id;
  end if;
  return v_invoice;
end;
$$;
comment on function private.void_invoice(uuid, text, boolean) is 'Body of public.void_invoice.';
grant execute on function private.void_invoice(uuid, text, boolean) to authenticated;

create function public.void_invoice(invoice_id uuid, reason text, is_billed_again boolean default false)
  returns public.billing_invoices
  language sql volatile set search_path = ''
as $$
  select private.void_invoice(void_invoice.invoice_id, void_invoice.reason, void_invoice.is_billed_again)
$$;
comment on function public.void_invoice(uuid, text, boolean) is $$Makes an own invoice void, with the reason. For platform admins with a second factor; audited.

Its number stays taken and the money credits that it took are given back. is_billed_again has the next run of the job bill
its period anew. Errors: 403, 404 billing_invoice_not_found, 409 billing_invoice_not_open when something of it is paid or
credited, 422 billing_invoice_invalid.$$;
grant execute on function public.void_invoice(uuid, text, boolean) to authenticated;

-- Definer: as private.draft_invoice.
create function private.issue_credit_note(
  invoice_id uuid, amount_cents bigint, reason text, settlement public.billing_credit_settlement
)
  returns public.billing_credit_notes
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_invoice public.billing_invoices;
  v_amount bigint := issue_credit_note.amount_cents;
  v_left bigint;
  v_left_tax bigint;
  v_tax bigint := 0;
  v_note public.billing_credit_notes;
begin
  perform private.require_platform_admin('issue the credit note');
  v_invoice := private.required_own_invoice(issue_credit_note.invoice_id, 'issue the credit note');
  if v_invoice.status not in ('issued', 'overdue', 'paid') then
    perform private.raise_error(
      409, 'billing_invoice_not_open', format('Cannot issue the credit note: the invoice is %s', v_invoice.status)
    );
  end if;
  if coalesce(char_length(btrim(issue_credit_note.reason)), 0) not between 1 and 500 then
    perform private.raise_error(422, 'billing_credit_note_invalid', 'Cannot issue the credit note: say why, in 1 to 500 characters');
  end if;
  select v_invoice.subtotal_cents - v_invoice.credit_cents - coalesce(sum(notes.amount_cents), 0),
    v_invoice.tax_cents - coalesce(sum(notes.tax_cents), 0)
  into v_left, v_left_tax
  from public.billing_credit_notes as notes where notes.invoice_id = v_invoice.id;
  if v_amount is null or v_amount not between 1 and v_left then
    perform private.raise_error(
      422, 'billing_credit_note_invalid',
      format('Cannot issue the credit note: of the invoice %s are left to credit, without tax', v_left)
    );
  end if;
  if issue_credit_note.settlement <> 'balance' then
    -- The last one takes what rounding left.
    v_tax := case
      when v_amount = v_left then v_left_tax else least(private.invoice_tax(v_amount, v_invoice.tax_rate), v_left_tax)
    end;
  end if;
  if issue_credit_note.settlement = 'invoice' and v_amount + v_tax > v_invoice.open_cents then
    perform private.raise_error(
      422, 'billing_credit_note_invalid', format('Cannot issue the credit note: %s of the invoice are open', v_invoice.open_cents),
      'Credit what was paid as a balance or as a refund.'
    );
  end if;
  if issue_credit_note.settlement <> 'invoice' and v_amount + v_tax > v_invoice.paid_cents - (
    select coalesce(sum(notes.total_cents - notes.refunded_cents), 0) from public.billing_credit_notes as notes
    where notes.invoice_id = v_invoice.id and notes.settlement <> 'invoice'
  ) then
    perform private.raise_error(
      422, 'billing_credit_note_invalid', 'Cannot issue the credit note: so much of the invoice was not paid',
      'Credit what is open with settlement "invoice".'
    );
  end if;
  insert into public.billing_credit_notes as notes (
    organization_id, invoice_id, seller_id, number, settlement, currency, amount_cents, tax_cents, total_cents, reason,
    created_by
  )
  values (
    v_invoice.organization_id, v_invoice.id, v_invoice.seller_id,
    private.next_billing_number(v_invoice.seller_id, 'credit_note', now()), issue_credit_note.settlement,
    v_invoice.currency, v_amount, v_tax, v_amount + v_tax, btrim(issue_credit_note.reason),
    (select private.acting_person_id())
  )
  returning notes.* into v_note;
  return v_note;
end;
$$;
comment on function private.issue_credit_note(uuid, bigint, text, public.billing_credit_settlement) is
  'Body of public.issue_credit_note.';
grant execute on function private.issue_credit_note(uuid, bigint, text, public.billing_credit_settlement) to authenticated;

create function public.issue_credit_note(
  invoice_id uuid, amount_cents bigint, reason text, settlement public.billing_credit_settlement default 'invoice'
)
  returns public.billing_credit_notes
  language sql volatile set search_path = ''
as $$
  select private.issue_credit_note(
    issue_credit_note.invoice_id, issue_credit_note.amount_cents, issue_credit_note.reason, issue_credit_note.settlement
  )
$$;
comment on function public.issue_credit_note(uuid, bigint, text, public.billing_credit_settlement) is
  $$Corrects an own invoice that is issued by a credit note. For platform admins with a second factor; audited.

amount_cents is without tax, at most what the invoice and its earlier credit notes leave. settlement "invoice" lowers what
is open; "balance" makes money credit of what was paid, which the next invoices take before tax; "refund" stands for a
refund of the payment, made afterwards, with which the invoice stays paid. Errors: 403, 404
billing_invoice_not_found, 409 billing_invoice_not_open or billing_provider_decides, 422 billing_credit_note_invalid.$$;
grant execute on function public.issue_credit_note(uuid, bigint, text, public.billing_credit_settlement) to authenticated;

-- Definer: as private.draft_invoice.
create function private.record_manual_payment(
  organization_id uuid, currency text, amount_cents bigint, method text, reference text, paid_at timestamptz, invoice_id uuid
)
  returns public.billing_payments
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_invoice public.billing_invoices;
begin
  perform private.require_platform_admin('record the payment');
  if not private.lock_billing(record_manual_payment.organization_id) then
    perform private.raise_error(404, 'organization_not_found', 'Cannot record the payment: no such organization');
  end if;
  if record_manual_payment.method is null or record_manual_payment.method not in ('bank_transfer', 'cash', 'other')
    or record_manual_payment.amount_cents is null or record_manual_payment.amount_cents <= 0
    or coalesce(record_manual_payment.currency, '') !~ '^[A-Z]{3}$'
    or record_manual_payment.paid_at > now() + interval '1 day'
    or record_manual_payment.method = 'bank_transfer'
      and coalesce(char_length(btrim(record_manual_payment.reference)), 0) not between 1 and 200 then
    perform private.raise_error(
      422, 'billing_manual_payment_invalid',
      'Cannot record the payment: it has an amount, a currency, a day that is past, and is a bank_transfer with its reference, cash or other'
    );
  end if;
  if record_manual_payment.invoice_id is not null then
    -- Asked before it is locked: nobody holds the billing of two organizations.
    if not exists (
      select from public.billing_invoices as invoices
      where invoices.id = record_manual_payment.invoice_id
        and invoices.organization_id = record_manual_payment.organization_id
    ) then
      perform private.raise_error(404, 'billing_invoice_not_found', 'Cannot record the payment: no such invoice');
    end if;
    v_invoice := private.required_own_invoice(record_manual_payment.invoice_id, 'record the payment');
    if v_invoice.currency <> record_manual_payment.currency then
      perform private.raise_error(
        422, 'billing_manual_payment_invalid', format('Cannot record the payment: the invoice is in %s', v_invoice.currency)
      );
    end if;
  end if;
  return private.record_payment(
    record_manual_payment.organization_id, 'manual', null, 'succeeded', record_manual_payment.currency,
    record_manual_payment.amount_cents, coalesce(record_manual_payment.paid_at, now()),
    jsonb_build_object(
      'purpose', 'invoice', 'purpose_id', record_manual_payment.invoice_id, 'method', record_manual_payment.method,
      'reference', nullif(btrim(record_manual_payment.reference), ''), 'source', 'person'
    )
  );
exception
  when unique_violation then
    perform private.raise_error(
      409, 'billing_manual_payment_exists', 'Cannot record the payment: one of this reference, amount and day is recorded'
    );
end;
$$;
comment on function private.record_manual_payment(uuid, text, bigint, text, text, timestamptz, uuid) is
  'Body of public.record_manual_payment.';
grant execute on function private.record_manual_payment(uuid, text, bigint, text, text, timestamptz, uuid) to authenticated;

create function public.record_manual_payment(
  organization_id uuid, currency text, amount_cents bigint, method text, reference text default null,
  paid_at timestamptz default now(), invoice_id uuid default null
)
  returns public.billing_payments
  language sql volatile set search_path = ''
as $$
  select private.record_manual_payment(
    record_manual_payment.organization_id, record_manual_payment.currency, record_manual_payment.amount_cents,
    record_manual_payment.method, record_manual_payment.reference, record_manual_payment.paid_at,
    record_manual_payment.invoice_id
  )
$$;
comment on function public.record_manual_payment(uuid, text, bigint, text, text, timestamptz, uuid) is
  $$Writes down a bank transfer or cash, which pays own invoices. For platform admins with a second factor; audited.

It pays the invoice that is named, then the oldest open ones of the currency; what is left waits for the next invoice. A
bank transfer has a reference, which with amount and day is written down once. A receipt follows. Errors: 403, 404
organization_not_found or billing_invoice_not_found, 409 billing_manual_payment_exists, 422 billing_manual_payment_invalid.$$;
grant execute on function public.record_manual_payment(uuid, text, bigint, text, text, timestamptz, uuid) to authenticated;
