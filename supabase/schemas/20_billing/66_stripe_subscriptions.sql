create function private.stripe_customer_organization(state jsonb)
  returns uuid
  language sql stable set search_path = ''
as $$
  select coalesce(
    (
      select customers.organization_id from public.billing_customers as customers
      where customers.provider = 'stripe'
        and customers.provider_customer_id = stripe_customer_organization.state ->> 'id'
    ),
    (
      select organizations.id
      from jsonb_array_elements_text(coalesce(stripe_customer_organization.state -> 'candidates', '[]'))
        with ordinality as given (id, place)
      join public.organizations on organizations.id::text = lower(given.id)
      order by given.place limit 1
    )
  )
$$;
comment on function private.stripe_customer_organization(jsonb) is
  'Whose a customer of Stripe is, or will be if it is new; null where nobody says.';

create function private.mirror_stripe_customer(state jsonb, occurred_at timestamptz)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_customer public.billing_customers;
begin
  select * into v_customer from public.billing_customers as customers
  where customers.provider = 'stripe' and customers.provider_customer_id = mirror_stripe_customer.state ->> 'id'
  for update;
  if v_customer.id is null and coalesce((mirror_stripe_customer.state ->> 'is_end')::boolean, false) then
    -- Past the rule of one customer for each organization, which is for live ones.
    insert into public.billing_customers (organization_id, provider, provider_customer_id, deleted_at)
    select found.id, 'stripe', mirror_stripe_customer.state ->> 'id', mirror_stripe_customer.occurred_at
    from private.stripe_customer_organization(mirror_stripe_customer.state) as found (id)
    where found.id is not null
    on conflict do nothing;
  elsif v_customer.id is null then
    perform private.stripe_organization(
      mirror_stripe_customer.state ->> 'id', coalesce(mirror_stripe_customer.state -> 'candidates', '[]')
    );
  end if;
  update public.billing_customers as customers
  set email = coalesce(mirror_stripe_customer.state ->> 'email', customers.email),
    name = coalesce(mirror_stripe_customer.state ->> 'name', customers.name),
    provider_changed_at = mirror_stripe_customer.occurred_at,
    default_method_id = case when mirror_stripe_customer.state ? 'default_method'
      then mirror_stripe_customer.state ->> 'default_method' else customers.default_method_id end,
    deleted_at = case when coalesce((mirror_stripe_customer.state ->> 'is_end')::boolean, false) then coalesce(
      private.stripe_time(mirror_stripe_customer.state ->> 'marked'), customers.deleted_at,
      mirror_stripe_customer.occurred_at
    -- It may have been deleted since this one was found to be live.
    ) else customers.deleted_at end
  where customers.provider = 'stripe' and customers.provider_customer_id = mirror_stripe_customer.state ->> 'id'
  returning customers.* into v_customer;
  if not found then
    perform private.refuse_stripe('organization_unknown');
  end if;
  perform private.settle_stripe_methods(v_customer.organization_id);
end;
$$;
comment on function private.mirror_stripe_customer(jsonb, timestamptz) is
  'Takes over a customer of Stripe, deleted ones as deleted. Called by private.mirror_stripe.';

create function private.stripe_prices(items jsonb)
  returns table (place bigint, quantity int, price_id uuid, plan_id uuid, kind public.billing_price_kind)
  language sql stable set search_path = ''
as $$
  select items.place, greatest((items.item ->> 'quantity')::int, 1), prices.id, prices.plan_id, prices.kind
  from jsonb_array_elements(stripe_prices.items) with ordinality as items (item, place)
  left join private.billing_provider_prices as known
    on known.provider = 'stripe' and known.provider_price_id = items.item ->> 'price'
  -- Else what the sync wrote into the price at Stripe.
  join public.billing_prices as prices on prices.id::text = coalesce(known.price_id::text, items.item ->> 'price_id')
$$;
comment on function private.stripe_prices(jsonb) is
  'Our prices of the items of a subscription at Stripe; items with a price that is not ours are left out.';

