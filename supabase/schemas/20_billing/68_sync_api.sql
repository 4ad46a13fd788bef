-- Definer: the tables are for functions alone.
create function private.request_stripe_sync(mode text, since_at timestamptz, is_dry_run boolean)
  returns uuid
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_run private.billing_sync_runs;
  v_overlap constant interval := make_interval(hours => private.setting_integer('billing.sync_overlap_hours')::int);
begin
  insert into private.billing_sync_runs as made (provider, mode, is_dry_run, since_at)
  values (
    'stripe', request_stripe_sync.mode::private.billing_sync_mode, request_stripe_sync.is_dry_run,
    case when request_stripe_sync.mode = 'events' then coalesce(
      request_stripe_sync.since_at,
      -- Where the last one ended, and a little before: events are listed late, too.
      (
        select max(runs.newest_at) - v_overlap from private.billing_sync_runs as runs
        where runs.provider = 'stripe' and runs.mode = 'events' and not runs.is_dry_run and runs.last_error is null
          and runs.finished_at is not null
      ),
      -- Stripe keeps events for so long.
      now() - interval '30 days'
    ) end
  )
  returning made.* into v_run;
  perform private.enqueue_job(
    'billing.sync_stripe', jsonb_build_object('run_id', v_run.id), dedupe_key := v_run.id::text
  );
  return v_run.id;
end;
$$;
comment on function private.request_stripe_sync(text, timestamptz, boolean) is 'Body of public.request_stripe_sync.';
grant execute on function private.request_stripe_sync(text, timestamptz, boolean) to service_role;

create function public.request_stripe_sync(
  mode text default 'events', since_at timestamptz default null, is_dry_run boolean default false
)
  returns uuid
  language sql volatile set search_path = ''
as $$
  select private.request_stripe_sync(
    request_stripe_sync.mode, request_stripe_sync.since_at, request_stripe_sync.is_dry_run
  )
$$;
comment on function public.request_stripe_sync(text, timestamptz, boolean) is
  $$Has what Stripe's webhooks may have failed to tell pulled from there, and returns the id of the run. For the backend.

mode "events" takes the events since since_at, or since the last run; "full" compares all objects. A dry run changes
nothing. get_stripe_sync tells how it goes.$$;
grant execute on function public.request_stripe_sync(text, timestamptz, boolean) to service_role;

-- Definer: as private.request_stripe_sync.
create function private.get_stripe_sync(run_id uuid)
  returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select to_jsonb(runs) || jsonb_build_object(
    'differences', coalesce(
      (
        select jsonb_agg(
          jsonb_build_object('object_key', found.object_key, 'kind', found.kind, 'details', found.details)
          order by found.kind, found.object_key
        )
        from private.billing_sync_differences as found where found.run_id = runs.id
      ),
      '[]'
    )
  )
  from private.billing_sync_runs as runs where runs.id = get_stripe_sync.run_id
$$;
comment on function private.get_stripe_sync(uuid) is 'Body of public.get_stripe_sync.';
grant execute on function private.get_stripe_sync(uuid) to service_role;

create function public.get_stripe_sync(run_id uuid)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select private.get_stripe_sync(get_stripe_sync.run_id)
$$;
comment on function public.get_stripe_sync(uuid) is
  'A run with what differed, {object_key, kind, details}; null when there is none. For the backend.';
grant execute on function public.get_stripe_sync(uuid) to service_role;

-- Definer: as private.request_stripe_sync.
create function private.list_stripe_syncs(before_at timestamptz, page_size int)
  returns setof jsonb
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('list the runs');
  return query
  select private.get_stripe_sync(runs.id) from private.billing_sync_runs as runs
  where list_stripe_syncs.before_at is null or runs.created_at < list_stripe_syncs.before_at
  order by runs.created_at desc
  limit least(greatest(list_stripe_syncs.page_size, 1), 100);
end;
$$;
comment on function private.list_stripe_syncs(timestamptz, int) is 'Body of public.list_stripe_syncs.';
grant execute on function private.list_stripe_syncs(timestamptz, int) to authenticated;

create function public.list_stripe_syncs(before_at timestamptz default null, page_size int default 20)
  returns setof jsonb
  language sql stable set search_path = ''
as $$
  select private.list_stripe_syncs(list_stripe_syncs.before_at, list_stripe_syncs.page_size)
$$;
comment on function public.list_stripe_syncs(timestamptz, int) is
  $$Runs that compared us with Stripe, newest first, each with what differed. For platform admins with a second factor.

