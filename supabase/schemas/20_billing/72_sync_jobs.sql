select private.define_setting(
  'billing.sync_overlap_hours', 'integer', '2', 'Hours before the newest event from which events are pulled again', minimum := 0,
  maximum := 720
);

create function private.start_stripe_sync(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
begin
  if not exists (select from private.billing_provider_prices as prices where prices.provider = 'stripe')
    and not exists (select from public.billing_customers as customers where customers.provider = 'stripe') then
    return 0;
  end if;
  -- One at a time; one that never ended does not hold up the next for ever.
  if exists (
    select from private.billing_sync_runs as runs
    where runs.provider = 'stripe' and runs.mode = 'events' and runs.finished_at is null
      and runs.created_at > now() - interval '6 hours'
  ) then
    return 0;
  end if;
  perform private.request_stripe_sync('events', null, false);
  return 1;
end;
$$;
comment on function private.start_stripe_sync(int) is
  'Has the events that Stripe''s webhooks failed to deliver pulled, where Stripe is used; returns how many runs began.';

create function private.purge_stripe_syncs(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count int;
begin
  with due as (
    select runs.id from private.billing_sync_runs as runs
    where runs.created_at < now() - interval '90 days'
      -- The next run goes on where the last one ended.
      and exists (select from private.billing_sync_runs as newer where newer.created_at > runs.created_at and newer.mode = runs.mode)
    order by runs.created_at
    limit purge_stripe_syncs.batch_size
  )
  delete from private.billing_sync_runs using due where billing_sync_runs.id = due.id;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
comment on function private.purge_stripe_syncs(int) is 'Removes runs that are older than 90 days, and returns how many.';

create function private.sync_stripe(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.start_stripe_sync(sync_stripe.batch_size) + private.purge_stripe_syncs(sync_stripe.batch_size)
$$;
comment on function private.sync_stripe(int) is 'Begins a run and removes old ones, and returns how many of both.';

create function private.job_sync_stripe(batch_size int)
  returns int
  language sql volatile set search_path = ''
as $$
  select private.run_recurring('billing_sync_stripe', 'private.sync_stripe'::regproc, job_sync_stripe.batch_size)
$$;
comment on function private.job_sync_stripe(int) is 'Pulls the events that Stripe''s webhooks failed to deliver.';

select private.register_cron_job('billing_sync_stripe', '17 * * * *', 'select private.job_sync_stripe(100)');
select private.install_cron_jobs();
