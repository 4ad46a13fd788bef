create function private.change_usage_level(organization_id uuid, metric public.usage_metrics, quantity bigint)
  returns private.usage_levels
  language plpgsql volatile set search_path = ''
as $$
declare
  v_level private.usage_levels := private.lock_usage_level(
    change_usage_level.organization_id, change_usage_level.metric, change_usage_level.quantity > 0
  );
  v_key text := (change_usage_level.metric).limit_key;
  -- Who waited over midnight for the lock counts to the day of who held it.
  v_today date := greatest(private.usage_today(), v_level.peaked_on);
  v_window date := greatest(private.usage_window((change_usage_level.metric).limit_span, v_today), v_level.window_on);
  v_limit bigint := private.entitlement(change_usage_level.organization_id, v_key);
  v_before smallint;
  v_threshold smallint;
  v_is_told boolean;
begin
  if v_level.organization_id is null then
    return null;
  end if;
  if (change_usage_level.metric).kind = 'gauge' then
    if v_level.peaked_on < v_today then
      perform private.roll_up_levels(array[v_level]);
      v_level.peak_count := v_level.level_count;
    end if;
  else
    if v_level.window_on < v_window then
      v_level.level_count := 0;
      v_level.told_percent := 0;
      v_level.window_on := v_window;
    end if;
    v_level.peak_count := v_level.level_count;
  end if;
  v_level.peaked_on := v_today;
  v_before := private.alert_threshold(v_level.level_count, v_limit);
  v_level.level_count := greatest(v_level.level_count + change_usage_level.quantity, 0);
  v_level.peak_count := greatest(v_level.peak_count, v_level.level_count);
  v_threshold := private.alert_threshold(v_level.level_count, v_limit);
  -- What was told is told again only after a fall below it and a pause.
  if v_level.told_percent > v_before and v_level.told_at <= now() - make_interval(
    hours => private.setting_integer('usage.alert_pause_hours', v_level.organization_id)::int
  ) then
    v_level.told_percent := v_before;
  end if;
  v_is_told := change_usage_level.quantity > 0 and v_threshold > v_level.told_percent;
  if v_is_told then
    v_level.told_percent := v_threshold;
    v_level.told_at := now();
  end if;
  update private.usage_levels as levels
  set level_count = v_level.level_count, peak_count = v_level.peak_count, peaked_on = v_level.peaked_on,
    window_on = v_level.window_on, told_percent = v_level.told_percent, told_at = v_level.told_at
  where levels.organization_id = v_level.organization_id and levels.metric = v_level.metric;
  if v_is_told then
    perform private.emit_event(
      'usage.threshold', v_level.organization_id,
      jsonb_build_object(
        'metric', v_level.metric, 'limit_key', v_key, 'percent', v_threshold, 'used_count', v_level.level_count,
        'limit_count', v_limit, 'action', private.limit_action(v_level.organization_id, v_key)
      )
    );
  end if;
  return v_level;
end;
$$;
comment on function private.change_usage_level(uuid, public.usage_metrics, bigint) is $$Adds to what an organization uses of a limit, or takes away, and returns the level; null when there is none to take from.

Refuses nothing. Emits usage.threshold when 80, 90 or 100 % of the limit are reached: each once, and again after it fell
below and usage.alert_pause_hours went by; a new day or month begins anew.$$;

create function private.metric_of_limit(key text)
  returns public.usage_metrics
  language plpgsql stable set search_path = ''
as $$
declare
  v_metric public.usage_metrics;
begin
  select * into v_metric from public.usage_metrics where usage_metrics.limit_key = metric_of_limit.key;
  if not found then
    raise exception 'No metric is held against the limit "%"', metric_of_limit.key
      using errcode = 'invalid_parameter_value', hint = 'Add a row to public.usage_metrics.';
  end if;
  return v_metric;
end;
$$;
comment on function private.metric_of_limit(text) is 'What is measured for a limit; raises when nothing is.';

-- Definer: who adds what is limited holds no grant on the counts.
create function private.take_limit(organization_id uuid, key text, quantity bigint default 1)
  returns bigint
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_metric public.usage_metrics := private.metric_of_limit(take_limit.key);
  v_limit bigint := private.entitlement(take_limit.organization_id, take_limit.key);
  v_level private.usage_levels;
begin
  if coalesce(take_limit.quantity, 0) < 1 then
    raise exception 'At least 1 is taken of a limit, not %', take_limit.quantity
      using errcode = 'invalid_parameter_value';
  end if;
  v_level := private.change_usage_level(take_limit.organization_id, v_metric, take_limit.quantity);
  if v_level.level_count > v_limit and private.limit_action(take_limit.organization_id, take_limit.key) = 'block' then
    perform private.raise_error(
      409, 'limit_reached',
      format(
        'Cannot add %s: %s of the %s that "%s" allows are used', take_limit.quantity,
        v_level.level_count - take_limit.quantity, v_limit, take_limit.key
      ),
      'Choose a larger plan, or remove some'
    );
  end if;
  if v_metric.kind = 'counter' then
    perform private.record_usage(take_limit.organization_id, v_metric.metric, take_limit.quantity);
  end if;
  return v_level.level_count;
end;
$$;
comment on function private.take_limit(uuid, text, bigint) is $$Takes so much of a limit for an organization, and returns how much of it is used then.

The count is locked until the end of the transaction: of many at once none passes the limit. Above it 409 limit_reached
where the plan blocks, and counted where it bills. For definer functions and triggers of domains.$$;
grant execute on function private.take_limit(uuid, text, bigint) to service_role;

