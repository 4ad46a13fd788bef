create schema private;

comment on schema private is $$Everything the API never shows: definer helpers, trigger functions, jobs, partitions.

Clients reach it only through the invoker RPCs of schema public, whose bodies call functions granted to them one by one.$$;

-- Without usage nobody could run the functions that policies and RPCs call; what they may run is granted by name.
grant usage on schema private to authenticated, service_role;

-- The door is closed once, for everything that later migrations create. The first form has no schema on purpose: the
-- built-in grant to public is removed only without one.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke execute on functions from anon, authenticated, service_role;
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
