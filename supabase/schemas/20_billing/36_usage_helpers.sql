create function private.usage_today()
  returns date
  language sql stable set search_path = ''
as $$
  select (now() at time zone 'UTC')::date
$$;
comment on function private.usage_today() is 'The day to which use is counted, in UTC.';

create function private.usage_window(span public.usage_limit_span, day_on date)
  returns date
  language sql immutable set search_path = ''
as $$
  select case
    when usage_window.span = 'month' then date_trunc('month', usage_window.day_on::timestamp)::date
    else usage_window.day_on
  end
$$;
comment on function private.usage_window(public.usage_limit_span, date) is 'First day of the window of a limit that a day is in.';

create function private.alert_threshold(used bigint, allowed bigint)
  returns smallint
  language sql immutable set search_path = ''
as $$
  select case
    when alert_threshold.used is null or alert_threshold.allowed is null or alert_threshold.used <= 0 then 0
    when alert_threshold.used >= alert_threshold.allowed then 100
    when alert_threshold.used::numeric * 10 >= alert_threshold.allowed::numeric * 9 then 90
    when alert_threshold.used::numeric * 10 >= alert_threshold.allowed::numeric * 8 then 80
    else 0
  end::smallint
$$;
comment on function private.alert_threshold(bigint, bigint) is
  'The share of a limit that people are told of when it is reached: 80, 90 or 100 %; 0 below, and without a limit.';

-- Definer: callers hold no grant on what is counted.
create function private.record_usage(
  organization_id uuid, metric text, quantity bigint, idempotency_key text default null,
  recorded_at timestamptz default now()
)
  returns boolean
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not exists (
    select from public.usage_metrics
    where usage_metrics.metric = record_usage.metric and usage_metrics.kind = 'counter'
  ) then
    perform private.raise_error(
      422, 'usage_metric_unknown', format('Cannot record use: "%s" is no counter', record_usage.metric),
      'Table usage_metrics lists what is measured'
    );
  end if;
  if coalesce(record_usage.quantity, 0) = 0 then
    return false;
  end if;
  if abs(record_usage.quantity::numeric) > 1e12 then
    perform private.raise_error(
      422, 'usage_quantity_invalid', 'Cannot record use: at most 1000000000000 are recorded at once'
    );
  end if;
  if record_usage.idempotency_key is not null then
    insert into private.usage_keys (organization_id, metric, idempotency_key)
    values (record_usage.organization_id, record_usage.metric, record_usage.idempotency_key)
    on conflict on constraint usage_keys_pkey do nothing;
    if not found then
      return false;
    end if;
  end if;
  insert into private.usage_events (organization_id, metric, quantity, recorded_at)
  values (record_usage.organization_id, record_usage.metric, record_usage.quantity, record_usage.recorded_at);
  return true;
end;
$$;
comment on function private.record_usage(uuid, text, bigint, text, timestamptz) is $$Counts what an organization used; false when the key, or a quantity of 0, says that there is nothing to count.

For domains, once for each idempotency_key within usage.key_days. Nobody waits: rows are added up by a job. Limits are
private.take_limit's.$$;
grant execute on function private.record_usage(uuid, text, bigint, text, timestamptz) to service_role;

create function public.record_usage(organization_id uuid, metric text, quantity bigint, idempotency_key text default null)
  returns boolean
  language sql volatile set search_path = ''
as $$
  select private.record_usage(
    record_usage.organization_id, record_usage.metric, record_usage.quantity, record_usage.idempotency_key
  )
$$;
comment on function public.record_usage(uuid, text, bigint, text) is $$Counts what an organization used. For the backend itself.

The same idempotency_key counts once; false then. Errors: 422 usage_metric_unknown or usage_quantity_invalid.$$;
grant execute on function public.record_usage(uuid, text, bigint, text) to service_role;

create function private.roll_up_levels(levels private.usage_levels[])
  returns void
  language sql volatile set search_path = ''
