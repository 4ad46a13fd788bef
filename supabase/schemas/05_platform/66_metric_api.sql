-- Definer: nobody holds a grant on the table.
create function private.record_metrics(metrics jsonb)
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_count int;
begin
  insert into private.request_metrics (
    minute_at, kind, function_name, name, call_count, refused_count, failed_count, total_ms, longest_ms, latency_counts
  )
  select
    date_trunc('minute', given.minute_at, 'UTC'), given.kind, given.function_name, given.name, given.call_count,
    given.refused_count, given.failed_count, given.total_ms, given.longest_ms, given.latency_counts
  from jsonb_to_recordset(record_metrics.metrics) as given (
    minute_at timestamptz, kind private.metric_kind, function_name text, name text, call_count int, refused_count int,
    failed_count int, total_ms bigint, longest_ms int, latency_counts int[]
  )
  -- What comes too late says nothing any more; what comes from the future has a clock that is wrong.
  where given.minute_at between now() - interval '1 day' and now() + interval '5 minutes'
  -- In one order everywhere, so that two batches which meet cannot lock each other out.
  order by 1, 2, 3, 4
  on conflict (minute_at, kind, function_name, name) do update set
    call_count = request_metrics.call_count + excluded.call_count,
    refused_count = request_metrics.refused_count + excluded.refused_count,
    failed_count = request_metrics.failed_count + excluded.failed_count,
    total_ms = request_metrics.total_ms + excluded.total_ms,
    longest_ms = greatest(request_metrics.longest_ms, excluded.longest_ms),
    latency_counts = private.add_counts(request_metrics.latency_counts, excluded.latency_counts);
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.record_metrics(jsonb) is 'Body of public.record_metrics.';
grant execute on function private.record_metrics(jsonb) to service_role;

create function public.record_metrics(metrics jsonb)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.record_metrics(record_metrics.metrics)
$$;
comment on function public.record_metrics(jsonb) is
  $$Adds what a function measured to the minutes it was measured in. For the backend itself.

An array of objects with the columns of private.request_metrics, each minute, kind, function and name once. Returns how
many were taken; what is older than a day is passed over.$$;
grant execute on function public.record_metrics(jsonb) to service_role;

-- Definer: as private.record_metrics.
create function private.get_request_metrics(from_at timestamptz, until_at timestamptz, bucket interval, kind text)
  returns table (
    bucket_at timestamptz, function_name text, name text, call_count bigint, refused_count bigint, failed_count bigint,
    error_percent numeric, average_ms numeric, percentile_50_ms int, percentile_95_ms int, percentile_99_ms int,
    longest_ms int
  )
  language plpgsql stable security definer set search_path = ''
as $$
declare
  v_until_at timestamptz := coalesce(get_request_metrics.until_at, now());
  v_from_at timestamptz := coalesce(get_request_metrics.from_at, v_until_at - interval '1 hour');
  v_kind private.metric_kind;
begin
  perform private.require_platform_admin('read request metrics');
  if get_request_metrics.kind <> all (enum_range(null::private.metric_kind)::text[]) then
    perform private.raise_error(422, 'metric_kind_unknown',
      format('Cannot read request metrics: no such kind "%s"', get_request_metrics.kind));
  end if;
  if get_request_metrics.bucket not between interval '1 minute' and interval '31 days'
    or v_until_at - v_from_at not between interval '0' and interval '31 days'
    or extract(epoch from v_until_at - v_from_at) / extract(epoch from get_request_metrics.bucket) > 1500 then
    perform private.raise_error(422, 'metric_range_invalid',
      'Cannot read request metrics: the range or the bucket is not valid',
      'Ask for at most 31 days and 1500 buckets of at least a minute.');
  end if;
  v_kind := get_request_metrics.kind;
  return query
  with minutes as (
    select
      date_bin(get_request_metrics.bucket, request_metrics.minute_at, v_from_at) as bucket_at, request_metrics.*
    from private.request_metrics
    where request_metrics.minute_at >= date_trunc('minute', v_from_at, 'UTC')
      and request_metrics.minute_at < v_until_at
      and request_metrics.kind = v_kind
  ),
  sums as (
    select
      minutes.bucket_at, minutes.function_name, minutes.name, sum(minutes.call_count) as calls,
      sum(minutes.refused_count) as refused, sum(minutes.failed_count) as failed, sum(minutes.total_ms) as spent,
      max(minutes.longest_ms) as longest
    from minutes
    group by 1, 2, 3
  ),
  histograms as (
    select places.bucket_at, places.function_name, places.name, array_agg(places.size order by places.place) as counts
    from (
      select minutes.bucket_at, minutes.function_name, minutes.name, buckets.place, sum(buckets.size) as size
      from minutes
      cross join unnest(minutes.latency_counts) with ordinality as buckets (size, place)
      group by 1, 2, 3, 4
    ) as places
    group by 1, 2, 3
  )
  select
    sums.bucket_at, sums.function_name, sums.name, sums.calls, sums.refused, sums.failed,
    round(100.0 * sums.failed / nullif(sums.calls, 0), 2), round(sums.spent / nullif(sums.calls, 0), 1),
    private.latency_percentile(histograms.counts, 0.5, sums.longest),
    private.latency_percentile(histograms.counts, 0.95, sums.longest),
    private.latency_percentile(histograms.counts, 0.99, sums.longest),
    sums.longest
  from sums
  join histograms using (bucket_at, function_name, name)
  order by sums.bucket_at, sums.function_name, sums.name;
