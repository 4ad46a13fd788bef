-- Definer: asks for the admin before anything else.
create function private.start_manual_subscription(
  organization_id uuid, plan_id uuid, billing_interval public.billing_interval, currency text, seat_count int, trial_days int
)
  returns public.billing_subscriptions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_plan public.billing_plans;
  v_price uuid;
  v_ends_at timestamptz;
  v_subscription public.billing_subscriptions;
begin
  perform private.require_platform_admin('start the subscription');
  v_plan := private.required_plan(start_manual_subscription.plan_id);
  if v_plan.retired_at is not null then
    perform private.raise_error(409, 'billing_plan_retired', 'Cannot subscribe: the plan is not offered any more');
  end if;
  -- Locked: of two who subscribe at once the second is told.
  if not private.lock_billing(start_manual_subscription.organization_id) then
    perform private.raise_error(404, 'organization_not_found', 'Cannot subscribe: no such organization');
  end if;
  if exists (
    select from public.billing_subscriptions as subscriptions
    where subscriptions.organization_id = start_manual_subscription.organization_id
      and subscriptions.product = v_plan.product and subscriptions.ended_at is null
  ) then
    perform private.raise_error(
      409, 'billing_subscription_exists', 'Cannot subscribe: the organization has a subscription to this product line',
      'Change its plan instead'
    );
  end if;
  v_price := private.current_price(
    v_plan.id, 'flat', start_manual_subscription.billing_interval, start_manual_subscription.currency
  );
  if v_price is null then
    perform private.raise_error(
      422, 'billing_price_not_offered', 'Cannot subscribe: the plan has no such price', 'list_plans tells the prices'
    );
  end if;
  select case
    when start_manual_subscription.trial_days > 0 then (
      now() at time zone organizations.time_zone + make_interval(days => start_manual_subscription.trial_days)
    ) at time zone organizations.time_zone
    else private.next_period_end(now(), now(), start_manual_subscription.billing_interval, organizations.time_zone)
  end
  into v_ends_at
  from public.organizations where organizations.id = start_manual_subscription.organization_id;
  insert into public.billing_subscriptions
    (organization_id, product, plan_id, provider, status, seat_count, billing_interval, currency,
      current_period_starts_at, current_period_ends_at, trial_ends_at)
  values (
    start_manual_subscription.organization_id, v_plan.product, v_plan.id, 'manual',
    case when start_manual_subscription.trial_days > 0 then 'trialing' else 'active' end,
    start_manual_subscription.seat_count, start_manual_subscription.billing_interval, start_manual_subscription.currency,
    now(), v_ends_at, case when start_manual_subscription.trial_days > 0 then v_ends_at end
  )
  returning * into v_subscription;
  insert into public.billing_subscription_items (organization_id, subscription_id, price_id)
  select v_subscription.organization_id, v_subscription.id, prices.id
  from public.billing_prices as prices
  where prices.plan_id = v_plan.id and prices.currency = v_subscription.currency
    and prices.starts_at <= now() and (prices.ends_at is null or prices.ends_at > now())
    and (
      prices.id = v_price or prices.kind = 'metered'
      or prices.kind = 'seat' and prices.billing_interval = v_subscription.billing_interval
    );
  return v_subscription;
end;
$$;
comment on function private.start_manual_subscription(uuid, uuid, public.billing_interval, text, int, int) is
  'Body of public.start_manual_subscription.';
grant execute on function private.start_manual_subscription(uuid, uuid, public.billing_interval, text, int, int)
  to authenticated;

create function private.billing_period_length(billing_interval public.billing_interval)
  returns interval
  language sql immutable set search_path = ''
as $$
  select case billing_period_length.billing_interval when 'month' then interval '1 month' else interval '1 year' end
$$;
comment on function private.billing_period_length(public.billing_interval) is 'How long a paid period is.';

create function public.start_manual_subscription(
  organization_id uuid, plan_id uuid, currency text, billing_interval public.billing_interval default 'month',
  seat_count int default 1, trial_days int default 0
)
  returns public.billing_subscriptions
  language sql volatile set search_path = ''
as $$
  select private.start_manual_subscription(
    start_manual_subscription.organization_id, start_manual_subscription.plan_id, start_manual_subscription.billing_interval,
    start_manual_subscription.currency, start_manual_subscription.seat_count, start_manual_subscription.trial_days
  )
$$;
comment on function public.start_manual_subscription(uuid, uuid, text, public.billing_interval, int, int) is $$Subscribes an organization to a plan that it pays for by invoice. For platform admins with a second factor; audited.

At the prices of this moment, which it keeps. Errors: 403, 404 billing_plan_not_found or organization_not_found, 409
billing_plan_retired or billing_subscription_exists, 422 billing_price_not_offered.$$;
grant execute on function public.start_manual_subscription(uuid, uuid, text, public.billing_interval, int, int)
  to authenticated;

create function private.lock_subscription(subscription_id uuid, action text)
  returns public.billing_subscriptions
  language plpgsql volatile set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions;
