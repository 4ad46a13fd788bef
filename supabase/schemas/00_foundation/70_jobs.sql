create table private.cron_jobs (
  name text primary key,
  schedule text not null,
  command text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint cron_jobs_name_is_domain_verb_noun check (name ~ '^[a-z]+(_[a-z]+){2,}$'),
  constraint cron_jobs_command_is_one_job check (command ~ '^select private\.job_[a-z_]+\([0-9]*\)$')
);
alter table private.cron_jobs enable row level security;
revoke all on private.cron_jobs from anon, authenticated, service_role;

comment on table private.cron_jobs is $$The schedules that pg_cron should have.

Domains add rows with private.register_cron_job; private.install_cron_jobs brings pg_cron to them. Schedules are data
that a schema difference cannot see, so they are kept here and installed again after a restore or a copy.$$;
comment on column private.cron_jobs.name is 'Name of the job in pg_cron: <domain>_<verb>_<noun>.';
comment on column private.cron_jobs.schedule is 'Five fields in UTC, or "<n> seconds".';
comment on column private.cron_jobs.command is 'One call of a private.job_ function.';
comment on column private.cron_jobs.created_at is 'When the schedule was first registered.';
comment on column private.cron_jobs.updated_at is 'When the schedule last changed.';

create trigger t100_set_updated_at before update on private.cron_jobs
  for each row execute function private.set_updated_at();

create function private.register_cron_job(name text, schedule text, command text)
  returns void
  language sql volatile set search_path = ''
as $$
  insert into private.cron_jobs (name, schedule, command)
  values (register_cron_job.name, register_cron_job.schedule, register_cron_job.command)
  on conflict (name) do update set schedule = excluded.schedule, command = excluded.command
  where (cron_jobs.schedule, cron_jobs.command) is distinct from (excluded.schedule, excluded.command)
$$;

comment on function private.register_cron_job(text, text, text) is
  'Adds or changes a wanted schedule; private.install_cron_jobs puts it into effect.';

create function private.cron_schedule_for(schedule text, version text)
  returns text
  language sql immutable set search_path = ''
as $$
  select case
    when cron_schedule_for.schedule ~ ' seconds?$'
      and (string_to_array(split_part(cron_schedule_for.version, '-', 1), '.'))[1:2]::int[] < array[1, 5]
    then '* * * * *'
    else cron_schedule_for.schedule
  end
$$;

comment on function private.cron_schedule_for(text, text) is
  'The schedule a version of pg_cron understands: before 1.5 there are no seconds, so such a job runs each minute.';

create function private.install_cron_jobs()
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_version text := (select extversion from pg_catalog.pg_extension where extname = 'pg_cron');
  v_job record;
  v_changes int := 0;
begin
  -- A job that was renamed or dropped must not go on calling a function that is gone.
  for v_job in
    select job.jobid from cron.job
    where job.username = current_user and job.command like 'select private.job\_%'
      and not exists (select from private.cron_jobs where cron_jobs.name = job.jobname)
  loop
    perform cron.unschedule(v_job.jobid);
    v_changes := v_changes + 1;
  end loop;
  for v_job in
    select wanted.name, wanted.schedule, wanted.command
    from (
      select cron_jobs.name, private.cron_schedule_for(cron_jobs.schedule, v_version) as schedule, cron_jobs.command
      from private.cron_jobs
    ) as wanted
    where not exists (
      select from cron.job
      where job.jobname = wanted.name and job.schedule = wanted.schedule and job.command = wanted.command
        and job.username = current_user
    )
    order by wanted.name
  loop
    perform cron.schedule(v_job.name, v_job.schedule, v_job.command);
    v_changes := v_changes + 1;
  end loop;
  return v_changes;
end;
$$;

comment on function private.install_cron_jobs() is
  'Brings pg_cron to the rows of private.cron_jobs and returns how many jobs changed; a second call changes nothing.';

create function private.job_purge_cron_history(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  -- decisions.md: job history 14 days.
  v_retention constant interval := interval '14 days';
  v_count int;
begin
  delete from cron.job_run_details
  where job_run_details.runid in (
    select old.runid from cron.job_run_details as old
    where old.end_time < now() - v_retention
    order by old.runid
    limit job_purge_cron_history.batch_size
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.job_purge_cron_history(int) is
  'Deletes run records of pg_cron that ended more than 14 days ago, which nothing else does, and returns how many.';

select private.register_cron_job(
  'foundation_purge_cron_history', '17 3 * * *', 'select private.job_purge_cron_history(100000)'
);
select private.install_cron_jobs();
