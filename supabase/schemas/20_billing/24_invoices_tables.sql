create function private.invoice_tax(amount_cents bigint, tax_rate numeric)
  returns bigint
  language sql immutable set search_path = ''
as $$
  -- round() of numeric takes a half away from zero.
  select round(invoice_tax.amount_cents * coalesce(invoice_tax.tax_rate, 0))::bigint
$$;
comment on function private.invoice_tax(bigint, numeric) is $$Tax on an amount: amount × rate, rounded half up to the minor unit of its currency.

The rule of own invoices: money credits are taken from the fees first, and tax is on what is left. The minor unit is
that of the currency, so that it holds for those of none and of three decimals.$$;
grant execute on function private.invoice_tax(bigint, numeric) to authenticated, service_role;

create table public.billing_invoices (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  provider text not null,
  provider_invoice_id text,
  provider_status text,
  subscription_id uuid,
  seller_id uuid references public.billing_sellers (id),
  number text,
  status public.billing_invoice_status not null default 'draft',
  currency text not null,
  subtotal_cents bigint not null,
  credit_cents bigint not null default 0,
  tax_name text,
  tax_rate numeric(7, 6),
  tax_cents bigint not null default 0,
  total_cents bigint not null,
  paid_cents bigint not null default 0,
  credited_cents bigint not null default 0,
  open_cents bigint not null generated always as (
    case when status in ('issued', 'overdue') then greatest(total_cents - paid_cents - credited_cents, 0) else 0 end
  ) stored,
  period_starts_at timestamptz,
  period_ends_at timestamptz,
  time_zone text not null default 'UTC',
  issued_at timestamptz,
  due_at timestamptz,
  paid_at timestamptz,
  voided_at timestamptz,
  void_reason text,
  due_soon_at timestamptz,
  reminder_count int not null default 0,
  reminded_at timestamptz,
  buyer jsonb not null default '{}',
  seller jsonb not null default '{}',
  hosted_url text,
  provider_changed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_invoices_organization_id_id_key unique (organization_id, id),
  constraint billing_invoices_provider_invoice_id_key unique (provider, provider_invoice_id),
  constraint billing_invoices_provider_is_known check (provider in ('own', 'stripe')),
  constraint billing_invoices_provider_names_its_own check ((provider = 'own') = (provider_invoice_id is null)),
  constraint billing_invoices_own_has_seller check (provider <> 'own' or seller_id is not null),
  constraint billing_invoices_currency_is_code check (currency ~ '^[A-Z]{3}$'),
  constraint billing_invoices_time_zone_exists check (private.is_time_zone(time_zone)),
  constraint billing_invoices_period_lasts check (period_ends_at >= period_starts_at),
  -- The provider's own invoices take its figures, whatever its rules are.
  constraint billing_invoices_credit_in_range check (provider <> 'own' or credit_cents between 0 and subtotal_cents),
  constraint billing_invoices_tax_follows_rate
    check (provider <> 'own' or tax_cents = private.invoice_tax(subtotal_cents - credit_cents, tax_rate)),
  constraint billing_invoices_tax_rate_in_range check (tax_rate between 0 and 1),
  constraint billing_invoices_total_is_amount_and_tax
    check (provider <> 'own' or total_cents = subtotal_cents - credit_cents + tax_cents),
  constraint billing_invoices_paid_cents_in_range
    check (paid_cents >= 0 and credited_cents >= 0 and (provider <> 'own' or paid_cents + credited_cents <= total_cents)),
  constraint billing_invoices_own_is_paid_when_nothing_is_open
    check (provider <> 'own' or status <> 'paid' or paid_cents + credited_cents = total_cents),
  constraint billing_invoices_paid_at_matches_status check ((status = 'paid') = (paid_at is not null)),
  constraint billing_invoices_voided_at_matches_status check ((status = 'void') = (voided_at is not null)),
  constraint billing_invoices_void_reason_has_length check (char_length(btrim(void_reason)) between 1 and 500),
  constraint billing_invoices_own_void_has_reason check (provider <> 'own' or status <> 'void' or void_reason is not null),
  constraint billing_invoices_issued_has_number_and_dates check (
    provider <> 'own' or status = 'draft' or status = 'void' and number is null
    or number is not null and issued_at is not null and due_at >= issued_at
  ),
  -- What was paid or credited is given back first, so that no money is lost with the invoice.
  constraint billing_invoices_own_void_holds_no_money
    check (provider <> 'own' or status <> 'void' or paid_cents + credited_cents = 0),
  constraint billing_invoices_draft_has_no_number check (provider <> 'own' or status <> 'draft' or number is null),
  constraint billing_invoices_reminder_count_is_not_negative check (reminder_count >= 0),
  constraint billing_invoices_subscription_in_same_organization
    foreign key (organization_id, subscription_id)
    references public.billing_subscriptions (organization_id, id) on delete cascade
);
create unique index billing_invoices_number_idx on public.billing_invoices (number) where provider = 'own';
-- A period is billed once; a void invoice makes room for the right one.
create unique index billing_invoices_own_period_once_idx
  on public.billing_invoices (subscription_id, period_starts_at) where provider = 'own' and status <> 'void';
