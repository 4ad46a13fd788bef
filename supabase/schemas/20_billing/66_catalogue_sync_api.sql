create function private.pack_price_id(pack_id uuid, currency text, price_cents bigint)
  returns uuid
  language sql immutable set search_path = ''
as $$
  -- A provider's price never changes, so another amount is another one.
  select private.stable_uuid(
    concat_ws(' ', 'credit_pack_prices', pack_price_id.pack_id, pack_price_id.currency, pack_price_id.price_cents)
  )
$$;
comment on function private.pack_price_id(uuid, text, bigint) is
  'What billing_provider_prices calls the price of a credit pack: of its amount, because providers'' prices never change.';

-- Definer: reads what providers call things, which nobody holds a grant on.
create function private.get_catalogue_to_sync(provider text)
  returns jsonb
  language sql stable security definer set search_path = ''
as $$
  with prices as (
    -- Use above limits is on our own invoices, and what everybody has is bought by nobody.
    select prices.id, prices.plan_id as product_id, prices.currency, prices.unit_cents, prices.unit_count,
      prices.billing_interval::text, plans.key || ' ' || prices.kind as name,
      plans.retired_at is null and prices.starts_at <= now() and (prices.ends_at is null or prices.ends_at > now())
        and private.takes_currency(get_catalogue_to_sync.provider, prices.currency) as is_active
    from public.billing_prices as prices
    join public.billing_plans as plans on plans.id = prices.plan_id
    where prices.kind <> 'metered' and not plans.is_default
    union all
    select private.pack_price_id(prices.pack_id, prices.currency, prices.price_cents), prices.pack_id, prices.currency,
      prices.price_cents, 1, null, packs.credit_count || ' credits', packs.retired_at is null
      and private.takes_currency(get_catalogue_to_sync.provider, prices.currency)
    from public.credit_pack_prices as prices
    join public.credit_packs as packs on packs.id = prices.pack_id
  )
  select jsonb_build_object(
    'products', (
      select jsonb_agg(product order by product ->> 'name')
      from (
        select jsonb_build_object(
          'id', plans.id, 'kind', 'plan', 'name', initcap(plans.product::text) || ' ' || plans.name,
          'description', plans.description, 'is_active', plans.retired_at is null
        ) as product
        from public.billing_plans as plans where not plans.is_default
        union all
        select jsonb_build_object(
          'id', packs.id, 'kind', 'pack', 'name', packs.credit_count || ' credits',
          'description', 'Credits that never expire', 'is_active', packs.retired_at is null
        )
        from public.credit_packs as packs
      ) as products
    ),
    'prices', (
      select jsonb_agg(
        to_jsonb(prices) || jsonb_build_object('provider_price_id', known.provider_price_id) order by prices.name, prices.id
      )
      from prices
      left join private.billing_provider_prices as known
        on known.price_id = prices.id and known.provider = get_catalogue_to_sync.provider
    ),
    'tax_rates', (
      select jsonb_agg(
        jsonb_build_object(
          'id', rates.id, 'country', rates.country, 'name', rates.name, 'percentage', rates.rate * 100,
          'is_active', daterange(rates.starts_on, rates.ends_on) @> current_date,
          'provider_tax_rate_id', known.provider_tax_rate_id
        )
        order by rates.country, rates.starts_on
      )
      from public.billing_tax_rates as rates
      left join private.billing_provider_tax_rates as known
        on known.tax_rate_id = rates.id and known.provider = get_catalogue_to_sync.provider
    )
  )
$$;
comment on function private.get_catalogue_to_sync(text) is 'Body of public.get_catalogue_to_sync.';
grant execute on function private.get_catalogue_to_sync(text) to service_role;

create function public.get_catalogue_to_sync(provider text)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_catalogue_to_sync(get_catalogue_to_sync.provider)
$$;
comment on function public.get_catalogue_to_sync(text) is
  $$Plans, packs, prices and tax rates as a payment provider is to have them, and what it calls them. For the backend itself.$$;
grant execute on function public.get_catalogue_to_sync(text) to service_role;

-- Definer: as private.get_catalogue_to_sync.
create function private.record_provider_catalogue(provider text, prices jsonb, tax_rates jsonb)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into private.billing_provider_prices as known (price_id, provider, provider_product_id, provider_price_id)
  select given.price_id, record_provider_catalogue.provider, given.provider_product_id, given.provider_price_id
  from jsonb_to_recordset(record_provider_catalogue.prices) as given (
    price_id uuid, provider_product_id text, provider_price_id text
  )
  order by given.price_id
  on conflict on constraint billing_provider_prices_pkey do update
    set provider_product_id = excluded.provider_product_id, provider_price_id = excluded.provider_price_id,
      synced_at = now();
  insert into private.billing_provider_tax_rates as known (tax_rate_id, provider, provider_tax_rate_id)
  select given.tax_rate_id, record_provider_catalogue.provider, given.provider_tax_rate_id
  from jsonb_to_recordset(record_provider_catalogue.tax_rates) as given (tax_rate_id uuid, provider_tax_rate_id text)
  order by given.tax_rate_id
  on conflict on constraint billing_provider_tax_rates_pkey do update
    set provider_tax_rate_id = excluded.provider_tax_rate_id, synced_at = now();
end;
$$;
comment on function private.record_provider_catalogue(text, jsonb, jsonb) is 'Body of public.record_provider_catalogue.';
grant execute on function private.record_provider_catalogue(text, jsonb, jsonb) to service_role;

create function public.record_provider_catalogue(provider text, prices jsonb, tax_rates jsonb)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.record_provider_catalogue(
    record_provider_catalogue.provider, record_provider_catalogue.prices, record_provider_catalogue.tax_rates
  )
$$;
comment on function public.record_provider_catalogue(text, jsonb, jsonb) is $$Remembers what a payment provider calls prices and tax rates. For the backend itself.

prices: [{price_id, provider_product_id, provider_price_id}]; tax_rates: [{tax_rate_id, provider_tax_rate_id}]. What it
called them before is replaced.$$;
grant execute on function public.record_provider_catalogue(text, jsonb, jsonb) to service_role;
