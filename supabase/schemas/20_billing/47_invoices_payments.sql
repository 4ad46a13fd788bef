create function private.invoice_money_cents(payment public.billing_payments)
  returns bigint
  language sql stable set search_path = ''
as $$
  select case when payment.status = 'succeeded' and payment.purpose = 'invoice' then greatest(
    payment.amount_cents - payment.refunded_cents - coalesce(
      (
        select sum(disputes.amount_cents) from public.billing_disputes as disputes
        where disputes.organization_id = payment.organization_id and disputes.payment_id = payment.id
          and disputes.status = 'lost'
      ), 0
    ), 0
  ) else 0 end::bigint
$$;
comment on function private.invoice_money_cents(public.billing_payments) is
  'What of a payment there is for invoices: less what was refunded or lost in a dispute, nothing once it is reversed or for something else.';

create function private.unallocated_cents(payment public.billing_payments)
  returns bigint
  language sql stable set search_path = ''
as $$
  select private.invoice_money_cents(payment) - coalesce(
    (
      select sum(allocations.amount_cents)::bigint from public.billing_payment_allocations as allocations
      where allocations.organization_id = payment.organization_id and allocations.payment_id = payment.id
    ), 0
  )
$$;
comment on function private.unallocated_cents(public.billing_payments) is
  'What of a payment pays no invoice yet; negative after more went back than was left.';

