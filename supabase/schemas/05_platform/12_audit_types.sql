create type public.audit_actor_kind as enum (
  'user', 'service_account', 'platform_admin', 'impersonator', 'app', 'anonymous', 'system'
);
comment on type public.audit_actor_kind is $$Who did what an audit entry tells.

A person, a service account behind an API key, a platform admin, a platform admin in the account of another person,
a third-party app in the name of the person (user_agent says which), somebody who was not signed in, or the backend
itself.$$;
