create table public.contacts (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  email text,
  phone text,
  first_name text,
  last_name text,
  company text,
  job_title text,
  country text,
  note text,
  import_id uuid,
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint contacts_organization_id_email_key unique (organization_id, email),
  constraint contacts_organization_id_phone_key unique (organization_id, phone),
  constraint contacts_can_be_reached check (num_nonnulls(email, phone) > 0),
  constraint contacts_email_is_address check (
    char_length(email) <= 254 and email = lower(email) and email ~ '^[^[:space:]@<>()",;:]+@[a-z0-9-]+(\.[a-z0-9-]+)+$'
  ),
  constraint contacts_phone_is_e164 check (phone ~ '^\+[1-9][0-9]{6,14}$'),
  constraint contacts_country_is_code check (country ~ '^[A-Z]{2}$'),
  constraint contacts_texts_are_short check (
    char_length(first_name) <= 100 and char_length(last_name) <= 100 and char_length(company) <= 200
    and char_length(job_title) <= 200 and char_length(note) <= 2000
  )
);
create index contacts_created_by_idx on public.contacts (created_by) where created_by is not null;
comment on table public.contacts is $$People whom an organization writes to: customers, leads, partners.

Each e-mail address and each phone number is there once in an organization. Written by members with contacts.write, or
imported.$$;
comment on column public.contacts.id is 'Identifies the contact.';
comment on column public.contacts.organization_id is 'Whose contact it is.';
comment on column public.contacts.email is 'E-mail address in lower case; null when only the phone is known.';
comment on column public.contacts.phone is 'Phone number as in E.164, such as "+2348012345678"; null when only the address is known.';
comment on column public.contacts.first_name is 'First name, at most 100 characters.';
comment on column public.contacts.last_name is 'Last name, at most 100 characters.';
comment on column public.contacts.company is 'Where they work, at most 200 characters.';
comment on column public.contacts.job_title is 'As what, at most 200 characters.';
comment on column public.contacts.country is 'Two letters of ISO 3166, such as "NG".';
comment on column public.contacts.note is 'Anything else, at most 2,000 characters.';
comment on column public.contacts.import_id is 'The import that last wrote the row; null when none did.';
comment on column public.contacts.created_by is 'Who made it; null for programs, and when the account is gone.';
comment on column public.contacts.created_at is 'When it was made.';
comment on column public.contacts.updated_at is 'When the row last changed.';

create table private.contact_counts (
  organization_id uuid primary key references public.organizations (id) on delete cascade,
  contact_count bigint not null,
  constraint contact_counts_contact_count_is_not_negative check (contact_count >= 0)
);
comment on table private.contact_counts is $$How many contacts an organization has.

Locked by whoever adds some, so that imports at once cannot pass the limit together, and none has to count.$$;
comment on column private.contact_counts.organization_id is 'The organization.';
comment on column private.contact_counts.contact_count is 'Its contacts.';
