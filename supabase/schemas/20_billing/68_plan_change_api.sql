create function private.lock_manual_subscription(subscription_id uuid, action text)
  returns public.billing_subscriptions
  language plpgsql volatile set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions :=
    private.lock_subscription(lock_manual_subscription.subscription_id, lock_manual_subscription.action);
begin
  if v_subscription.provider <> 'manual' then
    perform private.raise_error(
      409, 'billing_provider_decides',
      format('Cannot %s here: the payment provider keeps this subscription', lock_manual_subscription.action),
      'Use the routes below /api/v1/billing/subscription, or the customer portal'
    );
  end if;
  if v_subscription.ended_at is not null then
    perform private.raise_error(
      409, 'billing_subscription_ended', format('Cannot %s: the subscription ended', lock_manual_subscription.action),
      'Subscribe anew'
    );
  end if;
  return v_subscription;
end;
$$;
comment on function private.lock_manual_subscription(uuid, text) is $$A live subscription paid by invoice that the caller manages, locked.

Else 404 billing_subscription_not_found, 409 billing_provider_decides or billing_subscription_ended.$$;

create function private.require_paid_for(subscription public.billing_subscriptions)
  returns void
  language plpgsql stable set search_path = ''
as $$
begin
  if subscription.paused_at is not null then
    perform private.raise_error(
      409, 'billing_subscription_paused', 'Cannot change the subscription: it is paused', 'Go on with it first'
    );
  end if;
  if coalesce(subscription.overdue_at, subscription.own_overdue_at) is not null then
    perform private.raise_error(
      409, 'billing_subscription_overdue', 'Cannot change the subscription: an invoice is overdue', 'Pay it first'
    );
  end if;
end;
$$;
comment on function private.require_paid_for(public.billing_subscriptions) is
  'Refuses a change of a subscription that rests or has an overdue invoice: 409 billing_subscription_paused or _overdue.';

create function private.require_seats(organization_id uuid, seat_count int, price_ids uuid[])
  returns void
  language plpgsql stable set search_path = ''
as $$
declare
  v_people bigint;
begin
  if not exists (
    select from public.billing_prices
    where billing_prices.id = any (require_seats.price_ids) and billing_prices.kind = 'seat'
  ) then
    return;
  end if;
  select count(*) into v_people from public.memberships
  where memberships.organization_id = require_seats.organization_id and memberships.status = 'active'
    and memberships.user_id is not null;
  if v_people > require_seats.seat_count then
    perform private.raise_error(
      409, 'billing_seats_too_few', format('Cannot have so few seats: the organization has %s people', v_people),
      'Remove members first, or keep the seats'
    );
  end if;
end;
$$;
comment on function private.require_seats(uuid, int, uuid[]) is
  'Refuses fewer seats than the organization has people, where seats are paid for: 409 billing_seats_too_few.';

create function private.require_changeable(
  subscription public.billing_subscriptions, plan_id uuid, seat_count int, price_ids uuid[]
)
  returns void
  language plpgsql stable set search_path = ''
as $$
declare
  v_plan public.billing_plans := private.required_plan(require_changeable.plan_id);
begin
  if v_plan.product <> subscription.product then
    perform private.raise_error(
      422, 'billing_plan_of_other_product', 'Cannot change the subscription: the plan is of another product line'
    );
  end if;
  if v_plan.retired_at is not null and v_plan.id <> subscription.plan_id then
    perform private.raise_error(409, 'billing_plan_retired', 'Cannot change the subscription: the plan is not offered any more');
  end if;
  if subscription.is_cancelled_at_period_end then
    perform private.raise_error(
      409, 'billing_subscription_cancelled', 'Cannot change the subscription: it is cancelled', 'Resume it first'
    );
  end if;
  perform private.require_paid_for(subscription);
  if require_changeable.seat_count < 1 then
    perform private.raise_error(422, 'billing_seats_invalid', 'Cannot change the subscription: it has at least one seat');
  end if;
  perform private.require_seats(
    subscription.organization_id, require_changeable.seat_count, require_changeable.price_ids
  );