create index billing_invoices_organization_id_created_at_idx
  on public.billing_invoices (organization_id, created_at desc, id desc);
create index billing_invoices_organization_id_subscription_id_idx
  on public.billing_invoices (organization_id, subscription_id);
create index billing_invoices_seller_id_idx on public.billing_invoices (seller_id);
create index billing_invoices_open_due_at_idx on public.billing_invoices (due_at)
  where provider = 'own' and status in ('issued', 'overdue');
create index billing_invoices_draft_created_at_idx on public.billing_invoices (created_at)
  where provider = 'own' and status = 'draft';
alter table public.billing_invoices enable row level security;
revoke all on public.billing_invoices from anon, authenticated, service_role;
-- Written by the backend alone, through functions.
grant select on public.billing_invoices to authenticated, service_role;
create policy billing_invoices_select_reader on public.billing_invoices
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_invoices is $$Invoices to organizations: our own, and copies of those that a payment provider makes.

An own invoice never changes once it is issued, but for how it is paid; what was wrong is corrected by a credit note or
by making it void.$$;
comment on column public.billing_invoices.id is 'Identifies the invoice.';
comment on column public.billing_invoices.organization_id is 'Who it is to.';
comment on column public.billing_invoices.provider is 'Whose invoice it is: "own", or "stripe".';
comment on column public.billing_invoices.provider_invoice_id is 'Its id there; null for own ones.';
comment on column public.billing_invoices.provider_status is 'How it stands in the provider''s words; null for own ones.';
comment on column public.billing_invoices.subscription_id is 'The subscription that it bills; null for others.';
comment on column public.billing_invoices.seller_id is 'The seller of an own invoice; null for others.';
comment on column public.billing_invoices.number is 'Its number, without gaps for each seller and year; null for a draft.';
comment on column public.billing_invoices.status is 'Where it stands.';
comment on column public.billing_invoices.currency is 'ISO 4217; all amounts are in its minor unit.';
comment on column public.billing_invoices.subtotal_cents is 'Sum of the lines.';
comment on column public.billing_invoices.credit_cents is 'Money credits that were taken from the subtotal, before tax.';
comment on column public.billing_invoices.tax_name is 'What the tax is called, such as "VAT"; null without tax.';
comment on column public.billing_invoices.tax_rate is 'Share of the amount: 0.075 is 7.5 %; null where none is known.';
comment on column public.billing_invoices.tax_cents is 'Tax on the subtotal less money credits, rounded half up.';
comment on column public.billing_invoices.total_cents is 'What is to be paid: subtotal less credits, with tax.';
comment on column public.billing_invoices.paid_cents is 'What payments have covered.';
comment on column public.billing_invoices.credited_cents is 'What credit notes have taken off the total.';
comment on column public.billing_invoices.open_cents is 'What is still to be paid; 0 for drafts and what has ended.';
comment on column public.billing_invoices.period_starts_at is 'First moment of the period of its fee; null for single ones.';
comment on column public.billing_invoices.period_ends_at is 'When that period ends; null for single ones.';
comment on column public.billing_invoices.time_zone is 'The organization''s IANA time zone when it was made: that of its dates.';
comment on column public.billing_invoices.issued_at is 'When it was issued; null before.';
comment on column public.billing_invoices.due_at is 'Until when it is to be paid; null for a draft, or where the provider collects at once.';
comment on column public.billing_invoices.paid_at is 'When it was paid in full; set exactly when status is paid.';
comment on column public.billing_invoices.voided_at is 'When it was made void; set exactly when status is void.';
comment on column public.billing_invoices.void_reason is 'Why it is void, 1 to 500 characters.';
comment on column public.billing_invoices.due_soon_at is 'When the reminder before the due date went out; null before.';
comment on column public.billing_invoices.reminder_count is 'Reminders after the due date that went out.';
comment on column public.billing_invoices.reminded_at is 'When the last of them did; null before.';
comment on column public.billing_invoices.buyer is
  'Who it is to, as was said when it was issued: {legal_name, line1, line2, city, postal_code, region, country, tax_number, email}.';
