-- Not where a statement sets it itself, as the two do that change each job: they are called for thousands of rows a second.
create trigger t100_set_updated_at before update on private.jobs
  for each row when (new.updated_at = old.updated_at) execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.worker_heartbeats
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.event_subscriptions
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.cron_runs
  for each row execute function private.set_updated_at();

-- Definer: whoever's change enqueued the job holds no grant on these tables.
create function private.jobs_wake_worker()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_queue text;
begin
  for v_queue in
    select distinct fresh.queue from fresh
    where fresh.state = 'queued' and fresh.run_at <= clock_timestamp() + private.wake_horizon()
      and not exists (
        select from private.worker_heartbeats
        where fresh.queue = any (worker_heartbeats.queues)
          -- One that is about to leave may not see the row of a transaction which commits later.
          and worker_heartbeats.polls_until > clock_timestamp() + interval '500 milliseconds'
      )
  loop
    perform private.wake_worker(v_queue);
  end loop;
  return null;
end;
$$;
comment on function private.jobs_wake_worker() is
  'Calls the worker function as soon as the new jobs commit, unless one is polling their queue.';
create trigger t900_wake_worker after insert on private.jobs
  referencing new table as fresh
  for each statement execute function private.jobs_wake_worker();
