create function private.month_partition_name(parent regclass, month timestamptz)
  returns text
  language sql stable set search_path = ''
as $$
  select pg_class.relname || to_char(month_partition_name.month at time zone 'UTC', '_YYYY_MM')
  from pg_catalog.pg_class where pg_class.oid = month_partition_name.parent
$$;
comment on function private.month_partition_name(regclass, timestamptz) is
  'Name of the partition in schema private that holds a month (UTC) of a table.';

create function private.ensure_month_partition(parent regclass, month timestamptz)
  returns boolean
  language plpgsql volatile set search_path = ''
as $$
declare
  v_name text := private.month_partition_name(ensure_month_partition.parent, ensure_month_partition.month);
  v_start timestamp := date_trunc('month', ensure_month_partition.month at time zone 'UTC');
begin
  if to_regclass('private.' || quote_ident(v_name)) is not null then
    return false;
  end if;
  -- Two who miss the same month: the second waits and finds it made.
  perform pg_advisory_xact_lock(hashtextextended('partition:' || v_name, 0));
  if to_regclass('private.' || quote_ident(v_name)) is not null then
    return false;
  end if;
  execute format(
    'create table private.%I partition of %s for values from (%L) to (%L)',
    v_name, ensure_month_partition.parent, v_start || '+00', v_start + interval '1 month' || '+00'
  );
  -- Nobody has a grant on it; on as everywhere, in case somebody gives one.
  execute format('alter table private.%I enable row level security', v_name);
  -- Triggers for rows come with the partition, this one does not.
  if exists (
    select from pg_catalog.pg_trigger
    where pg_trigger.tgrelid = ensure_month_partition.parent and pg_trigger.tgname = 't300_refuse_truncate'
  ) then
    perform private.refuse_truncate(('private.' || quote_ident(v_name))::regclass);
  end if;
  return true;
end;
$$;
comment on function private.ensure_month_partition(regclass, timestamptz) is
  $$Makes the partition of a month (UTC) in schema private unless it is there; true when it was made.

For every table that is partitioned by month over a timestamptz.$$;

create function private.month_partitions(parent regclass)
  returns table (partition regclass, month timestamptz)
  language sql stable set search_path = ''
as $$
  select pg_class.oid::regclass, to_date(right(pg_class.relname, 7), 'YYYY_MM')::timestamp at time zone 'UTC'
  from pg_catalog.pg_inherits
  join pg_catalog.pg_class on pg_class.oid = pg_inherits.inhrelid
  where pg_inherits.inhparent = month_partitions.parent
$$;
comment on function private.month_partitions(regclass) is
  'The partitions that private.ensure_month_partition made for a table, each with the first moment of its month.';

-- Append-only tables -------------------------------------------------------------------------------------------------

create function private.refuse_change()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  raise exception 'Cannot % %: it is append-only', lower(tg_op), tg_table_name
    using errcode = 'insufficient_privilege', hint = 'What was written stays; add a row that corrects it.';
end;
$$;
comment on function private.refuse_change() is
  'Refuses to change, remove or empty rows, for every role; see private.make_append_only.';

create function private.refuse_truncate(target regclass)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  execute format(
    'create or replace trigger t300_refuse_truncate before truncate on %s '
      'for each statement execute function private.refuse_change()', refuse_truncate.target
  );
  execute format('alter table %s enable always trigger t300_refuse_truncate', refuse_truncate.target);
end;
$$;
comment on function private.refuse_truncate(regclass) is
  'The part of private.make_append_only that each partition needs.';

create function private.make_append_only(target regclass)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  -- For each row, because only such triggers are passed on to partitions. Always, so that session_replication_role
  -- cannot put them to sleep.
  execute format(
    'create or replace trigger t300_refuse_change before update or delete on %s '
      'for each row execute function private.refuse_change()', make_append_only.target
  );
  execute format('alter table %s enable always trigger t300_refuse_change', make_append_only.target);
  perform private.refuse_truncate(make_append_only.target);
end;
$$;
comment on function private.make_append_only(regclass) is
  $$Has every role, the owner too, refused when it changes or removes rows of a table or of its partitions.

Before the first partition. What may go after a time is kept in partitions by month, which a job drops whole.$$;
