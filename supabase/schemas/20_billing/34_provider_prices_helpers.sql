-- Definer: the backend holds no grant on what providers call things.
create function private.provider_price(price_id uuid, provider text)
  returns text
  language sql stable security definer set search_path = ''
as $$
  select prices.provider_price_id from private.billing_provider_prices as prices
  where prices.price_id = provider_price.price_id and prices.provider = provider_price.provider
$$;
comment on function private.provider_price(uuid, text) is
  'What a payment provider calls a price or a credit pack; null before it was synced.';
grant execute on function private.provider_price(uuid, text) to service_role;

-- Definer: as private.provider_price.
create function private.price_of_provider(provider text, provider_price_id text)
  returns uuid
  language sql stable security definer set search_path = ''
as $$
  select prices.price_id from private.billing_provider_prices as prices
  where prices.provider = price_of_provider.provider and prices.provider_price_id = price_of_provider.provider_price_id
$$;
comment on function private.price_of_provider(text, text) is
  'Our price or credit pack by what a payment provider calls it; null when it is not one of ours.';
grant execute on function private.price_of_provider(text, text) to service_role;

-- Definer: as private.provider_price.
create function private.provider_tax_rate(country text, provider text, on_day date default current_date)
  returns text
  language sql stable security definer set search_path = ''
as $$
  select synced.provider_tax_rate_id
  from public.billing_tax_rates as rates
  join private.billing_provider_tax_rates as synced on synced.tax_rate_id = rates.id
  where rates.country = provider_tax_rate.country and synced.provider = provider_tax_rate.provider
    and daterange(rates.starts_on, rates.ends_on) @> provider_tax_rate.on_day
$$;
comment on function private.provider_tax_rate(text, text, date) is
  'What a payment provider calls the tax rate of a country on a day; null where there is none or it was not synced.';
grant execute on function private.provider_tax_rate(text, text, date) to service_role;

create function public.provider_price(price_id uuid, provider text)
  returns text
  language sql stable set search_path = ''
as $$
  select private.provider_price(provider_price.price_id, provider_price.provider)
$$;
comment on function public.provider_price(uuid, text) is
  'What a payment provider calls a price or a credit pack; null before it was synced. For the backend itself.';
grant execute on function public.provider_price(uuid, text) to service_role;

create function public.provider_tax_rate(country text, provider text)
  returns text
  language sql stable set search_path = ''
as $$
  select private.provider_tax_rate(provider_tax_rate.country, provider_tax_rate.provider)
$$;
comment on function public.provider_tax_rate(text, text) is
  'What a payment provider calls today''s tax rate of a country; null where there is none. For the backend itself.';
grant execute on function public.provider_tax_rate(text, text) to service_role;