create function private.allocate_payment(payment_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_payment public.billing_payments;
begin
  select * into v_payment from public.billing_payments as payments
  where payments.id = allocate_payment.payment_id and payments.purpose = 'invoice' for no key update;
  if private.unallocated_cents(v_payment) > 0 then
    perform from public.billing_invoices as invoices
    where invoices.organization_id = v_payment.organization_id and invoices.provider = 'own'
      and invoices.status in ('issued', 'overdue') and invoices.currency = v_payment.currency
    order by invoices.id for no key update;
    insert into public.billing_payment_allocations as allocations (organization_id, payment_id, invoice_id, amount_cents)
    select v_payment.organization_id, v_payment.id, open.id,
      least(open.open_cents, private.unallocated_cents(v_payment) - open.before_cents)
    from (
      select invoices.id, invoices.open_cents,
        coalesce(sum(invoices.open_cents) over (
          -- What it was paid for, then the oldest.
          order by (invoices.id = v_payment.purpose_id) is true desc, invoices.due_at, invoices.id
          rows between unbounded preceding and 1 preceding
        ), 0)::bigint as before_cents
      from public.billing_invoices as invoices
      where invoices.organization_id = v_payment.organization_id and invoices.provider = 'own'
        and invoices.status in ('issued', 'overdue') and invoices.currency = v_payment.currency
        and invoices.open_cents > 0
    ) as open
    where open.before_cents < private.unallocated_cents(v_payment)
    order by open.before_cents
    on conflict on constraint billing_payment_allocations_payment_once
      do update set amount_cents = allocations.amount_cents + excluded.amount_cents;
  end if;
end;
$$;
comment on function private.allocate_payment(uuid) is $$Has a payment for invoices pay what is open: the invoice that it names, then the oldest. What is left is a balance.

A second call finds nothing to do.$$;

create function private.release_payment(payment_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_payment public.billing_payments;
  v_excess bigint;
begin
  select * into v_payment from public.billing_payments as payments
  where payments.id = release_payment.payment_id for no key update;
  select coalesce(sum(allocations.amount_cents), 0) - private.invoice_money_cents(v_payment)
  into v_excess
  from public.billing_payment_allocations as allocations where allocations.payment_id = v_payment.id;
  if v_excess <= 0 then
    return;
  end if;
  -- One statement, so that an invoice whose credit note stands for the refund is not opened in between.
  with taken as materialized (
    select allocations.id, allocations.invoice_id, allocations.amount_cents,
      least(allocations.amount_cents, v_excess - allocations.before_cents) as taken_cents
    from (
      select of_payment.*, coalesce(sum(of_payment.amount_cents) over (
        -- First from those for which a credit note says so, then the newest.
        order by exists (
          select from public.billing_credit_notes as notes
          where notes.invoice_id = of_payment.invoice_id and notes.settlement = 'refund'
            and notes.refunded_cents < notes.total_cents
        ) desc, of_payment.created_at desc, of_payment.id
        rows between unbounded preceding and 1 preceding
      ), 0)::bigint as before_cents
      from public.billing_payment_allocations as of_payment where of_payment.payment_id = v_payment.id
    ) as allocations
    where allocations.before_cents < v_excess
  ), removed as (
    delete from public.billing_payment_allocations as allocations using taken
    where allocations.id = taken.id and taken.taken_cents = taken.amount_cents
  ), lowered as (
    update public.billing_payment_allocations as allocations set amount_cents = allocations.amount_cents - taken.taken_cents
    from taken where allocations.id = taken.id and taken.taken_cents < taken.amount_cents
  )
  update public.billing_credit_notes as notes
  set refunded_cents = notes.refunded_cents + pending.given_cents
  from (
    select waiting.id,
      least(waiting.waiting_cents, taken.taken_cents - waiting.before_cents) as given_cents
    from (
      select pending_notes.id, pending_notes.invoice_id,
        pending_notes.total_cents - pending_notes.refunded_cents as waiting_cents,
        coalesce(sum(pending_notes.total_cents - pending_notes.refunded_cents) over (
          partition by pending_notes.invoice_id order by pending_notes.issued_at, pending_notes.id
          rows between unbounded preceding and 1 preceding
        ), 0)::bigint as before_cents
      from public.billing_credit_notes as pending_notes
      where pending_notes.settlement = 'refund' and pending_notes.refunded_cents < pending_notes.total_cents
        and pending_notes.invoice_id in (select taken.invoice_id from taken)
    ) as waiting
    join taken on taken.invoice_id = waiting.invoice_id
    where waiting.before_cents < taken.taken_cents
  ) as pending
  -- A payment that is gone, or for something else, was no refund.
  where notes.id = pending.id and v_payment.status = 'succeeded' and v_payment.purpose = 'invoice';
end;
$$;
comment on function private.release_payment(uuid) is $$Takes back from invoices what of a payment was refunded, lost in a dispute or reversed, beyond its balance.

Where a credit note stands for the refund the invoice stays paid; else it is open again.$$;

-- Definer: fulfils for whoever records the payment.
create function private.billing_payments_settle_invoices()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.release_payment(new.id);
  if new.status = 'succeeded' and new.purpose = 'invoice' then
    perform private.allocate_payment(new.id);
    perform private.issue_receipt(new.id);
  end if;
  return null;
end;
$$;
comment on function private.billing_payments_settle_invoices() is
  'Has own invoices follow a payment that is for them: paid when it succeeds, open when it goes back.';
create trigger t500_settle_invoices_new after insert on public.billing_payments
  for each row when (new.purpose = 'invoice' and new.status = 'succeeded')
  execute function private.billing_payments_settle_invoices();
create trigger t500_settle_invoices after update on public.billing_payments
  for each row when (
    'invoice' in (old.purpose, new.purpose) and new.status in ('succeeded', 'reversed')
    and (old.status, old.refunded_cents, old.purpose, old.purpose_id) is distinct from
      (new.status, new.refunded_cents, new.purpose, new.purpose_id)
  )
  execute function private.billing_payments_settle_invoices();

-- Definer: as private.billing_payments_settle_invoices.
create function private.billing_disputes_settle_invoices()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.release_payment(new.payment_id);
  perform private.allocate_payment(new.payment_id);
  return null;
end;
$$;
comment on function private.billing_disputes_settle_invoices() is
  'Has own invoices follow disputes: open when one is lost, paid when it is won after all.';
create trigger t500_settle_invoices_new after insert on public.billing_disputes
  for each row when (new.status = 'lost') execute function private.billing_disputes_settle_invoices();
create trigger t500_settle_invoices after update on public.billing_disputes
  for each row when (
    (old.status, old.amount_cents) is distinct from (new.status, new.amount_cents) and 'lost' in (old.status, new.status)
  )
  execute function private.billing_disputes_settle_invoices();

create function private.issue_receipt(payment_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_payment public.billing_payments;
  v_invoice public.billing_invoices;
  v_organization public.organizations;
  v_seller public.billing_sellers;
  v_buyer jsonb;
begin
  select * into v_payment from public.billing_payments as payments where payments.id = issue_receipt.payment_id;
  -- A provider that gives a receipt of its own has said so; nothing was paid with nothing.
  if v_payment.provider = 'stripe' or v_payment.amount_cents = 0 or v_payment.currency !~ '^[A-Z]{3}$'
    or exists (select from public.billing_receipts as receipts where receipts.payment_id = v_payment.id) then
    return;
  end if;
  select * into v_invoice from public.billing_invoices as invoices
  where invoices.id = v_payment.purpose_id and invoices.organization_id = v_payment.organization_id
    and invoices.provider = 'own';
  select * into v_organization from public.organizations where organizations.id = v_payment.organization_id;
  v_buyer := coalesce(v_invoice.buyer, private.billing_buyer(v_payment.organization_id));
  select * into v_seller from public.billing_sellers as sellers
  where sellers.id = coalesce(
    v_invoice.seller_id, (private.find_billing_seller(v_buyer ->> 'country', null)).id
  );
  insert into public.billing_receipts (
    organization_id, payment_id, seller_id, number, currency, amount_cents, buyer, seller, time_zone
  )
  values (
    v_payment.organization_id, v_payment.id, v_seller.id, private.next_billing_number(v_seller.id, 'receipt', now()),
    v_payment.currency, v_payment.amount_cents, v_buyer, private.billing_seller_snapshot(v_seller), v_organization.time_zone
  );
end;
$$;
comment on function private.issue_receipt(uuid) is 'Gives a receipt for a payment of own invoices, once.';
