create trigger t100_set_updated_at before update on public.billing_subscriptions
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on private.billing_overrides
  for each row execute function private.set_updated_at();

create function private.billing_subscriptions_guard()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    -- What a provider keeps may be moved to another product line there: what is paid for counts.
    if (old.organization_id, old.provider, old.provider_subscription_id) is distinct from
      (new.organization_id, new.provider, new.provider_subscription_id)
      or old.provider = 'manual' and old.product <> new.product then
      raise exception 'Whose a subscription is, its product line and its provider never change'
        using errcode = 'check_violation', constraint = 'billing_subscriptions_identity_never_changes';
    end if;
    if old.ended_at is not null and new.ended_at is distinct from old.ended_at then
      raise exception 'A subscription that ended stays ended'
        using errcode = 'check_violation', constraint = 'billing_subscriptions_end_is_final', hint = 'Subscribe anew.';
    end if;
  end if;
  if not exists (
    select from public.billing_plans where billing_plans.id = new.plan_id and billing_plans.product = new.product
  ) then
    raise exception 'The plan is of another product line'
      using errcode = 'check_violation', constraint = 'billing_subscriptions_plan_of_product';
  end if;
  return new;
end;
$$;
comment on function private.billing_subscriptions_guard() is
  'Keeps whose a subscription is, and that an ended one stays so and a plan is of its product line.';
create trigger t300_guard before insert or update on public.billing_subscriptions
  for each row execute function private.billing_subscriptions_guard();

-- Definer: writers of subscriptions hold no grant on limits.
create function private.billing_subscriptions_apply()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.apply_entitlements(new.organization_id);
  return null;
end;
$$;
comment on function private.billing_subscriptions_apply() is 'Has the limits follow plan and access at once.';
-- Definer: as private.billing_subscriptions_apply.
create function private.billing_subscriptions_suspend()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.apply_billing_suspension(new.organization_id);
  return null;
end;
$$;
comment on function private.billing_subscriptions_suspend() is 'Has the suspension of the organization follow access.';
create trigger t500_suspend_new after insert on public.billing_subscriptions
  for each row execute function private.billing_subscriptions_suspend();
create trigger t500_suspend after update on public.billing_subscriptions
  for each row when (old.access is distinct from new.access)
  execute function private.billing_subscriptions_suspend();
create trigger t500_apply_new after insert on public.billing_subscriptions
  for each row execute function private.billing_subscriptions_apply();
create trigger t500_apply after update on public.billing_subscriptions
  for each row when ((old.plan_id, old.access, old.paused_at) is distinct from (new.plan_id, new.access, new.paused_at))
  execute function private.billing_subscriptions_apply();

-- Definer: as private.billing_subscriptions_apply.
create function private.billing_overrides_apply()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.apply_entitlements(coalesce(new.organization_id, old.organization_id));
  return null;
end;
$$;
comment on function private.billing_overrides_apply() is 'Has the limits follow what operators give.';
create trigger t500_apply after insert or update or delete on private.billing_overrides
  for each row execute function private.billing_overrides_apply();

-- Definer: as private.billing_subscriptions_apply.
create function private.billing_plan_entitlements_apply()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- In the order of the ids, so that two changes of plans cannot wait for each other.
  perform private.apply_entitlements(subscribers.organization_id)
  from (
    select distinct subscriptions.organization_id from public.billing_subscriptions as subscriptions
    where subscriptions.plan_id = coalesce(new.plan_id, old.plan_id) and subscriptions.ended_at is null
    order by subscriptions.organization_id
  ) as subscribers;
  return null;
end;
$$;
comment on function private.billing_plan_entitlements_apply() is 'Has the limits of subscribers follow a change of their plan.';
create trigger t500_apply after insert or update or delete on public.billing_plan_entitlements
  for each row execute function private.billing_plan_entitlements_apply();

-- Definer: emits for whoever made the change.
create function private.billing_subscriptions_emit()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_topic text := case
    when tg_op = 'INSERT' then 'subscription.created'
    when old.ended_at is null and new.ended_at is not null then 'subscription.ended'
    when old.access is distinct from new.access then 'subscription.access_changed'
    when old.plan_id is distinct from new.plan_id then 'subscription.plan_changed'
    when not old.is_cancelled_at_period_end and new.is_cancelled_at_period_end then 'subscription.cancelled'
    when old.is_cancelled_at_period_end and not new.is_cancelled_at_period_end then 'subscription.resumed'
    when old.paused_at is null and new.paused_at is not null then 'subscription.paused'
    when old.paused_at is not null and new.paused_at is null then 'subscription.resumed'
    when old.current_period_ends_at < new.current_period_ends_at then 'subscription.renewed'
  end;
begin
  if v_topic is not null then
    perform private.emit_event(
      v_topic, new.organization_id,
      jsonb_build_object(
        'subscription_id', new.id, 'product', new.product, 'plan_id', new.plan_id, 'status', new.status,
        'access', new.access, 'current_period_ends_at', new.current_period_ends_at
      )
    );
  end if;
  return null;
end;
$$;
comment on function private.billing_subscriptions_emit() is
  'Emits subscription.created, .ended, .access_changed, .plan_changed, .cancelled, .resumed, .paused or .renewed.';
create trigger t900_emit after insert or update on public.billing_subscriptions
  for each row execute function private.billing_subscriptions_emit();

select private.audit_table(
  'public.billing_subscriptions',
  '{product, plan_id, provider, status, access, seat_count, billing_interval, is_cancelled_at_period_end, cancel_reason, ended_at, paused_at}'
);
select private.audit_table('private.billing_overrides', '{key, value, action, reason, expires_at}');
