-- Definer: subscriptions are changed by functions alone, and clients see nothing of what a provider calls things. Asks for
-- the permission before anything is read.
create function private.managed_subscription(subscription_id uuid, action text)
  returns public.billing_subscriptions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions :=
    private.lock_subscription(managed_subscription.subscription_id, managed_subscription.action);
begin
  if v_subscription.ended_at is not null then
    perform private.raise_error(
      409, 'billing_subscription_ended', format('Cannot %s: the subscription ended', managed_subscription.action),
      'Subscribe anew'
    );
  end if;
  return v_subscription;
end;
$$;
comment on function private.managed_subscription(uuid, text) is $$A live subscription that the caller may change, locked. Needs billing.manage.

Errors: 404 billing_subscription_not_found, 409 billing_subscription_ended.$$;
grant execute on function private.managed_subscription(uuid, text) to authenticated;

-- Definer: as private.managed_subscription.
create function private.plan_subscription_change(
  subscription_id uuid, plan_id uuid, billing_interval public.billing_interval, seat_count int
)
  returns jsonb
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions;
  v_plan public.billing_plans;
  v_interval public.billing_interval;
  v_seat_count int;
  v_items jsonb;
begin
  v_subscription := private.managed_subscription(plan_subscription_change.subscription_id, 'change');
  v_plan := private.required_plan(coalesce(plan_subscription_change.plan_id, v_subscription.plan_id));
  v_interval := coalesce(plan_subscription_change.billing_interval, v_subscription.billing_interval);
  v_seat_count := coalesce(plan_subscription_change.seat_count, v_subscription.seat_count);
  -- While it rests its invoices are void, and while one is owed nothing more is given.
  if v_subscription.provider <> 'manual' then
    perform private.require_paid_for(v_subscription);
  end if;
  if v_plan.product <> v_subscription.product then
    perform private.raise_error(
      422, 'billing_plan_of_other_product', 'Cannot change: the plan is of another product line', 'Subscribe to it beside'
    );
  end if;
  if v_plan.is_default then
    perform private.raise_error(
      409, 'billing_plan_is_default', 'Cannot change: the plan is what organizations have without a subscription',
      'Cancel the subscription instead'
    );
  end if;
  if v_subscription.provider = 'manual' then
    -- Nobody else is asked: private.change_subscription knows its prices.
    return jsonb_build_object('subscription', to_jsonb(v_subscription), 'plan_id', v_plan.id, 'items', null);
  end if;
  if v_plan.id = v_subscription.plan_id and v_interval = v_subscription.billing_interval then
    -- The prices of the day on which they subscribed, whatever the price list says now.
    select jsonb_agg(
      jsonb_build_object(
        'price_id', prices.id,
        'provider_price_id', private.provider_price(prices.id, v_subscription.provider),
        'quantity', case prices.kind when 'flat' then 1 when 'seat' then v_seat_count end
      ) order by prices.kind, prices.id
    )
    into v_items
    from public.billing_subscription_items as items join public.billing_prices as prices on prices.id = items.price_id
    where items.subscription_id = v_subscription.id
      and (prices.kind in ('flat', 'seat') or private.provider_price(prices.id, v_subscription.provider) is not null);
  elsif v_plan.retired_at is not null then
    perform private.raise_error(409, 'billing_plan_retired', 'Cannot change: the plan is not offered any more');
  else
    v_items := private.provider_items(
      v_subscription.provider, v_plan.id, v_interval, v_subscription.currency, v_seat_count
    );
  end if;
  if v_items is null then
    perform private.raise_error(
      422, 'billing_price_not_offered', 'Cannot change: the plan has no such price', 'list_plans tells the prices'
    );
  end if;
  perform private.require_seats(v_subscription.organization_id, v_seat_count, array(
    select (item ->> 'price_id')::uuid from jsonb_array_elements(v_items) as item
  ));
  return jsonb_build_object(
    'subscription', to_jsonb(v_subscription), 'plan_id', v_plan.id, 'billing_interval', v_interval,
    'seat_count', v_seat_count, 'items', v_items
  );
end;
$$;
comment on function private.plan_subscription_change(uuid, uuid, public.billing_interval, int) is
  $$What a change of plan, interval or seats comes to at the provider; what is null stays as it is. Changes nothing.

Needs billing.manage. Of one that is paid by invoice it tells the subscription and the plan alone. With plan and interval as
they are the prices stay those of the subscription. Errors: those of private.managed_subscription and
private.provider_items, 409 billing_plan_is_default, billing_plan_retired, billing_subscription_paused,
billing_subscription_overdue or billing_seats_too_few, 422 billing_plan_of_other_product.$$;
grant execute on function private.plan_subscription_change(uuid, uuid, public.billing_interval, int) to authenticated;
