create table private.recovery_codes (
  id bigint generated always as identity primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  code_hash text not null,
  used_at timestamptz,
  used_session_id uuid,
  created_at timestamptz not null default now(),
  constraint recovery_codes_code_hash_is_bcrypt check (code_hash ~ '^\$2a\$'),
  constraint recovery_codes_used_session_id_when_used check ((used_at is null) = (used_session_id is null))
);
create index recovery_codes_user_id_idx on private.recovery_codes (user_id);
alter table private.recovery_codes enable row level security;
revoke all on private.recovery_codes from anon, authenticated, service_role;

comment on table private.recovery_codes is $$Codes that get a person back in who lost the second factor.

Ten for each person who asked for them, each good for one use. New ones replace all former.$$;
comment on column private.recovery_codes.id is 'The row.';
comment on column private.recovery_codes.user_id is 'The person.';
comment on column private.recovery_codes.code_hash is 'bcrypt of the code in lower case without dashes; the code itself is nowhere.';
comment on column private.recovery_codes.used_at is 'When it was used; null while it is good.';
comment on column private.recovery_codes.used_session_id is 'The session that used it, which may repeat the call; null before.';
comment on column private.recovery_codes.created_at is 'When it was made.';

insert into private.rate_limit_rules
  (name, endpoint, is_per_endpoint, subject, window_seconds, limit_count, limit_key, description)
values
  ('recovery_user_hour', 'identity.recovery', false, 'user', 3600, 5, null, 'Guessing recovery codes of one person');
