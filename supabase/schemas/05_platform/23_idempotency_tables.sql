create table private.idempotency_keys (
  caller text collate "C" not null,
  key text collate "C" not null,
  request_hash text not null,
  lease_id uuid,
  lease_until timestamptz,
  answer_status int,
  answer_headers jsonb,
  answer_body text,
  completed_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (caller, key),
  constraint idempotency_keys_key_has_length check (char_length(key) between 1 and 255),
  constraint idempotency_keys_lease_until_completed
    check ((completed_at is null) = (lease_id is not null) and (lease_id is null) = (lease_until is null)),
  constraint idempotency_keys_answer_when_completed check ((completed_at is null) = (answer_status is null)),
  constraint idempotency_keys_answer_body_has_length check (octet_length(answer_body) <= 262144)
);
create index idempotency_keys_expires_at_idx on private.idempotency_keys (expires_at);
alter table private.idempotency_keys enable row level security;
revoke all on private.idempotency_keys from anon, authenticated, service_role;

comment on table private.idempotency_keys is $$Requests that carried an Idempotency-Key, with their answers.

Kept for 24 hours: the same key then answers the same again instead of doing the work twice.$$;
comment on column private.idempotency_keys.caller is 'Whose key: nobody meets the keys of others.';
comment on column private.idempotency_keys.key is 'The key, as the client chose it.';
comment on column private.idempotency_keys.request_hash is 'SHA-256 of method, path and body: a key stands for one request.';
comment on column private.idempotency_keys.lease_id is 'Proves who is working on it; null when completed.';
comment on column private.idempotency_keys.lease_until is
  'When the work counts as crashed and may begin again; null when completed.';
comment on column private.idempotency_keys.answer_status is 'Status of the answer; null until completed.';
comment on column private.idempotency_keys.answer_headers is 'Headers of the answer by name.';
comment on column private.idempotency_keys.answer_body is
  'The answer; null when it was larger than 256 KiB or no text, which cannot be repeated.';
comment on column private.idempotency_keys.completed_at is 'When the answer was given; null before.';
comment on column private.idempotency_keys.expires_at is 'When the key is forgotten.';
comment on column private.idempotency_keys.created_at is 'When the key was first used.';
comment on column private.idempotency_keys.updated_at is 'When the row last changed.';

create trigger t100_set_updated_at before update on private.idempotency_keys
  for each row execute function private.set_updated_at();
