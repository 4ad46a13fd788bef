create function private.sync_catalogue(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
begin
  perform private.request_catalogue_sync('daily');
  return 1;
end;
$$;
comment on function private.sync_catalogue(int) is
  'Has prices that begin or end by themselves, and what somebody changed at a provider, put right.';

create function private.job_sync_catalogue(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring('billing_sync_catalogue', 'private.sync_catalogue'::regproc, job_sync_catalogue.batch_size)
$$;
comment on function private.job_sync_catalogue(int) is 'Compares the catalogue with the payment providers once a day.';

select private.register_cron_job('billing_sync_catalogue', '20 0 * * *', 'select private.job_sync_catalogue(1)');
select private.install_cron_jobs();