create function private.stripe_plan(items jsonb)
  returns public.billing_plans
  language sql stable set search_path = ''
as $$
  -- The flat price says which plan it is; seats are of the same one.
  select plans
  from private.stripe_prices(stripe_plan.items) as items
  join public.billing_plans as plans on plans.id = items.plan_id
  order by items.kind = 'flat' desc, items.kind = 'seat' desc, items.place limit 1
$$;
comment on function private.stripe_plan(jsonb) is 'The plan that the items of a subscription at Stripe are of; null for none of ours.';

create function private.mirror_stripe_subscription(state jsonb, organization_id uuid, occurred_at timestamptz)
  returns text[]
  language plpgsql volatile set search_path = ''
as $$
declare
  v_id constant text := mirror_stripe_subscription.state ->> 'id';
  v_status constant text := mirror_stripe_subscription.state ->> 'status';
  v_has_ended constant boolean := v_status in ('canceled', 'incomplete_expired');
  v_known public.billing_subscriptions;
  v_plan public.billing_plans;
  v_new public.billing_subscriptions;
begin
  select * into v_known from public.billing_subscriptions as subscriptions
  where subscriptions.provider = 'stripe' and subscriptions.provider_subscription_id = v_id
  for update;
  v_plan := private.stripe_plan(mirror_stripe_subscription.state -> 'items');
  if v_plan.id is null and v_known.id is null then
    perform private.refuse_stripe('price_unknown');
  end if;
  if v_plan.id is null then
    perform private.tell_stripe_unresolved(
      'price_unknown', 'subscription:' || v_id, mirror_stripe_subscription.organization_id
    );
    select * into v_plan from public.billing_plans where billing_plans.id = v_known.plan_id;
  end if;
  v_new := v_known;
  v_new.organization_id := coalesce(v_known.organization_id, mirror_stripe_subscription.organization_id);
  v_new.plan_id := v_plan.id;
  v_new.status := v_status;
  v_new.seat_count := coalesce(
    (
      select items.quantity from private.stripe_prices(mirror_stripe_subscription.state -> 'items') as items
      where items.kind in ('seat', 'flat') order by items.kind = 'seat' desc, items.place limit 1
    ),
    v_known.seat_count, 1
  );
  v_new.billing_interval := coalesce(
    (mirror_stripe_subscription.state ->> 'interval')::public.billing_interval, v_known.billing_interval, 'month'
  );
  v_new.currency := upper(mirror_stripe_subscription.state ->> 'currency');
  v_new.started_at := private.stripe_time(mirror_stripe_subscription.state ->> 'created');
  v_new.current_period_starts_at := private.stripe_time(mirror_stripe_subscription.state ->> 'period_starts');
  v_new.current_period_ends_at := greatest(
    private.stripe_time(mirror_stripe_subscription.state ->> 'period_ends'),
    v_new.current_period_starts_at + interval '1 second'
  );
  v_new.trial_ends_at := private.stripe_time(mirror_stripe_subscription.state ->> 'trial_ends');
  v_new.is_cancelled_at_period_end := not v_has_ended
    and (mirror_stripe_subscription.state ->> 'is_cancelled_at_period_end')::boolean;
  v_new.cancelled_at := private.stripe_time(mirror_stripe_subscription.state ->> 'cancelled');
  v_new.cancel_reason := (mirror_stripe_subscription.state ->> 'cancel_reason')::public.billing_cancel_reason;
  v_new.cancel_comment := left(mirror_stripe_subscription.state ->> 'cancel_comment', 2000);
  v_new.ended_at := case when v_has_ended then coalesce(
    v_known.ended_at, private.stripe_time(mirror_stripe_subscription.state ->> 'ended'), mirror_stripe_subscription.occurred_at
  ) end;
  v_new.paused_at := case when (mirror_stripe_subscription.state ->> 'is_paused')::boolean then coalesce(
    private.stripe_time(mirror_stripe_subscription.state ->> 'paused'), private.stripe_paused_at(v_id), v_known.paused_at,
    mirror_stripe_subscription.occurred_at
  ) end;
  v_new.overdue_at := case when v_status in ('past_due', 'unpaid')
    then private.stripe_overdue_at(v_id, v_new.current_period_starts_at) end;
  v_new.access := case
    when v_has_ended then 'ended'
    when v_status = 'incomplete' or v_known.id is null then 'none'
    -- In another product line another one may count.
    when v_known.product <> v_plan.product then 'none'
    -- A step that was reached stays, as long as it is the same debt.
    when v_known.access in ('reminded', 'noticed', 'blocked') and (
      v_new.overdue_at is distinct from v_known.overdue_at or v_known.status = 'unpaid' and v_status <> 'unpaid'
    ) then private.own_debt_access(v_known.own_overdue_at)
    else v_known.access
  end;
  if v_known.id is null then
    insert into public.billing_subscriptions as made
      (organization_id, product, plan_id, provider, provider_subscription_id, status, access, seat_count, billing_interval,
        currency, started_at, current_period_starts_at, current_period_ends_at, trial_ends_at, is_cancelled_at_period_end,
        cancelled_at, cancel_reason, cancel_comment, ended_at, paused_at, overdue_at, provider_changed_at)
    values (
      v_new.organization_id, v_plan.product, v_new.plan_id, 'stripe', v_id, v_new.status, v_new.access, v_new.seat_count,
      v_new.billing_interval, v_new.currency, v_new.started_at, v_new.current_period_starts_at,
      v_new.current_period_ends_at, v_new.trial_ends_at, v_new.is_cancelled_at_period_end, v_new.cancelled_at,
      v_new.cancel_reason, v_new.cancel_comment, v_new.ended_at, v_new.paused_at, v_new.overdue_at,
      mirror_stripe_subscription.occurred_at
    )
    returning made.id into v_new.id;
  else
    update public.billing_subscriptions as subscriptions
    set (product, plan_id, status, access, seat_count, billing_interval, currency, started_at, current_period_starts_at,
        current_period_ends_at, trial_ends_at, is_cancelled_at_period_end, cancelled_at, cancel_reason, cancel_comment,
        ended_at, paused_at, overdue_at, provider_changed_at) = (
      select v_plan.product, v_new.plan_id, v_new.status, v_new.access, v_new.seat_count, v_new.billing_interval, v_new.currency,
        v_new.started_at, v_new.current_period_starts_at, v_new.current_period_ends_at, v_new.trial_ends_at,
        v_new.is_cancelled_at_period_end, v_new.cancelled_at, v_new.cancel_reason, v_new.cancel_comment, v_new.ended_at,
        v_new.paused_at, v_new.overdue_at, mirror_stripe_subscription.occurred_at
    )
    where subscriptions.id = v_known.id;
  end if;
  perform private.mirror_stripe_items(v_new.id, v_new.organization_id, mirror_stripe_subscription.state -> 'items');
  -- What its events told is noted already.
  perform private.settle_stripe_metered(v_id) where v_known.plan_id is distinct from v_new.plan_id;
  perform private.settle_subscriptions(v_new.organization_id, v_plan.product);
  perform private.settle_subscriptions(v_new.organization_id, v_known.product) where v_known.product <> v_plan.product;
  perform private.tell_stripe_unresolved(
    'subscribed_twice', 'subscription:' || coalesce(others.provider_subscription_id, others.id::text), others.organization_id
  )
  from public.billing_subscriptions as others
  where others.organization_id = v_new.organization_id and others.product = v_plan.product
    and others.access = 'none' and others.status in ('trialing', 'active', 'past_due');
  -- Since when it is overdue says the invoice.
  return case when v_status in ('past_due', 'unpaid') and not exists (
    select from public.billing_invoices as invoices
    where invoices.provider = 'stripe'
      and invoices.provider_invoice_id = mirror_stripe_subscription.state ->> 'latest_invoice'
  ) then array_remove(array['invoice:' || (mirror_stripe_subscription.state ->> 'latest_invoice')], null) else '{}' end;