The next page starts before the last created_at; at most 100 a page.$$;
grant execute on function public.list_stripe_syncs(timestamptz, int) to authenticated;

-- Definer: as private.request_stripe_sync.
create function private.report_stripe_sync(
  run_id uuid, seen_count int, newest_at timestamptz, differences jsonb, is_finished boolean, last_error text
)
  returns void
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into private.billing_sync_differences (run_id, object_key, kind, details)
  select report_stripe_sync.run_id, given.object_key, given.kind, coalesce(given.details, '{}')
  from jsonb_to_recordset(report_stripe_sync.differences) as given (object_key text, kind text, details jsonb)
  on conflict on constraint billing_sync_differences_pkey do nothing;
  update private.billing_sync_runs as runs
  set seen_count = report_stripe_sync.seen_count,
    newest_at = greatest(runs.newest_at, report_stripe_sync.newest_at),
    differed_count = (
      select count(*) from private.billing_sync_differences as found where found.run_id = runs.id
    ),
    last_error = report_stripe_sync.last_error,
    finished_at = case when report_stripe_sync.is_finished then now() end
  where runs.id = report_stripe_sync.run_id;
end;
$$;
comment on function private.report_stripe_sync(uuid, int, timestamptz, jsonb, boolean, text) is
  'Body of public.report_stripe_sync.';
grant execute on function private.report_stripe_sync(uuid, int, timestamptz, jsonb, boolean, text) to service_role;

create function public.report_stripe_sync(
  run_id uuid, seen_count int, newest_at timestamptz default null, differences jsonb default '[]',
  is_finished boolean default false, last_error text default null
)
  returns void
  language sql volatile set search_path = ''
as $$
  select private.report_stripe_sync(
    report_stripe_sync.run_id, report_stripe_sync.seen_count, report_stripe_sync.newest_at,
    report_stripe_sync.differences, report_stripe_sync.is_finished, report_stripe_sync.last_error
  )
$$;
comment on function public.report_stripe_sync(uuid, int, timestamptz, jsonb, boolean, text) is
  $$Writes how far a run is: what it saw so far, and differences, each {object_key, kind, details}. For workers.

Safe to repeat: an object differs once.$$;
grant execute on function public.report_stripe_sync(uuid, int, timestamptz, jsonb, boolean, text) to service_role;

-- Definer: as private.request_stripe_sync.
create function private.unknown_webhook_events(provider text, event_ids text[])
  returns setof text
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
  select given.event_id from unnest(unknown_webhook_events.event_ids) as given (event_id)
  where not exists (
    select from private.webhook_events as events
    where events.provider = unknown_webhook_events.provider and events.provider_event_id = given.event_id
  );
end;
$$;
comment on function private.unknown_webhook_events(text, text[]) is 'Body of public.unknown_webhook_events.';
grant execute on function private.unknown_webhook_events(text, text[]) to service_role;

create function public.unknown_webhook_events(provider text, event_ids text[])
  returns setof text
  language sql stable set search_path = ''
as $$
  select private.unknown_webhook_events(unknown_webhook_events.provider, unknown_webhook_events.event_ids)
$$;
comment on function public.unknown_webhook_events(text, text[]) is
  'Which of the events of a provider never came. For workers.';
grant execute on function public.unknown_webhook_events(text, text[]) to service_role;

-- What a copy says, without ids and times of ours.
create function private.stripe_copy(kind text, id text)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select (case stripe_copy.kind
    when 'customer' then (
      select to_jsonb(copies) from public.billing_customers as copies
      where copies.provider = 'stripe' and copies.provider_customer_id = stripe_copy.id
    )
    when 'subscription' then (
      select to_jsonb(copies) || jsonb_build_object(
        'price_ids', (
          select jsonb_agg(items.price_id order by items.price_id)
          from public.billing_subscription_items as items where items.subscription_id = copies.id
        )
      )
      from public.billing_subscriptions as copies
      where copies.provider = 'stripe' and copies.provider_subscription_id = stripe_copy.id
    )
    when 'invoice' then (
      select to_jsonb(copies) || jsonb_build_object(
        'lines', (
          select jsonb_agg(to_jsonb(lines) - '{id, created_at}'::text[] order by lines.position)
          from public.billing_invoice_lines as lines where lines.invoice_id = copies.id
        )
      )
      from public.billing_invoices as copies
      where copies.provider = 'stripe' and copies.provider_invoice_id = stripe_copy.id
    )
    when 'payment_intent' then (
      select to_jsonb(copies) from public.billing_payments as copies
      where copies.provider = 'stripe' and copies.provider_payment_id = stripe_copy.id
    )
    when 'refund' then (
      select to_jsonb(copies) from public.billing_refunds as copies
      join public.billing_payments as payments on payments.id = copies.payment_id and payments.provider = 'stripe'
      where copies.provider_refund_id = stripe_copy.id
    )
    when 'dispute' then (
      select to_jsonb(copies) from public.billing_disputes as copies
      join public.billing_payments as payments on payments.id = copies.payment_id and payments.provider = 'stripe'
      where copies.provider_dispute_id = stripe_copy.id
    )
    when 'payment_method' then (
      select to_jsonb(copies) from public.billing_payment_methods as copies
      where copies.provider = 'stripe' and copies.provider_method_id = stripe_copy.id
    )
  end) - '{id, created_at, updated_at, provider_changed_at}'::text[]
