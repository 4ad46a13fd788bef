create table public.profile_details (
  user_id uuid primary key references public.profiles (id) on delete cascade,
  phone text,
  phone_verified_at timestamptz,
  picture_url text,
  field_sources jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint profile_details_phone_is_e164 check (phone ~ '^\+[1-9][0-9]{5,14}$'),
  constraint profile_details_verified_phone_exists check (phone_verified_at is null or phone is not null),
  constraint profile_details_picture_url_is_https
    check (starts_with(picture_url, 'https://') and char_length(picture_url) <= 1000)
);
alter table public.profile_details enable row level security;
revoke all on public.profile_details from anon, authenticated, service_role;
grant select on public.profile_details to authenticated;
grant select on public.profile_details to service_role;
create policy profile_details_select_self on public.profile_details
  for select to authenticated
  using (user_id = (select private.current_person_id()));

comment on table public.profile_details is $$What of a profile only its person sees.

Kept by the database: the phone number is changed and verified through Auth, the rest says where a profile came from.$$;
comment on column public.profile_details.user_id is 'The person.';
comment on column public.profile_details.phone is 'Phone number of the account as "+4670...", E.164; null when it has none.';
comment on column public.profile_details.phone_verified_at is
  'When a code sent to the number came back; null while it is not verified.';
comment on column public.profile_details.picture_url is
  'Picture at the sign-in provider, to offer as avatar; null when none told.';
comment on column public.profile_details.field_sources is
  $$Where fields of the profile come from, as {"headline": "linkedin_oidc", "display_name": "person"}.

"person" is what was typed, which no provider overwrites; "sign_up" what was guessed at sign-up; else the provider.$$;
comment on column public.profile_details.created_at is 'When the account was made.';
comment on column public.profile_details.updated_at is 'When the row last changed.';

create trigger t100_set_updated_at before update on public.profile_details
  for each row execute function private.set_updated_at();

-- Searches look for parts of words, misspelt ones too.
create index profiles_search_idx on public.profiles using gin (
  (
    lower(
      display_name || ' ' || coalesce(headline, '') || ' ' || coalesce(company, '') || ' ' || coalesce(position, '')
        || ' ' || coalesce(location, '')
    )
  ) extensions.gin_trgm_ops
);