-- Definer: as private.take_limit.
create function private.give_limit(
  organization_id uuid, key text, quantity bigint default 1, taken_at timestamptz default now()
)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_metric public.usage_metrics := private.metric_of_limit(give_limit.key);
begin
  if coalesce(give_limit.quantity, 0) < 1 then
    raise exception 'At least 1 is given back, not %', give_limit.quantity using errcode = 'invalid_parameter_value';
  end if;
  if v_metric.kind = 'counter' then
    perform private.record_usage(
      give_limit.organization_id, v_metric.metric, -give_limit.quantity, recorded_at => give_limit.taken_at
    );
    -- What was taken of a window that is over leaves the present one as it is.
    if private.usage_window(v_metric.limit_span, (give_limit.taken_at at time zone 'UTC')::date)
      < private.usage_window(v_metric.limit_span, private.usage_today()) then
      return;
    end if;
  end if;
  perform private.change_usage_level(give_limit.organization_id, v_metric, -give_limit.quantity);
end;
$$;
comment on function private.give_limit(uuid, text, bigint, timestamptz) is $$Gives back what private.take_limit took, because it is gone or did not happen.

taken_at says of which day or month it was, for limits of a day or month.$$;
grant execute on function private.give_limit(uuid, text, bigint, timestamptz) to service_role;

-- Definer: as private.take_limit.
create function private.enforce_limit()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_metric public.usage_metrics := private.metric_of_limit(tg_argv[0]);
  v_counted jsonb := tg_argv[1];
  v_is_enforced boolean := tg_argv[2];
  v_change record;
begin
  -- In the order of the ids, so that two statements cannot wait for each other in a circle.
  if tg_op = 'INSERT' then
    for v_change in
      select rows.organization_id, count(*) as quantity from limit_new as rows
      where v_counted = '{}' or to_jsonb(rows) @> v_counted
      group by rows.organization_id order by rows.organization_id
    loop
      perform private.apply_limit_change(v_change.organization_id, v_metric, v_change.quantity, v_is_enforced);
    end loop;
  elsif tg_op = 'DELETE' then
    for v_change in
      select rows.organization_id, -count(*) as quantity from limit_old as rows
      where v_counted = '{}' or to_jsonb(rows) @> v_counted
      group by rows.organization_id order by rows.organization_id
    loop
      perform private.apply_limit_change(v_change.organization_id, v_metric, v_change.quantity, v_is_enforced);
    end loop;
  else
    for v_change in
      select rows.organization_id, sum(rows.quantity)::bigint as quantity
      from (
        select limit_new.organization_id, 1 as quantity from limit_new
        where v_counted = '{}' or to_jsonb(limit_new) @> v_counted
        union all
        select limit_old.organization_id, -1 from limit_old
        where v_counted = '{}' or to_jsonb(limit_old) @> v_counted
      ) as rows
      group by rows.organization_id having sum(rows.quantity) <> 0 order by rows.organization_id
    loop
      perform private.apply_limit_change(v_change.organization_id, v_metric, v_change.quantity, v_is_enforced);
    end loop;
  end if;
  return null;
end;
$$;
comment on function private.enforce_limit() is 'Counts the rows that a statement made, changed and removed; see private.limit_table.';

create function private.apply_limit_change(
  organization_id uuid, metric public.usage_metrics, quantity bigint, is_enforced boolean
)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  if apply_limit_change.quantity > 0 and apply_limit_change.is_enforced then
    perform private.take_limit(
      apply_limit_change.organization_id, (apply_limit_change.metric).limit_key, apply_limit_change.quantity
    );
  else
    perform private.change_usage_level(
      apply_limit_change.organization_id, apply_limit_change.metric, apply_limit_change.quantity
    );
  end if;
end;
$$;
comment on function private.apply_limit_change(uuid, public.usage_metrics, bigint, boolean) is
  'Body of private.enforce_limit for one organization.';

create function private.limit_table(
  target regclass, key text, counted jsonb default '{}', is_enforced boolean default true
)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_metric public.usage_metrics := private.metric_of_limit(limit_table.key);
  v_operation record;
begin
  if v_metric.kind <> 'gauge' then
    raise exception 'Rows are counted against a gauge, and "%" is none', v_metric.metric
      using errcode = 'invalid_parameter_value', hint = 'Use private.take_limit where something happens.';
  end if;
  for v_operation in
    select * from (
      values
        ('insert', 'new table as limit_new'),
        ('update', 'old table as limit_old new table as limit_new'),
        ('delete', 'old table as limit_old')
    ) as operation (name, tables)
  loop
    execute format(
      'create or replace trigger %I after %s on %s referencing %s for each statement '
        'execute function private.enforce_limit(%L, %L, %L)',
      't500_count_' || v_metric.metric || '_' || v_operation.name, v_operation.name, limit_table.target,
      v_operation.tables, limit_table.key, limit_table.counted, limit_table.is_enforced
    );
  end loop;
  -- What is there already counts, too.
  execute format(
    'select private.change_usage_level(rows.organization_id, $1, count(*)) from %s as rows '
      'where to_jsonb(rows) @> $2 group by rows.organization_id',
    limit_table.target
  ) using v_metric, limit_table.counted;
end;
$$;
comment on function private.limit_table(regclass, text, jsonb, boolean) is $$Has the rows of a table counted against a limit of their organization_id; one line in the domain that owns the table.

counted says which rows count, by values of columns: {"deleted_at": null}, {"role": "agent"}; all unless given. With
is_enforced false they are counted for the usage page and the alerts, and refused by other rules.$$;
