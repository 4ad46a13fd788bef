create table public.credit_packs (
  id uuid primary key default gen_random_uuid(),
  credit_count bigint not null,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint credit_packs_credit_count_key unique (credit_count),
  constraint credit_packs_credit_count_in_range check (credit_count between 1 and 1000000)
);
alter table public.credit_packs enable row level security;
revoke all on public.credit_packs from anon, authenticated, service_role;
grant select on public.credit_packs to authenticated, service_role;
create policy credit_packs_select_caller on public.credit_packs
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.credit_packs is $$Credits that can be bought at once. Operators add and retire them; list_credit_packs is what to show.$$;
comment on column public.credit_packs.id is 'Identifies the pack.';
comment on column public.credit_packs.credit_count is 'How many credits it holds; never changes.';
comment on column public.credit_packs.retired_at is 'Since when it is not offered any more; null while it is.';
comment on column public.credit_packs.created_at is 'When it was made.';
comment on column public.credit_packs.updated_at is 'When the row last changed.';

create table public.credit_pack_prices (
  pack_id uuid not null references public.credit_packs (id) on delete cascade,
  currency text not null,
  price_cents bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (pack_id, currency),
  constraint credit_pack_prices_currency_is_code check (currency ~ '^[A-Z]{3}$'),
  constraint credit_pack_prices_price_cents_in_range check (price_cents between 1 and 100000000000)
);
alter table public.credit_pack_prices enable row level security;
revoke all on public.credit_pack_prices from anon, authenticated, service_role;
grant select on public.credit_pack_prices to authenticated, service_role;
create policy credit_pack_prices_select_caller on public.credit_pack_prices
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.credit_pack_prices is
  'What packs of credits cost from now on, one row for each currency; a purchase keeps the price it was made at.';
comment on column public.credit_pack_prices.pack_id is 'The pack.';
comment on column public.credit_pack_prices.currency is 'ISO 4217.';
comment on column public.credit_pack_prices.price_cents is 'Price of the pack, in the currency''s minor unit.';
comment on column public.credit_pack_prices.created_at is 'When it was first offered in the currency.';
comment on column public.credit_pack_prices.updated_at is 'When the row last changed.';

create table public.credit_purchases (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  pack_id uuid not null references public.credit_packs (id),
  credit_count bigint not null,
  currency text not null,
  price_cents bigint not null,
  status public.credit_purchase_status not null default 'pending',
  granted_count bigint not null default 0,
  clawed_back_count bigint not null default 0,
  owed_count bigint not null default 0,
  payment_id uuid,
  paid_at timestamptz,
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint credit_purchases_organization_id_id_key unique (organization_id, id),
  constraint credit_purchases_currency_is_code check (currency ~ '^[A-Z]{3}$'),
  constraint credit_purchases_price_cents_is_positive check (price_cents > 0),
  constraint credit_purchases_grants_all_or_nothing check (granted_count in (0, credit_count)),
  constraint credit_purchases_takes_back_what_was_granted check (
    clawed_back_count >= 0 and owed_count >= 0 and clawed_back_count + owed_count <= granted_count
  ),
  constraint credit_purchases_granted_once_paid check (
    (status in ('paid', 'refunded')) = (granted_count > 0) and (granted_count > 0) = (paid_at is not null)
  )
);
create index credit_purchases_organization_id_created_at_idx on public.credit_purchases (organization_id, created_at desc);
create index credit_purchases_pack_id_idx on public.credit_purchases (pack_id);
create index credit_purchases_created_by_idx on public.credit_purchases (created_by);
create index credit_purchases_owed_idx on public.credit_purchases (organization_id, created_at) where owed_count > 0;
alter table public.credit_purchases enable row level security;
revoke all on public.credit_purchases from anon, authenticated, service_role;
-- Written by functions alone.
grant select on public.credit_purchases to authenticated, service_role;
create policy credit_purchases_select_reader on public.credit_purchases
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.credit_purchases is $$Packs of credits that organizations bought, or began to buy.

Made with a checkout; the rest follows from its payments: paid ones grant the credits once, what is refunded or disputed
away takes its share back. granted_count - clawed_back_count is what the purchase has brought so far.$$;
comment on column public.credit_purchases.id is 'Identifies the purchase.';
comment on column public.credit_purchases.organization_id is 'Who buys.';
comment on column public.credit_purchases.pack_id is 'The pack.';
comment on column public.credit_purchases.credit_count is 'Credits of the pack.';
comment on column public.credit_purchases.currency is 'ISO 4217.';
comment on column public.credit_purchases.price_cents is 'What it cost that day, in the currency''s minor unit, before tax.';
comment on column public.credit_purchases.status is 'Where it stands.';
comment on column public.credit_purchases.granted_count is 'Credits that came into the wallet: 0, or all of them once it was paid.';
comment on column public.credit_purchases.clawed_back_count is 'Credits taken back after a refund or a lost dispute.';
comment on column public.credit_purchases.owed_count is
  'Credits to be taken back that were spent or set aside; taken when bought credits are there again.';
comment on column public.credit_purchases.payment_id is 'The payment; null before there is one.';
comment on column public.credit_purchases.paid_at is 'When the credits were granted; null before.';
comment on column public.credit_purchases.created_by is 'Who bought; null for programs and people who left.';
comment on column public.credit_purchases.created_at is 'When the purchase began.';
comment on column public.credit_purchases.updated_at is 'When the row last changed.';
