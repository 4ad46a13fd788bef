create table public.billing_credit_notes (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  invoice_id uuid not null,
  seller_id uuid not null references public.billing_sellers (id),
  number text not null,
  settlement public.billing_credit_settlement not null,
  currency text not null,
  amount_cents bigint not null,
  tax_cents bigint not null default 0,
  total_cents bigint not null,
  used_cents bigint not null default 0,
  refunded_cents bigint not null default 0,
  reason text not null,
  created_by uuid references public.profiles (id) on delete set null,
  issued_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_credit_notes_organization_id_id_key unique (organization_id, id),
  constraint billing_credit_notes_number_key unique (number),
  constraint billing_credit_notes_amount_is_positive check (amount_cents > 0 and tax_cents >= 0),
  constraint billing_credit_notes_total_is_amount_and_tax check (total_cents = amount_cents + tax_cents),
  -- Its tax comes off with the invoice that takes it, which is taxed on so much less.
  constraint billing_credit_notes_balance_is_without_tax check (settlement <> 'balance' or tax_cents = 0),
  constraint billing_credit_notes_used_in_range
    check (used_cents between 0 and case when settlement = 'balance' then amount_cents else 0 end),
  constraint billing_credit_notes_refunded_in_range
    check (refunded_cents between 0 and case when settlement = 'refund' then total_cents else 0 end),
  constraint billing_credit_notes_reason_has_length check (char_length(btrim(reason)) between 1 and 500),
  constraint billing_credit_notes_invoice_in_same_organization
    foreign key (organization_id, invoice_id) references public.billing_invoices (organization_id, id) on delete cascade
);
create index billing_credit_notes_organization_id_created_at_idx
  on public.billing_credit_notes (organization_id, created_at desc, id desc);
create index billing_credit_notes_organization_id_invoice_id_idx
  on public.billing_credit_notes (organization_id, invoice_id);
create index billing_credit_notes_invoice_id_idx on public.billing_credit_notes (invoice_id);
create index billing_credit_notes_seller_id_idx on public.billing_credit_notes (seller_id);
create index billing_credit_notes_created_by_idx on public.billing_credit_notes (created_by);
create index billing_credit_notes_balance_idx on public.billing_credit_notes (organization_id, currency, issued_at)
  where settlement = 'balance' and used_cents < amount_cents;
alter table public.billing_credit_notes enable row level security;
revoke all on public.billing_credit_notes from anon, authenticated, service_role;
-- Written by functions alone.
grant select on public.billing_credit_notes to authenticated, service_role;
create policy billing_credit_notes_select_reader on public.billing_credit_notes
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_credit_notes is $$Credit notes: how an own invoice that is issued is corrected. Never changed, with numbers of their own.

Made by operators with issue_credit_note; together never more than the invoice.$$;
comment on column public.billing_credit_notes.id is 'Identifies the credit note.';
comment on column public.billing_credit_notes.organization_id is 'Who the invoice is to.';
comment on column public.billing_credit_notes.invoice_id is 'The invoice that it corrects.';
comment on column public.billing_credit_notes.seller_id is 'The seller of the invoice.';
comment on column public.billing_credit_notes.number is 'Its number, without gaps for each seller and year.';
comment on column public.billing_credit_notes.settlement is 'What becomes of it.';
comment on column public.billing_credit_notes.currency is 'ISO 4217, of the invoice.';
comment on column public.billing_credit_notes.amount_cents is 'What is credited, without tax.';
comment on column public.billing_credit_notes.tax_cents is 'The tax on it; 0 for a balance, whose tax comes off with the invoice that takes it.';
comment on column public.billing_credit_notes.total_cents is 'What is credited, with tax.';
comment on column public.billing_credit_notes.used_cents is 'What later invoices took of a balance.';
comment on column public.billing_credit_notes.refunded_cents is 'What was given back of a refund.';
comment on column public.billing_credit_notes.reason is 'Why, 1 to 500 characters; stands on the document.';
comment on column public.billing_credit_notes.created_by is 'Who issued it; null when that account is gone.';
comment on column public.billing_credit_notes.issued_at is 'When it was issued.';
comment on column public.billing_credit_notes.created_at is 'When the row was made.';
comment on column public.billing_credit_notes.updated_at is 'When the row last changed.';

create table public.billing_credit_uses (
  credit_note_id uuid not null,
  invoice_id uuid not null,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  amount_cents bigint not null,
  created_at timestamptz not null default now(),
  primary key (credit_note_id, invoice_id),
  constraint billing_credit_uses_amount_is_positive check (amount_cents > 0),
  constraint billing_credit_uses_credit_note_in_same_organization
    foreign key (organization_id, credit_note_id)
    references public.billing_credit_notes (organization_id, id) on delete cascade,
  constraint billing_credit_uses_invoice_in_same_organization
    foreign key (organization_id, invoice_id) references public.billing_invoices (organization_id, id) on delete cascade
);
create index billing_credit_uses_organization_id_credit_note_id_idx
  on public.billing_credit_uses (organization_id, credit_note_id);
create index billing_credit_uses_organization_id_invoice_id_idx
  on public.billing_credit_uses (organization_id, invoice_id);
