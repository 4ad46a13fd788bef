create function private.purge_webhook_events(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_retention constant interval
    := make_interval(days => private.setting_integer('webhook_events.retention_days')::int);
  -- Far longer than any provider goes on sending an event.
  v_object_retention constant interval := interval '180 days';
  v_count int;
  v_total int;
begin
  -- Dead events stay until an operator has seen to them.
  delete from private.webhook_events where webhook_events.id in (
    select old.id from private.webhook_events as old
    where old.finished_at < now() - v_retention and old.state <> 'dead'
    order by old.finished_at
    limit purge_webhook_events.batch_size
    for update skip locked
  );
  get diagnostics v_total = row_count;
  delete from private.webhook_objects where (webhook_objects.provider, webhook_objects.object_key) in (
    select old.provider, old.object_key from private.webhook_objects as old
    where old.updated_at < now() - v_object_retention
    order by old.updated_at
    limit purge_webhook_events.batch_size
    for update skip locked
  );
  get diagnostics v_count = row_count;
  return v_total + v_count;
end;
$$;
comment on function private.purge_webhook_events(int) is
  'Deletes events that were done with long ago and marks of objects unheard of for 180 days, and returns how many.';

create function private.job_purge_webhook_events(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'platform_purge_webhook_events', 'private.purge_webhook_events'::regproc, job_purge_webhook_events.batch_size
  )
$$;
comment on function private.job_purge_webhook_events(int) is 'Keeps the webhook inbox as long as the setting webhook_events.retention_days says.';

select private.register_cron_job(
  'platform_purge_webhook_events', '37 3 * * *', 'select private.job_purge_webhook_events(50000)'
);
select private.install_cron_jobs();
