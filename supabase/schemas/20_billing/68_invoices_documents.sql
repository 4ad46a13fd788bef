create function private.billing_day(at timestamptz, time_zone text)
  returns date
  language sql immutable set search_path = ''
as $$
  select (billing_day.at at time zone billing_day.time_zone)::date
$$;
comment on function private.billing_day(timestamptz, text) is 'The day of a moment by the clock of a time zone.';

create function private.billing_last_day(ends_at timestamptz, time_zone text)
  returns date
  language sql immutable set search_path = ''
as $$
  select (billing_last_day.ends_at at time zone billing_last_day.time_zone)::date - 1
$$;
comment on function private.billing_last_day(timestamptz, text) is 'The last day of a period, as documents show it: the day before the next one begins.';

create function private.invoice_document(invoice public.billing_invoices)
  returns jsonb
  language sql stable set search_path = ''
as $$
  -- Nothing of payments: the document says the same for ever.
  select jsonb_build_object(
    'number', invoice.number, 'currency', invoice.currency, 'seller', invoice.seller, 'buyer', invoice.buyer,
    'state', case when invoice.status in ('draft', 'void') then invoice.status else 'issued' end,
    'issued_on', private.billing_day(invoice.issued_at, invoice.time_zone),
    'due_on', private.billing_day(invoice.due_at, invoice.time_zone),
    'period_from', private.billing_day(invoice.period_starts_at, invoice.time_zone),
    'period_to', case
      when invoice.period_ends_at > invoice.period_starts_at then greatest(
        private.billing_last_day(invoice.period_ends_at, invoice.time_zone),
        private.billing_day(invoice.period_starts_at, invoice.time_zone)
      )
    end,
    'lines', (
      select coalesce(jsonb_agg(
        jsonb_build_object(
          'kind', lines.kind, 'description', lines.description, 'quantity', lines.quantity, 'unit_cents', lines.unit_cents,
          'unit_count', lines.unit_count, 'amount_cents', lines.amount_cents,
          'period_from', private.billing_day(lines.period_starts_at, invoice.time_zone),
          'period_to', greatest(
            private.billing_last_day(lines.period_ends_at, invoice.time_zone),
            private.billing_day(lines.period_starts_at, invoice.time_zone)
          )
        ) order by lines.position
      ), '[]')
      from public.billing_invoice_lines as lines
      where lines.organization_id = invoice.organization_id and lines.invoice_id = invoice.id
    ),
    'subtotal_cents', invoice.subtotal_cents, 'credit_cents', invoice.credit_cents, 'tax_name', invoice.tax_name,
    'tax_rate', invoice.tax_rate, 'tax_cents', invoice.tax_cents, 'total_cents', invoice.total_cents
  )
$$;
comment on function private.invoice_document(public.billing_invoices) is 'What the PDF of an own invoice is filled with.';

create function private.credit_note_document(note public.billing_credit_notes, invoice public.billing_invoices)
  returns jsonb
  language sql immutable set search_path = ''
as $$
  select jsonb_build_object(
    'number', note.number, 'currency', note.currency, 'seller', invoice.seller, 'buyer', invoice.buyer,
    'issued_on', private.billing_day(note.issued_at, invoice.time_zone), 'invoice_number', invoice.number,
    'invoice_issued_on', private.billing_day(invoice.issued_at, invoice.time_zone), 'reason', note.reason,
    'settlement', note.settlement, 'amount_cents', note.amount_cents, 'tax_name', invoice.tax_name,
    'tax_rate', invoice.tax_rate, 'tax_cents', note.tax_cents, 'total_cents', note.total_cents
  )
$$;
comment on function private.credit_note_document(public.billing_credit_notes, public.billing_invoices) is
  'What the PDF of a credit note is filled with.';

create function private.receipt_document(
  receipt public.billing_receipts, payment public.billing_payments, invoice public.billing_invoices
)
  returns jsonb
  language sql immutable set search_path = ''
as $$
  select jsonb_build_object(
    'number', receipt.number, 'currency', receipt.currency, 'seller', receipt.seller, 'buyer', receipt.buyer,
    'issued_on', private.billing_day(receipt.issued_at, receipt.time_zone),
    'method', payment.method, 'reference', payment.reference,
    'paid_on', private.billing_day(payment.paid_at, receipt.time_zone), 'amount_cents', receipt.amount_cents,
    'invoice_number', invoice.number
  )
