create function private.take_billing_numbers(
  seller_id uuid, kind private.billing_number_kind, year int, number_count int default 1
)
  returns int
  language sql volatile set search_path = ''
as $$
  -- The row stays locked until the end of the transaction: numbers of one that is rolled back are given again.
  insert into private.billing_number_series as series (seller_id, kind, year, last_number)
  values (
    take_billing_numbers.seller_id, take_billing_numbers.kind, take_billing_numbers.year, take_billing_numbers.number_count
  )
  on conflict on constraint billing_number_series_pkey
    do update set last_number = series.last_number + excluded.last_number
  returning series.last_number - take_billing_numbers.number_count + 1
$$;
comment on function private.take_billing_numbers(uuid, private.billing_number_kind, int, int) is $$Takes so many numbers of a series that follow each other, and returns the first.

Others who number the same series wait for the end of this transaction. Who takes of several series does so in the order
of the primary key.$$;

create function private.billing_number(prefix text, kind private.billing_number_kind, year int, number int)
  returns text
  language sql immutable set search_path = ''
as $$
  select concat_ws(
    '-', billing_number.prefix, case billing_number.kind when 'credit_note' then 'CN' when 'receipt' then 'R' end,
    billing_number.year,
    -- lpad() would cut what is longer.
    lpad(billing_number.number::text, greatest(6, length(billing_number.number::text)), '0')
  )
$$;
comment on function private.billing_number(text, private.billing_number_kind, int, int) is
  'How a number is written: ATR-2026-000001, ATR-CN-2026-000001 or ATR-R-2026-000001.';

create function private.next_billing_number(seller_id uuid, kind private.billing_number_kind, at timestamptz)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.billing_number(
    sellers.number_prefix, next_billing_number.kind, numbered.year,
    private.take_billing_numbers(sellers.id, next_billing_number.kind, numbered.year)
  )
  from public.billing_sellers as sellers
  cross join lateral (
    select extract(year from next_billing_number.at at time zone sellers.time_zone)::int as year
  ) as numbered
  where sellers.id = next_billing_number.seller_id
$$;
comment on function private.next_billing_number(uuid, private.billing_number_kind, timestamptz) is
  'Takes the next number of a seller for a moment, and writes it.';

create function private.find_billing_seller(country text, product public.billing_product)
  returns public.billing_sellers
  language sql stable set search_path = ''
as $$
  select * from public.billing_sellers as sellers
  where sellers.retired_at is null
    and (sellers.serves_country is null or sellers.serves_country = find_billing_seller.country)
    and (sellers.serves_product is null or sellers.serves_product = find_billing_seller.product)
  order by sellers.serves_country nulls last, sellers.serves_product nulls last
  limit 1
$$;
comment on function private.find_billing_seller(text, public.billing_product) is
  'Who sells to a country: the seller of the country before that of the product line, before the one of all others.';

create function private.billing_buyer(organization_id uuid)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'legal_name', coalesce(profiles.legal_name, organizations.name),
    'line1', profiles.line1, 'line2', profiles.line2, 'city', profiles.city, 'postal_code', profiles.postal_code,
    'region', profiles.region, 'country', coalesce(profiles.country, organizations.country),
    'tax_number', profiles.tax_number, 'email', coalesce(profiles.billing_email, organizations.billing_email)
  ))
  from public.organizations
  left join public.billing_profiles as profiles on profiles.organization_id = organizations.id
  where organizations.id = billing_buyer.organization_id
$$;
comment on function private.billing_buyer(uuid) is 'Who an organization is on its invoices, as of now.';

create function private.with_tax(organization_id uuid, amount_cents bigint)
  returns bigint
  language sql stable set search_path = ''
as $$
  select with_tax.amount_cents + private.invoice_tax(with_tax.amount_cents, (
    select rates.rate from public.billing_tax_rates as rates
    where rates.country = private.billing_buyer(with_tax.organization_id) ->> 'country'
      and daterange(rates.starts_on, rates.ends_on) @> current_date
  ))
$$;
comment on function private.with_tax(uuid, bigint) is
  'An amount with the tax that an organization pays on it today: what payments ask for whose provider adds none itself.';

create function private.billing_seller_snapshot(seller public.billing_sellers)
  returns jsonb
  language sql immutable set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'legal_name', seller.legal_name, 'line1', seller.line1, 'line2', seller.line2, 'city', seller.city,
    'postal_code', seller.postal_code, 'region', seller.region, 'country', seller.country,
    'tax_number', seller.tax_number, 'email', seller.email, 'payment_instructions', seller.payment_instructions
  ))
$$;
comment on function private.billing_seller_snapshot(public.billing_sellers) is 'Who a seller is on its invoices, as of now.';
