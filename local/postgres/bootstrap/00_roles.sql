-- Roles of a hosted Supabase database. Cluster-wide and idempotent: the loader runs this file once on every boot, as
-- supabase_admin (the superuser that initdb made), before anything is loaded into a database.

do $roles$
declare
  v_role record;
begin
  for v_role in
    select * from (values
      -- The owner of the project's own schemas: everything but a superuser.
      ('postgres', 'login createdb createrole replication bypassrls'),
      -- The roles that requests run as.
      ('anon', 'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role', 'nologin noinherit bypassrls'),
      ('authenticator', 'login noinherit'),
      -- The services' own roles, each the owner of its schema's tables.
      ('supabase_auth_admin', 'login noinherit'),
      ('supabase_storage_admin', 'login noinherit createrole'),
      ('supabase_realtime_admin', 'login noinherit createrole'),
      ('supabase_functions_admin', 'login noinherit createrole'),
      ('supabase_replication_admin', 'login replication'),
      ('supabase_etl_admin', 'login replication'),
      ('supabase_read_only_user', 'login bypassrls'),
      ('dashboard_user', 'nologin createdb createrole replication')
    ) as roles (name, attributes)
  loop
    if not exists (select from pg_catalog.pg_roles where rolname = v_role.name) then
      execute format('create role %I', v_role.name);
    end if;
    execute format('alter role %I with nosuperuser %s', v_role.name, v_role.attributes);
    if v_role.attributes like 'login%' then
      -- One known password: the server listens on 127.0.0.1 only and holds development data.
      execute format('alter role %I with password %L', v_role.name, 'postgres');
    end if;
  end loop;
end
$roles$;

grant anon, authenticated, service_role to authenticator;
grant pg_read_all_data to supabase_read_only_user;
grant pg_monitor, pg_read_all_settings, pg_read_all_stats to supabase_etl_admin;

-- Storage and Realtime act for a request by `set role`, through authenticator's memberships.
grant authenticator to supabase_storage_admin;
grant anon, authenticated, service_role to supabase_realtime_admin;

-- What postgres may do to other roles. From 16 on a member needs the admin option to alter a role or to grant it, which
-- is how `alter role authenticator set pgrst...` and `grant anon to my_role` work when hosted.
grant anon, authenticated, service_role, authenticator to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres with admin option;

-- Hosted, an extension of the server lets postgres make policies and triggers on these owners' tables. Membership gives
-- the same here; 09_guards.sql takes back what it gives too much, and from 16 on `set role` to them stays closed.
do $owners$
begin
  execute 'grant supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin to postgres'
    || case when current_setting('server_version_num')::int >= 160000 then ' with inherit true, set false' else '' end;
end
$owners$;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role supabase_auth_admin set search_path = 'auth';
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60s';
alter role supabase_storage_admin set search_path = 'storage';
alter role supabase_functions_admin set search_path = 'supabase_functions';
alter role supabase_read_only_user set default_transaction_read_only = on;

-- For all roles in all databases, so that a database copied from a template has it too (a setting on the template
-- itself would not be copied).
alter role all set search_path = "$user", public, extensions;

-- PostgREST's settings in the database. Without the grant only a superuser may store a setting that the server does
-- not know.
do $settings$
declare
  v_setting text;
begin
  foreach v_setting in array array[
    'client_error_verbosity', 'db_aggregates_enabled', 'db_anon_role', 'db_extra_search_path',
    'db_hoisted_tx_settings', 'db_max_rows', 'db_plan_enabled', 'db_pre_config', 'db_pre_request',
    'db_prepared_statements', 'db_root_spec', 'db_schemas', 'db_timezone_enabled', 'db_tx_end', 'jwt_aud',
    'jwt_cache_max_entries', 'jwt_cache_max_lifetime', 'jwt_role_claim_key', 'jwt_secret', 'jwt_secret_is_base64',
    'log_level', 'log_query', 'openapi_mode', 'openapi_security_active', 'openapi_server_proxy_uri',
    'server_cors_allowed_origins', 'server_timing_enabled', 'server_trace_header'
  ]
  loop
    execute format('grant set on parameter pgrst.%I to postgres', v_setting);
  end loop;
end
$settings$;
