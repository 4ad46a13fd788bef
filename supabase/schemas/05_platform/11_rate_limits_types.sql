create type private.rate_limit_subject as enum ('caller', 'user', 'organization', 'address', 'account');
comment on type private.rate_limit_subject is $$Whom a rate limit counts.

caller is the API key, else the person, else the address; organization is the tenant, or the caller of none; account is
what somebody tries to sign in to.$$;

create type private.rate_limit_window as (
  rule text,
  subject text,
  starts_at timestamptz,
  ends_at timestamptz,
  limit_count bigint
);
comment on type private.rate_limit_window is 'One window that a call falls into.';
comment on column private.rate_limit_window.rule is 'The rule it comes from.';
comment on column private.rate_limit_window.subject is 'Who is counted.';
comment on column private.rate_limit_window.starts_at is 'First moment of the window.';
comment on column private.rate_limit_window.ends_at is 'When a new window begins.';
comment on column private.rate_limit_window.limit_count is 'How much it admits; null counts without refusing.';
