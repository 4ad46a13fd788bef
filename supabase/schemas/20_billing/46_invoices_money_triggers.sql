-- Rows are locked "for no key update" here: a row that refers to them, which is written before its trigger looks, holds
-- them by its foreign key already, and two of those would wait for each other.

create function private.settle_invoice(invoice_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_invoice public.billing_invoices;
  v_paid bigint;
  v_credited bigint;
  v_is_covered boolean;
begin
  select * into v_invoice from public.billing_invoices as invoices where invoices.id = settle_invoice.invoice_id for no key update;
  if not found then
    return;
  end if;
  select coalesce(sum(allocations.amount_cents), 0) into v_paid
  from public.billing_payment_allocations as allocations where allocations.invoice_id = v_invoice.id;
  -- A note that stands for a refund takes off what was given back.
  select coalesce(sum(case notes.settlement when 'invoice' then notes.total_cents else notes.refunded_cents end), 0)
  into v_credited
  from public.billing_credit_notes as notes where notes.invoice_id = v_invoice.id;
  v_is_covered := v_paid + v_credited >= v_invoice.total_cents;
  update public.billing_invoices as invoices
  set paid_cents = v_paid, credited_cents = v_credited,
    status = case
      when invoices.status in ('issued', 'overdue') and v_is_covered then 'paid'
      -- Money that went back opens it again.
      when invoices.status = 'paid' and not v_is_covered then
        case when invoices.due_at <= now() then 'overdue' else 'issued' end::public.billing_invoice_status
      else invoices.status
    end,
    paid_at = case when v_is_covered then coalesce(invoices.paid_at, now()) end
  where invoices.id = v_invoice.id and (invoices.paid_cents, invoices.credited_cents) is distinct from (v_paid, v_credited);
end;
$$;
comment on function private.settle_invoice(uuid) is
  'Has an own invoice say what was paid and credited, and be paid or open accordingly.';

-- Definer: as private.settle_invoice, for whoever allocates.
create function private.billing_payment_allocations_settle()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.settle_invoice(coalesce(new.invoice_id, old.invoice_id));
  return null;
end;
$$;
comment on function private.billing_payment_allocations_settle() is 'Has the invoice follow what pays it.';
create trigger t500_settle after insert or update or delete on public.billing_payment_allocations
  for each row execute function private.billing_payment_allocations_settle();
create trigger t100_set_updated_at before update on public.billing_payment_allocations
  for each row execute function private.set_updated_at();

-- Definer: reads and locks what the writer may not see.
create function private.billing_payment_allocations_check()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_payment public.billing_payments;
  v_invoice public.billing_invoices;
  v_sum bigint;
begin
  -- Locked: two allocations at once each count the other. First the payment, always.
  select * into v_payment from public.billing_payments as payments where payments.id = new.payment_id for no key update;
  select * into v_invoice from public.billing_invoices as invoices where invoices.id = new.invoice_id for no key update;
  if v_invoice.provider <> 'own' or v_invoice.status not in ('issued', 'overdue', 'paid') then
    raise exception 'Payments are for own invoices that are issued'
      using errcode = 'check_violation', constraint = 'billing_payment_allocations_invoice_is_issued';
  end if;
  if v_payment.currency <> v_invoice.currency then
    raise exception 'The payment is in % and the invoice in %', v_payment.currency, v_invoice.currency
      using errcode = 'check_violation', constraint = 'billing_payment_allocations_same_currency';
  end if;
  select sum(allocations.amount_cents) into v_sum from public.billing_payment_allocations as allocations
  where allocations.payment_id = new.payment_id;
  if v_sum > private.invoice_money_cents(v_payment) then
    raise exception 'Allocations of % exceed what was paid', v_sum
      using errcode = 'check_violation', constraint = 'billing_payment_allocations_within_payment';
  end if;
  select sum(allocations.amount_cents) into v_sum from public.billing_payment_allocations as allocations
  where allocations.invoice_id = new.invoice_id;
  if v_sum > v_invoice.total_cents then
    raise exception 'Allocations of % exceed the invoice of %', v_sum, v_invoice.total_cents
      using errcode = 'check_violation', constraint = 'billing_payment_allocations_within_invoice';
  end if;
  return null;
end;
$$;
comment on function private.billing_payment_allocations_check() is
  'Refuses to allocate more than was paid, more than the invoice, or across currencies.';
create constraint trigger t300_check after insert or update on public.billing_payment_allocations
  for each row execute function private.billing_payment_allocations_check();

create trigger t100_set_updated_at before update on public.billing_credit_notes
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_receipts
  for each row execute function private.set_updated_at();

-- Definer: looks for the organization past its policies.
create function private.keep_billing_document()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if tg_op = 'DELETE' and not exists (
    select from public.organizations where organizations.id = (to_jsonb(old) ->> 'organization_id')::uuid
  ) then
    return old;
  end if;
  if tg_op = 'UPDATE' and to_jsonb(old) - tg_argv[0]::text[] = to_jsonb(new) - tg_argv[0]::text[] then
    return new;
  end if;
  raise exception 'What stands in % never changes', tg_table_name
    using errcode = 'check_violation', constraint = tg_table_name || '_never_change';
end;
$$;
comment on function private.keep_billing_document() is
  'Keeps documents as they were issued, whoever writes; its argument names the columns that may change.';
create trigger t300_keep before update or delete on public.billing_credit_notes
  for each row execute function private.keep_billing_document('{used_cents, refunded_cents, updated_at, created_by}');
create trigger t300_keep before update or delete on public.billing_receipts
  for each row execute function private.keep_billing_document('{updated_at}');
select private.refuse_truncate('public.billing_credit_notes');
select private.refuse_truncate('public.billing_receipts');

-- Definer: reads and locks what the writer may not see.
create function private.billing_credit_notes_check()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_invoice public.billing_invoices;
  v_amount bigint;
  v_total bigint;
begin
  -- Locked: two credit notes at once each count the other.
  select * into v_invoice from public.billing_invoices as invoices where invoices.id = new.invoice_id for no key update;
  if v_invoice.provider <> 'own' or v_invoice.status not in ('issued', 'overdue', 'paid')
    or (v_invoice.currency, v_invoice.seller_id) is distinct from (new.currency, new.seller_id) then
    raise exception 'Credit notes are for own invoices that are issued, in their currency and from their seller'
      using errcode = 'check_violation', constraint = 'billing_credit_notes_invoice_is_issued';
  end if;
  select sum(notes.amount_cents), sum(notes.total_cents) into v_amount, v_total
  from public.billing_credit_notes as notes where notes.invoice_id = new.invoice_id;
  if v_amount > v_invoice.subtotal_cents - v_invoice.credit_cents or v_total > v_invoice.total_cents then
    raise exception 'Credit notes of % exceed the invoice of %', v_total, v_invoice.total_cents
      using errcode = 'check_violation', constraint = 'billing_credit_notes_within_invoice';
  end if;
  return null;
end;
$$;
comment on function private.billing_credit_notes_check() is 'Refuses to credit more than an invoice is, all its credit notes together.';
create constraint trigger t300_check after insert on public.billing_credit_notes
  for each row execute function private.billing_credit_notes_check();

-- Definer: as private.settle_invoice, for whoever credits.
create function private.billing_credit_notes_settle()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.settle_invoice(new.invoice_id);
  return null;
end;
$$;
comment on function private.billing_credit_notes_settle() is 'Has the invoice follow what is credited.';
create trigger t500_settle_new after insert on public.billing_credit_notes
  for each row when (new.settlement = 'invoice') execute function private.billing_credit_notes_settle();
create trigger t500_settle after update on public.billing_credit_notes
  for each row when (old.refunded_cents is distinct from new.refunded_cents)
  execute function private.billing_credit_notes_settle();

-- Definer: emits for whoever made it.
create function private.billing_credit_notes_emit()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.emit_event(
    'credit_note.issued', new.organization_id,
    jsonb_build_object(
      'credit_note_id', new.id, 'invoice_id', new.invoice_id, 'number', new.number, 'settlement', new.settlement,
      'currency', new.currency, 'total_cents', new.total_cents
    ),
    'credit_note.issued:' || new.id
  );
  return null;
end;
$$;
comment on function private.billing_credit_notes_emit() is 'Emits credit_note.issued.';
create trigger t900_emit after insert on public.billing_credit_notes
  for each row execute function private.billing_credit_notes_emit();

-- Definer: as private.billing_credit_notes_settle.
create function private.billing_credit_uses_apply()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_note_id uuid := coalesce(new.credit_note_id, old.credit_note_id);
begin
  update public.billing_credit_notes as notes
  set used_cents = (
    select coalesce(sum(uses.amount_cents), 0) from public.billing_credit_uses as uses where uses.credit_note_id = notes.id
  )
  where notes.id = v_note_id;
  return null;
end;
$$;
comment on function private.billing_credit_uses_apply() is
  'Has the credit note say how much of it was taken, which its constraint keeps below its amount.';
create trigger t500_apply after insert or delete on public.billing_credit_uses
  for each row execute function private.billing_credit_uses_apply();

create function private.billing_credit_uses_guard()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  raise exception 'What an invoice took of a credit note never changes'
    using errcode = 'check_violation', constraint = 'billing_credit_uses_never_change';
end;
$$;
comment on function private.billing_credit_uses_guard() is 'Refuses a change; a void invoice gives it back whole.';
create trigger t300_guard before update on public.billing_credit_uses
  for each row execute function private.billing_credit_uses_guard();
