create table public.billing_customers (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  provider text not null,
  provider_customer_id text not null,
  email text,
  name text,
  default_method_id text,
  deleted_at timestamptz,
  provider_changed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_customers_provider_customer_id_key unique (provider, provider_customer_id),
  constraint billing_customers_provider_is_known check (provider in ('stripe', 'razorpay'))
);
create unique index billing_customers_one_for_each_provider_idx on public.billing_customers (organization_id, provider)
  where deleted_at is null;
create index billing_customers_organization_id_idx on public.billing_customers (organization_id);
alter table public.billing_customers enable row level security;
revoke all on public.billing_customers from anon, authenticated, service_role;
grant select on public.billing_customers to authenticated, service_role;
create policy billing_customers_select_reader on public.billing_customers
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_customers is 'Who an organization is at a payment provider, one live row for each.';
comment on column public.billing_customers.id is 'Identifies the row.';
comment on column public.billing_customers.organization_id is 'The organization.';
comment on column public.billing_customers.provider is 'The provider: "stripe" or "razorpay".';
comment on column public.billing_customers.provider_customer_id is 'The id there.';
comment on column public.billing_customers.email is 'Where the provider writes to.';
comment on column public.billing_customers.name is 'As it is called there.';
comment on column public.billing_customers.default_method_id is
  'The provider''s id of the payment method that is used unless another is named; null without one.';
comment on column public.billing_customers.deleted_at is 'When it was deleted there; null while it is not.';
comment on column public.billing_customers.provider_changed_at is 'The time of the provider''s event that the row is from.';
comment on column public.billing_customers.created_at is 'When the row was made.';
comment on column public.billing_customers.updated_at is 'When the row last changed.';

create table public.billing_payment_methods (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  provider text not null,
  provider_method_id text not null,
  provider_customer_id text,
  kind text not null,
  brand text,
  last4 text,
  expiry_month smallint,
  expiry_year smallint,
  is_default boolean not null default false,
  removed_at timestamptz,
  provider_changed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_payment_methods_organization_id_id_key unique (organization_id, id),
  constraint billing_payment_methods_provider_method_id_key unique (provider, provider_method_id),
  constraint billing_payment_methods_provider_is_known check (provider in ('stripe', 'razorpay')),
  -- Never the number itself.
  constraint billing_payment_methods_last4_is_short check (last4 ~ '^[0-9A-Za-z]{1,4}$'),
  constraint billing_payment_methods_expiry_month_in_range check (expiry_month between 1 and 12),
  constraint billing_payment_methods_expiry_year_in_range check (expiry_year between 2000 and 2200),
  constraint billing_payment_methods_removed_is_no_default check (removed_at is null or not is_default)
);
create unique index billing_payment_methods_one_default_idx on public.billing_payment_methods (organization_id, provider)
  where is_default;
create index billing_payment_methods_organization_id_idx on public.billing_payment_methods (organization_id);
alter table public.billing_payment_methods enable row level security;
revoke all on public.billing_payment_methods from anon, authenticated, service_role;
grant select on public.billing_payment_methods to authenticated, service_role;
create policy billing_payment_methods_select_reader on public.billing_payment_methods
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_payment_methods is $$Cards and accounts that an organization saved at a payment provider.

Only what a person needs to tell them apart: the provider keeps the numbers.$$;
comment on column public.billing_payment_methods.id is 'Identifies the method.';
comment on column public.billing_payment_methods.organization_id is 'Whose it is.';
comment on column public.billing_payment_methods.provider is 'Who keeps it.';
comment on column public.billing_payment_methods.provider_method_id is 'Its id there.';
comment on column public.billing_payment_methods.provider_customer_id is
  'Whom the provider keeps it for; null where that was not told.';
