create function private.measure_alerts()
  returns table (rule_key text, subject text, value numeric, is_bad boolean)
  language sql stable set search_path = ''
as $$
  with rules as (
    select * from private.alert_rules where alert_rules.is_enabled
  ),
  -- Minutes that are over and the present one: what failed at once is known at once.
  measured as (
    select rules.key, '' as subject, sum(request_metrics.call_count) as calls,
      case rules.metric
        when 'error_percent' then 100.0 * sum(request_metrics.failed_count)
        else sum(request_metrics.total_ms)
      end / nullif(sum(request_metrics.call_count), 0) as value
    from rules
    join private.request_metrics on request_metrics.kind = 'endpoint'
      and request_metrics.minute_at > now() - rules.window_length
    where rules.metric in ('error_percent', 'average_ms')
    -- The worker's answer takes as long as there is work, and a probe's bad news is no error of ours.
      and request_metrics.function_name not in ('worker', 'health')
    group by rules.key, rules.metric
    union all
    select rules.key, split_part(request_metrics.name, '.', 1), sum(request_metrics.call_count),
      100.0 * sum(request_metrics.failed_count) / nullif(sum(request_metrics.call_count), 0)
    from rules
    join private.request_metrics on request_metrics.kind = 'provider'
      and request_metrics.minute_at > now() - rules.window_length
    where rules.metric = 'provider_error_percent'
    group by rules.key, split_part(request_metrics.name, '.', 1)
    union all
    select rules.key, '', sum(request_metrics.call_count), sum(request_metrics.call_count)
    from rules
    join private.request_metrics on request_metrics.name = rules.subject
      and request_metrics.kind = case rules.metric when 'error_count' then 'error' else 'event' end::private.metric_kind
      and request_metrics.minute_at > now() - rules.window_length
    where rules.metric in ('error_count', 'event_count')
    group by rules.key
    union all
    select rules.key, jobs.queue, count(*), count(*)
    from rules
    join private.jobs on jobs.state = 'dead' and jobs.finished_at > now() - rules.window_length
    where rules.metric = 'dead_job_count'
    group by rules.key, jobs.queue
    union all
    select rules.key, jobs.queue, count(*), extract(epoch from now() - min(jobs.run_at))
    from rules
    join private.jobs on jobs.state in ('queued', 'failed') and jobs.run_at <= now()
    where rules.metric = 'queue_age_seconds'
    group by rules.key, jobs.queue
    union all
    select rules.key, '', 1,
      100.0 * (select sum(pg_stat_database.numbackends) from pg_catalog.pg_stat_database)
        / current_setting('max_connections')::int
    from rules where rules.metric = 'connection_percent'
  )
  select measured.key, measured.subject, round(measured.value, 2),
    measured.value > rules.threshold and measured.calls >= rules.least_count
  from measured join rules using (key)
$$;
comment on function private.measure_alerts() is
  $$The present value of every enabled alert rule, for each subject it watches.

A rule or subject without a row has nothing to say, which counts as good.$$;

create function private.alert_message(alert private.alerts, event text)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'alert_id', (alert_message.alert).id, 'event', alert_message.event, 'rule', alert_rules.key,
    'subject', (alert_message.alert).subject, 'severity', alert_rules.severity, 'summary', alert_rules.summary,
    'value', (alert_message.alert).value, 'threshold', alert_rules.threshold,
    'since', (alert_message.alert).bad_since
  )
  from private.alert_rules where alert_rules.key = (alert_message.alert).rule_key
$$;
comment on function private.alert_message(private.alerts, text) is
  'What a job of kind alert.send is given beside its channel; event is "fired", "repeated" or "resolved".';
