-- Stand-in for pg_cron: the same schema, tables, functions and rights. What runs the jobs is local/scheduler, which
-- listens on the channel cron_job.

create schema cron;

create sequence cron.jobid_seq;
create sequence cron.runid_seq;

create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport int not null default current_setting('port')::int,
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);
alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);

create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

-- A word of a field as a number: a name where the field has names, else digits; null for anything else.
create function cron._field_number(word text, lowest int, names text[]) returns int
  language sql immutable set search_path = ''
as $$
  select coalesce(
    array_position(names, lower(word)) - 1 + lowest,
    case when word ~ '^[0-9]{1,9}$' then word::int end
  )
$$;

-- Reads a field as pg_cron's parser does, which is Vixie's: what follows a complete item up to the next blank is
-- skipped, and a range that runs backwards is an empty one, no error.
create function cron._field_is_valid(field text, lowest int, highest int, names text[]) returns boolean
  language plpgsql immutable set search_path = ''
as $$
declare
  v_rest text := field;
  v_word text;
  v_first int;
  v_last int;
  v_step int;
begin
  loop
    if left(v_rest, 1) = '*' then
      v_first := lowest;
      v_last := highest;
      v_rest := substr(v_rest, 2);
    else
      v_word := coalesce(substring(v_rest from '^[0-9A-Za-z]+'), '');
      v_first := cron._field_number(v_word, lowest, names);
      v_rest := substr(v_rest, length(v_word) + 1);
      if v_first is null or left(v_rest, 1) = '/' then
        return false;
      end if;
      v_last := v_first;
      if left(v_rest, 1) = '-' then
        v_word := coalesce(substring(v_rest from '^-([0-9A-Za-z]+)'), '');
        v_last := cron._field_number(v_word, lowest, names);
        v_rest := substr(v_rest, length(v_word) + 2);
        if v_last is null then
          return false;
        end if;
      end if;
    end if;
    v_step := 1;
    if left(v_rest, 1) = '/' then
      v_word := coalesce(substring(v_rest from '^/([0-9A-Za-z]+)'), '');
      v_step := cron._field_number(v_word, 0, null);
      v_rest := substr(v_rest, length(v_word) + 2);
      if coalesce(v_step, 0) = 0 then
        return false;
      end if;
    end if;
    if v_first not between lowest and highest or v_last not between lowest and highest then
      return false;
    end if;
    exit when left(v_rest, 1) <> ',';
    v_rest := substr(v_rest, 2);
  end loop;
  return true;
end
$$;

create function cron._schedule_is_valid(schedule text) returns boolean
  language plpgsql immutable set search_path = ''
as $$
declare
  -- What follows the fifth field is not looked at.
  v_fields text[] := regexp_split_to_array(ltrim(schedule, E' \t\n'), '[ \t\n]+');
begin
  if schedule ~* '^\s*[0-9]+\s+seconds?\s*$' then
    return v_fields[1] ~ '^0*[1-5]?[0-9]$' and v_fields[1]::int > 0;
  end if;
  if v_fields[1] in ('@reboot', '@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly') then
    return true;
  end if;
  return array_length(v_fields, 1) >= 5
    and cron._field_is_valid(v_fields[1], 0, 59, null)
    and cron._field_is_valid(v_fields[2], 0, 23, null)
    and (v_fields[3] = '$' or cron._field_is_valid(v_fields[3], 1, 31, null))
    and cron._field_is_valid(v_fields[4], 1, 12, '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}')
    and cron._field_is_valid(v_fields[5], 0, 7, '{sun,mon,tue,wed,thu,fri,sat,sun}');
end
$$;

-- Clients may read cron.job but not write it (as hosted); the functions below may, for the role that calls them. The
-- real ones are C and simply ask for the caller. SQL offers no such thing to a SECURITY DEFINER function, so the
-- functions run as the caller and insert into this view: its column `username` has the default current_user, which is
-- the caller's, and nobody is granted to fill that column with anything else.
create view cron._request as
select
  null::text as action, null::bigint as jobid, null::text as jobname, null::text as schedule, null::text as command,
  null::text as database, null::text as for_username, null::boolean as active, null::text as username
where false;
alter view cron._request alter column username set default current_user;

create function cron._handle_request() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  v_job cron.job;
  v_is_superuser boolean := (select rolsuper from pg_catalog.pg_roles where rolname = new.username);
