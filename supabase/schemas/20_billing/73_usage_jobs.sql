create function private.roll_up_events(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  with taken as (
    delete from private.usage_events where usage_events.id in (
      select waiting.id from private.usage_events as waiting
      order by waiting.id limit roll_up_events.batch_size
      for update skip locked
    )
    returning usage_events.organization_id, usage_events.metric, usage_events.recorded_at, usage_events.quantity
  ), summed as (
    select taken.organization_id, taken.metric, (taken.recorded_at at time zone 'UTC')::date as day_on,
      sum(taken.quantity)::bigint as quantity, count(*) as event_count
    from taken
    group by 1, 2, 3
  ), added as (
    insert into public.usage_days as days (organization_id, metric, day_on, quantity, peak_count, limit_count)
    select summed.organization_id, summed.metric, summed.day_on, summed.quantity, summed.quantity,
      case when limits.key is null then definitions.default_value else limits.value end
    from summed
    join public.usage_metrics as metrics on metrics.metric = summed.metric
    left join private.limit_definitions as definitions on definitions.key = metrics.limit_key
    left join private.organization_limits as limits
      on limits.organization_id = summed.organization_id and limits.key = metrics.limit_key
    order by summed.organization_id, summed.metric, summed.day_on
    on conflict on constraint usage_days_pkey do update
      set quantity = days.quantity + excluded.quantity, peak_count = days.peak_count + excluded.peak_count,
        limit_count = excluded.limit_count
  )
  select coalesce(sum(summed.event_count), 0) into v_count from summed;
  return v_count;
end;
$$;
comment on function private.roll_up_events(int) is
  'Adds recorded use to its days and removes it, in one statement, and returns how many records that were.';

create function private.roll_up_gauges(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_levels private.usage_levels[];
begin
  select array_agg(due.level) into v_levels
  from (
    select levels as level from private.usage_levels as levels
    join public.usage_metrics as metrics on metrics.metric = levels.metric and metrics.kind = 'gauge'
    where levels.peaked_on < private.usage_today()
    order by levels.organization_id, levels.metric
    limit roll_up_gauges.batch_size
    -- Who changes one at this moment writes its days with that.
    for update of levels skip locked
  ) as due;
  perform private.close_usage_days(v_levels);
  return coalesce(cardinality(v_levels), 0);
end;
$$;
comment on function private.roll_up_gauges(int) is
  'Writes the days that are over of so many gauges, those of an outage too, and returns of how many.';

create function private.roll_up_api_calls()
  returns int
  language plpgsql volatile set search_path = ''
as $$
begin
  -- Locked: one run at a time.
  perform from private.usage_copies where usage_copies.source = 'api_calls' for update;
  return private.copy_api_days();
end;
$$;
comment on function private.roll_up_api_calls() is
  'Copies the API calls of the days that are over, those of an outage too, and returns how many rows.';

create function private.tell_api_calls()
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_metric public.usage_metrics := private.metric_of_limit('max_api_calls_daily');
  v_call record;
  v_count int := 0;
begin
  for v_call in
    select calls.organization_id,
      calls.call_count - case when levels.window_on = calls.day_on then levels.level_count else 0 end as quantity
    from private.api_usage_days as calls
    left join private.usage_levels as levels
      on levels.organization_id = calls.organization_id and levels.metric = v_metric.metric
    where calls.day_on = private.usage_today() and calls.limit_count is not null
      and private.alert_threshold(calls.call_count, calls.limit_count)
        > case when levels.window_on = calls.day_on then levels.told_percent else 0 end
    order by calls.organization_id
  loop
    perform private.change_usage_level(v_call.organization_id, v_metric, v_call.quantity);
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.tell_api_calls() is
  'Emits usage.threshold for organizations whose API calls of the day came to a share of their limit, and returns how many.';

create function private.purge_usage_days(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_first_on constant date := date_trunc('month', private.usage_today()::timestamp)
    - make_interval(months => private.setting_integer('usage.kept_months')::int);
  v_count int;
begin
  delete from public.usage_days
  where usage_days.ctid = any (array(
    select old.ctid
    from public.usage_metrics as metrics
    -- By metric, as the index is.
    cross join lateral (
      select days.ctid from public.usage_days as days
      where days.metric = metrics.metric and days.day_on < v_first_on
      order by days.day_on limit purge_usage_days.batch_size
    ) as old
    limit purge_usage_days.batch_size
  ));
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.purge_usage_days(int) is
  'Forgets so many days that are older than usage.kept_months, and returns how many; lines of invoices keep theirs.';

create function private.roll_up_usage(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  v_count := private.roll_up_events(roll_up_usage.batch_size) + private.roll_up_gauges(roll_up_usage.batch_size)
    + private.roll_up_api_calls() + private.tell_api_calls() + private.purge_usage_days(roll_up_usage.batch_size);
  delete from private.usage_keys where (usage_keys.organization_id, usage_keys.metric, usage_keys.idempotency_key) in (
    select old.organization_id, old.metric, old.idempotency_key from private.usage_keys as old
    where old.created_at < now() - make_interval(days => private.setting_integer('usage.key_days')::int)
    limit roll_up_usage.batch_size
  );
  return v_count;
end;
$$;
comment on function private.roll_up_usage(int) is
  'Brings usage_days up to date, tells of API calls, forgets old days and keys, and returns how much there was to do.';

create function private.job_roll_up_usage(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring('billing_roll_up_usage', 'private.roll_up_usage'::regproc, job_roll_up_usage.batch_size)
$$;
comment on function private.job_roll_up_usage(int) is 'Keeps the use of each day up to date.';

select private.register_cron_job('billing_roll_up_usage', '*/5 * * * *', 'select private.job_roll_up_usage(50000)');
select private.install_cron_jobs();
