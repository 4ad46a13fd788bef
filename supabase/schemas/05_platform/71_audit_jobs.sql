create function private.make_audit_partitions(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select count(*)::int
  from (
    select private.ensure_month_partition(partitioned.name, now() + make_interval(months => ahead)) as was_made
    from (values ('public.audit_logs'::regclass), ('private.audit_seals')) as partitioned (name)
    cross join generate_series(0, make_audit_partitions.batch_size) as ahead
  ) as month
  where month.was_made
$$;
comment on function private.make_audit_partitions(int) is
  'Makes the partitions of the audit log and its seals for this month and so many after it, and returns their number.';

create function private.job_make_audit_partitions(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'platform_make_audit_partitions', 'private.make_audit_partitions'::regproc, job_make_audit_partitions.batch_size
  )
$$;
comment on function private.job_make_audit_partitions(int) is 'Makes partitions of the audit log ahead.';

create function private.job_seal_audit_logs(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'platform_seal_audit_logs', 'private.seal_audit_logs'::regproc, job_seal_audit_logs.batch_size
  )
$$;
comment on function private.job_seal_audit_logs(int) is 'Seals new entries of the audit log into their hash chains.';

create function private.audit_retention()
  returns interval
  language sql immutable set search_path = ''
as $$
  select interval '24 months'
$$;
comment on function private.audit_retention() is 'How long audit entries are kept at least.';

create function private.drop_audit_months(batch_size int)
  returns int
  -- Who writes an entry waits for the drop, so the drop does not wait long for others.
  language plpgsql volatile set search_path = '' set lock_timeout = '5s'
as $$
declare
  v_month record;
  v_count bigint;
  v_dropped int := 0;
begin
  -- What happened must be in the chain before it goes.
  while private.seal_audit_logs(50000) > 0 loop
  end loop;
  for v_month in
    select old.partition, old.month,
      to_regclass('private.' || private.month_partition_name('private.audit_seals', old.month)) as seals
    from private.month_partitions('public.audit_logs') as old
    where old.month + interval '1 month' <= now() - private.audit_retention()
    order by old.month
    limit drop_audit_months.batch_size
  loop
    execute format('select count(*) from %s', v_month.partition) into v_count;
    insert into private.audit_dropped_months (month, entry_count) values (v_month.month, v_count);
    execute format('drop table %s', v_month.partition);
    if v_month.seals is not null then
      -- Seals of a month are of entries until then, which are all gone now: the oldest part of their chains.
      execute format(
        'update private.audit_chains set dropped_sequence = last.sequence, dropped_hash = last.hash '
          'from ('
          'select distinct on (chain_id) chain_id, sequence, hash from %s order by chain_id, sequence desc'
          ') as last where last.chain_id = audit_chains.chain_id', v_month.seals
      );
      execute format('drop table %s', v_month.seals);
    end if;
    v_dropped := v_dropped + 1;
  end loop;
  return v_dropped;
end;
$$;
comment on function private.drop_audit_months(int) is
  'Drops whole months of the audit log that are older than private.audit_retention() and returns how many.';

create function private.job_cleanup_audit_logs(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring(
    'platform_cleanup_audit_logs', 'private.drop_audit_months'::regproc, job_cleanup_audit_logs.batch_size
  )
$$;
comment on function private.job_cleanup_audit_logs(int) is
  'Keeps the audit log at 24 months and records where each hash chain now begins.';

select private.register_cron_job('platform_seal_audit_logs', '* * * * *', 'select private.job_seal_audit_logs(50000)');
select private.register_cron_job(
  'platform_make_audit_partitions', '7 2 * * *', 'select private.job_make_audit_partitions(3)'
);
select private.register_cron_job(
  'platform_cleanup_audit_logs', '37 2 * * *', 'select private.job_cleanup_audit_logs(3)'
);
select private.install_cron_jobs();
select private.make_audit_partitions(3);