begin
  perform private.lock_billing(subscriptions.organization_id) from public.billing_subscriptions as subscriptions
  where subscriptions.id = lock_subscription.subscription_id
    and subscriptions.organization_id = any (array(select private.organizations_with('billing.manage')));
  select * into v_subscription from public.billing_subscriptions as subscriptions
  where subscriptions.id = lock_subscription.subscription_id
    and subscriptions.organization_id = any (array(select private.organizations_with('billing.manage')))
  for update;
  if not found then
    perform private.raise_error(
      404, 'billing_subscription_not_found', format('Cannot %s: no such subscription', lock_subscription.action)
    );
  end if;
  return v_subscription;
end;
$$;
comment on function private.lock_subscription(uuid, text) is $$A subscription of an organization for which the caller has billing.manage, locked.

Else 404 billing_subscription_not_found. For definer functions: the permission is asked before anything is read.$$;

-- Definer: subscriptions are changed by functions alone; checks the permission before anything is read.
create function private.cancel_subscription(
  subscription_id uuid, reason public.billing_cancel_reason, comment text, is_at_period_end boolean
)
  returns public.billing_subscriptions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions;
begin
  if cancel_subscription.reason is null or cancel_subscription.reason = 'unpaid' then
    perform private.raise_error(422, 'billing_cancel_reason_invalid', 'Cannot cancel: say why, by one of the reasons');
  end if;
  v_subscription := private.lock_subscription(cancel_subscription.subscription_id, 'cancel');
  if v_subscription.provider <> 'manual' then
    perform private.raise_error(
      409, 'billing_provider_decides', 'Cannot cancel here: the payment provider keeps this subscription',
      'Use POST /api/v1/billing/subscription/cancel, or the customer portal'
    );
  end if;
  if v_subscription.ended_at is not null or v_subscription.is_cancelled_at_period_end
    and cancel_subscription.is_at_period_end then
    return v_subscription;
  end if;
  update public.billing_subscriptions
  set cancel_reason = cancel_subscription.reason, cancel_comment = nullif(btrim(cancel_subscription.comment), ''),
    cancelled_at = coalesce(billing_subscriptions.cancelled_at, now()),
    is_cancelled_at_period_end = cancel_subscription.is_at_period_end,
    status = case when cancel_subscription.is_at_period_end then billing_subscriptions.status else 'canceled' end,
    ended_at = case when not cancel_subscription.is_at_period_end then now() end,
    access = case when cancel_subscription.is_at_period_end then billing_subscriptions.access else 'ended' end
  where billing_subscriptions.id = v_subscription.id
  returning * into v_subscription;
  return v_subscription;
end;
$$;
comment on function private.cancel_subscription(uuid, public.billing_cancel_reason, text, boolean) is
  'Body of public.cancel_subscription.';
grant execute on function private.cancel_subscription(uuid, public.billing_cancel_reason, text, boolean) to authenticated;

create function public.cancel_subscription(
  subscription_id uuid, reason public.billing_cancel_reason, comment text default null,
  is_at_period_end boolean default true
)
  returns public.billing_subscriptions
  language sql volatile set search_path = ''
as $$
  select private.cancel_subscription(
    cancel_subscription.subscription_id, cancel_subscription.reason, cancel_subscription.comment,
    cancel_subscription.is_at_period_end
  )
$$;
comment on function public.cancel_subscription(uuid, public.billing_cancel_reason, text, boolean) is $$Cancels a subscription that is paid by invoice, at the end of its period or now, with the reason.

For members with billing.manage; again it changes nothing. Errors: 404 billing_subscription_not_found, 409
billing_provider_decides, 422 billing_cancel_reason_invalid.$$;
grant execute on function public.cancel_subscription(uuid, public.billing_cancel_reason, text, boolean) to authenticated;

-- Definer: as private.cancel_subscription.
create function private.resume_subscription(subscription_id uuid)
  returns public.billing_subscriptions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions;
begin
  v_subscription := private.lock_subscription(resume_subscription.subscription_id, 'resume');
  if v_subscription.provider <> 'manual' then
    perform private.raise_error(
      409, 'billing_provider_decides', 'Cannot resume here: the payment provider keeps this subscription',
      'Use POST /api/v1/billing/subscription/resume, or the customer portal'
    );
  end if;
  if v_subscription.ended_at is not null then
    perform private.raise_error(409, 'billing_subscription_ended', 'Cannot resume: the subscription ended', 'Subscribe anew');
  end if;
  update public.billing_subscriptions
  set is_cancelled_at_period_end = false, cancelled_at = null, cancel_reason = null, cancel_comment = null
  where billing_subscriptions.id = v_subscription.id and billing_subscriptions.is_cancelled_at_period_end
  returning * into v_subscription;
  select * into v_subscription from public.billing_subscriptions
  where billing_subscriptions.id = resume_subscription.subscription_id;
  return v_subscription;
end;
$$;
comment on function private.resume_subscription(uuid) is 'Body of public.resume_subscription.';
grant execute on function private.resume_subscription(uuid) to authenticated;

create function public.resume_subscription(subscription_id uuid)
  returns public.billing_subscriptions
  language sql volatile set search_path = ''
as $$
  select private.resume_subscription(resume_subscription.subscription_id)
$$;
comment on function public.resume_subscription(uuid) is $$Takes back the cancellation of a subscription whose period has not ended yet.

For members with billing.manage; again it changes nothing. Errors: 404 billing_subscription_not_found, 409
billing_provider_decides or billing_subscription_ended.$$;
grant execute on function public.resume_subscription(uuid) to authenticated;