end;
$$;
comment on function private.get_request_metrics(timestamptz, timestamptz, interval, text) is
  'Body of public.get_request_metrics.';
grant execute on function private.get_request_metrics(timestamptz, timestamptz, interval, text) to authenticated;

create function public.get_request_metrics(
  from_at timestamptz default null,
  until_at timestamptz default null,
  bucket interval default '5 minutes',
  kind text default 'endpoint'
)
  returns table (
    bucket_at timestamptz, function_name text, name text, call_count bigint, refused_count bigint, failed_count bigint,
    error_percent numeric, average_ms numeric, percentile_50_ms int, percentile_95_ms int, percentile_99_ms int,
    longest_ms int
  )
  language sql stable set search_path = ''
as $$
  select * from private.get_request_metrics(
    get_request_metrics.from_at, get_request_metrics.until_at, get_request_metrics.bucket, get_request_metrics.kind
  )
$$;
comment on function public.get_request_metrics(timestamptz, timestamptz, interval, text) is
  $$How often things were called, how many calls failed and how long they took, for each bucket of time.

For platform admins with a second factor. kind is "endpoint" (routes of functions), "job" (kinds of jobs), "provider"
(calls of outside services), "error" (failures by class) or "event" (topics that are watched). refused_count are
statuses 400 to 499, failed_count those above and what error_percent is of. Percentiles come from a histogram and are
exact to a bucket of it. The last hour when left out; at most 31 days and 1500 buckets.$$;
grant execute on function public.get_request_metrics(timestamptz, timestamptz, interval, text) to authenticated;

-- Definer: statistics of the server and the queue, which no API role reads.
create function private.get_system_health()
  returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'connections_used', (select sum(pg_stat_database.numbackends) from pg_catalog.pg_stat_database),
    'connections_max', current_setting('max_connections')::int,
    'database_bytes', pg_database_size(current_database()),
    'due_job_count', (
      select count(*) from private.jobs where jobs.state in ('queued', 'failed') and jobs.run_at <= now()
    ),
    'oldest_due_job_seconds', (
      select coalesce(round(extract(epoch from now() - min(jobs.run_at))), 0)
      from private.jobs where jobs.state in ('queued', 'failed') and jobs.run_at <= now()
    ),
    'dead_job_count', (select count(*) from private.jobs where jobs.state = 'dead'),
    'firing_alert_count', (select count(*) from private.alerts where alerts.state = 'firing'),
    'providers', (
      select coalesce(jsonb_agg(to_jsonb(called) order by called.name), '[]')
      from (
        select split_part(request_metrics.name, '.', 1) as name, sum(request_metrics.call_count) as call_count,
          sum(request_metrics.failed_count) as failed_count
        from private.request_metrics
        where request_metrics.kind = 'provider' and request_metrics.minute_at > now() - interval '5 minutes'
        group by split_part(request_metrics.name, '.', 1)
      ) as called
    )
  )
$$;
comment on function private.get_system_health() is 'Body of public.get_system_health.';
grant execute on function private.get_system_health() to service_role;

create function public.get_system_health()
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_system_health()
$$;
comment on function public.get_system_health() is
  $$Connections, size of the database, queue, open alerts, and the calls of providers in the last five minutes.

What the health endpoint tells operators. For the backend itself.$$;
grant execute on function public.get_system_health() to service_role;