create index billing_credit_uses_invoice_id_idx on public.billing_credit_uses (invoice_id);
alter table public.billing_credit_uses enable row level security;
revoke all on public.billing_credit_uses from anon, authenticated, service_role;
grant select on public.billing_credit_uses to authenticated, service_role;
create policy billing_credit_uses_select_reader on public.billing_credit_uses
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_credit_uses is 'Which invoices took which money credit; their sum is the invoice''s credit_cents.';
comment on column public.billing_credit_uses.credit_note_id is 'The credit note that became money credit.';
comment on column public.billing_credit_uses.invoice_id is 'The invoice that took it.';
comment on column public.billing_credit_uses.organization_id is 'Who both are to.';
comment on column public.billing_credit_uses.amount_cents is 'How much, without tax.';
comment on column public.billing_credit_uses.created_at is 'When it was taken.';

create table public.billing_payment_allocations (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  payment_id uuid not null,
  invoice_id uuid not null,
  amount_cents bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_payment_allocations_payment_once unique (payment_id, invoice_id),
  constraint billing_payment_allocations_amount_is_positive check (amount_cents > 0),
  constraint billing_payment_allocations_payment_in_same_organization
    foreign key (organization_id, payment_id) references public.billing_payments (organization_id, id) on delete cascade,
  constraint billing_payment_allocations_invoice_in_same_organization
    foreign key (organization_id, invoice_id) references public.billing_invoices (organization_id, id) on delete cascade
);
create index billing_payment_allocations_organization_id_payment_id_idx
  on public.billing_payment_allocations (organization_id, payment_id);
create index billing_payment_allocations_organization_id_invoice_id_idx
  on public.billing_payment_allocations (organization_id, invoice_id);
create index billing_payment_allocations_invoice_id_idx on public.billing_payment_allocations (invoice_id);
alter table public.billing_payment_allocations enable row level security;
revoke all on public.billing_payment_allocations from anon, authenticated, service_role;
grant select on public.billing_payment_allocations to authenticated, service_role;
create policy billing_payment_allocations_select_reader on public.billing_payment_allocations
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_payment_allocations is $$How much of which payment pays which own invoice.

Never more than was paid and not given back, and never more than the invoice. What of a payment is in no row is a balance,
which the next invoices take.$$;
comment on column public.billing_payment_allocations.id is 'Identifies the row.';
comment on column public.billing_payment_allocations.organization_id is 'Who paid.';
comment on column public.billing_payment_allocations.payment_id is 'The payment.';
comment on column public.billing_payment_allocations.invoice_id is 'The invoice.';
comment on column public.billing_payment_allocations.amount_cents is 'How much, in the currency of both.';
comment on column public.billing_payment_allocations.created_at is 'When it was allocated.';
comment on column public.billing_payment_allocations.updated_at is 'When the row last changed.';

create table public.billing_receipts (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  payment_id uuid not null,
  seller_id uuid not null references public.billing_sellers (id),
  number text not null,
  currency text not null,
  amount_cents bigint not null,
  buyer jsonb not null,
  seller jsonb not null,
  time_zone text not null,
  issued_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_receipts_payment_once unique (payment_id),
  constraint billing_receipts_number_key unique (number),
  constraint billing_receipts_amount_is_positive check (amount_cents > 0),
  constraint billing_receipts_payment_in_same_organization
    foreign key (organization_id, payment_id) references public.billing_payments (organization_id, id) on delete cascade
);
create index billing_receipts_organization_id_created_at_idx
  on public.billing_receipts (organization_id, created_at desc, id desc);
create index billing_receipts_organization_id_payment_id_idx on public.billing_receipts (organization_id, payment_id);
create index billing_receipts_seller_id_idx on public.billing_receipts (seller_id);
alter table public.billing_receipts enable row level security;
revoke all on public.billing_receipts from anon, authenticated, service_role;
grant select on public.billing_receipts to authenticated, service_role;
create policy billing_receipts_select_reader on public.billing_receipts
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_receipts is 'Receipts for payments of own invoices that no provider gives a receipt for; never changed.';
comment on column public.billing_receipts.id is 'Identifies the receipt.';
comment on column public.billing_receipts.organization_id is 'Who paid.';
comment on column public.billing_receipts.payment_id is 'The payment.';
comment on column public.billing_receipts.seller_id is 'Who was paid.';
comment on column public.billing_receipts.number is 'Its number, without gaps for each seller and year.';
comment on column public.billing_receipts.currency is 'ISO 4217.';
comment on column public.billing_receipts.amount_cents is 'How much was paid.';
comment on column public.billing_receipts.buyer is 'Who paid, as billing_invoices.buyer.';
comment on column public.billing_receipts.seller is 'Who was paid, as billing_invoices.seller.';
comment on column public.billing_receipts.time_zone is 'IANA time zone of its dates.';
comment on column public.billing_receipts.issued_at is 'When it was issued.';
comment on column public.billing_receipts.created_at is 'When the row was made.';
comment on column public.billing_receipts.updated_at is 'When the row last changed.';

-- The same bank transfer is not written down twice, for nobody.
create unique index billing_payments_manual_reference_once_idx
  on public.billing_payments (reference, amount_cents, ((paid_at at time zone 'UTC')::date))
  where provider = 'manual' and method = 'bank_transfer' and status = 'succeeded';

select private.audit_table(
  'public.billing_credit_notes', '{invoice_id, number, settlement, currency, amount_cents, tax_cents, total_cents, reason}'
);
select private.audit_table('public.billing_payment_allocations', '{payment_id, invoice_id, amount_cents}');
select private.audit_table('public.billing_receipts', '{payment_id, number, currency, amount_cents}');
select private.retain_table('public.billing_credit_notes', '10 years', 'Accounting and tax law: credit notes');
select private.retain_table('public.billing_payment_allocations', '10 years', 'Accounting and tax law: what paid what');
select private.retain_table('public.billing_receipts', '10 years', 'Accounting and tax law: receipts');
