create table public.billing_plans (
  id uuid primary key default gen_random_uuid(),
  product public.billing_product not null,
  key text not null,
  name text not null,
  description text not null,
  rank smallint not null,
  trial_days smallint not null default 14,
  is_default boolean not null default false,
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_plans_product_key_key unique (product, key),
  constraint billing_plans_key_is_snake_case check (key ~ '^[a-z]+(_[a-z]+)*$'),
  constraint billing_plans_name_has_length check (char_length(btrim(name)) between 1 and 60),
  constraint billing_plans_description_has_length check (char_length(btrim(description)) between 1 and 500),
  constraint billing_plans_trial_days_in_range check (trial_days between 0 and 365),
  -- What everybody has cannot go away.
  constraint billing_plans_default_is_offered check (not is_default or retired_at is null)
);
create unique index billing_plans_one_default_for_each_product_idx on public.billing_plans (product) where is_default;
alter table public.billing_plans enable row level security;
revoke all on public.billing_plans from anon, authenticated, service_role;
grant select on public.billing_plans to authenticated, service_role;
create policy billing_plans_select_caller on public.billing_plans
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.billing_plans is $$Plans of the product lines. Operators make and change them; list_plans is what to show.

A retired plan is not offered any more; who has it keeps it.$$;
comment on column public.billing_plans.id is 'Identifies the plan.';
comment on column public.billing_plans.product is 'The product line.';
comment on column public.billing_plans.key is 'Its name for programs, within the product line; never changes.';
comment on column public.billing_plans.name is 'Its name for people, 1 to 60 characters.';
comment on column public.billing_plans.description is 'What it is for, 1 to 500 characters.';
comment on column public.billing_plans.rank is 'Plans of a product line from small to large.';
comment on column public.billing_plans.trial_days is 'Days of trial for who never had one of the product line; 0 for none.';
comment on column public.billing_plans.is_default is 'Whether it is what an organization has without a subscription.';
comment on column public.billing_plans.retired_at is 'Since when it is not offered any more; null while it is.';
comment on column public.billing_plans.created_at is 'When it was made.';
comment on column public.billing_plans.updated_at is 'When the row last changed.';

create table public.billing_prices (
  id uuid primary key default gen_random_uuid(),
  plan_id uuid not null references public.billing_plans (id) on delete cascade,
  kind public.billing_price_kind not null,
  billing_interval public.billing_interval,
  currency text not null,
  unit_cents bigint not null,
  unit_count int not null default 1,
  limit_key text references private.limit_definitions (key) on update cascade,
  starts_at timestamptz not null default now(),
  ends_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_prices_currency_is_code check (currency ~ '^[A-Z]{3}$'),
  constraint billing_prices_unit_cents_in_range check (unit_cents between 0 and 100000000000),
  constraint billing_prices_unit_count_is_positive check (unit_count > 0),
  constraint billing_prices_recurs_unless_one_off check ((kind = 'one_off') = (billing_interval is null)),
  constraint billing_prices_metered_names_limit check ((kind = 'metered') = (limit_key is not null)),
  constraint billing_prices_valid_for_a_while check (ends_at > starts_at),
  -- At any moment there is one answer to what something costs.
  constraint billing_prices_one_at_a_time exclude using gist (
    plan_id with =, kind with =, billing_interval with =, currency with =, limit_key with =,
    tstzrange(starts_at, ends_at) with &&
  ) where (limit_key is not null),
  constraint billing_prices_one_plain_at_a_time exclude using gist (
    plan_id with =, kind with =, billing_interval with =, currency with =, tstzrange(starts_at, ends_at) with &&
  ) where (limit_key is null and billing_interval is not null)
);
create index billing_prices_plan_id_idx on public.billing_prices (plan_id);
create index billing_prices_limit_key_idx on public.billing_prices (limit_key);
alter table public.billing_prices enable row level security;
revoke all on public.billing_prices from anon, authenticated, service_role;
grant select on public.billing_prices to authenticated, service_role;
create policy billing_prices_select_caller on public.billing_prices
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.billing_prices is $$What plans cost, each price for a time.

