create table private.password_attempts (
  user_id uuid primary key references auth.users (id) on delete cascade,
  failed_count int not null,
  started_at timestamptz not null,
  locked_until timestamptz,
  constraint password_attempts_failed_count_is_positive check (failed_count > 0)
);
alter table private.password_attempts enable row level security;
revoke all on private.password_attempts from anon, authenticated, service_role;

comment on table private.password_attempts is 'Wrong passwords for an account, whose count locks it; gone with the next right one.';
comment on column private.password_attempts.user_id is 'The account.';
comment on column private.password_attempts.failed_count is 'Wrong passwords since started_at.';
comment on column private.password_attempts.started_at is 'When the count began.';
comment on column private.password_attempts.locked_until is 'Until when no password is accepted; null when it never was locked.';

create table private.blocked_mail_domains (
  domain text primary key,
  created_at timestamptz not null default now(),
  constraint blocked_mail_domains_domain_is_lower_case check (domain = lower(domain) and domain ~ '^[^@\s]+\.[^@\s.]+$')
);
alter table private.blocked_mail_domains enable row level security;
revoke all on private.blocked_mail_domains from anon, authenticated, service_role;

comment on table private.blocked_mail_domains is $$Domains of throw-away mailboxes, with which nobody signs up.

The rows in the schema are the best known ones. docs/domains/identity/sessions.md says how to load a longer list.$$;
comment on column private.blocked_mail_domains.domain is 'The domain in lower case; its subdomains are meant, too.';
comment on column private.blocked_mail_domains.created_at is 'When it was added.';