end;
$$;
comment on function private.mirror_stripe_subscription(jsonb, uuid, timestamptz) is
  $$Takes over a subscription of Stripe with its items. Called by private.mirror_stripe.

Whoever pays for two of one product line has access by the newer one; both are kept, and operators are told.$$;

create function private.stripe_paused_at(provider_subscription_id text)
  returns timestamptz
  language sql stable set search_path = ''
as $$
  select objects.last_occurred_at from private.webhook_objects as objects
  where objects.provider = 'stripe'
    and objects.object_key = 'subscription:' || stripe_paused_at.provider_subscription_id || ':paused'
$$;
comment on function private.stripe_paused_at(text) is
  'When a subscription was last heard to begin to rest: the object at Stripe does not always tell.';

create function private.mirror_stripe_items(subscription_id uuid, organization_id uuid, items jsonb)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_price_ids uuid[] := array(
    select items.price_id from private.stripe_prices(mirror_stripe_items.items) as items where items.kind <> 'metered'
  );
begin
  delete from public.billing_subscription_items as kept
  using public.billing_prices as prices
  where kept.subscription_id = mirror_stripe_items.subscription_id and kept.price_id <> all (v_price_ids)
    and prices.id = kept.price_id and prices.kind <> 'metered';
  insert into public.billing_subscription_items (organization_id, subscription_id, price_id)
  select mirror_stripe_items.organization_id, mirror_stripe_items.subscription_id, wanted.price_id
  from unnest(v_price_ids) as wanted (price_id)
  on conflict on constraint billing_subscription_items_price_once do nothing;
