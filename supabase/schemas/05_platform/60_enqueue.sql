-- Definer: triggers enqueue for whoever made the change, and nobody else holds a grant on the table.
create function private.enqueue_job(
  kind text,
  payload jsonb default '{}',
  queue text default 'default',
  organization_id uuid default null,
  dedupe_key text default null,
  ordering_key text default null,
  delay interval default '0 seconds',
  priority int default 0,
  max_attempts int default 8,
  created_by uuid default null,
  is_cancellable boolean default false
)
  returns bigint
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id bigint;
begin
  loop
    insert into private.jobs as made
      (kind, payload, queue, organization_id, dedupe_key, ordering_key, run_at, priority, max_attempts, created_by,
        is_cancellable)
    values (
      enqueue_job.kind, enqueue_job.payload, enqueue_job.queue, enqueue_job.organization_id, enqueue_job.dedupe_key,
      enqueue_job.ordering_key, clock_timestamp() + enqueue_job.delay, enqueue_job.priority, enqueue_job.max_attempts,
      enqueue_job.created_by, enqueue_job.is_cancellable
    )
    on conflict do nothing
    returning made.id into v_id;
    if found then
      return v_id;
    end if;
    select jobs.id into v_id from private.jobs
    where jobs.kind = enqueue_job.kind and jobs.dedupe_key = enqueue_job.dedupe_key
      and jobs.state in ('queued', 'running', 'failed');
    if found then
      return v_id;
    end if;
    -- It ended between the two looks: now there is room.
  end loop;
end;
$$;
comment on function private.enqueue_job(text, jsonb, text, uuid, text, text, interval, int, int, uuid, boolean) is
  $$Adds a job and returns its id; with a dedupe key that a live job of the kind has, that one's id.

Part of the caller's transaction: a change that is undone leaves no job behind.$$;
grant execute on function private.enqueue_job(text, jsonb, text, uuid, text, text, interval, int, int, uuid, boolean) to service_role;

create function public.enqueue_job(
  kind text,
  payload jsonb default '{}',
  queue text default 'default',
  organization_id uuid default null,
  dedupe_key text default null,
  ordering_key text default null,
  delay_seconds int default 0,
  priority int default 0,
  max_attempts int default 8,
  created_by uuid default null,
  is_cancellable boolean default false
)
  returns bigint
  language sql volatile set search_path = ''
as $$
  select private.enqueue_job(
    enqueue_job.kind, enqueue_job.payload, enqueue_job.queue, enqueue_job.organization_id, enqueue_job.dedupe_key,
    enqueue_job.ordering_key, make_interval(secs => enqueue_job.delay_seconds), enqueue_job.priority,
    enqueue_job.max_attempts, enqueue_job.created_by, enqueue_job.is_cancellable
  )
$$;
comment on function public.enqueue_job(text, jsonb, text, uuid, text, text, int, int, int, uuid, boolean) is
  $$Adds a job and returns its id. For the backend itself.

With a dedupe_key that a live job of the same kind has, the answer is that job's id. Jobs of one ordering_key run one
at a time in the order they were added. created_by is the person who may follow it with get_job_progress, and stop it
with request_job_cancellation when is_cancellable.$$;
grant execute on function public.enqueue_job(text, jsonb, text, uuid, text, text, int, int, int, uuid, boolean) to service_role;

-- Definer: as private.enqueue_job.
create function private.emit_event(topic text, organization_id uuid, payload jsonb, dedupe_key text default null)
  returns int
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_count int;
begin
  if emit_event.topic !~ '^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$' then
    raise exception 'Topic "%" is not named <subject>.<event>', emit_event.topic
      using errcode = 'invalid_parameter_value';
  end if;
  insert into private.jobs (kind, queue, organization_id, dedupe_key, payload)
  select subscriptions.kind, subscriptions.queue, emit_event.organization_id,
    subscriptions.id || ':' || emit_event.dedupe_key,
    jsonb_build_object(
      'topic', emit_event.topic, 'organization_id', emit_event.organization_id, 'occurred_at', now(),
      'event', emit_event.payload
    )
  from private.event_subscriptions as subscriptions
  where subscriptions.is_active
    and private.topic_matches(emit_event.topic, subscriptions.topic_pattern)
    and (subscriptions.organization_id is null or subscriptions.organization_id = emit_event.organization_id)
    -- An event happens once: what was delivered and is still remembered is not delivered again.
    and not exists (
      select from private.jobs
      where jobs.kind = subscriptions.kind
        and jobs.dedupe_key = subscriptions.id || ':' || emit_event.dedupe_key
    )
  on conflict do nothing;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.emit_event(text, uuid, jsonb, text) is
  $$Makes one job for each subscriber of a topic, in the transaction of what happened, and returns how many.

The job's payload is {topic, organization_id, occurred_at, event}. The same dedupe key again makes no job while the
first is kept (14 days).$$;
