create function private.copy_api_usage()
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  insert into private.api_usage_days as known (organization_id, day_on, call_count, limit_count)
  select organizations.id, (counters.starts_at at time zone 'UTC')::date, counters.used_count,
    private.entitlement(organizations.id, rules.limit_key)
  from private.rate_limit_counters as counters
  join private.rate_limit_rules as rules
    on rules.name = counters.rule and rules.limit_key = 'max_api_calls_daily' and rules.window_seconds = 86400
  join public.organizations
    on counters.subject = 'organization:' || organizations.id || ' ' || (counters.starts_at at time zone 'UTC')::date
  order by organizations.id
  on conflict (organization_id, day_on) do update
    set call_count = greatest(known.call_count, excluded.call_count),
      -- A day that is over keeps the limit that it ended with.
      limit_count = case
        when excluded.day_on < (now() at time zone 'UTC')::date then known.limit_count else excluded.limit_count
      end
    where (known.call_count, known.limit_count) is distinct from (excluded.call_count, excluded.limit_count);
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.copy_api_usage() is
  'Brings private.api_usage_days to what the counters of the day say, and returns how many rows changed.';

create function private.tidy_rate_limits(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
  v_total int := 0;
begin
  perform private.copy_api_usage();
  delete from private.rate_limit_counters as counters
  where (counters.rule, counters.subject) in (
    select ended.rule, ended.subject from private.rate_limit_counters as ended
    -- Longer ago than any call waits for a lock.
    where ended.ends_at < now() - interval '5 minutes'
    limit tidy_rate_limits.batch_size
    for update skip locked
  );
  get diagnostics v_total = row_count;
  delete from private.rest_writes where (rest_writes.caller, rest_writes.written_at, rest_writes.id) in (
    select old.caller, old.written_at, old.id from private.rest_writes as old
    where old.written_at < now() - (
      select coalesce(max(make_interval(secs => rules.window_seconds)), interval '1 hour')
      from private.rate_limit_rules as rules where rules.endpoint = 'rest.write'
    )
    limit tidy_rate_limits.batch_size
  );
  get diagnostics v_count = row_count;
  v_total := v_total + v_count;
  -- A caller's hour is then sixty rows and not a thousand.
  with single as (
    delete from private.rest_writes where (rest_writes.caller, rest_writes.written_at, rest_writes.id) in (
      select old.caller, old.written_at, old.id from private.rest_writes as old
      where not old.is_summed and old.written_at < date_trunc('minute', now() - interval '1 minute')
      limit tidy_rate_limits.batch_size
    )
    returning rest_writes.caller, rest_writes.written_at
  )
  insert into private.rest_writes (caller, written_at, write_count, is_summed)
  select single.caller, max(single.written_at), count(*), true
  from single
  group by single.caller, date_trunc('minute', single.written_at);
  get diagnostics v_count = row_count;
  return v_total + v_count;
end;
$$;
comment on function private.tidy_rate_limits(int) is
  'Copies the day''s API calls, deletes counts that are over, adds up older writes, and returns how many rows it touched.';

create function private.job_tidy_rate_limits(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'platform_tidy_rate_limits', 'private.tidy_rate_limits'::regproc, job_tidy_rate_limits.batch_size
  )
$$;
comment on function private.job_tidy_rate_limits(int) is 'Keeps the counts of rate limits small and the use of the day copied.';

select private.register_cron_job('platform_tidy_rate_limits', '* * * * *', 'select private.job_tidy_rate_limits(50000)');
select private.install_cron_jobs();
