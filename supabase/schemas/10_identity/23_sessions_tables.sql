create table private.known_devices (
  user_id uuid not null references auth.users (id) on delete cascade,
  fingerprint text not null,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (user_id, fingerprint),
  constraint known_devices_fingerprint_is_hash check (fingerprint ~ '^[0-9a-f]{64}$')
);
create index known_devices_last_seen_at_idx on private.known_devices (last_seen_at);
alter table private.known_devices enable row level security;
revoke all on private.known_devices from anon, authenticated, service_role;

comment on table private.known_devices is $$Devices and networks from which a person signed in.

A sign-in from one that was not seen for 90 days is told by mail. Who is known is a hash, so that the table tells nothing
of where somebody was.$$;
comment on column private.known_devices.user_id is 'The person.';
comment on column private.known_devices.fingerprint is 'SHA-256 of person, device and network (/24 of IPv4, /48 of IPv6).';
comment on column private.known_devices.first_seen_at is 'When the person first signed in from there.';
comment on column private.known_devices.last_seen_at is 'When the person last signed in from there.';

-- Wrong passwords are entries of nobody about an account; list_my_sign_ins reads those of one.
create index audit_logs_object_id_login_failed_idx on public.audit_logs (object_id, id) where action = 'login_failed';
