-- What had to be left because nobody knew whose it was.
create index webhook_events_unresolved_idx on private.webhook_events ((payload #>> '{data,object,customer}'))
  where provider = 'stripe' and state = 'ignored'
    and last_error in ('organization_unknown', 'organization_has_another_customer');

-- Definer: writers of customers hold no grant on the inbox.
create function private.billing_customers_replay()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id bigint;
begin
  for v_id in
    update private.webhook_events as events
    set state = 'received', replay_count = events.replay_count + 1, last_error = null, finished_at = null
    where events.provider = 'stripe' and events.state = 'ignored'
      and events.last_error in ('organization_unknown', 'organization_has_another_customer')
      and (
        events.payload #>> '{data,object,customer}' = new.provider_customer_id
        or events.object_key = 'customer:' || new.provider_customer_id
        -- Now that the organization has no other customer.
        or new.deleted_at is not null
          and events.payload #>> '{data,object,metadata,organization_id}' = new.organization_id::text
      )
    returning events.id
  loop
    perform private.enqueue_job(
      'webhook_event.process', jsonb_build_object('webhook_event_id', v_id), dedupe_key := v_id::text
    );
  end loop;
  return null;
end;
$$;
comment on function private.billing_customers_replay() is
  'Has events that came before it was known whose they are processed again, once a customer is known or gone.';
create trigger t900_replay_new after insert on public.billing_customers
  for each row when (new.provider = 'stripe') execute function private.billing_customers_replay();
create trigger t900_replay after update on public.billing_customers
  for each row when (new.provider = 'stripe' and old.deleted_at is null and new.deleted_at is not null)
  execute function private.billing_customers_replay();

-- Definer: workers end jobs through functions and hold no grant on the runs.
create function private.jobs_follow_stripe_sync()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.billing_sync_runs as runs
  set finished_at = now(), last_error = coalesce(new.last_error, 'The job was stopped')
  where runs.id::text = new.payload ->> 'run_id' and runs.finished_at is null;
  return null;
end;
$$;
comment on function private.jobs_follow_stripe_sync() is 'Ends a run whose job gave up.';
create trigger t900_follow_stripe_sync after update of state on private.jobs
  for each row when (
    new.kind = 'billing.sync_stripe' and new.state is distinct from old.state and new.state in ('dead', 'cancelled')
  )
  execute function private.jobs_follow_stripe_sync();
