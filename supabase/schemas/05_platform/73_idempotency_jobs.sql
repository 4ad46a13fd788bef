create function private.purge_idempotency_keys(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  delete from private.idempotency_keys as known where (known.caller, known.key) in (
    select old.caller, old.key from private.idempotency_keys as old
    where old.expires_at < now()
    order by old.expires_at
    limit purge_idempotency_keys.batch_size
    for update skip locked
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.purge_idempotency_keys(int) is
  'Deletes idempotency keys that are older than 24 hours, and returns how many.';

create function private.job_purge_idempotency_keys(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'platform_purge_idempotency_keys', 'private.purge_idempotency_keys'::regproc, job_purge_idempotency_keys.batch_size
  )
$$;
comment on function private.job_purge_idempotency_keys(int) is 'Keeps idempotency keys at 24 hours.';

select private.register_cron_job(
  'platform_purge_idempotency_keys', '*/10 * * * *', 'select private.job_purge_idempotency_keys(20000)'
);
select private.install_cron_jobs();