comment on column public.billing_payment_methods.kind is 'In the provider''s words: card, sepa_debit, link, upi, ...';
comment on column public.billing_payment_methods.brand is 'Brand of the card or name of the bank; null where there is none.';
comment on column public.billing_payment_methods.last4 is 'Last digits; null where there are none.';
comment on column public.billing_payment_methods.expiry_month is 'Last month in which a card is good, 1 to 12.';
comment on column public.billing_payment_methods.expiry_year is 'Year of that month.';
comment on column public.billing_payment_methods.is_default is 'Whether it is used unless another one is named.';
comment on column public.billing_payment_methods.removed_at is 'When it was removed; null while it can be used.';
comment on column public.billing_payment_methods.provider_changed_at is
  'The time of the provider''s event that the row is from.';
comment on column public.billing_payment_methods.created_at is 'When the row was made.';
comment on column public.billing_payment_methods.updated_at is 'When the row last changed.';

create table public.billing_payments (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  provider text not null,
  provider_payment_id text,
  purpose public.billing_payment_purpose not null default 'other',
  purpose_id uuid,
  method text not null default 'other',
  reference text,
  status public.billing_payment_status not null,
  currency text not null,
  amount_cents bigint not null,
  refunded_cents bigint not null default 0,
  fee_cents bigint,
  failure_code text,
  failure_message text,
  receipt_url text,
  payment_method_id uuid,
  provider_payment_method_id text,
  paid_at timestamptz,
  provider_changed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_payments_organization_id_id_key unique (organization_id, id),
  constraint billing_payments_provider_payment_id_key unique (provider, provider_payment_id),
  constraint billing_payments_provider_is_known check (provider in ('stripe', 'razorpay', 'onchain', 'manual')),
  constraint billing_payments_provider_names_its_own check (provider = 'manual' or provider_payment_id is not null),
  constraint billing_payments_method_is_known check (
    method in ('card', 'bank_transfer', 'cash', 'upi', 'netbanking', 'wallet', 'onchain', 'other')
  ),
  constraint billing_payments_reference_has_length check (char_length(reference) between 1 and 200),
  constraint billing_payments_failure_has_length check (
    char_length(failure_code) <= 200 and char_length(failure_message) <= 1000
  ),
  constraint billing_payments_currency_is_code check (currency ~ '^[A-Z]{3,5}$'),
  constraint billing_payments_amount_is_not_negative check (amount_cents >= 0),
  constraint billing_payments_refunded_within_amount check (refunded_cents between 0 and amount_cents),
  constraint billing_payments_succeeded_was_paid check (
    case when status = 'reversed' then true else (status = 'succeeded') = (paid_at is not null) end
  ),
  constraint billing_payments_method_in_same_organization
    foreign key (organization_id, payment_method_id)
    references public.billing_payment_methods (organization_id, id) on delete set null (payment_method_id)
);
create index billing_payments_organization_id_created_at_idx
  on public.billing_payments (organization_id, created_at desc, id desc);
create index billing_payments_organization_id_payment_method_id_idx
  on public.billing_payments (organization_id, payment_method_id);
create index billing_payments_provider_payment_method_id_idx
  on public.billing_payments (provider_payment_method_id) where provider_payment_method_id is not null;
create index billing_payments_purpose_id_idx on public.billing_payments (purpose, purpose_id) where purpose_id is not null;
alter table public.billing_payments enable row level security;
revoke all on public.billing_payments from anon, authenticated, service_role;
grant select on public.billing_payments to authenticated, service_role;
create policy billing_payments_select_reader on public.billing_payments
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_payments is $$What organizations paid or tried to pay, whoever collects it.

Written by the backend alone: mirrors of what payment providers keep, transfers found on chain, and what operators took
by bank transfer or in cash (provider "manual"). billing_payment_events tells how each came about.$$;
comment on column public.billing_payments.id is 'Identifies the payment.';
comment on column public.billing_payments.organization_id is 'Who pays.';
comment on column public.billing_payments.provider is 'Who collects: "stripe", "razorpay", "onchain", or "manual" for operators.';
comment on column public.billing_payments.provider_payment_id is 'Its id there; null only for manual ones.';
comment on column public.billing_payments.purpose is 'What it is for.';
comment on column public.billing_payments.purpose_id is
  'The purchase of credits, own invoice or subscription that it pays for; null where that is not known.';
