-- Definer: the mirror is written by functions alone.
create function private.record_provider_invoice(
  organization_id uuid, provider text, provider_invoice_id text, provider_status text, currency text,
  occurred_at timestamptz, details jsonb default '{}'
)
  returns public.billing_invoices
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_given jsonb := record_provider_invoice.details;
  v_status public.billing_invoice_status := case record_provider_invoice.provider_status
    when 'draft' then 'draft'
    when 'open' then 'issued'
    when 'paid' then 'paid'
    when 'uncollectible' then 'overdue'
    when 'void' then 'void'
    when 'deleted' then 'void'
  end;
  v_before public.billing_invoices;
  v_invoice public.billing_invoices;
begin
  if v_status is null then
    raise exception 'Unknown state "%" of an invoice', record_provider_invoice.provider_status
      using errcode = 'invalid_parameter_value';
  end if;
  perform private.lock_billing(record_provider_invoice.organization_id);
  select * into v_before from public.billing_invoices as invoices
  where invoices.provider = record_provider_invoice.provider
    and invoices.provider_invoice_id = record_provider_invoice.provider_invoice_id
  for no key update;
  -- Paid and void are ends: what says otherwise is older.
  if v_before.status in ('paid', 'void') and v_before.status <> v_status
    or v_before.provider_changed_at > record_provider_invoice.occurred_at then
    return v_before;
  end if;
  v_invoice := jsonb_populate_record(
    v_before,
    -- What is not given stays as it was.
    v_given - '{id, organization_id, provider, provider_invoice_id, number, lines}'::text[]
  );
  insert into public.billing_invoices as invoices (
    organization_id, provider, provider_invoice_id, provider_status, subscription_id, number, status, currency,
    subtotal_cents, credit_cents, tax_name, tax_rate, tax_cents, total_cents, paid_cents, credited_cents,
    period_starts_at, period_ends_at, issued_at, due_at, paid_at, voided_at, buyer, seller, hosted_url, provider_changed_at
  )
  values (
    record_provider_invoice.organization_id, record_provider_invoice.provider, record_provider_invoice.provider_invoice_id,
    record_provider_invoice.provider_status, v_invoice.subscription_id, coalesce(v_given ->> 'number', v_before.number),
    v_status, upper(record_provider_invoice.currency), coalesce(v_invoice.subtotal_cents, 0),
    coalesce(v_invoice.credit_cents, 0), v_invoice.tax_name, v_invoice.tax_rate, coalesce(v_invoice.tax_cents, 0),
    coalesce(v_invoice.total_cents, 0), coalesce(v_invoice.paid_cents, 0), coalesce(v_invoice.credited_cents, 0),
    v_invoice.period_starts_at, v_invoice.period_ends_at, v_invoice.issued_at, v_invoice.due_at,
    case when v_status = 'paid' then coalesce(v_invoice.paid_at, record_provider_invoice.occurred_at) end,
    case when v_status = 'void' then coalesce(v_invoice.voided_at, record_provider_invoice.occurred_at) end,
    coalesce(v_invoice.buyer, '{}'), coalesce(v_invoice.seller, '{}'), v_invoice.hosted_url,
    record_provider_invoice.occurred_at
  )
  on conflict on constraint billing_invoices_provider_invoice_id_key do update
    set provider_status = excluded.provider_status, subscription_id = excluded.subscription_id, number = excluded.number,
      status = excluded.status, currency = excluded.currency, subtotal_cents = excluded.subtotal_cents,
      credit_cents = excluded.credit_cents, tax_name = excluded.tax_name, tax_rate = excluded.tax_rate,
      tax_cents = excluded.tax_cents, total_cents = excluded.total_cents, paid_cents = excluded.paid_cents,
      credited_cents = excluded.credited_cents, period_starts_at = excluded.period_starts_at,
      period_ends_at = excluded.period_ends_at, issued_at = excluded.issued_at, due_at = excluded.due_at,
      paid_at = excluded.paid_at, voided_at = excluded.voided_at, buyer = excluded.buyer, seller = excluded.seller,
      hosted_url = excluded.hosted_url, provider_changed_at = excluded.provider_changed_at
  returning * into v_invoice;
  if v_given ? 'lines' then
    delete from public.billing_invoice_lines as lines where lines.invoice_id = v_invoice.id;
    insert into public.billing_invoice_lines (
      organization_id, invoice_id, position, kind, description, quantity, unit_cents, amount_cents, price_id, limit_key,
      period_starts_at, period_ends_at, provider_line_id
    )
    select v_invoice.organization_id, v_invoice.id, given.position, coalesce(line.kind, 'adjustment'),
      left(coalesce(nullif(btrim(line.description), ''), 'Line ' || given.position), 500), coalesce(line.quantity, 1),
      coalesce(line.unit_cents, line.amount_cents), line.amount_cents, line.price_id, line.limit_key,
      line.period_starts_at, line.period_ends_at, line.provider_line_id
    from jsonb_array_elements(v_given -> 'lines') with ordinality as given (content, position)
    cross join lateral jsonb_populate_record(null::public.billing_invoice_lines, given.content) as line;
  end if;
  return v_invoice;
end;
$$;
comment on function private.record_provider_invoice(uuid, text, text, text, text, timestamptz, jsonb) is
  'Body of public.record_provider_invoice.';
grant execute on function private.record_provider_invoice(uuid, text, text, text, text, timestamptz, jsonb)
  to service_role;

create function public.record_provider_invoice(
  organization_id uuid, provider text, provider_invoice_id text, provider_status text, currency text,
  occurred_at timestamptz, details jsonb default '{}'
)
  returns public.billing_invoices
  language sql volatile set search_path = ''
as $$
  select private.record_provider_invoice(
    record_provider_invoice.organization_id, record_provider_invoice.provider, record_provider_invoice.provider_invoice_id,
    record_provider_invoice.provider_status, record_provider_invoice.currency, record_provider_invoice.occurred_at,
    record_provider_invoice.details
  )
$$;
comment on function public.record_provider_invoice(uuid, text, text, text, text, timestamptz, jsonb) is
  $$Keeps the copy of an invoice that a payment provider made. For the backend.

provider_status is draft, open, paid, uncollectible, void or deleted. details are columns of billing_invoices that are
known (amounts, number, dates, subscription_id, buyer, seller, hosted_url), and lines as a list of columns of
billing_invoice_lines; what is not given stays as it was. What is older than the row, or says that a paid or void invoice
is neither, changes nothing.$$;
grant execute on function public.record_provider_invoice(uuid, text, text, text, text, timestamptz, jsonb) to service_role;