$$;
comment on function private.stripe_copy(text, text) is 'What we have of an object of Stripe, to compare; null for nothing.';

-- Definer: as private.mirror_stripe.
create function private.compare_stripe(
  kind text, state jsonb, occurred_at timestamptz, ticket bigint, is_dry_run boolean
)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_before jsonb := private.stripe_copy(compare_stripe.kind, compare_stripe.state ->> 'id');
  v_after jsonb;
  v_answer jsonb;
begin
  begin
    v_answer := private.mirror_stripe(
      compare_stripe.kind, compare_stripe.state, compare_stripe.occurred_at, compare_stripe.ticket
    );
    v_after := private.stripe_copy(compare_stripe.kind, compare_stripe.state ->> 'id');
    v_answer := v_answer || jsonb_build_object(
      'was_known', v_before is not null,
      'changed', coalesce(
        (
          select jsonb_agg(after.key order by after.key) from jsonb_each(v_after) as after
          where v_before is null or after.value is distinct from v_before -> after.key
        ),
        '[]'
      )
    );
    -- A ticket must stay.
    if compare_stripe.is_dry_run and v_answer ->> 'outcome' = 'applied' then
      raise exception using errcode = 'STD01', message = v_answer::text;
    end if;
  exception when sqlstate 'STD01' then
    get stacked diagnostics v_answer = message_text;
  end;
  return v_answer;
end;
$$;
comment on function private.compare_stripe(text, jsonb, timestamptz, bigint, boolean) is 'Body of public.compare_stripe.';
grant execute on function private.compare_stripe(text, jsonb, timestamptz, bigint, boolean) to service_role;

create function public.compare_stripe(
  kind text, state jsonb, occurred_at timestamptz default null, ticket bigint default null, is_dry_run boolean default false
)
  returns jsonb
  language sql volatile set search_path = ''
as $$
  select private.compare_stripe(
    compare_stripe.kind, compare_stripe.state, compare_stripe.occurred_at, compare_stripe.ticket, compare_stripe.is_dry_run
  )
$$;
comment on function public.compare_stripe(text, jsonb, timestamptz, bigint, boolean) is
  $$As mirror_stripe, and tells which columns of our copy it changed and whether there was one. For workers.

A dry run undoes the change.$$;
grant execute on function public.compare_stripe(text, jsonb, timestamptz, bigint, boolean) to service_role;

-- Definer: as private.request_stripe_sync.
create function private.list_stripe_customers(after_id text, page_size int)
  returns setof text
  language sql stable security definer set search_path = ''
as $$
  select customers.provider_customer_id from public.billing_customers as customers
  where customers.provider = 'stripe' and customers.deleted_at is null
    and customers.provider_customer_id > list_stripe_customers.after_id
  order by customers.provider_customer_id
  limit list_stripe_customers.page_size
$$;
comment on function private.list_stripe_customers(text, int) is 'Body of public.list_stripe_customers.';
grant execute on function private.list_stripe_customers(text, int) to service_role;

create function public.list_stripe_customers(after_id text default '', page_size int default 100)
  returns setof text
  language sql stable set search_path = ''
as $$
  select private.list_stripe_customers(list_stripe_customers.after_id, list_stripe_customers.page_size)
$$;
comment on function public.list_stripe_customers(text, int) is
  'Customers at Stripe that are live as far as we know, by id: whether they still are is asked there. For workers.';
grant execute on function public.list_stripe_customers(text, int) to service_role;
