create function private.purge_request_metrics(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  -- decisions.md: request metrics 30 days.
  v_retention constant interval := interval '30 days';
  v_alert_retention constant interval := interval '90 days';
  v_count int;
  v_total int;
begin
  delete from private.request_metrics
  where request_metrics.ctid = any (array(
    select old.ctid from private.request_metrics as old
    where old.minute_at < now() - v_retention
    order by old.minute_at
    limit purge_request_metrics.batch_size
  ));
  get diagnostics v_total = row_count;
  delete from private.alerts where alerts.state = 'resolved' and alerts.resolved_at < now() - v_alert_retention;
  get diagnostics v_count = row_count;
  return v_total + v_count;
end;
$$;
comment on function private.purge_request_metrics(int) is
  'Deletes measurements older than 30 days and alerts that ended more than 90 days ago, and returns how many.';

create function private.job_purge_request_metrics(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'platform_purge_request_metrics', 'private.purge_request_metrics'::regproc, job_purge_request_metrics.batch_size
  )
$$;
comment on function private.job_purge_request_metrics(int) is 'Keeps measurements at 30 days and alerts at 90.';

-- Without private.run_recurring: a record each minute that says "0" would only be in the way.
create function private.job_evaluate_alerts(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.evaluate_alerts() where job_evaluate_alerts.batch_size > 0
$$;
comment on function private.job_evaluate_alerts(int) is 'Looks at the alert rules.';

select private.register_cron_job('platform_evaluate_alerts', '* * * * *', 'select private.job_evaluate_alerts(1)');
-- Often enough for 500 endpoints a minute.
select private.register_cron_job(
  'platform_purge_request_metrics', '41 * * * *', 'select private.job_purge_request_metrics(50000)'
);
select private.install_cron_jobs();

-- What must be known is counted: the alert rule of a topic looks at the count.
select private.subscribe('payment.failed', 'alert.count_event');