as $$
  insert into public.usage_days as days
    (organization_id, metric, day_on, quantity, peak_count, limit_count, overage_count)
  select rolled.organization_id, rolled.metric, rolled.day_on, rolled.level_count, rolled.peak_count, rolled.limit_count,
    case when rolled.is_billed then greatest(rolled.peak_count - rolled.limit_count, 0) else 0 end
  from (
    select levels.organization_id, levels.metric, spans.day_on::date, levels.level_count,
      case when spans.day_on::date = levels.peaked_on then levels.peak_count else levels.level_count end as peak_count,
      case when limits.key is null then definitions.default_value else limits.value end as limit_count,
      coalesce(limits.action, definitions.default_action) = 'overage' as is_billed
    from unnest(roll_up_levels.levels) as levels
    -- None for an organization that is being removed.
    join public.organizations on organizations.id = levels.organization_id
    join public.usage_metrics as metrics on metrics.metric = levels.metric and metrics.kind = 'gauge'
    left join private.limit_definitions as definitions on definitions.key = metrics.limit_key
    left join private.organization_limits as limits
      on limits.organization_id = levels.organization_id and limits.key = metrics.limit_key
    cross join lateral generate_series(
      levels.peaked_on::timestamp, (private.usage_today() - 1)::timestamp, interval '1 day'
    ) as spans (day_on)
  ) as rolled
  where rolled.peak_count > 0
  order by rolled.organization_id, rolled.metric, rolled.day_on
  on conflict on constraint usage_days_pkey do update
    set quantity = excluded.quantity, peak_count = greatest(days.peak_count, excluded.peak_count),
      limit_count = excluded.limit_count, overage_count = greatest(days.overage_count, excluded.overage_count)
$$;
comment on function private.roll_up_levels(private.usage_levels[]) is
  'Writes the days of gauges that are over and not in usage_days yet. For who holds the locks of the levels.';

create function private.close_usage_days(levels private.usage_levels[])
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.roll_up_levels(close_usage_days.levels);
  update private.usage_levels set peak_count = usage_levels.level_count, peaked_on = private.usage_today()
  from unnest(close_usage_days.levels) as closed
  where usage_levels.organization_id = closed.organization_id and usage_levels.metric = closed.metric;
end;
$$;
comment on function private.close_usage_days(private.usage_levels[]) is
  'Writes the days of gauges that are over, and counts the present one from here on.';

create function private.copy_api_days(organization_id uuid default null)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  -- After midnight the counters of the day before are copied for some minutes.
  v_to date := ((now() - interval '10 minutes') at time zone 'UTC')::date;
  v_count int;
begin
  insert into public.usage_days as days
    (organization_id, metric, day_on, quantity, peak_count, limit_count, overage_count)
  select calls.organization_id, 'api_calls', calls.day_on, calls.call_count, calls.call_count, calls.limit_count,
    case when coalesce(limits.action, definitions.default_action) = 'overage' then coalesce(calls.overage_count, 0) else 0 end
  from private.api_usage_days as calls
  join private.limit_definitions as definitions on definitions.key = 'max_api_calls_daily'
  left join private.organization_limits as limits
    on limits.organization_id = calls.organization_id and limits.key = definitions.key
  where calls.day_on >= (select usage_copies.copied_on from private.usage_copies where usage_copies.source = 'api_calls')
    -- Of one organization, whose limit changes, at once.
    and calls.day_on < case when copy_api_days.organization_id is null then v_to else private.usage_today() end
    and (copy_api_days.organization_id is null or calls.organization_id = copy_api_days.organization_id)
  order by calls.organization_id, calls.day_on
  -- What was copied before its limit changed keeps what it said of it.
  on conflict on constraint usage_days_pkey do update
    set quantity = excluded.quantity, peak_count = excluded.peak_count
    where days.quantity <> excluded.quantity;
  get diagnostics v_count = row_count;
  if copy_api_days.organization_id is null then
    update private.usage_copies set copied_on = v_to
    where usage_copies.source = 'api_calls' and usage_copies.copied_on < v_to;
  end if;
  return v_count;
end;
$$;
comment on function private.copy_api_days(uuid) is
  'Copies the API calls of the days that are over, of one organization or of all, and returns how many rows.';

create function private.lock_usage_level(organization_id uuid, metric public.usage_metrics, is_made boolean)
  returns private.usage_levels
  language plpgsql volatile set search_path = ''
as $$
declare
  v_level private.usage_levels;
begin
  select * into v_level from private.usage_levels as levels
  where levels.organization_id = lock_usage_level.organization_id and levels.metric = (lock_usage_level.metric).metric
  for update;
  if found or not lock_usage_level.is_made then
    return v_level;
  end if;
  insert into private.usage_levels (organization_id, metric, peaked_on, window_on)
  values (
    lock_usage_level.organization_id, (lock_usage_level.metric).metric, private.usage_today(),
    private.usage_window((lock_usage_level.metric).limit_span, private.usage_today())
  )
  on conflict on constraint usage_levels_pkey do nothing;
  select * into strict v_level from private.usage_levels as levels
  where levels.organization_id = lock_usage_level.organization_id and levels.metric = (lock_usage_level.metric).metric
  for update;
  return v_level;
end;
$$;
comment on function private.lock_usage_level(uuid, public.usage_metrics, boolean) is
  'The level of a metric, which nobody else can change then; made when there is none, or null.';
