create function private.row_audit_entry(
  before jsonb, after jsonb, tracked text[], masked text[], key_columns text[], organization_column text,
  out organization_id uuid, out object_id text, out changes jsonb
)
  language plpgsql immutable set search_path = ''
as $$
declare
  v_row jsonb := coalesce(row_audit_entry.after, row_audit_entry.before);
  v_before jsonb;
  v_after jsonb;
begin
  select
    jsonb_object_agg(
      item.name, case when item.is_masked and item.before <> 'null' then '"[masked]"' else item.before end
    ),
    jsonb_object_agg(
      item.name, case when item.is_masked and item.after <> 'null' then '"[masked]"' else item.after end
    )
  into v_before, v_after
  from (
    select tracked.name, tracked.name = any (row_audit_entry.masked) as is_masked,
      row_audit_entry.before -> tracked.name as before, row_audit_entry.after -> tracked.name as after
    from unnest(row_audit_entry.tracked) as tracked (name)
  ) as item
  where item.before is distinct from item.after;
  if v_after is null then
    return;
  end if;
  changes := case
    when row_audit_entry.before is null then jsonb_build_object('after', v_after)
    when row_audit_entry.after is null then jsonb_build_object('before', v_before)
    else jsonb_build_object('before', v_before, 'after', v_after)
  end;
  organization_id := (v_row ->> row_audit_entry.organization_column)::uuid;
  select string_agg(v_row ->> key.name, ':' order by key.position) into object_id
  from unnest(row_audit_entry.key_columns) with ordinality as key (name, position);
end;
$$;
comment on function private.row_audit_entry(jsonb, jsonb, text[], text[], text[], text) is
  'What an audit entry says of a changed row; changes is null when no tracked column changed.';

-- Definer: whoever makes the change holds no grant on the log. Without nested loops, because the plan is kept for the
-- session: one made for a single row would compare each of ten thousand with each. Without
-- compilation, which the price put on the loops that remain would call for at each change.
create function private.record_row_changes()
  returns trigger
  language plpgsql volatile security definer set search_path = '' set enable_nestloop = off set jit = off
as $$
declare
  v_tracked text[] := tg_argv[0];
  v_masked text[] := tg_argv[1];
  v_key_columns text[] := tg_argv[2];
  -- Empty where rows belong to no organization: no row has a column of that name.
  v_organization_column text := tg_argv[3];
  v_now timestamptz := clock_timestamp();
  v_origin record;
begin
  -- Counters and times change often and are told by no entry: nothing more is looked up for them.
  if tg_op = 'UPDATE' then
    perform
    from (select row_number() over () as place, to_jsonb(audit_old) as before from audit_old) as old_row
    join (select row_number() over () as place, to_jsonb(audit_new) as after from audit_new) as new_row using (place)
    cross join unnest(v_tracked) as tracked (name)
    where old_row.before -> tracked.name is distinct from new_row.after -> tracked.name
    limit 1;
    if not found then
      return null;
    end if;
  end if;
  select * into v_origin from private.audit_origin();
  perform private.ensure_month_partition('public.audit_logs'::regclass, v_now);
  -- One insert for all rows of the statement. The branches differ in the transition tables that there are.
  if tg_op = 'INSERT' then
    insert into public.audit_logs (
      organization_id, object_id, changes, action, object_type, occurred_at, actor_kind, actor_id, impersonated_user_id,
      ip_address, user_agent, request_id
    )
    select entry.organization_id, entry.object_id, entry.changes, 'create', tg_table_name, v_now, v_origin.actor_kind,
      v_origin.actor_id, v_origin.impersonated_user_id, v_origin.ip_address, v_origin.user_agent, v_origin.request_id
    from audit_new
    cross join lateral private.row_audit_entry(
      null, to_jsonb(audit_new), v_tracked, v_masked, v_key_columns, v_organization_column
    ) as entry;
  elsif tg_op = 'DELETE' then
    insert into public.audit_logs (
      organization_id, object_id, changes, action, object_type, occurred_at, actor_kind, actor_id, impersonated_user_id,
      ip_address, user_agent, request_id
    )
    select entry.organization_id, entry.object_id, entry.changes, 'delete', tg_table_name, v_now, v_origin.actor_kind,
      v_origin.actor_id, v_origin.impersonated_user_id, v_origin.ip_address, v_origin.user_agent, v_origin.request_id
    from audit_old
    cross join lateral private.row_audit_entry(
      to_jsonb(audit_old), null, v_tracked, v_masked, v_key_columns, v_organization_column
    ) as entry;
  else
    insert into public.audit_logs (
      organization_id, object_id, changes, action, object_type, occurred_at, actor_kind, actor_id, impersonated_user_id,
      ip_address, user_agent, request_id
    )
    select entry.organization_id, entry.object_id, entry.changes, 'update', tg_table_name, v_now, v_origin.actor_kind,
      v_origin.actor_id, v_origin.impersonated_user_id, v_origin.ip_address, v_origin.user_agent, v_origin.request_id
    -- Each changed row was put into both tables at once, so the same place means the same row, even if its key changed.
    from (select row_number() over () as place, to_jsonb(audit_old) as before from audit_old) as old_row
    join (select row_number() over () as place, to_jsonb(audit_new) as after from audit_new) as new_row using (place)
    cross join lateral private.row_audit_entry(
      old_row.before, new_row.after, v_tracked, v_masked, v_key_columns, v_organization_column
    ) as entry
    where entry.changes is not null
    order by place;
  end if;
  return null;
