create function private.subscription_annual_cents(subscription public.billing_subscriptions)
  returns bigint
  language sql stable set search_path = ''
as $$
  select coalesce(sum(
    prices.unit_cents
    * case prices.kind
      when 'seat' then ceil((subscription_annual_cents.subscription).seat_count::numeric / prices.unit_count)
      else 1
    end
    * case prices.billing_interval when 'month' then 12 else 1 end
  ), 0)::bigint
  from public.billing_subscription_items as items
  join public.billing_prices as prices on prices.id = items.price_id
  where items.subscription_id = (subscription_annual_cents.subscription).id and prices.kind in ('flat', 'seat')
    -- Paid for, or meant to be: neither a trial nor what waits for its first payment, was given up or rests.
    and (subscription_annual_cents.subscription).status in ('active', 'past_due')
    and (subscription_annual_cents.subscription).ended_at is null
    and (subscription_annual_cents.subscription).paused_at is null
$$;
comment on function private.subscription_annual_cents(public.billing_subscriptions) is
  'What a year of a subscription costs at its prices and seats, without use above limits; 0 while nobody pays for it.';

create function private.record_subscription_change(subscription_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions;
  v_last private.billing_subscription_changes;
  v_next private.billing_subscription_changes;
begin
  select * into v_subscription from public.billing_subscriptions
  where billing_subscriptions.id = record_subscription_change.subscription_id;
  select * into v_last from private.billing_subscription_changes as changes
  where changes.subscription_id = record_subscription_change.subscription_id order by changes.id desc limit 1;
  if v_subscription.id is null then
    -- Removed with its organization: from here on it is worth nothing.
    if v_last.annual_cents > 0 or v_last.is_trial then
      v_next := v_last;
      v_next.status := 'canceled';
      v_next.is_trial := false;
      v_next.annual_cents := 0;
      v_next.ended_at := now();
      v_next.changed_at := greatest(now(), v_last.changed_at);
    end if;
  else
    v_next.subscription_id := v_subscription.id;
    v_next.organization_id := v_subscription.organization_id;
    v_next.product := v_subscription.product;
    v_next.plan_id := v_subscription.plan_id;
    v_next.provider := v_subscription.provider;
    v_next.status := v_subscription.status;
    v_next.is_trial := v_subscription.status = 'trialing' and v_subscription.ended_at is null;
    v_next.billing_interval := v_subscription.billing_interval;
    v_next.seat_count := v_subscription.seat_count;
    v_next.currency := v_subscription.currency;
    v_next.annual_cents := private.subscription_annual_cents(v_subscription);
    v_next.cancel_reason := v_subscription.cancel_reason;
    v_next.ended_at := v_subscription.ended_at;
    if (v_last.plan_id, v_last.status, v_last.is_trial, v_last.billing_interval, v_last.seat_count, v_last.currency,
        v_last.annual_cents, v_last.cancel_reason, v_last.ended_at)
      is not distinct from
      (v_next.plan_id, v_next.status, v_next.is_trial, v_next.billing_interval, v_next.seat_count, v_next.currency,
        v_next.annual_cents, v_next.cancel_reason, v_next.ended_at) then
      return;
    end if;
    select organizations.country into v_next.country from public.organizations
    where organizations.id = v_subscription.organization_id;
    -- What a provider tells late counts from when it happened, but never before what is known already.
    v_next.changed_at := greatest(
      least(coalesce(v_subscription.ended_at, v_subscription.provider_changed_at, now()), now()), v_last.changed_at
    );
  end if;
  if v_next.subscription_id is not null then
    insert into private.billing_subscription_changes
      (subscription_id, organization_id, product, plan_id, provider, status, is_trial, billing_interval, seat_count,
        currency, country, annual_cents, annual_change_cents, cancel_reason, ended_at, changed_at)
    values (
      v_next.subscription_id, v_next.organization_id, v_next.product, v_next.plan_id, v_next.provider, v_next.status,
      v_next.is_trial, v_next.billing_interval, v_next.seat_count, v_next.currency, v_next.country, v_next.annual_cents,
      v_next.annual_cents - coalesce(v_last.annual_cents, 0), v_next.cancel_reason, v_next.ended_at, v_next.changed_at
    );
  end if;
end;
$$;
comment on function private.record_subscription_change(uuid) is
  'Writes into the history what a subscription is worth, when that differs from what it said.';

-- Definer: whoever changes a subscription holds no grant on its history.
create function private.billing_subscriptions_record_change()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.record_subscription_change(coalesce(new.id, old.id));
  return null;
end;
$$;
comment on function private.billing_subscriptions_record_change() is 'Has the history follow a subscription.';
-- Definer: as private.billing_subscriptions_record_change.
create function private.billing_subscription_items_record_change()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.record_subscription_change(coalesce(new.subscription_id, old.subscription_id));
  return null;
end;
$$;
comment on function private.billing_subscription_items_record_change() is 'Has the history follow the prices of a subscription.';
-- At the commit, when the prices stand beside the subscription: one row for a change in several statements.
create constraint trigger t900_record_change
  after insert or delete
  or update of plan_id, status, seat_count, billing_interval, currency, paused_at, ended_at, cancel_reason
  on public.billing_subscriptions
  deferrable initially deferred
  for each row execute function private.billing_subscriptions_record_change();
create constraint trigger t900_record_change after insert or delete or update on public.billing_subscription_items
  deferrable initially deferred
  for each row execute function private.billing_subscription_items_record_change();

select private.make_append_only('private.billing_subscription_changes');
