-- Hosted, an extension of the server lets postgres put policies and triggers on the services' tables without owning
-- them. Here it is a member of their owners (00_roles.sql), which would also let it alter and drop those tables. A
-- migration that did so would pass here and fail when hosted; these triggers make it fail here too.

create function extensions.protect_service_tables() returns event_trigger language plpgsql as $$
declare
  v_command record;
begin
  if current_user not in ('postgres', 'service_role', 'authenticated', 'anon') then
    return;
  end if;
  for v_command in
    select object_identity, command_tag from pg_event_trigger_ddl_commands()
    where schema_name in ('auth', 'storage', 'realtime') and not in_extension
      and command_tag not in ('CREATE POLICY', 'ALTER POLICY', 'CREATE TRIGGER', 'ALTER TRIGGER', 'GRANT', 'REVOKE')
  loop
    raise exception 'must be owner of %', v_command.object_identity
      using errcode = '42501', hint = format('%s is not allowed on the schemas auth, storage and realtime.',
        v_command.command_tag);
  end loop;
end
$$;
create event trigger protect_service_tables on ddl_command_end
  execute function extensions.protect_service_tables();

create function extensions.protect_service_tables_from_drop() returns event_trigger language plpgsql as $$
declare
  v_object record;
begin
  if current_user not in ('postgres', 'service_role', 'authenticated', 'anon') then
    return;
  end if;
  for v_object in
    select object_identity from pg_event_trigger_dropped_objects()
    where schema_name in ('auth', 'storage', 'realtime') and original
      and object_type not in ('policy', 'trigger', 'table constraint')
  loop
    raise exception 'must be owner of %', v_object.object_identity using errcode = '42501';
  end loop;
end
$$;
create event trigger protect_service_tables_from_drop on sql_drop
  execute function extensions.protect_service_tables_from_drop();
