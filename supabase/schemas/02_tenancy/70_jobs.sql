create function private.job_purge_deleted_organizations(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  -- Skips what a restoration holds; another run takes it, or not any more.
  delete from public.organizations
  where organizations.id in (
    select gone.id from public.organizations as gone
    where gone.deleted_at <= now() - private.organization_restore_window()
    order by gone.deleted_at
    limit job_purge_deleted_organizations.batch_size
    for update skip locked
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.job_purge_deleted_organizations(int) is
  'Removes organizations for good 30 days after their deletion, with all but what the law keeps, and returns how many.';

select private.register_cron_job(
  'tenancy_purge_deleted_organizations', '42 * * * *', 'select private.job_purge_deleted_organizations(100)'
);
select private.install_cron_jobs();