comment on column public.billing_payments.method is
  'How: card, bank_transfer, cash, upi, netbanking, wallet, onchain or other.';
comment on column public.billing_payments.reference is 'What the payer or the bank wrote on it.';
comment on column public.billing_payments.status is 'Where it stands.';
comment on column public.billing_payments.currency is 'ISO 4217, or the symbol of a token.';
comment on column public.billing_payments.amount_cents is 'In the currency''s minor unit.';
comment on column public.billing_payments.refunded_cents is 'How much of it went back: the sum of its succeeded refunds.';
comment on column public.billing_payments.fee_cents is 'What the provider keeps of it; null where that is not known.';
comment on column public.billing_payments.failure_code is 'Why it failed, in the provider''s word; null when it did not.';
comment on column public.billing_payments.failure_message is 'The same for people.';
comment on column public.billing_payments.receipt_url is 'The provider''s receipt; null where there is none.';
comment on column public.billing_payments.payment_method_id is 'The saved method that was used; null for another.';
comment on column public.billing_payments.provider_payment_method_id is
  'The provider''s id of the method that was used, saved or not; null where it does not tell.';
comment on column public.billing_payments.paid_at is 'When the money was there; null while it is not.';
comment on column public.billing_payments.provider_changed_at is 'The time of the provider''s event that the row is from.';
comment on column public.billing_payments.created_at is 'When the row was made.';
comment on column public.billing_payments.updated_at is 'When the row last changed.';

create table public.billing_refunds (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  payment_id uuid not null,
  provider_refund_id text,
  status public.billing_refund_status not null default 'pending',
  currency text not null,
  amount_cents bigint not null,
  reason public.billing_refund_reason not null default 'other',
  comment text,
  failure_code text,
  requested_by uuid references public.profiles (id) on delete set null,
  provider_changed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_refunds_organization_id_id_key unique (organization_id, id),
  -- A provider's refund belongs to one payment, whose row names the provider.
  constraint billing_refunds_provider_refund_id_key unique (payment_id, provider_refund_id),
  constraint billing_refunds_currency_is_code check (currency ~ '^[A-Z]{3,5}$'),
  constraint billing_refunds_amount_is_positive check (amount_cents > 0),
  constraint billing_refunds_comment_has_length check (char_length(comment) <= 1000),
  constraint billing_refunds_failure_code_has_length check (char_length(failure_code) <= 200),
  constraint billing_refunds_payment_in_same_organization
    foreign key (organization_id, payment_id)
    references public.billing_payments (organization_id, id) on delete cascade
);
create index billing_refunds_organization_id_payment_id_idx on public.billing_refunds (organization_id, payment_id);
create index billing_refunds_requested_by_idx on public.billing_refunds (requested_by);
create index billing_refunds_provider_refund_id_idx on public.billing_refunds (provider_refund_id);
alter table public.billing_refunds enable row level security;
revoke all on public.billing_refunds from anon, authenticated, service_role;
grant select on public.billing_refunds to authenticated, service_role;
create policy billing_refunds_select_reader on public.billing_refunds
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_refunds is $$Money that goes back, in full or in part.

