-- Schemas, shared extensions and default privileges, as a new hosted project has them.

create schema if not exists extensions;
grant usage on schema extensions to anon, authenticated, service_role, dashboard_user;
grant usage, create on schema extensions to postgres with grant option;

do $extensions$
declare
  v_name text;
begin
  foreach v_name in array array['pgcrypto', 'uuid-ossp', 'pg_stat_statements']
  loop
    -- A server without the contrib module is still good for everything else; pgcrypto is checked below.
    if exists (select from pg_catalog.pg_available_extensions where name = v_name) then
      execute format('create extension if not exists %I with schema extensions', v_name);
    end if;
  end loop;
  if to_regprocedure('extensions.hmac(bytea,bytea,text)') is null then
    raise exception 'This Postgres server has no pgcrypto'
      using hint = 'Install the contrib modules of the server (Debian: postgresql-contrib).';
  end if;
end
$extensions$;

grant all on all tables in schema extensions to postgres with grant option;
grant all on all routines in schema extensions to postgres with grant option;

-- The public schema: what postgres creates there is open to the API roles until a migration says otherwise.
grant usage on schema public to postgres, anon, authenticated, service_role;
grant create on schema public to postgres;
alter default privileges for role postgres, supabase_admin in schema public
  grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role postgres, supabase_admin in schema public
  grant all on sequences to postgres, anon, authenticated, service_role;
alter default privileges for role postgres, supabase_admin in schema public
  grant all on functions to postgres, anon, authenticated, service_role;

do $database$
begin
  execute format('grant all on database %I to postgres with grant option', current_database());
  execute format('grant create, connect, temporary on database %I to supabase_auth_admin, supabase_storage_admin, '
    'supabase_realtime_admin, dashboard_user', current_database());
end
$database$;

-- Tables whose changes clients may subscribe to; empty until somebody adds one.
do $publication$
begin
  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
  alter publication supabase_realtime owner to postgres;
end
$publication$;
