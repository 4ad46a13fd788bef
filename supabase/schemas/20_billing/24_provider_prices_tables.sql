-- No foreign key on price_id: a price of a plan and a credit pack, which stands in a later file, are both sold at a provider.
create table private.billing_provider_prices (
  price_id uuid not null,
  provider text not null,
  provider_product_id text not null,
  provider_price_id text not null,
  synced_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (price_id, provider),
  constraint billing_provider_prices_provider_price_id_key unique (provider, provider_price_id),
  constraint billing_provider_prices_provider_is_known check (provider in ('stripe', 'razorpay'))
);
alter table private.billing_provider_prices enable row level security;
revoke all on private.billing_provider_prices from anon, authenticated, service_role;
comment on table private.billing_provider_prices is
  'What prices of plans and credit packs are called at a payment provider; kept by the sync of the catalogue.';
comment on column private.billing_provider_prices.price_id is 'The price, or the credit pack.';
comment on column private.billing_provider_prices.provider is 'The payment provider.';
comment on column private.billing_provider_prices.provider_product_id is 'What it calls the plan or the pack.';
comment on column private.billing_provider_prices.provider_price_id is 'What it calls the price.';
comment on column private.billing_provider_prices.synced_at is 'When the provider was last found to have it as we do.';
comment on column private.billing_provider_prices.created_at is 'When the row was made.';
comment on column private.billing_provider_prices.updated_at is 'When the row last changed.';
create trigger t100_set_updated_at before update on private.billing_provider_prices
  for each row execute function private.set_updated_at();

create table private.billing_provider_tax_rates (
  tax_rate_id uuid not null references public.billing_tax_rates (id) on delete cascade,
  provider text not null,
  provider_tax_rate_id text not null,
  synced_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tax_rate_id, provider),
  constraint billing_provider_tax_rates_provider_tax_rate_id_key unique (provider, provider_tax_rate_id),
  constraint billing_provider_tax_rates_provider_is_known check (provider in ('stripe', 'razorpay'))
);
alter table private.billing_provider_tax_rates enable row level security;
revoke all on private.billing_provider_tax_rates from anon, authenticated, service_role;
comment on table private.billing_provider_tax_rates is
  'What tax rates are called at a payment provider; kept by the sync of the catalogue.';
comment on column private.billing_provider_tax_rates.tax_rate_id is 'The tax rate.';
comment on column private.billing_provider_tax_rates.provider is 'The payment provider.';
comment on column private.billing_provider_tax_rates.provider_tax_rate_id is 'What it calls the tax rate.';
comment on column private.billing_provider_tax_rates.synced_at is 'When the provider was last found to have it as we do.';
comment on column private.billing_provider_tax_rates.created_at is 'When the row was made.';
comment on column private.billing_provider_tax_rates.updated_at is 'When the row last changed.';
create trigger t100_set_updated_at before update on private.billing_provider_tax_rates
  for each row execute function private.set_updated_at();