The row is there before the provider is asked. Those that neither failed nor were cancelled never exceed the payment.$$;
comment on column public.billing_refunds.id is 'Identifies the refund, and names it towards the provider.';
comment on column public.billing_refunds.organization_id is 'Who paid.';
comment on column public.billing_refunds.payment_id is 'The payment.';
comment on column public.billing_refunds.provider_refund_id is 'Its id at the provider; null until that answered, and for manual ones.';
comment on column public.billing_refunds.status is 'Where it stands.';
comment on column public.billing_refunds.currency is 'That of the payment.';
comment on column public.billing_refunds.amount_cents is 'In the currency''s minor unit.';
comment on column public.billing_refunds.reason is 'Why.';
comment on column public.billing_refunds.comment is 'What the person added, at most 1,000 characters.';
comment on column public.billing_refunds.failure_code is 'Why it failed, in the provider''s word.';
comment on column public.billing_refunds.requested_by is 'Who asked for it here; null when it was made at the provider.';
comment on column public.billing_refunds.provider_changed_at is 'The time of the provider''s event that the row is from.';
comment on column public.billing_refunds.created_at is 'When it was asked for.';
comment on column public.billing_refunds.updated_at is 'When the row last changed.';

create table public.billing_disputes (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  payment_id uuid not null,
  provider_dispute_id text not null,
  status text not null,
  reason text,
  currency text not null,
  amount_cents bigint not null,
  evidence_due_at timestamptz,
  closed_at timestamptz,
  provider_changed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_disputes_organization_id_id_key unique (organization_id, id),
  constraint billing_disputes_provider_dispute_id_key unique (payment_id, provider_dispute_id),
  constraint billing_disputes_currency_is_code check (currency ~ '^[A-Z]{3,5}$'),
  constraint billing_disputes_amount_is_not_negative check (amount_cents >= 0),
  constraint billing_disputes_payment_in_same_organization
    foreign key (organization_id, payment_id)
    references public.billing_payments (organization_id, id) on delete cascade
);
create index billing_disputes_organization_id_payment_id_idx on public.billing_disputes (organization_id, payment_id);
create index billing_disputes_evidence_due_at_idx on public.billing_disputes (evidence_due_at) where closed_at is null;
alter table public.billing_disputes enable row level security;
revoke all on public.billing_disputes from anon, authenticated, service_role;
grant select on public.billing_disputes to authenticated, service_role;
create policy billing_disputes_select_reader on public.billing_disputes
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_disputes is 'Payments that the payer disputed at the bank, as the provider tells it.';
comment on column public.billing_disputes.id is 'Identifies the dispute.';
comment on column public.billing_disputes.organization_id is 'Who paid.';
comment on column public.billing_disputes.payment_id is 'The payment.';
comment on column public.billing_disputes.provider_dispute_id is 'Its id at the provider.';
comment on column public.billing_disputes.status is
  'In the provider''s words: needs_response, under_review, won, lost, prevented, ...';
comment on column public.billing_disputes.reason is 'Why, in the provider''s word.';
comment on column public.billing_disputes.currency is 'ISO 4217.';
comment on column public.billing_disputes.amount_cents is 'How much is disputed, in the currency''s minor unit.';
comment on column public.billing_disputes.evidence_due_at is 'Until when the provider takes evidence; null when it does not say.';
comment on column public.billing_disputes.closed_at is 'When it was decided; null while it is open.';
comment on column public.billing_disputes.provider_changed_at is 'The time of the provider''s event that the row is from.';
comment on column public.billing_disputes.created_at is 'When the row was made.';
comment on column public.billing_disputes.updated_at is 'When the row last changed.';

create table public.billing_payment_events (
  id bigint generated always as identity primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  payment_id uuid not null,
  object public.billing_payment_object not null,
  object_id uuid not null,
  status text not null,
  changes jsonb not null,
  source text not null,
  created_at timestamptz not null default now(),
  constraint billing_payment_events_source_has_length check (char_length(source) between 1 and 200),
  constraint billing_payment_events_payment_in_same_organization
    foreign key (organization_id, payment_id)
    references public.billing_payments (organization_id, id) on delete cascade
);
create index billing_payment_events_organization_id_payment_id_idx
  on public.billing_payment_events (organization_id, payment_id, id);
alter table public.billing_payment_events enable row level security;
revoke all on public.billing_payment_events from anon, authenticated, service_role;
-- Written by triggers alone.
grant select on public.billing_payment_events to authenticated, service_role;
create policy billing_payment_events_select_reader on public.billing_payment_events
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_payment_events is $$The log of payments: every change of a payment, its refunds and its disputes, as it happened.

