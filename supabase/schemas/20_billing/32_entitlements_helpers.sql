create function private.apply_entitlements(organization_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
begin
  -- Two changes of one organization's plans must not write past each other.
  perform private.lock_billing(apply_entitlements.organization_id);
  with wanted as (
    select distinct on (entitled.key) entitled.key, entitled.value, entitled.action
    from (
      select 1 as place, overrides.key, overrides.value, overrides.action
      from private.billing_overrides as overrides
      where overrides.organization_id = apply_entitlements.organization_id
        and (overrides.expires_at is null or overrides.expires_at > now())
      union all
      select 2, entitlements.key, entitlements.value, entitlements.action
      from public.billing_subscriptions as subscriptions
      join public.billing_plan_entitlements as entitlements on entitlements.plan_id = subscriptions.plan_id
      where subscriptions.organization_id = apply_entitlements.organization_id
        and subscriptions.access in ('full', 'reminded', 'noticed') and subscriptions.paused_at is null
    ) as entitled
    -- Plans of several product lines add nothing up: the most generous one counts.
    order by entitled.key, entitled.place, entitled.value desc nulls first, entitled.action desc
  ), gone as (
    delete from private.organization_limits
    where organization_limits.organization_id = apply_entitlements.organization_id
      and not exists (select from wanted where wanted.key = organization_limits.key)
  )
  insert into private.organization_limits as limits (organization_id, key, value, action)
  select apply_entitlements.organization_id, wanted.key, wanted.value, wanted.action from wanted
  on conflict on constraint organization_limits_pkey
    do update set value = excluded.value, action = excluded.action
    where (limits.value, limits.action) is distinct from (excluded.value, excluded.action);
end;
$$;
comment on function private.apply_entitlements(uuid) is $$Writes the limits of an organization from its overrides and live subscriptions.

An override counts before any plan; of several plans the most generous. What none of them sets falls back to the default.$$;

-- Definer: subscriptions are not for everybody whose policies ask.
create function private.is_subscription_active(organization_id uuid, product public.billing_product default null)
  returns boolean
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (
    select from public.billing_subscriptions as subscriptions
    where subscriptions.organization_id = is_subscription_active.organization_id
      and (is_subscription_active.product is null or subscriptions.product = is_subscription_active.product)
      and subscriptions.access in ('full', 'reminded', 'noticed') and subscriptions.paused_at is null
  );
end;
$$;
comment on function private.is_subscription_active(uuid, public.billing_product) is $$Whether an organization has a subscription that gives access, to a product line or to any.

For policies and RPCs. An overdue one counts until its writes are blocked, a cancelled one until its period ends.$$;
grant execute on function private.is_subscription_active(uuid, public.billing_product) to service_role;

create function private.current_price(
  plan_id uuid, kind public.billing_price_kind, billing_interval public.billing_interval, currency text
)
  returns uuid
  language sql stable set search_path = ''
as $$
  select billing_prices.id from public.billing_prices
  where billing_prices.plan_id = current_price.plan_id and billing_prices.kind = current_price.kind
    and billing_prices.billing_interval = current_price.billing_interval
    and billing_prices.currency = current_price.currency and billing_prices.limit_key is null
    and billing_prices.starts_at <= now() and (billing_prices.ends_at is null or billing_prices.ends_at > now())
$$;
comment on function private.current_price(uuid, public.billing_price_kind, public.billing_interval, text) is
  'The price that is offered now, or null.';

create function private.apply_billing_suspension(organization_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_reason text := case
    when exists (
      select from public.billing_subscriptions as subscriptions
      where subscriptions.organization_id = apply_billing_suspension.organization_id and subscriptions.access = 'blocked'
    ) then 'billing: unpaid'
    -- Where a product line has nothing free to fall back to, and nothing else is paid for.
    when exists (
      select from public.billing_subscriptions as subscriptions
      where subscriptions.organization_id = apply_billing_suspension.organization_id
        and subscriptions.access = 'ended'
        and not exists (
          select from public.billing_plans
          where billing_plans.product = subscriptions.product and billing_plans.is_default
        )
    ) and not exists (
      select from public.billing_subscriptions as subscriptions
      where subscriptions.organization_id = apply_billing_suspension.organization_id
        and subscriptions.access not in ('none', 'ended')
    ) then 'billing: ended'
  end;
begin
  update public.organizations
  set suspended_at = case when v_reason is null then null else now() end, suspension_reason = v_reason
  where organizations.id = apply_billing_suspension.organization_id
    -- What a platform admin suspended is theirs to lift.
    and (organizations.suspended_at is null or starts_with(organizations.suspension_reason, 'billing: '))
    and organizations.suspension_reason is distinct from v_reason;
end;
$$;
comment on function private.apply_billing_suspension(uuid) is $$Turns off the writes of an organization that does not pay, and on again when it does.

Suspended while a subscription is blocked, and after the last one ended when its product line has no free plan. A
suspension by a platform admin stays as it is.$$;
