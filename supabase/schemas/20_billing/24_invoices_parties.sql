create function private.is_billing_address_line(line text)
  returns boolean
  language sql immutable set search_path = ''
as $$
  -- Stands on documents: one line, and nothing that hides or turns text round.
  select is_billing_address_line.line = btrim(is_billing_address_line.line)
    and char_length(is_billing_address_line.line) between 1 and 200
    and is_billing_address_line.line !~ '[\x01-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069]'
$$;
comment on function private.is_billing_address_line(text) is
  'Whether a text is one trimmed line of 1 to 200 characters, for constraints; null for null.';
grant execute on function private.is_billing_address_line(text) to authenticated, service_role;

create table public.billing_sellers (
  id uuid primary key default gen_random_uuid(),
  key text not null,
  serves_country text,
  serves_product public.billing_product,
  number_prefix text not null,
  legal_name text not null,
  line1 text,
  line2 text,
  city text,
  postal_code text,
  region text,
  country text,
  tax_number text,
  email text,
  payment_instructions text,
  time_zone text not null default 'UTC',
  retired_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_sellers_key_key unique (key),
  -- Two series with the same prefix would give a number twice.
  constraint billing_sellers_number_prefix_key unique (number_prefix),
  constraint billing_sellers_key_is_snake_case check (key ~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$' and char_length(key) <= 60),
  constraint billing_sellers_serves_country_is_code check (serves_country ~ '^[A-Z]{2}$'),
  constraint billing_sellers_number_prefix_is_code check (number_prefix ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$' and char_length(number_prefix) <= 20),
  -- Its invoices would be numbered as another's credit notes or receipts are.
  constraint billing_sellers_number_prefix_names_no_kind check (number_prefix !~ '(^|-)(CN|R)$'),
  constraint billing_sellers_legal_name_is_line check (private.is_billing_address_line(legal_name)),
  constraint billing_sellers_line1_is_line check (private.is_billing_address_line(line1)),
  constraint billing_sellers_line2_is_line check (private.is_billing_address_line(line2)),
  constraint billing_sellers_city_is_line check (private.is_billing_address_line(city)),
  constraint billing_sellers_postal_code_is_line check (private.is_billing_address_line(postal_code)),
  constraint billing_sellers_region_is_line check (private.is_billing_address_line(region)),
  constraint billing_sellers_country_is_code check (country ~ '^[A-Z]{2}$'),
  constraint billing_sellers_tax_number_is_line check (private.is_billing_address_line(tax_number)),
  constraint billing_sellers_email_is_address check (email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$' and char_length(email) <= 320),
  constraint billing_sellers_payment_instructions_has_length
    check (char_length(btrim(payment_instructions)) between 1 and 1000),
  -- Nobody is without a seller.
  constraint billing_sellers_default_serves_all
    check (key <> 'default' or serves_country is null and serves_product is null and retired_at is null),
  constraint billing_sellers_time_zone_exists check (private.is_time_zone(time_zone))
);
create unique index billing_sellers_one_for_each_country_and_product_idx
  on public.billing_sellers (serves_country, serves_product) nulls not distinct where retired_at is null;
alter table public.billing_sellers enable row level security;
revoke all on public.billing_sellers from anon, authenticated, service_role;
grant select on public.billing_sellers to authenticated, service_role;
create policy billing_sellers_select_caller on public.billing_sellers
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.billing_sellers is $$Companies that own invoices are from: by country of the buyer and product line, one for what no other serves.

Operators keep them with save_billing_seller. An invoice has a copy of what was said when it was issued.$$;
comment on column public.billing_sellers.id is 'Identifies the seller.';
comment on column public.billing_sellers.key is 'Its name for programs.';
comment on column public.billing_sellers.serves_country is 'Country of its buyers, ISO 3166-1 alpha-2; null for those of no other seller.';
comment on column public.billing_sellers.serves_product is 'Product line that it sells; null for those of no other seller.';
comment on column public.billing_sellers.number_prefix is
  'What its numbers begin with: prefix "ATR" gives ATR-2026-000001, ATR-CN-2026-000001 and ATR-R-2026-000001.';
comment on column public.billing_sellers.legal_name is 'Name of the company.';
comment on column public.billing_sellers.line1 is 'Street and number.';
comment on column public.billing_sellers.line2 is 'More of the address.';
comment on column public.billing_sellers.city is 'City.';
comment on column public.billing_sellers.postal_code is 'Postal code.';
comment on column public.billing_sellers.region is 'State or region.';
comment on column public.billing_sellers.country is 'Where the seller is, ISO 3166-1 alpha-2.';
comment on column public.billing_sellers.tax_number is 'Its tax number, as it stands on invoices.';
comment on column public.billing_sellers.email is 'Where buyers write about invoices.';
comment on column public.billing_sellers.payment_instructions is 'How to pay: bank, account, reference; up to 1,000 characters.';
comment on column public.billing_sellers.time_zone is 'IANA time zone that decides which year a number is of.';
comment on column public.billing_sellers.retired_at is 'Since when it sells nothing more; null while it does.';
comment on column public.billing_sellers.created_at is 'When it was made.';
comment on column public.billing_sellers.updated_at is 'When the row last changed.';

create table public.billing_profiles (
  organization_id uuid primary key references public.organizations (id) on delete cascade,
  legal_name text,
  line1 text,
  line2 text,
  city text,
  postal_code text,
  region text,
  country text,
  tax_number text,
  billing_email text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_profiles_legal_name_is_line check (private.is_billing_address_line(legal_name)),
  constraint billing_profiles_line1_is_line check (private.is_billing_address_line(line1)),
  constraint billing_profiles_line2_is_line check (private.is_billing_address_line(line2)),
  constraint billing_profiles_city_is_line check (private.is_billing_address_line(city)),
  constraint billing_profiles_postal_code_is_short
    check (private.is_billing_address_line(postal_code) and char_length(postal_code) <= 20),
  constraint billing_profiles_region_is_line check (private.is_billing_address_line(region)),
  constraint billing_profiles_country_is_code check (country ~ '^[A-Z]{2}$'),
  constraint billing_profiles_tax_number_is_code check (tax_number ~ '^[A-Z0-9](?:[A-Z0-9 ./-]{0,28}[A-Z0-9])?$'),
  constraint billing_profiles_billing_email_is_address
    check (billing_email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$' and char_length(billing_email) <= 320)
);
alter table public.billing_profiles enable row level security;
revoke all on public.billing_profiles from anon, authenticated, service_role;
grant select on public.billing_profiles to authenticated, service_role;
create policy billing_profiles_select_reader on public.billing_profiles
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_profiles is $$Who an organization is on its invoices. Kept with save_billing_profile.

What it does not say comes from the organization: name, country, billing_email.$$;
comment on column public.billing_profiles.organization_id is 'The organization.';
comment on column public.billing_profiles.legal_name is 'Name of the company; null for the name of the organization.';
comment on column public.billing_profiles.line1 is 'Street and number.';
comment on column public.billing_profiles.line2 is 'More of the address.';
comment on column public.billing_profiles.city is 'City.';
comment on column public.billing_profiles.postal_code is 'Postal code, at most 20 characters.';
comment on column public.billing_profiles.region is 'State or region.';
comment on column public.billing_profiles.country is 'ISO 3166-1 alpha-2: decides on tax; null for that of the organization.';
comment on column public.billing_profiles.tax_number is 'Upper-case letters, digits and blanks . / -, at most 30 characters.';
comment on column public.billing_profiles.billing_email is 'Where invoices go; null for that of the organization.';
comment on column public.billing_profiles.created_at is 'When it was first told.';
comment on column public.billing_profiles.updated_at is 'When the row last changed.';

create table private.billing_number_series (
  seller_id uuid not null references public.billing_sellers (id),
  kind private.billing_number_kind not null,
  year int not null,
  last_number int not null,
  primary key (seller_id, kind, year),
  constraint billing_number_series_last_number_is_positive check (last_number > 0)
);
alter table private.billing_number_series enable row level security;
revoke all on private.billing_number_series from anon, authenticated, service_role;
comment on table private.billing_number_series is $$The last number given, for each seller, kind and year.

No sequence: whoever takes a number holds the row until the end of the transaction, so one that is rolled back leaves no
gap.$$;
comment on column private.billing_number_series.seller_id is 'The seller.';
comment on column private.billing_number_series.kind is 'What is numbered.';
comment on column private.billing_number_series.year is 'The year, in the seller''s time zone.';
comment on column private.billing_number_series.last_number is 'The last number that was given.';

create table private.billing_number_prefixes (
  number_prefix text primary key,
  seller_id uuid not null references public.billing_sellers (id)
);
create index billing_number_prefixes_seller_id_idx on private.billing_number_prefixes (seller_id);
alter table private.billing_number_prefixes enable row level security;
revoke all on private.billing_number_prefixes from anon, authenticated, service_role;
comment on table private.billing_number_prefixes is $$Prefixes under which a seller has given numbers and which it gave up since.

No other seller gets them: its series would give numbers that stand on invoices already.$$;
comment on column private.billing_number_prefixes.number_prefix is 'The prefix.';
comment on column private.billing_number_prefixes.seller_id is 'The seller that may take it again.';

create trigger t100_set_updated_at before update on public.billing_sellers
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_profiles
  for each row execute function private.set_updated_at();

-- What no other seller serves. An operator fills in the rest: save_billing_seller.
insert into public.billing_sellers (id, key, number_prefix, legal_name)
values (private.stable_uuid('billing_sellers default'), 'default', 'ATR', 'Atrium');
