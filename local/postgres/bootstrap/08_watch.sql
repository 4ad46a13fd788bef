-- Event triggers of a hosted database: PostgREST reloads its picture of the schema by itself after DDL, and the real
-- pg_cron and pg_net (created by a superuser) grant postgres what it needs. The stand-ins grant in their own scripts.

-- The services' own schemas are not on the API, and Realtime makes a partition each day: no reason to reload.
create function extensions.pgrst_ddl_watch() returns event_trigger language plpgsql as $$
begin
  if exists (
    select from pg_event_trigger_ddl_commands()
    where (
        command_tag in (
          'CREATE SCHEMA', 'ALTER SCHEMA', 'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE',
          'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE', 'CREATE VIEW', 'ALTER VIEW', 'CREATE MATERIALIZED VIEW',
          'ALTER MATERIALIZED VIEW', 'CREATE FUNCTION', 'ALTER FUNCTION', 'CREATE TYPE', 'ALTER TYPE', 'CREATE RULE',
          'COMMENT'
        )
        and coalesce(schema_name, '') not in ('pg_temp', 'auth', 'realtime', 'storage')
      )
      or (command_tag = 'CREATE TRIGGER' and object_identity not like '% pg\_temp.%')
  ) then
    notify pgrst, 'reload schema';
  end if;
end
$$;
create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.pgrst_ddl_watch();

create function extensions.pgrst_drop_watch() returns event_trigger language plpgsql as $$
begin
  if exists (
    select from pg_event_trigger_dropped_objects()
    where (
        object_type in ('schema', 'table', 'foreign table', 'view', 'materialized view', 'function', 'type', 'rule')
        and not is_temporary and coalesce(schema_name, '') not in ('auth', 'realtime', 'storage')
      )
      or (object_type = 'trigger' and object_identity not like '% pg\_temp.%')
  ) then
    notify pgrst, 'reload schema';
  end if;
end
$$;
create event trigger pgrst_drop_watch on sql_drop execute function extensions.pgrst_drop_watch();

create function extensions.grant_pg_cron_access() returns event_trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  if exists (
    select from pg_event_trigger_ddl_commands() as command
    join pg_catalog.pg_extension on pg_extension.oid = command.objid and pg_extension.extname = 'pg_cron'
  ) and exists (
    -- The stand-in has no function in C, and grants less in its own script.
    select from pg_catalog.pg_proc where pronamespace = to_regnamespace('cron') and probin is not null
  ) then
    grant usage on schema cron to postgres with grant option;
    grant all on all functions in schema cron to postgres with grant option;
    grant all on all tables in schema cron to postgres with grant option;
    revoke all on table cron.job from postgres;
    grant select on table cron.job to postgres with grant option;
    revoke trigger on all tables in schema cron from postgres;
  end if;
end
$$;
comment on function extensions.grant_pg_cron_access() is 'Grants access to pg_cron';
create event trigger issue_pg_cron_access on ddl_command_end when tag in ('CREATE EXTENSION')
  execute function extensions.grant_pg_cron_access();

create function extensions.grant_pg_net_access() returns event_trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  if exists (
    select from pg_event_trigger_ddl_commands() as command
    join pg_catalog.pg_extension on pg_extension.oid = command.objid and pg_extension.extname = 'pg_net'
  ) and exists (
    select from pg_catalog.pg_proc where pronamespace = to_regnamespace('net') and probin is not null
  ) then
    grant usage on schema net to supabase_functions_admin, postgres, anon, authenticated, service_role;
  end if;
end
$$;
comment on function extensions.grant_pg_net_access() is 'Grants access to pg_net';
create event trigger issue_pg_net_access on ddl_command_end when tag in ('CREATE EXTENSION')
  execute function extensions.grant_pg_net_access();

-- The real pg_cron works in one database and only a superuser may create it: done here, so that a migration's
-- `create extension if not exists pg_cron`, which runs as postgres, finds it. Every other database of such a server gets
-- the stand-in's tables and functions, if its script lies beside the real one's: schedules are kept and checked there,
-- and nothing runs them.
do $cron$
begin
  if current_setting('cron.database_name', true) = current_database() then
    create extension if not exists pg_cron with schema pg_catalog;
  elsif exists (
    select from pg_catalog.pg_available_extension_versions
    where name = 'pg_cron' and version = '1.6.4' and not trusted
  ) then
    create extension if not exists pg_cron with schema pg_catalog version '1.6.4';
  end if;
end
$cron$;
