create function private.expire_invitations(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_invitations int;
  v_transfers int;
begin
  -- Skips what is being answered; another run takes it, or not any more.
  update public.invitations set status = 'expired', ended_at = invitations.expires_at
  where invitations.id in (
    select late.id from public.invitations as late
    where late.status = 'pending' and late.expires_at <= now()
    order by late.expires_at
    limit expire_invitations.batch_size
    for update skip locked
  );
  get diagnostics v_invitations = row_count;
  update public.ownership_transfers set status = 'expired', ended_at = ownership_transfers.expires_at
  where ownership_transfers.id in (
    select late.id from public.ownership_transfers as late
    where late.status = 'pending' and late.expires_at <= now()
    order by late.expires_at
    limit expire_invitations.batch_size
    for update skip locked
  );
  get diagnostics v_transfers = row_count;
  return v_invitations + v_transfers;
end;
$$;
comment on function private.expire_invitations(int) is
  'Ends invitations and offers of ownership whose time is over, and returns how many. They count as expired before that.';

create function private.job_expire_invitations(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'identity_expire_invitations', 'private.expire_invitations'::regproc, job_expire_invitations.batch_size
  )
$$;
comment on function private.job_expire_invitations(int) is 'Ends invitations and offers of ownership in time.';

create function private.purge_invitations(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  delete from public.invitations where invitations.id in (
    select old.id from public.invitations as old
    where old.ended_at < now() - make_interval(days => private.setting_integer('invitations.retention_days')::int)
    order by old.ended_at
    limit purge_invitations.batch_size
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.purge_invitations(int) is
  'Deletes invitations 90 days after they ended, since they hold addresses of people who may have no account.';

create function private.job_purge_invitations(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'identity_purge_invitations', 'private.purge_invitations'::regproc, job_purge_invitations.batch_size
  )
$$;
comment on function private.job_purge_invitations(int) is 'Keeps ended invitations at 90 days.';

select private.register_cron_job(
  'identity_expire_invitations', '*/5 * * * *', 'select private.job_expire_invitations(5000)'
);
select private.register_cron_job('identity_purge_invitations', '51 * * * *', 'select private.job_purge_invitations(5000)');
select private.install_cron_jobs();
