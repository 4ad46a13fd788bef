-- Stripe measures no use: what its subscriptions use above their limits is billed by us. At which metered prices follows from
-- all that events told of their plans, so that it does not depend on the order in which they came.

create function private.stripe_terms(subscription public.billing_subscriptions)
  returns table (plan_id uuid, since timestamptz)
  language sql stable set search_path = ''
as $$
  with told as (
    -- Of several in one second the one that it is on now.
    select distinct on (sightings.told_at) sightings.told_at, sightings.plan_id
    from private.billing_plan_sightings as sightings
    where sightings.provider_subscription_id = (subscription).provider_subscription_id
    order by sightings.told_at, sightings.plan_id = (subscription).plan_id desc, sightings.plan_id
  ), noticed as (
    select told.plan_id, told.told_at, lag(told.plan_id) over (order by told.told_at) as before_id from told
  )
  select noticed.plan_id, case when noticed.before_id is null then (subscription).started_at else noticed.told_at end
  from noticed
  where noticed.plan_id is distinct from noticed.before_id
  union all
  -- A change of which no event came yet.
  select (subscription).plan_id, coalesce(last.told_at, (subscription).started_at)
  from (select) as once
  left join lateral (select told.* from told order by told.told_at desc limit 1) as last on true
  where last.plan_id is distinct from (subscription).plan_id
$$;
comment on function private.stripe_terms(public.billing_subscriptions) is
  'On which plans a subscription at Stripe was since when, as far as events told; the first since its begin.';

create function private.settle_stripe_metered(provider_subscription_id text)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions;
begin
  select * into v_subscription from public.billing_subscriptions as subscriptions
  where subscriptions.provider = 'stripe'
    and subscriptions.provider_subscription_id = settle_stripe_metered.provider_subscription_id;
  if not found then
    return;
  end if;
  with terms as (
    select terms.since, prices.id as price_id,
      terms.plan_id = v_subscription.plan_id
        and terms.since = max(terms.since) over (partition by terms.plan_id) as is_last
    from private.stripe_terms(v_subscription) as terms
    join public.billing_prices as prices
      on prices.plan_id = terms.plan_id and prices.currency = v_subscription.currency and prices.kind = 'metered'
      and prices.starts_at <= terms.since and (prices.ends_at is null or prices.ends_at > terms.since)
  ), forgotten as (
    delete from private.usage_agreed_prices as agreed
    where agreed.subscription_id = v_subscription.id
      and not exists (
        select from terms where terms.price_id = agreed.price_id and terms.since = agreed.agreed_at
      )
  ), agreed as (
    insert into private.usage_agreed_prices (subscription_id, organization_id, price_id, agreed_at)
    select v_subscription.id, v_subscription.organization_id, terms.price_id, terms.since
    from terms
    on conflict on constraint usage_agreed_prices_pkey do nothing
  ), removed as (
    delete from public.billing_subscription_items as items
    using public.billing_prices as prices
    where items.subscription_id = v_subscription.id and prices.id = items.price_id and prices.kind = 'metered'
      and not exists (select from terms where terms.is_last and terms.price_id = items.price_id)
  )
  insert into public.billing_subscription_items (organization_id, subscription_id, price_id)
  select v_subscription.organization_id, v_subscription.id, terms.price_id
  from terms where terms.is_last
  on conflict on constraint billing_subscription_items_price_once do nothing;
end;
$$;
comment on function private.settle_stripe_metered(text) is $$Has a subscription at Stripe be at the metered prices of its plans: those that each cost on the day on which it began.

Who stays on a plan keeps its prices, whatever the price list says later.$$;

create function private.note_stripe_plan(state jsonb, organization_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_id constant text := note_stripe_plan.state ->> 'id';
  v_plan_id constant uuid := (private.stripe_plan(note_stripe_plan.state -> 'items')).id;
begin
  if v_plan_id is null then
    return;
  end if;
  insert into private.billing_plan_sightings (provider_subscription_id, told_at, plan_id, organization_id)
  values (v_id, private.stripe_time(note_stripe_plan.state ->> 'told'), v_plan_id, note_stripe_plan.organization_id)
  on conflict on constraint billing_plan_sightings_pkey do nothing;
  -- Of one plan alone it is known since when: since the begin.
  if found and (
    exists (
      select from private.billing_plan_sightings as sightings
      where sightings.provider_subscription_id = v_id and sightings.plan_id <> v_plan_id
    ) or exists (
      select from public.billing_subscriptions as subscriptions
      where subscriptions.provider = 'stripe' and subscriptions.provider_subscription_id = v_id
        and subscriptions.plan_id <> v_plan_id
    )
  ) then
    perform private.settle_stripe_metered(v_id);
  end if;
end;
$$;
comment on function private.note_stripe_plan(jsonb, uuid) is
  'Keeps on which plan an event told a subscription to be, however late it comes.';