A price never changes: an edit ends it and begins another, and who subscribed at the old one keeps it.$$;
comment on column public.billing_prices.id is 'Identifies the price.';
comment on column public.billing_prices.plan_id is 'The plan.';
comment on column public.billing_prices.kind is 'What it is multiplied by.';
comment on column public.billing_prices.billing_interval is 'The period it is for; null for what is paid once.';
comment on column public.billing_prices.currency is 'ISO 4217.';
comment on column public.billing_prices.unit_cents is 'For unit_count units, in the currency''s minor unit.';
comment on column public.billing_prices.unit_count is 'How many units it is for; a started one counts whole.';
comment on column public.billing_prices.limit_key is 'The limit above which use is metered; null for other prices.';
comment on column public.billing_prices.starts_at is 'Since when it is offered.';
comment on column public.billing_prices.ends_at is 'Until when it is offered; null while no end is set.';
comment on column public.billing_prices.created_at is 'When it was made.';
comment on column public.billing_prices.updated_at is 'When the row last changed.';

create table public.billing_plan_entitlements (
  plan_id uuid not null references public.billing_plans (id) on delete cascade,
  key text not null references private.limit_definitions (key) on update cascade,
  value bigint,
  action private.limit_action not null default 'block',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (plan_id, key),
  constraint billing_plan_entitlements_value_is_not_negative check (value >= 0)
);
create index billing_plan_entitlements_key_idx on public.billing_plan_entitlements (key);
alter table public.billing_plan_entitlements enable row level security;
revoke all on public.billing_plan_entitlements from anon, authenticated, service_role;
grant select on public.billing_plan_entitlements to authenticated, service_role;
create policy billing_plan_entitlements_select_caller on public.billing_plan_entitlements
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.billing_plan_entitlements is 'What plans entitle to, one row for each limit that a plan sets.';
comment on column public.billing_plan_entitlements.plan_id is 'The plan.';
comment on column public.billing_plan_entitlements.key is 'Name of the limit.';
comment on column public.billing_plan_entitlements.value is
  'How much; null means unlimited. Features are 1 for with and 0 for without.';
comment on column public.billing_plan_entitlements.action is
  'What happens at the limit: "block" refuses, "overage" allows and bills at the metered price.';
comment on column public.billing_plan_entitlements.created_at is 'When the row was made.';
comment on column public.billing_plan_entitlements.updated_at is 'When the row last changed.';

create table public.billing_tax_rates (
  id uuid primary key default gen_random_uuid(),
  country text not null,
  name text not null,
  rate numeric(7, 6) not null,
  starts_on date not null,
  ends_on date,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_tax_rates_country_is_code check (country ~ '^[A-Z]{2}$'),
  constraint billing_tax_rates_rate_in_range check (rate between 0 and 1),
  constraint billing_tax_rates_valid_for_a_while check (ends_on > starts_on),
  constraint billing_tax_rates_one_at_a_time exclude using gist (
    country with =, daterange(starts_on, ends_on) with &&
  )
);
alter table public.billing_tax_rates enable row level security;
revoke all on public.billing_tax_rates from anon, authenticated, service_role;
grant select on public.billing_tax_rates to authenticated, service_role;
create policy billing_tax_rates_select_caller on public.billing_tax_rates
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.billing_tax_rates is 'Tax on invoices by the country of the buyer, each rate for a time.';
comment on column public.billing_tax_rates.id is 'Identifies the rate.';
comment on column public.billing_tax_rates.country is 'ISO 3166-1 alpha-2.';
comment on column public.billing_tax_rates.name is 'As it stands on the invoice, such as "VAT".';
comment on column public.billing_tax_rates.rate is 'Share of the amount: 0.075 is 7.5 %.';
comment on column public.billing_tax_rates.starts_on is 'First day.';
comment on column public.billing_tax_rates.ends_on is 'The day after the last one; null while no end is set.';
comment on column public.billing_tax_rates.created_at is 'When the row was made.';
comment on column public.billing_tax_rates.updated_at is 'When the row last changed.';