$$;
comment on function private.receipt_document(public.billing_receipts, public.billing_payments, public.billing_invoices) is
  'What the PDF of a receipt is filled with.';

-- Definer: asks for the permission before anything is read.
create function private.get_billing_document(kind text, id uuid, locale text)
  returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_readable constant uuid[] := array(select private.organizations_with('billing.read'));
  v_data jsonb;
  v_seller jsonb;
  v_time_zone text;
  v_at timestamptz;
  v_version public.document_template_versions;
  v_locale text;
begin
  case get_billing_document.kind
    when 'invoice' then
      select private.invoice_document(invoices), invoices.seller, invoices.time_zone,
        coalesce(invoices.issued_at, invoices.created_at)
      into v_data, v_seller, v_time_zone, v_at
      from public.billing_invoices as invoices
      where invoices.id = get_billing_document.id and invoices.organization_id = any (v_readable)
        and invoices.provider = 'own';
    when 'credit_note' then
      select private.credit_note_document(notes, invoices), invoices.seller, invoices.time_zone, notes.issued_at
      into v_data, v_seller, v_time_zone, v_at
      from public.billing_credit_notes as notes
      join public.billing_invoices as invoices on invoices.id = notes.invoice_id
      where notes.id = get_billing_document.id and notes.organization_id = any (v_readable);
    when 'receipt' then
      select private.receipt_document(receipts, payments, invoices), receipts.seller, receipts.time_zone,
        receipts.issued_at
      into v_data, v_seller, v_time_zone, v_at
      from public.billing_receipts as receipts
      join public.billing_payments as payments on payments.id = receipts.payment_id
      left join public.billing_invoices as invoices
        on invoices.id = payments.purpose_id and invoices.organization_id = payments.organization_id
      where receipts.id = get_billing_document.id and receipts.organization_id = any (v_readable);
    else null;
  end case;
  if v_data is null then
    perform private.raise_error(404, 'billing_document_not_found', 'Cannot make the document: there is no such one');
  end if;
  -- The built-in template, as it was published when the document was issued: the same bytes each time.
  select versions.* into v_version
  from public.document_templates as templates
  join public.document_template_versions as versions on versions.template_id = templates.id
  where templates.kind = 'billing_' || get_billing_document.kind and templates.organization_id is null
    and versions.state <> 'draft' and templates.locale in (split_part(get_billing_document.locale, '-', 1), 'en')
  order by templates.locale = 'en', versions.published_at <= v_at desc,
    abs(extract(epoch from versions.published_at - v_at))
  limit 1;
  -- Dates and amounts are written in the language of the words.
  v_locale := case
    when exists (
      select from public.document_templates as templates
      where templates.id = v_version.template_id
        and templates.locale = split_part(get_billing_document.locale, '-', 1)
    ) then get_billing_document.locale
    else 'en'
  end;
  return jsonb_build_object(
    'template', jsonb_build_object(
      'version_id', v_version.id, 'kind', 'billing_' || get_billing_document.kind, 'locale', v_locale,
      'title_source', v_version.title_source, 'body_source', v_version.body_source, 'page_size', v_version.page_size,
      'page_orientation', v_version.page_orientation
    ),
    -- In the name of the seller, not of the organization that it is to.
    'organization', jsonb_build_object(
      'name', v_seller ->> 'legal_name', 'country', v_seller ->> 'country', 'primary_color', null,
      'footer', null, 'logo_path', null, 'time_zone', v_time_zone
    ),
    'merge_data', v_data, 'locale', v_locale,
    'created_at', to_char(v_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  );
end;
$$;
comment on function private.get_billing_document(text, uuid, text) is 'Body of public.get_billing_document.';
grant execute on function private.get_billing_document(text, uuid, text) to authenticated;

create function public.get_billing_document(kind text, id uuid, locale text default 'en')
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_billing_document(get_billing_document.kind, get_billing_document.id, get_billing_document.locale)
$$;
comment on function public.get_billing_document(text, uuid, text) is
  $$What the PDF of an own invoice, a credit note or a receipt is made of. Needs billing.read.

kind is "invoice", "credit_note" or "receipt". {template, organization, merge_data, locale, created_at}; the REST face makes
the PDF of it, which has the same bytes each time. Errors: 404 billing_document_not_found.$$;
grant execute on function public.get_billing_document(text, uuid, text) to authenticated;
