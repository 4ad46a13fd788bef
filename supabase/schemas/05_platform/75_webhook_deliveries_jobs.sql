create function private.purge_webhook_deliveries(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_retention constant interval := interval '30 days';
  v_count int;
begin
  -- Deliveries and their attempts go with the message.
  delete from public.webhook_messages where webhook_messages.id in (
    select old.id from public.webhook_messages as old
    where old.created_at < now() - v_retention
    order by old.created_at
    limit purge_webhook_deliveries.batch_size
  );
  get diagnostics v_count = row_count;
  delete from private.webhook_secrets where webhook_secrets.expires_at < now();
  return v_count;
end;
$$;
comment on function private.purge_webhook_deliveries(int) is
  'Deletes messages to webhook endpoints after 30 days, with their deliveries, and secrets that sign no more.';

create function private.job_purge_webhook_deliveries(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'platform_purge_webhook_deliveries', 'private.purge_webhook_deliveries'::regproc,
    job_purge_webhook_deliveries.batch_size
  )
$$;
comment on function private.job_purge_webhook_deliveries(int) is 'Keeps the log of webhook deliveries at 30 days.';

select private.register_cron_job(
  'platform_purge_webhook_deliveries', '33 * * * *', 'select private.job_purge_webhook_deliveries(20000)'
);
select private.install_cron_jobs();