end;
$$;
comment on function private.require_changeable(public.billing_subscriptions, uuid, int, uuid[]) is
  'Refuses a change to a plan that is not offered, below the people there are, and while something else is to be done first.';

-- Definer: reads past the caller's policies what billing.read allows to ask for, which is asked first.
create function private.preview_subscription_change(
  subscription_id uuid, plan_id uuid, billing_interval public.billing_interval, seat_count int
)
  returns table (
    is_immediate boolean, effective_at timestamptz, currency text, credit_cents bigint, charge_cents bigint,
    due_cents bigint, period_cents bigint
  )
  language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  v_subscription public.billing_subscriptions :=
    private.lock_manual_subscription(preview_subscription_change.subscription_id, 'preview the change');
  v_quote record;
begin
  select * into v_quote from private.quote_subscription_change(
    v_subscription, coalesce(preview_subscription_change.plan_id, v_subscription.plan_id),
    coalesce(preview_subscription_change.billing_interval, v_subscription.billing_interval),
    coalesce(preview_subscription_change.seat_count, v_subscription.seat_count)
  );
  perform private.require_changeable(
    v_subscription, coalesce(preview_subscription_change.plan_id, v_subscription.plan_id),
    coalesce(preview_subscription_change.seat_count, v_subscription.seat_count), v_quote.price_ids
  );
  return query
  select v_quote.is_immediate, v_quote.effective_at, v_subscription.currency, v_quote.credit_cents, v_quote.charge_cents,
    v_quote.charge_cents - v_quote.credit_cents, v_quote.period_cents;
end;
$$;
comment on function private.preview_subscription_change(uuid, uuid, public.billing_interval, int) is
  'Body of public.preview_subscription_change.';
grant execute on function private.preview_subscription_change(uuid, uuid, public.billing_interval, int) to authenticated;

create function public.preview_subscription_change(
  subscription_id uuid, plan_id uuid default null, billing_interval public.billing_interval default null,
  seat_count int default null
)
  returns table (
    is_immediate boolean, effective_at timestamptz, currency text, credit_cents bigint, charge_cents bigint,
    due_cents bigint, period_cents bigint
  )
  language sql volatile set search_path = ''
as $$
  select * from private.preview_subscription_change(
    preview_subscription_change.subscription_id, preview_subscription_change.plan_id,
    preview_subscription_change.billing_interval, preview_subscription_change.seat_count
  )
$$;
comment on function public.preview_subscription_change(uuid, uuid, public.billing_interval, int) is $$What change_subscription with the same parameters would do now, and cost.

credit_cents is given back for the rest of the period at the old prices, charge_cents is that rest at the new ones, and
due_cents, their difference, comes onto the next invoice; period_cents is a whole period from then on. All before tax.
Errors as of change_subscription.$$;
grant execute on function public.preview_subscription_change(uuid, uuid, public.billing_interval, int) to authenticated;

-- Definer: subscriptions are changed by functions alone; checks the permission before anything is read.
create function private.change_subscription(
  subscription_id uuid, plan_id uuid, billing_interval public.billing_interval, seat_count int
)
  returns public.billing_subscriptions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions :=
    private.lock_manual_subscription(change_subscription.subscription_id, 'change the subscription');
  v_plan_id uuid := coalesce(change_subscription.plan_id, v_subscription.plan_id);
  v_interval public.billing_interval := coalesce(change_subscription.billing_interval, v_subscription.billing_interval);
  v_seat_count int := coalesce(change_subscription.seat_count, v_subscription.seat_count);
  v_quote record;
