-- Schema of Supabase Realtime, as far as the database takes part: messages to broadcast, by day, and the functions that
-- write them.

create schema if not exists realtime;
grant usage on schema realtime to anon, authenticated, service_role;
grant usage on schema realtime to postgres with grant option;
grant all on schema realtime to supabase_realtime_admin;

create table realtime.schema_migrations (
  version bigint primary key,
  inserted_at timestamp(0) without time zone
);

create table realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp without time zone not null default now(),
  inserted_at timestamp without time zone not null default now(),
  id uuid not null default gen_random_uuid(),
  binary_payload bytea,
  primary key (id, inserted_at)
) partition by range (inserted_at);
create index messages_inserted_at_topic_index on realtime.messages (inserted_at desc, topic)
  where extension = 'broadcast' and private is true;
alter table realtime.messages enable row level security;

create function realtime.topic() returns text language sql stable as $$
  select nullif(current_setting('realtime.topic', true), '')
$$;

create function realtime.send(payload jsonb, event text, topic text, private boolean default true)
  returns void language plpgsql
as $$
declare
  v_id uuid := gen_random_uuid();
begin
  -- A message that cannot be stored must not undo the change that it reports.
  begin
    perform set_config('realtime.topic', send.topic, true);
    insert into realtime.messages (id, payload, event, topic, private, extension)
    values (
      v_id,
      case when send.payload ? 'id' then send.payload else jsonb_set(send.payload, '{id}', to_jsonb(v_id)) end,
      send.event, send.topic, send.private, 'broadcast'
    );
  exception when others then
    raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
  end;
end
$$;

create function realtime.send_binary(payload bytea, event text, topic text, private boolean default true)
  returns void language plpgsql
as $$
begin
  begin
    perform set_config('realtime.topic', send_binary.topic, true);
    insert into realtime.messages (binary_payload, event, topic, private, extension)
    values (send_binary.payload, send_binary.event, send_binary.topic, send_binary.private, 'broadcast');
  exception when others then
    raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
  end;
end
$$;

create function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text, new record, old record,
  level text default 'ROW'
)
  returns void language plpgsql
as $$
begin
  if level = 'STATEMENT' then
    raise exception 'function can only be triggered for each row, not for each statement';
  end if;
  if operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'Unexpected operation type: %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object(
      'old_record', old, 'record', new, 'operation', operation, 'table', table_name, 'schema', table_schema
    ),
    event_name, topic_name
  );
exception when others then
  raise exception 'Failed to process the row: %', sqlerrm;
end
$$;

-- Partitions. Hosted, the Realtime service keeps them; here the stack calls this at boot and while it runs.
create function realtime.create_messages_partition(day date) returns void
  language plpgsql set search_path = ''
as $$
declare
  v_name text := 'messages_' || to_char(day, 'YYYY_MM_DD');
begin
  if to_regclass('realtime.' || v_name) is null then
    execute format('create table realtime.%I partition of realtime.messages for values from (%L) to (%L)',
      v_name, day, day + 1);
    execute format('alter table realtime.%I owner to supabase_realtime_admin', v_name);
    execute format('alter table realtime.%I enable row level security', v_name);
  end if;
end
$$;

create function realtime.maintain_partitions(days_ahead integer default 7, days_kept integer default 3)
  returns integer language plpgsql set search_path = ''
as $$
declare
  v_today date := (now() at time zone 'UTC')::date;
  v_old record;
  v_dropped integer := 0;
begin
  -- Only one session at a time; a second one waits and then finds nothing to do.
  perform pg_advisory_xact_lock(hashtext('realtime.maintain_partitions'));
  -- Yesterday too: a session whose time zone lies behind UTC still writes to it.
  for v_offset in -1 .. days_ahead loop
    perform realtime.create_messages_partition(v_today + v_offset);
  end loop;
  for v_old in
    select child.oid::regclass as name
    from pg_catalog.pg_inherits
    join pg_catalog.pg_class as child on child.oid = pg_inherits.inhrelid
    where pg_inherits.inhparent = 'realtime.messages'::regclass
      and child.relname ~ '^messages_\d{4}_\d{2}_\d{2}$'
      and to_date(right(child.relname, 10), 'YYYY_MM_DD') < v_today - days_kept
  loop
    execute format('drop table %s', v_old.name);
    v_dropped := v_dropped + 1;
  end loop;
  return v_dropped;
end
$$;
revoke execute on function realtime.create_messages_partition(date) from public;
revoke execute on function realtime.maintain_partitions(integer, integer) from public;

-- Notifications arrive when the transaction has committed, never when it rolled back; so the Realtime service, which
-- listens here, delivers exactly what became true. Hosted reads the write-ahead log to the same end.
create function realtime.notify_message() returns trigger language plpgsql set search_path = '' as $$
begin
  perform pg_notify('realtime_messages', json_build_object('id', new.id, 'inserted_at', new.inserted_at)::text);
  return null;
end
$$;
create trigger notify_message after insert on realtime.messages
  for each row execute function realtime.notify_message();

alter table realtime.messages owner to supabase_realtime_admin;
alter function realtime.topic() owner to supabase_realtime_admin;
alter function realtime.notify_message() owner to supabase_realtime_admin;
grant select, insert, update on realtime.messages to postgres, anon, authenticated, service_role;
grant all on realtime.messages to postgres;
grant execute on function realtime.topic() to postgres, anon, authenticated, service_role;
grant execute on function realtime.send(jsonb, text, text, boolean) to postgres, dashboard_user;
grant execute on function realtime.maintain_partitions(integer, integer) to supabase_realtime_admin;

select realtime.maintain_partitions();
