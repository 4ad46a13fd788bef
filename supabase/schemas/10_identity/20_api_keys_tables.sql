create table public.api_keys (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  service_account_id uuid not null,
  name text not null,
  prefix text not null,
  scopes text[] not null,
  allowed_ips cidr[] not null default '{}',
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  rotated_from_id uuid,
  overlap_ends_at timestamptz,
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint api_keys_organization_id_id_key unique (organization_id, id),
  constraint api_keys_prefix_key unique (prefix),
  constraint api_keys_service_account_is_of_organization foreign key (service_account_id, organization_id)
    references public.service_accounts (id, organization_id) on delete cascade,
  constraint api_keys_rotated_from_is_of_organization foreign key (organization_id, rotated_from_id)
    references public.api_keys (organization_id, id) on delete set null (rotated_from_id),
  constraint api_keys_name_is_trimmed check (name = btrim(name)),
  constraint api_keys_name_has_length check (char_length(name) between 1 and 60),
  constraint api_keys_prefix_is_start_of_a_key check (prefix ~ '^atk_[a-z]{2,12}_[0-9a-f]{8}$'),
  constraint api_keys_scopes_are_named check (cardinality(scopes) between 1 and 100 and array_position(scopes, null) is null),
  constraint api_keys_allowed_ips_are_few
    check (cardinality(allowed_ips) <= 100 and array_position(allowed_ips, null) is null),
  constraint api_keys_expires_after_creation check (expires_at > created_at)
);
create index api_keys_service_account_id_organization_id_idx on public.api_keys (service_account_id, organization_id);
create index api_keys_organization_id_rotated_from_id_idx on public.api_keys (organization_id, rotated_from_id);
create index api_keys_created_by_idx on public.api_keys (created_by);

comment on table public.api_keys is $$Keys with which the programs of an organization call the REST face.

Changed with create_api_key, rotate_api_key and revoke_api_key only. The key itself is shown once, when it is made; what
is kept of it is a hash that nobody can read.$$;
comment on column public.api_keys.id is 'What the key RPCs are called with.';
comment on column public.api_keys.organization_id is 'The organization.';
comment on column public.api_keys.service_account_id is 'The service account whose rights it has, as far as its scopes go.';
comment on column public.api_keys.name is 'What it is for, 1 to 60 characters.';
comment on column public.api_keys.prefix is 'How the key begins, by which people tell keys apart.';
comment on column public.api_keys.scopes is 'Permissions that it may use, at most those of its service account.';
comment on column public.api_keys.allowed_ips is 'Networks from which it may be used; empty for everywhere.';
comment on column public.api_keys.expires_at is 'When it stops working; null for never.';
comment on column public.api_keys.last_used_at is 'When it was last used, to about a minute; null for never.';
comment on column public.api_keys.revoked_at is 'When somebody ended it; null while it works.';
comment on column public.api_keys.rotated_from_id is 'The key that it replaces; null for a first one.';
comment on column public.api_keys.overlap_ends_at is
  'Until when a key that was replaced still works beside the new one; null for a key that was not replaced.';
comment on column public.api_keys.created_by is 'Who made it; null when that account is gone. Gives no rights.';
comment on column public.api_keys.created_at is 'When it was made.';
comment on column public.api_keys.updated_at is 'When the row last changed, use apart.';

-- Apart from the keys, so that no grant on them and no "select *" ever shows a hash.
create table private.api_key_hashes (
  api_key_id uuid primary key references public.api_keys (id) on delete cascade,
  hash text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint api_key_hashes_hash_key unique (hash),
  constraint api_key_hashes_hash_is_sha_256 check (hash ~ '^[0-9a-f]{64}$')
);
comment on table private.api_key_hashes is 'What is kept of API keys. They are random, so that a fast hash without salt is enough.';
comment on column private.api_key_hashes.api_key_id is 'The key.';
comment on column private.api_key_hashes.hash is 'SHA-256 of the whole key, in hexadecimal digits.';
comment on column private.api_key_hashes.created_at is 'When the key was made.';
comment on column private.api_key_hashes.updated_at is 'When the row last changed.';

-- Unlogged: after a crash everybody may try again.
create unlogged table private.sign_in_attempts (
  account text collate "C" primary key,
  failed_count int not null,
  locked_until timestamptz,
  last_tried_at timestamptz not null
);
create index sign_in_attempts_last_tried_at_idx on private.sign_in_attempts (last_tried_at);
comment on table private.sign_in_attempts is
  'Wrong passwords since the last right one, by account: what locks an account against guessing, from wherever.';
comment on column private.sign_in_attempts.account is 'Hash of the address that somebody signs in with; it may have no account.';
comment on column private.sign_in_attempts.failed_count is 'Attempts that did not succeed, those under way included.';
comment on column private.sign_in_attempts.locked_until is 'Until when every attempt is refused; null while none is.';
comment on column private.sign_in_attempts.last_tried_at is 'When the last attempt began.';