begin
  select * into v_quote
  from private.quote_subscription_change(v_subscription, v_plan_id, v_interval, v_seat_count);
  if not v_quote.is_same then
    perform private.require_changeable(v_subscription, v_plan_id, v_seat_count, v_quote.price_ids);
  end if;
  if not v_quote.is_same and not v_quote.is_immediate then
    insert into public.billing_scheduled_changes as changes
      (subscription_id, organization_id, plan_id, billing_interval, seat_count, price_ids)
    values (
      v_subscription.id, v_subscription.organization_id, v_plan_id, v_interval, v_seat_count, v_quote.price_ids
    )
    on conflict on constraint billing_scheduled_changes_pkey do update
      set plan_id = excluded.plan_id, billing_interval = excluded.billing_interval, seat_count = excluded.seat_count,
        price_ids = excluded.price_ids
      where (changes.plan_id, changes.billing_interval, changes.seat_count)
        is distinct from (excluded.plan_id, excluded.billing_interval, excluded.seat_count);
    return v_subscription;
  end if;
  -- What counts now replaces what was to count later.
  delete from public.billing_scheduled_changes as changes where changes.subscription_id = v_subscription.id;
  if v_quote.is_same then
    return v_subscription;
  end if;
  insert into public.billing_pending_lines
    (organization_id, subscription_id, description, currency, amount_cents, period_starts_at, period_ends_at)
  select v_subscription.organization_id, v_subscription.id, lines.description || ': ' || plans.name,
    v_subscription.currency, lines.amount_cents, now(), v_subscription.current_period_ends_at
  from (
    values
      ('Unused time', v_subscription.plan_id, -v_quote.credit_cents),
      ('Rest of the period', v_plan_id, v_quote.charge_cents)
  ) as lines (description, plan_id, amount_cents)
  join public.billing_plans as plans on plans.id = lines.plan_id
  where lines.amount_cents <> 0 and v_quote.charge_cents <> v_quote.credit_cents;
  perform private.agree_prices(v_subscription.id, v_quote.price_ids);
  update public.billing_subscriptions set plan_id = v_plan_id, seat_count = v_seat_count
  where billing_subscriptions.id = v_subscription.id
  returning * into v_subscription;
  return v_subscription;
end;
$$;
comment on function private.change_subscription(uuid, uuid, public.billing_interval, int) is
  'Body of public.change_subscription.';
grant execute on function private.change_subscription(uuid, uuid, public.billing_interval, int) to authenticated;

create function public.change_subscription(
  subscription_id uuid, plan_id uuid default null, billing_interval public.billing_interval default null,
  seat_count int default null
)
  returns public.billing_subscriptions
  language sql volatile set search_path = ''
as $$
  select private.change_subscription(
    change_subscription.subscription_id, change_subscription.plan_id, change_subscription.billing_interval,
    change_subscription.seat_count
  )
$$;
comment on function public.change_subscription(uuid, uuid, public.billing_interval, int) is $$Changes plan, interval or seats of a subscription that is paid by invoice; what is left out stays.

For members with billing.manage. What costs as much or more counts at once, and the next invoice has the difference for
the rest of the period. What costs less, or has another interval, counts when the period ends (billing_scheduled_changes);
asking for what is now takes that back. Seats cannot be fewer than the people of the organization. The same again changes
nothing. Errors: 404 billing_subscription_not_found or billing_plan_not_found, 409 billing_provider_decides,
billing_subscription_ended, billing_subscription_cancelled, billing_subscription_paused, billing_subscription_overdue,
billing_plan_retired or billing_seats_too_few, 422 billing_plan_of_other_product, billing_price_not_offered or
billing_seats_invalid.$$;
grant execute on function public.change_subscription(uuid, uuid, public.billing_interval, int) to authenticated;

create function public.change_seats(subscription_id uuid, seat_count int)
  returns public.billing_subscriptions
  language sql volatile set search_path = ''
as $$
  select private.change_subscription(change_seats.subscription_id, null, null, change_seats.seat_count)