Append-only, for every role.$$;
comment on column public.billing_payment_events.id is 'Order of the entries.';
comment on column public.billing_payment_events.organization_id is 'Who pays.';
comment on column public.billing_payment_events.payment_id is 'The payment.';
comment on column public.billing_payment_events.object is 'What changed.';
comment on column public.billing_payment_events.object_id is 'Id of the payment, refund or dispute.';
comment on column public.billing_payment_events.status is 'Its status after the change.';
comment on column public.billing_payment_events.changes is 'The columns that changed: {before, after}.';
comment on column public.billing_payment_events.source is
  'Where the change is from: the provider with its event ("stripe:evt_1"), "person" or "system".';
comment on column public.billing_payment_events.created_at is 'When it was written.';

create table public.billing_checkout_sessions (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  provider text not null,
  provider_session_id text,
  mode public.billing_checkout_mode not null,
  purpose public.billing_payment_purpose not null default 'other',
  purpose_id uuid,
  product public.billing_product,
  status public.billing_checkout_status not null default 'open',
  expires_at timestamptz not null,
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_checkout_sessions_provider_session_id_key unique (provider, provider_session_id),
  constraint billing_checkout_sessions_provider_is_known check (provider in ('stripe', 'razorpay')),
  constraint billing_checkout_sessions_product_of_subscription check ((mode = 'subscription') = (product is not null))
);
-- Two pages for one subscription would be paid twice.
create unique index billing_checkout_sessions_one_open_for_each_product_idx
  on public.billing_checkout_sessions (organization_id, product) where status = 'open' and mode = 'subscription';
create index billing_checkout_sessions_organization_id_idx
  on public.billing_checkout_sessions (organization_id, created_at desc);
create index billing_checkout_sessions_created_by_idx on public.billing_checkout_sessions (created_by);
create index billing_checkout_sessions_expires_at_idx on public.billing_checkout_sessions (expires_at)
  where status = 'open';
alter table public.billing_checkout_sessions enable row level security;
revoke all on public.billing_checkout_sessions from anon, authenticated, service_role;
grant select on public.billing_checkout_sessions to authenticated, service_role;
create policy billing_checkout_sessions_select_reader on public.billing_checkout_sessions
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_checkout_sessions is $$Checkout pages of payment providers that were opened for an organization.

Their addresses are not kept: whoever has one may pay there. One open page for each product line.$$;
comment on column public.billing_checkout_sessions.id is 'Identifies the page, and names it towards the provider.';
comment on column public.billing_checkout_sessions.organization_id is 'Who pays.';
comment on column public.billing_checkout_sessions.provider is 'Whose page it is.';
comment on column public.billing_checkout_sessions.provider_session_id is 'Its id there; null until the provider answered.';
comment on column public.billing_checkout_sessions.mode is 'What it is for.';
comment on column public.billing_checkout_sessions.purpose is 'What is paid for.';
comment on column public.billing_checkout_sessions.purpose_id is 'The purchase of credits or own invoice; null for others.';
comment on column public.billing_checkout_sessions.product is 'The product line that is subscribed to; null for other modes.';
comment on column public.billing_checkout_sessions.status is 'Where it stands.';
comment on column public.billing_checkout_sessions.expires_at is 'Until when it can be used.';
comment on column public.billing_checkout_sessions.created_by is 'The person who opened it; null for a service account.';
comment on column public.billing_checkout_sessions.created_at is 'When it was opened.';
comment on column public.billing_checkout_sessions.updated_at is 'When the row last changed.';

-- Books are kept for ten years.
select private.retain_table('public.billing_payments', '10 years', 'Accounting records of payments.');
select private.retain_table('public.billing_refunds', '10 years', 'Accounting records of refunds.');
select private.retain_table('public.billing_disputes', '10 years', 'Accounting records of disputed payments.');
