create function private.make_audit_partitions(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select count(*)::int
  from (
    select private.ensure_audit_partition(now() + make_interval(months => ahead)) as was_made
    from generate_series(0, make_audit_partitions.batch_size) as ahead
  ) as month
  where month.was_made
$$;
comment on function private.make_audit_partitions(int) is
  'Makes the partitions of the audit log for this month and as many as are given after it, and returns how many were made.';

create function private.job_make_audit_partitions(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'platform_make_audit_partitions', 'private.make_audit_partitions'::regproc, job_make_audit_partitions.batch_size
  )
$$;
comment on function private.job_make_audit_partitions(int) is 'Makes partitions of the audit log ahead.';

select private.register_cron_job(
  'platform_make_audit_partitions', '7 2 * * *', 'select private.job_make_audit_partitions(3)'
);
select private.install_cron_jobs();
select private.make_audit_partitions(3);
