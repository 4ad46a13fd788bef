create function private.end_impersonations(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  -- Their tokens are worth nothing already; this takes the sessions out of the person's own list.
  with over as (
    select impersonations.id, impersonations.session_id from private.impersonations
    join auth.sessions on sessions.id = impersonations.session_id
    where impersonations.expires_at <= now() or impersonations.ended_at is not null
    order by impersonations.expires_at
    limit end_impersonations.batch_size
  )
  delete from auth.sessions using over where sessions.id = over.session_id;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.end_impersonations(int) is
  'Ends the sessions of impersonations that are over, and returns how many.';

create function private.job_end_impersonations(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'identity_end_impersonations', 'private.end_impersonations'::regproc, job_end_impersonations.batch_size
  )
$$;
comment on function private.job_end_impersonations(int) is 'Ends the sessions of impersonations that are over.';

select private.register_cron_job('identity_end_impersonations', '*/5 * * * *', 'select private.job_end_impersonations(1000)');
select private.install_cron_jobs();
