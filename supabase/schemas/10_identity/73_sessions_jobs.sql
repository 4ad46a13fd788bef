create function private.purge_sessions(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
  v_total int;
begin
  -- postgres may delete rows of Auth when hosted, too; refresh tokens and proofs go with their session.
  delete from auth.sessions where sessions.id in (
    select old.id from auth.sessions as old
    where old.created_at < now() - private.session_timebox() or old.not_after < now()
    limit purge_sessions.batch_size
    for update skip locked
  );
  get diagnostics v_total = row_count;
  delete from private.known_devices as devices where (devices.user_id, devices.fingerprint) in (
    select old.user_id, old.fingerprint from private.known_devices as old
    where old.last_seen_at < now() - private.known_device_window()
      -- The last one stays: without any, the next sign-in would count as the first and not be told.
      and exists (
        select from private.known_devices as later
        where later.user_id = old.user_id and later.last_seen_at > old.last_seen_at
      )
    order by old.last_seen_at
    limit purge_sessions.batch_size
  );
  get diagnostics v_count = row_count;
  return v_total + v_count;
end;
$$;
comment on function private.purge_sessions(int) is
  'Deletes sessions whose time is over and devices that were long not seen, and returns how many.';

create function private.job_purge_sessions(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'identity_purge_sessions', 'private.purge_sessions'::regproc, job_purge_sessions.batch_size
  )
$$;
comment on function private.job_purge_sessions(int) is 'Cleans up sessions that expired.';

select private.register_cron_job('identity_purge_sessions', '11 * * * *', 'select private.job_purge_sessions(10000)');
select private.install_cron_jobs();