$$;
comment on function public.change_seats(uuid, int) is
  $$Changes the seats of a subscription that is paid by invoice: change_subscription with nothing else.$$;
grant execute on function public.change_seats(uuid, int) to authenticated;

-- Definer: as private.change_subscription.
create function private.pause_subscription(subscription_id uuid)
  returns public.billing_subscriptions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions :=
    private.lock_manual_subscription(pause_subscription.subscription_id, 'pause the subscription');
begin
  if v_subscription.paused_at is not null then
    return v_subscription;
  end if;
  if v_subscription.overdue_at is not null then
    perform private.raise_error(
      409, 'billing_subscription_overdue', 'Cannot pause the subscription: an invoice is overdue', 'Pay it first'
    );
  end if;
  if v_subscription.is_cancelled_at_period_end then
    perform private.raise_error(
      409, 'billing_subscription_cancelled', 'Cannot pause the subscription: it is cancelled', 'Resume it first'
    );
  end if;
  update public.billing_subscriptions set paused_at = now() where billing_subscriptions.id = v_subscription.id
  returning * into v_subscription;
  return v_subscription;
end;
$$;
comment on function private.pause_subscription(uuid) is 'Body of public.pause_subscription.';
grant execute on function private.pause_subscription(uuid) to authenticated;

create function public.pause_subscription(subscription_id uuid)
  returns public.billing_subscriptions
  language sql volatile set search_path = ''
as $$
  select private.pause_subscription(pause_subscription.subscription_id)
$$;
comment on function public.pause_subscription(uuid) is $$Has a subscription that is paid by invoice rest: it entitles to nothing and is not renewed until unpause_subscription.

For members with billing.manage; again it changes nothing. Errors: 404 billing_subscription_not_found, 409
billing_provider_decides, billing_subscription_ended, billing_subscription_cancelled or billing_subscription_overdue.$$;
grant execute on function public.pause_subscription(uuid) to authenticated;

-- Definer: as private.change_subscription.
create function private.unpause_subscription(subscription_id uuid)
  returns public.billing_subscriptions
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_subscription public.billing_subscriptions :=
    private.lock_manual_subscription(unpause_subscription.subscription_id, 'go on with the subscription');
  -- Seconds alone: days would depend on a time zone.
  v_rested interval := make_interval(secs => extract(epoch from now() - v_subscription.paused_at));
begin
  if v_subscription.paused_at is null then
    return v_subscription;
  end if;
  -- What was paid for and not used comes at the end, and the following periods are counted from there.
  update public.billing_subscriptions as subscriptions
  set paused_at = null, current_period_ends_at = subscriptions.current_period_ends_at + v_rested,
    trial_ends_at = case
      when subscriptions.status = 'trialing' then subscriptions.trial_ends_at + v_rested
      else subscriptions.trial_ends_at
    end,
    paused_seconds = subscriptions.paused_seconds + round(extract(epoch from v_rested)),
    period_anchor_at = case
      when subscriptions.status = 'trialing' then subscriptions.period_anchor_at
      else subscriptions.current_period_ends_at + v_rested
    end
  where subscriptions.id = v_subscription.id
  returning * into v_subscription;
  return v_subscription;
end;
$$;
comment on function private.unpause_subscription(uuid) is 'Body of public.unpause_subscription.';
grant execute on function private.unpause_subscription(uuid) to authenticated;

create function public.unpause_subscription(subscription_id uuid)
  returns public.billing_subscriptions
  language sql volatile set search_path = ''
as $$
  select private.unpause_subscription(unpause_subscription.subscription_id)
$$;
comment on function public.unpause_subscription(uuid) is $$Goes on with a subscription that rests; its period ends as much later as it rested.

For members with billing.manage; again it changes nothing. Errors: 404 billing_subscription_not_found, 409
billing_provider_decides or billing_subscription_ended.$$;
grant execute on function public.unpause_subscription(uuid) to authenticated;
