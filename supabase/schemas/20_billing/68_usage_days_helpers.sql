create function private.usage_by_day(organization_id uuid, metric public.usage_metrics, from_on date, to_on date)
  returns table (day_on date, quantity bigint, peak_count bigint, limit_count bigint, overage_count bigint)
  -- Planned once for each session: planning takes longer than running.
  language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
#variable_conflict use_column
declare
  v_key text := (usage_by_day.metric).limit_key;
  v_limit bigint := case when v_key is not null then private.entitlement(usage_by_day.organization_id, v_key) end;
  -- What is above the limit of a month is not of one of its days.
  v_is_billed boolean := (usage_by_day.metric).limit_span in ('moment', 'day')
    and private.limit_action(usage_by_day.organization_id, v_key) = 'overage';
begin
  return query
  select counted.day_on, counted.quantity, counted.peak_count, counted.limit_count,
    case
      when counted.is_rolled_up then counted.overage_count
      when v_is_billed then greatest(counted.peak_count - counted.limit_count, 0)
      else 0
    end
  from (
    select spans.day_on,
      -- Those of counters grow during the day.
      days.organization_id is not null and levels.is_open is not true and (
        (usage_by_day.metric).kind = 'gauge' or (usage_by_day.metric).metric = 'api_calls'
      ) as is_rolled_up,
      case
        when calls.day_on is not null then calls.call_count
        when levels.is_open then levels.level_count
        else coalesce(days.quantity, 0) + coalesce(events.quantity, 0)
      end as quantity,
      case
        when calls.day_on is not null then calls.call_count
        when levels.is_open and spans.day_on = levels.peaked_on then greatest(levels.peak_count, days.peak_count)
        when levels.is_open then levels.level_count
        else coalesce(days.peak_count, 0) + coalesce(events.quantity, 0)
      end as peak_count,
      case
        when calls.day_on is not null then calls.limit_count
        when days.organization_id is not null then days.limit_count
        else v_limit
      end as limit_count,
      coalesce(days.overage_count, 0) as overage_count
    from (
      select series.day_on::date as day_on
      from generate_series(usage_by_day.from_on::timestamp, usage_by_day.to_on::timestamp, interval '1 day')
        as series (day_on)
    ) as spans
    left join public.usage_days as days
      on days.organization_id = usage_by_day.organization_id and days.metric = (usage_by_day.metric).metric
      and days.day_on = spans.day_on
    -- Days that the job has not come to yet.
    left join lateral (
      select true as is_open, open.level_count, open.peak_count, open.peaked_on
      from private.usage_levels as open
      where (usage_by_day.metric).kind = 'gauge' and open.organization_id = usage_by_day.organization_id
        and open.metric = (usage_by_day.metric).metric
        and spans.day_on between open.peaked_on and private.usage_today()
    ) as levels on true
    left join lateral (
      select sum(waiting.quantity)::bigint as quantity from private.usage_events as waiting
      where (usage_by_day.metric).kind = 'counter' and waiting.organization_id = usage_by_day.organization_id
        and waiting.metric = (usage_by_day.metric).metric
        and (waiting.recorded_at at time zone 'UTC')::date = spans.day_on
    ) as events on true
    left join lateral (
      select spans.day_on, greatest(copied.call_count, counters.used_count) as call_count,
        case when copied.organization_id is null then v_limit else copied.limit_count end as limit_count
      from (select) as once
      left join private.api_usage_days as copied
        on copied.organization_id = usage_by_day.organization_id and copied.day_on = spans.day_on
      left join private.rate_limit_counters as counters
        on counters.rule = 'organization_day'
        and counters.subject = 'organization:' || usage_by_day.organization_id || ' ' || spans.day_on
      where (usage_by_day.metric).metric = 'api_calls' and days.organization_id is null
        and (copied.organization_id is not null or counters.rule is not null)
    ) as calls on true
  ) as counted
  order by counted.day_on;
end;
$$;
comment on function private.usage_by_day(uuid, public.usage_metrics, date, date) is $$Use of a metric on each day of a span, today included, whether or not jobs have come to it.

overage_count is what was above a limit that bills more.$$;