end;
$$;
comment on function private.record_row_changes() is
  'Writes an audit entry for each row that a statement made, changed in a tracked column or removed; see audit_table.';

create function private.audit_table(
  target regclass, tracked text[], masked text[] default '{}', organization_column text default 'organization_id'
)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_key_columns text[];
  v_unknown text;
  v_operation record;
begin
  select array_agg(pg_attribute.attname::text order by array_position(pg_index.indkey::int2[], pg_attribute.attnum))
  into v_key_columns
  from pg_catalog.pg_index
  join pg_catalog.pg_attribute
    on pg_attribute.attrelid = pg_index.indrelid and pg_attribute.attnum = any (pg_index.indkey)
  where pg_index.indrelid = audit_table.target and pg_index.indisprimary;
  if v_key_columns is null then
    raise exception 'Cannot audit table %: it has no primary key', audit_table.target
      using errcode = 'invalid_parameter_value';
  end if;
  select string_agg(wanted.name, ', ') into v_unknown
  from unnest(audit_table.tracked || audit_table.masked || audit_table.organization_column) as wanted (name)
  where not exists (
    select from pg_catalog.pg_attribute
    where pg_attribute.attrelid = audit_table.target and pg_attribute.attname = wanted.name
      and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
  );
  if v_unknown is not null then
    raise exception 'Cannot audit table %: it has no column %', audit_table.target, v_unknown
      using errcode = 'undefined_column', hint = 'organization_column is null where rows belong to no organization.';
  end if;
  if not audit_table.masked <@ audit_table.tracked then
    raise exception 'Cannot audit table %: a masked column is not tracked', audit_table.target
      using errcode = 'invalid_parameter_value';
  end if;
  for v_operation in
    select * from (
      values
        ('insert', 'new table as audit_new'),
        ('update', 'old table as audit_old new table as audit_new'),
        ('delete', 'old table as audit_old')
    ) as operation (name, tables)
  loop
    execute format(
      'create or replace trigger %I after %s on %s referencing %s for each statement '
        'execute function private.record_row_changes(%L, %L, %L, %L)',
      't900_audit_' || v_operation.name, v_operation.name, audit_table.target, v_operation.tables,
      audit_table.tracked, audit_table.masked, v_key_columns, coalesce(audit_table.organization_column, '')
    );
  end loop;
end;
$$;
comment on function private.audit_table(regclass, text[], text[], text) is
  $$Has every change of a table's tracked columns written to the audit log; again with other columns to change them.

Values of masked columns are replaced, only that they changed is told: for secrets and personal data. An update without
a change of a tracked column writes nothing. organization_column says whose entry it is; null for rows of none.$$;
