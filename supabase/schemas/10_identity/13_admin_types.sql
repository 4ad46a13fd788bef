create type public.account_state as enum ('active', 'pending', 'unconfirmed', 'banned');
comment on type public.account_state is $$What an account may do.

A banned, unconfirmed (neither address nor number) or pending one (a platform admin has to approve it) can do nothing.$$;

-- A type of its own, so that clients get columns with names and types.
create type public.admin_person as (
  id uuid,
  email text,
  phone text,
  display_name text,
  state public.account_state,
  banned_until timestamptz,
  is_platform_admin boolean,
  organization_count int,
  last_sign_in_at timestamptz,
  created_at timestamptz
);
comment on type public.admin_person is 'A person as platform admins see them.';
comment on column public.admin_person.id is 'The account''s id.';
comment on column public.admin_person.email is 'Address to sign in with; null for an account without one.';
comment on column public.admin_person.phone is 'Number to sign in with; null for an account without one.';
comment on column public.admin_person.display_name is 'Name shown to others.';
comment on column public.admin_person.state is 'What the account may do.';
comment on column public.admin_person.banned_until is 'When the ban ends; null without one.';
comment on column public.admin_person.is_platform_admin is 'Whether the person runs the platform.';
comment on column public.admin_person.organization_count is 'How many organizations the person belongs to, the personal one included.';
comment on column public.admin_person.last_sign_in_at is 'When the person last signed in; null for never.';
comment on column public.admin_person.created_at is 'When the account was made.';