begin
  if new.action like 'schedule%' then
    if new.action = 'schedule_named' and new.jobname is null then
      raise exception 'job_name can not be NULL' using errcode = 'XX000';
    end if;
    if new.schedule is null then
      raise exception 'schedule can not be NULL' using errcode = 'XX000';
    end if;
    if new.command is null then
      raise exception 'command can not be NULL' using errcode = 'XX000';
    end if;
  end if;
  if new.schedule is not null and not cron._schedule_is_valid(new.schedule) then
    raise exception 'invalid schedule: %', new.schedule
      using errcode = '22023', hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
  if new.database is not null and not exists (select from pg_catalog.pg_database where datname = new.database) then
    raise exception 'database "%" does not exist', new.database using errcode = '3D000';
  end if;
  if new.for_username is not null and new.for_username <> new.username then
    if not v_is_superuser then
      raise exception 'must be superuser to %',
        case new.action when 'alter' then 'alter username' else 'create a job for another role' end
        using errcode = '42501';
    end if;
    perform quote_ident(new.for_username)::regrole;
  end if;
  if new.database is not null
    and not has_database_privilege(coalesce(new.for_username, new.username), new.database, 'connect')
  then
    raise exception 'User % does not have CONNECT privilege on %', coalesce(new.for_username, new.username), new.database
      using errcode = '42501';
  end if;

  if new.action like 'schedule%' then
    if new.jobname is null then
      insert into cron.job (schedule, command, database, username, active)
      values (new.schedule, new.command, coalesce(new.database, current_database()),
        coalesce(new.for_username, new.username), coalesce(new.active, true))
      returning * into v_job;
    else
      insert into cron.job as job (jobname, schedule, command, database, username, active)
      values (new.jobname, new.schedule, new.command, coalesce(new.database, current_database()),
        coalesce(new.for_username, new.username), coalesce(new.active, true))
      on conflict on constraint jobname_username_uniq do update
      set schedule = excluded.schedule, command = excluded.command,
        database = coalesce(new.database, job.database), active = coalesce(new.active, job.active)
      returning * into v_job;
    end if;
  elsif new.action = 'alter' then
    update cron.job
    set schedule = coalesce(new.schedule, job.schedule), command = coalesce(new.command, job.command),
      database = coalesce(new.database, job.database), username = coalesce(new.for_username, job.username),
      active = coalesce(new.active, job.active)
    where job.jobid = new.jobid and (job.username = new.username or v_is_superuser)
    returning * into v_job;
    if not found then
      raise exception 'Job % does not exist or you don''t own it', new.jobid using errcode = 'XX000';
    end if;
  else
    delete from cron.job
    where (job.jobid = new.jobid and (job.username = new.username or v_is_superuser))
      or (new.jobid is null and job.jobname = new.jobname and job.username = new.username)
    returning * into v_job;
    if not found then
      raise exception 'could not find valid entry for job %', coalesce(new.jobid::text, quote_literal(new.jobname))
        using errcode = 'XX000';
    end if;
  end if;
  new.jobid := v_job.jobid;
  return new;
end
$$;
create trigger handle_request instead of insert on cron._request
  for each row execute function cron._handle_request();

create function cron.schedule(schedule text, command text) returns bigint
  language sql set search_path = ''
as $$
  insert into cron._request (action, schedule, command)
  values ('schedule', schedule.schedule, schedule.command) returning jobid
$$;
comment on function cron.schedule(text, text) is 'schedule a pg_cron job';

create function cron.schedule(job_name text, schedule text, command text) returns bigint
  language sql set search_path = ''
as $$
  insert into cron._request (action, jobname, schedule, command)
  values ('schedule_named', schedule.job_name, schedule.schedule, schedule.command) returning jobid
$$;
comment on function cron.schedule(text, text, text) is 'schedule a pg_cron job';

create function cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text default null, active boolean default true
)
  returns bigint language sql set search_path = ''
as $$
  insert into cron._request (action, jobname, schedule, command, database, for_username, active)
  values ('schedule_named', schedule_in_database.job_name, schedule_in_database.schedule, schedule_in_database.command,
    schedule_in_database.database, schedule_in_database.username, schedule_in_database.active)
  returning jobid
$$;
comment on function cron.schedule_in_database(text, text, text, text, text, boolean) is 'schedule a pg_cron job';

create function cron.alter_job(
  job_id bigint, schedule text default null, command text default null, database text default null,
  username text default null, active boolean default null
)
  returns void language sql set search_path = ''
as $$
  insert into cron._request (action, jobid, schedule, command, database, for_username, active)
  values ('alter', alter_job.job_id, alter_job.schedule, alter_job.command, alter_job.database, alter_job.username,
    alter_job.active)
$$;
comment on function cron.alter_job(bigint, text, text, text, text, boolean) is
  'Alter the job identified by job_id. Any option left as NULL will not be modified.';

create function cron.unschedule(job_id bigint) returns boolean language sql set search_path = '' as $$
  insert into cron._request (action, jobid) values ('unschedule', unschedule.job_id) returning true
$$;
comment on function cron.unschedule(bigint) is 'unschedule a pg_cron job';

create function cron.unschedule(job_name text) returns boolean language sql set search_path = '' as $$
  insert into cron._request (action, jobname) values ('unschedule', unschedule.job_name) returning true
$$;
comment on function cron.unschedule(text) is 'unschedule a pg_cron job';

-- Tells the scheduler at commit; the real extension invalidates its cache here.
create function cron.job_cache_invalidate() returns trigger language plpgsql set search_path = '' as $$
begin
  notify cron_job;
  return null;
end
$$;
comment on function cron.job_cache_invalidate() is 'invalidate job cache';
create trigger cron_job_cache_invalidate after insert or update or delete or truncate on cron.job
  for each statement execute function cron.job_cache_invalidate();

select pg_catalog.pg_extension_config_dump('cron.job', '');
select pg_catalog.pg_extension_config_dump('cron.job_run_details', '');
select pg_catalog.pg_extension_config_dump('cron.jobid_seq', '');
select pg_catalog.pg_extension_config_dump('cron.runid_seq', '');

-- Everybody's rights, for whoever has usage on the schema.
grant select on cron.job to public;
grant select on sequence cron.jobid_seq, cron.runid_seq to public;
grant select, delete on cron.job_run_details to public;
grant insert (action, jobid, jobname, schedule, command, database, for_username, active), select (jobid)
  on cron._request to public;
revoke execute on function
  cron._handle_request, cron.schedule_in_database, cron.alter_job from public;

-- What postgres has when hosted.
grant usage on schema cron to postgres with grant option;
grant select on cron.job to postgres with grant option;
grant select, insert, update, delete, truncate, references on cron.job_run_details to postgres with grant option;
grant execute on function cron.schedule_in_database, cron.alter_job to postgres with grant option;
