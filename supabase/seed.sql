-- Demo people and organisations, for development only: everybody's password is "atrium-demo-1".
-- Safe to run again: rows that exist stay as they are.

insert into auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
  created_at, updated_at,
  -- Auth reads these as text and cannot take null.
  confirmation_token, recovery_token, email_change, email_change_token_new
)
select
  '00000000-0000-0000-0000-000000000000', person.id, 'authenticated', 'authenticated', person.email,
  extensions.crypt('atrium-demo-1', extensions.gen_salt('bf', 10)), now(),
  '{"provider": "email", "providers": ["email"]}',
  jsonb_build_object('display_name', person.display_name, 'time_zone', person.time_zone),
  now(), now(), '', '', '', ''
from (
  values
    ('5eed0000-0000-4000-8000-000000000001'::uuid, 'ada@atrium.test', 'Ada Okafor', 'Africa/Lagos'),
    ('5eed0000-0000-4000-8000-000000000002'::uuid, 'grace@atrium.test', 'Grace Lindqvist', 'Europe/Stockholm'),
    ('5eed0000-0000-4000-8000-000000000003'::uuid, 'chidi@atrium.test', 'Chidi Eze', 'Africa/Lagos'),
    ('5eed0000-0000-4000-8000-000000000004'::uuid, 'mei@atrium.test', 'Mei Tanaka', 'Asia/Tokyo')
) as person (id, email, display_name, time_zone)
on conflict do nothing;

insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
select
  users.id::text, users.id,
  jsonb_build_object('sub', users.id, 'email', users.email, 'email_verified', true, 'phone_verified', false),
  'email', now(), now(), now()
from auth.users
where users.id::text like '5eed0000-%'
on conflict (provider_id, provider) do nothing;

insert into public.organizations (id, kind, name, slug, country, currency, time_zone, created_by)
values
  ('5eed0000-0000-4000-8000-0000000000a1', 'company', 'Analytical Estates', 'analytical-estates', 'NG', 'NGN',
    'Africa/Lagos', '5eed0000-0000-4000-8000-000000000001'),
  ('5eed0000-0000-4000-8000-0000000000a2', 'fund', 'Harbour Ventures', 'harbour-ventures', 'SE', 'EUR',
    'Europe/Stockholm', '5eed0000-0000-4000-8000-000000000002')
on conflict do nothing;

insert into public.memberships (organization_id, user_id, role)
values
  ('5eed0000-0000-4000-8000-0000000000a1', '5eed0000-0000-4000-8000-000000000001', 'owner'),
  ('5eed0000-0000-4000-8000-0000000000a1', '5eed0000-0000-4000-8000-000000000003', 'admin'),
  ('5eed0000-0000-4000-8000-0000000000a1', '5eed0000-0000-4000-8000-000000000002', 'viewer'),
  ('5eed0000-0000-4000-8000-0000000000a2', '5eed0000-0000-4000-8000-000000000002', 'owner'),
  ('5eed0000-0000-4000-8000-0000000000a2', '5eed0000-0000-4000-8000-000000000004', 'campaign_manager')
on conflict (organization_id, user_id) do nothing;

-- A program without a key: who tries it out makes one with create_api_key.
insert into public.service_accounts (id, organization_id, name, description, created_by)
values
  ('5eed0000-0000-4000-8000-0000000000c1', '5eed0000-0000-4000-8000-0000000000a1', 'Website importer',
    'Brings enquiries from the website', '5eed0000-0000-4000-8000-000000000001')
on conflict do nothing;
insert into public.memberships (organization_id, service_account_id, role)
values ('5eed0000-0000-4000-8000-0000000000a1', '5eed0000-0000-4000-8000-0000000000c1', 'member')
on conflict do nothing;

-- Waits for an answer; its mail is not sent, so send it again to get a link.
insert into public.invitations (id, organization_id, email, role, invited_by, expires_at)
values
  ('5eed0000-0000-4000-8000-0000000000b1', '5eed0000-0000-4000-8000-0000000000a1', 'tunde@atrium.test', 'agent',
    '5eed0000-0000-4000-8000-000000000001', now() + interval '7 days')
on conflict do nothing;
