create trigger t100_set_updated_at before update on private.webhook_events
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.webhook_objects
  for each row execute function private.set_updated_at();

-- Definer: workers end jobs through functions and hold no grant on the events.
create function private.jobs_follow_webhook_event()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.webhook_events set
    state = case new.state
      when 'queued' then 'received'::private.webhook_event_state
      when 'running' then 'processing'
      when 'failed' then 'failed'
      when 'dead' then 'dead'
      when 'cancelled' then 'discarded'
      else case when new.result ->> 'outcome' in ('ignored', 'stale')
        then (new.result ->> 'outcome')::private.webhook_event_state else 'processed' end
    end,
    attempt_count = webhook_events.attempt_count + (new.state = 'running')::int,
    last_error = coalesce(new.last_error, new.result ->> 'reason'),
    finished_at = new.finished_at
  where webhook_events.id = (new.payload ->> 'webhook_event_id')::bigint;
  return null;
end;
$$;
comment on function private.jobs_follow_webhook_event() is
  'Keeps the state of an event at that of its job, however the job gets there: a lost worker, an operator, a retry.';
create trigger t900_follow_webhook_event after update of state on private.jobs
  for each row when (new.kind = 'webhook_event.process' and new.state is distinct from old.state)
  execute function private.jobs_follow_webhook_event();

-- Definer: workers end jobs through functions and hold no grant on the queue.
create function private.webhook_events_emit_unresolved()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.emit_event(
    'webhook_event.unresolved', null,
    jsonb_build_object(
      'webhook_event_id', new.id, 'provider', new.provider, 'event_type', new.event_type, 'object_key', new.object_key,
      'reason', new.last_error
    ),
    concat_ws(':', 'webhook_event.unresolved', new.provider, new.last_error, new.object_key)
  );
  return null;
end;
$$;
comment on function private.webhook_events_emit_unresolved() is
  'Emits webhook_event.unresolved, once for each reason and object: an operator has to look at it.';
create trigger t900_emit_unresolved after update of state on private.webhook_events
  for each row when (
    new.state in ('processed', 'ignored', 'stale') and new.state is distinct from old.state and new.last_error is not null
  )
  execute function private.webhook_events_emit_unresolved();
