create function private.purge_sign_in_attempts(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  delete from private.sign_in_attempts where sign_in_attempts.account in (
    select old.account from private.sign_in_attempts as old
    -- Longer ago than any lock lasts.
    where old.last_tried_at < now() - interval '1 hour'
    order by old.last_tried_at
    limit purge_sign_in_attempts.batch_size
    for update skip locked
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.purge_sign_in_attempts(int) is
  'Deletes failed sign-ins that no longer count, and returns how many.';

create function private.job_purge_sign_in_attempts(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'identity_purge_sign_in_attempts', 'private.purge_sign_in_attempts'::regproc, job_purge_sign_in_attempts.batch_size
  )
$$;
comment on function private.job_purge_sign_in_attempts(int) is 'Keeps failed sign-ins for an hour.';

select private.register_cron_job(
  'identity_purge_sign_in_attempts', '23 * * * *', 'select private.job_purge_sign_in_attempts(20000)'
);
select private.install_cron_jobs();