end;
$$;
comment on function private.mirror_stripe_items(uuid, uuid, jsonb) is
  'Has the items of a subscription be those at Stripe; metered ones are private.settle_stripe_metered''s.';

create function private.stripe_overdue_at(provider_subscription_id text, otherwise timestamptz)
  returns timestamptz
  language sql stable set search_path = ''
as $$
  select coalesce(min(coalesce(invoices.due_at, invoices.issued_at)), stripe_overdue_at.otherwise)
  from public.billing_subscriptions as subscriptions
  join public.billing_invoices as invoices
    on invoices.organization_id = subscriptions.organization_id and invoices.subscription_id = subscriptions.id
  where subscriptions.provider = 'stripe'
    and subscriptions.provider_subscription_id = stripe_overdue_at.provider_subscription_id
    and invoices.provider_status in ('open', 'uncollectible')
$$;
comment on function private.stripe_overdue_at(text, timestamptz) is
  'Since when a subscription is overdue: since the oldest invoice of it that is not paid.';

create function private.refresh_stripe_overdue(subscription_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions;
begin
  update public.billing_subscriptions as subscriptions
  set overdue_at = private.stripe_overdue_at(
      subscriptions.provider_subscription_id, subscriptions.current_period_starts_at
    ),
    -- Another debt begins with its first step.
    access = case when subscriptions.access in ('noticed', 'blocked')
      then greatest('reminded', private.own_debt_access(subscriptions.own_overdue_at)) else subscriptions.access end
  where subscriptions.id = refresh_stripe_overdue.subscription_id and subscriptions.ended_at is null
    and subscriptions.status in ('past_due', 'unpaid') and subscriptions.overdue_at is distinct from
      private.stripe_overdue_at(subscriptions.provider_subscription_id, subscriptions.current_period_starts_at)
  returning subscriptions.* into v_subscription;
  if found then
    perform private.settle_subscriptions(v_subscription.organization_id, v_subscription.product);
  end if;
end;
$$;
comment on function private.refresh_stripe_overdue(uuid) is
  'Has a subscription at Stripe be overdue since the oldest of its invoices that is not paid, after one of them changed.';