comment on column public.billing_invoices.seller is
  'Who it is from, as was said when it was issued: as buyer, with payment_instructions.';
comment on column public.billing_invoices.hosted_url is 'Where the provider shows it; null for own ones.';
comment on column public.billing_invoices.provider_changed_at is
  'The time of the provider''s event that the row is from: older ones change nothing. Null for own ones.';
comment on column public.billing_invoices.created_at is 'When the row was made.';
comment on column public.billing_invoices.updated_at is 'When the row last changed.';

create table public.billing_invoice_lines (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  invoice_id uuid not null,
  position int not null,
  kind public.billing_line_kind not null,
  description text not null,
  quantity bigint not null default 1,
  unit_cents bigint not null,
  unit_count int not null default 1,
  amount_cents bigint not null,
  price_id uuid references public.billing_prices (id),
  limit_key text,
  period_starts_at timestamptz,
  period_ends_at timestamptz,
  usage jsonb,
  provider_line_id text,
  created_at timestamptz not null default now(),
  constraint billing_invoice_lines_invoice_id_position_key unique (invoice_id, position),
  constraint billing_invoice_lines_position_is_positive check (position > 0),
  constraint billing_invoice_lines_description_has_length check (char_length(btrim(description)) between 1 and 500),
  constraint billing_invoice_lines_unit_count_is_positive check (unit_count > 0),
  constraint billing_invoice_lines_period_lasts check (period_ends_at >= period_starts_at),
  constraint billing_invoice_lines_invoice_in_same_organization
    foreign key (organization_id, invoice_id) references public.billing_invoices (organization_id, id) on delete cascade
);
create index billing_invoice_lines_organization_id_invoice_id_idx
  on public.billing_invoice_lines (organization_id, invoice_id);
create index billing_invoice_lines_price_id_idx on public.billing_invoice_lines (price_id);
alter table public.billing_invoice_lines enable row level security;
revoke all on public.billing_invoice_lines from anon, authenticated, service_role;
grant select on public.billing_invoice_lines to authenticated, service_role;
create policy billing_invoice_lines_select_reader on public.billing_invoice_lines
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_invoice_lines is 'Lines of invoices; those of an own invoice never change once it is issued.';
comment on column public.billing_invoice_lines.id is 'Identifies the line.';
comment on column public.billing_invoice_lines.organization_id is 'Who the invoice is to.';
comment on column public.billing_invoice_lines.invoice_id is 'The invoice.';
comment on column public.billing_invoice_lines.position is 'Order on the invoice, from 1.';
comment on column public.billing_invoice_lines.kind is 'What it is for.';
comment on column public.billing_invoice_lines.description is 'What it says, 1 to 500 characters.';
comment on column public.billing_invoice_lines.quantity is 'How many units.';
comment on column public.billing_invoice_lines.unit_cents is 'Price of unit_count units, in the currency''s minor unit.';
comment on column public.billing_invoice_lines.unit_count is 'How many units the price is for; a started one counts whole.';
comment on column public.billing_invoice_lines.amount_cents is 'What the line adds to the subtotal; negative for discounts.';
comment on column public.billing_invoice_lines.price_id is 'The price that it is from; null for others.';
comment on column public.billing_invoice_lines.limit_key is 'The limit that use went above; null for other lines.';
comment on column public.billing_invoice_lines.period_starts_at is 'First moment of the time that it bills; null for single ones.';
comment on column public.billing_invoice_lines.period_ends_at is 'When that time ends; null for single ones.';
comment on column public.billing_invoice_lines.usage is 'The use that made an overage line; null for others.';
comment on column public.billing_invoice_lines.provider_line_id is 'Its id at the provider; null for own ones.';
comment on column public.billing_invoice_lines.created_at is 'When it was made.';
