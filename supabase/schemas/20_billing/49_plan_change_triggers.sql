create function private.agree_prices(subscription_id uuid, price_ids uuid[])
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  delete from public.billing_subscription_items as items
  where items.subscription_id = agree_prices.subscription_id and items.price_id <> all (agree_prices.price_ids);
  insert into public.billing_subscription_items (organization_id, subscription_id, price_id)
  select subscriptions.organization_id, subscriptions.id, agreed.price_id
  from public.billing_subscriptions as subscriptions
  cross join unnest(agree_prices.price_ids) as agreed (price_id)
  where subscriptions.id = agree_prices.subscription_id
  on conflict on constraint billing_subscription_items_price_once do nothing;
end;
$$;
comment on function private.agree_prices(uuid, uuid[]) is 'Has a subscription be at these prices and no others.';

-- Definer: whoever renews holds no grant on what was scheduled.
create function private.billing_subscriptions_take_scheduled_change()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_change public.billing_scheduled_changes;
begin
  new.paused_seconds := 0;
  delete from public.billing_scheduled_changes as changes where changes.subscription_id = new.id returning * into v_change;
  if not found then
    return new;
  end if;
  if v_change.billing_interval <> new.billing_interval then
    -- Periods of another length are counted from here.
    new.period_anchor_at := new.current_period_starts_at;
    new.current_period_ends_at := private.next_period_end(
      new.period_anchor_at, new.current_period_starts_at, v_change.billing_interval,
      (select organizations.time_zone from public.organizations where organizations.id = new.organization_id)
    );
  end if;
  new.plan_id := v_change.plan_id;
  new.billing_interval := v_change.billing_interval;
  new.seat_count := v_change.seat_count;
  perform private.agree_prices(new.id, v_change.price_ids);
  return new;
end;
$$;
comment on function private.billing_subscriptions_take_scheduled_change() is
  'Has a subscription paid by invoice begin its next period as what was scheduled.';
create trigger t100_take_scheduled_change before update on public.billing_subscriptions
  for each row when (
    new.provider = 'manual' and new.ended_at is null and old.current_period_starts_at < new.current_period_starts_at
  )
  execute function private.billing_subscriptions_take_scheduled_change();
