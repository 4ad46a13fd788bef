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
  return true;
end;
$$;
comment on function private.ensure_month_partition(regclass, timestamptz) is
  $$Makes the partition of a month (UTC) in schema private unless it is there; true when it was made.

For every table that is partitioned by month over a timestamptz.$$;
