-- Definer: writers of subscriptions hold no grant on periods.
create function private.billing_subscriptions_note_period()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_ends boolean := tg_op = 'UPDATE' and old.ended_at is null and new.ended_at is not null;
  -- A trial is not billed, neither its fee nor what was used in it.
  v_was_paid boolean := tg_op = 'UPDATE' and old.status <> 'trialing';
begin
  if new.status = 'trialing' or v_ends and not v_was_paid then
    return null;
  end if;
  -- A payment provider bills the fee, and we only what was used above the limits.
  if new.provider <> 'manual' and (not v_was_paid or not exists (
    select from private.usage_agreed_prices as agreed where agreed.subscription_id = new.id
  )) then
    return null;
  end if;
  insert into private.billing_periods (
    subscription_id, organization_id, plan_id, currency, seat_count, starts_at, ends_at, previous_starts_at,
    previous_ends_at, is_final
  )
  values (
    new.id, new.organization_id, new.plan_id, new.currency, new.seat_count,
    case when v_ends then new.ended_at else new.current_period_starts_at end,
    case when v_ends then new.ended_at else new.current_period_ends_at end,
    case when v_was_paid then old.current_period_starts_at end,
    case
      when not v_was_paid then null
      when v_ends then greatest(least(new.ended_at, old.current_period_ends_at), old.current_period_starts_at)
      -- Of what a provider tells, a period may be missing between the two.
      when new.provider <> 'manual' then new.current_period_starts_at
      else old.current_period_ends_at
    end,
    v_ends
  )
  on conflict do nothing;
  return null;
end;
$$;
comment on function private.billing_subscriptions_note_period() is
  $$Notes what is to be billed when a subscription begins a period or ends.

Of one that a payment provider collects for only what was used above the limits of its plan, where that is billed.$$;
create trigger t500_note_first_period after insert on public.billing_subscriptions
  for each row when (new.provider = 'manual' and new.ended_at is null)
  execute function private.billing_subscriptions_note_period();
create trigger t500_note_period after update on public.billing_subscriptions
  for each row when (
    old.ended_at is null and new.ended_at is not null
    or new.ended_at is null and (
      old.current_period_starts_at < new.current_period_starts_at or old.status = 'trialing' and new.status <> 'trialing'
    )
  )
  execute function private.billing_subscriptions_note_period();
