-- Definer: who is not signed in reads no table, and the price list is for everybody.
create function private.list_plans(product_line public.billing_product, currency text)
  returns table (
    plan_id uuid, product public.billing_product, key text, name text, description text, rank smallint, trial_days smallint,
    is_default boolean, prices jsonb, entitlements jsonb
  )
  language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  select plans.id, plans.product, plans.key, plans.name, plans.description, plans.rank, plans.trial_days, plans.is_default,
    coalesce(
      (
        select jsonb_agg(
          jsonb_build_object(
            'price_id', prices.id, 'kind', prices.kind, 'billing_interval', prices.billing_interval,
            'currency', prices.currency, 'unit_cents', prices.unit_cents, 'unit_count', prices.unit_count,
            'limit_key', prices.limit_key
          )
          order by prices.kind, prices.billing_interval, prices.currency, prices.limit_key
        )
        from public.billing_prices as prices
        where prices.plan_id = plans.id and (list_plans.currency is null or prices.currency = list_plans.currency)
          and prices.starts_at <= now() and (prices.ends_at is null or prices.ends_at > now())
      ),
      '[]'
    ),
    coalesce(
      (
        select jsonb_object_agg(
          entitlements.key, jsonb_build_object('value', entitlements.value, 'action', entitlements.action)
        )
        from public.billing_plan_entitlements as entitlements where entitlements.plan_id = plans.id
      ),
      '{}'
    )
  from public.billing_plans as plans
  where (list_plans.product_line is null or plans.product = list_plans.product_line) and plans.retired_at is null
  order by plans.product, plans.rank, plans.key;
end;
$$;
comment on function private.list_plans(public.billing_product, text) is 'Body of public.list_plans.';
grant execute on function private.list_plans(public.billing_product, text) to anon, authenticated, service_role;

create function public.list_plans(product_line public.billing_product default null, currency text default null)
  returns table (
    plan_id uuid, product public.billing_product, key text, name text, description text, rank smallint, trial_days smallint,
    is_default boolean, prices jsonb, entitlements jsonb
  )
  language sql stable set search_path = ''
as $$
  select * from private.list_plans(list_plans.product_line, list_plans.currency)
$$;
comment on function public.list_plans(public.billing_product, text) is $$The price list: plans that are offered, with the prices of this moment and what they entitle to.

For everybody, signed in or not. prices is a list of {price_id, kind, billing_interval, currency, unit_cents, unit_count,
limit_key}; entitlements maps limits to {value, action}, where value null means unlimited.$$;
grant execute on function public.list_plans(public.billing_product, text) to anon, authenticated, service_role;

-- Definer: asks for the admin before anything else.
create function private.save_plan(
  product public.billing_product, key text, name text, description text, rank smallint, trial_days smallint
)
  returns public.billing_plans
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_plan public.billing_plans;
begin
  perform private.require_platform_admin('save the plan');
  insert into public.billing_plans as plans (product, key, name, description, rank, trial_days)
  values (
    save_plan.product, save_plan.key, save_plan.name, save_plan.description, save_plan.rank, save_plan.trial_days
  )
  on conflict on constraint billing_plans_product_key_key do update
    set name = excluded.name, description = excluded.description, rank = excluded.rank, trial_days = excluded.trial_days
  returning plans.* into v_plan;
  return v_plan;
exception
  when check_violation or not_null_violation then
    perform private.raise_error(422, 'billing_plan_invalid', format('Cannot save the plan: %s', sqlerrm));
end;
$$;
comment on function private.save_plan(public.billing_product, text, text, text, smallint, smallint) is
  'Body of public.save_plan.';
grant execute on function private.save_plan(public.billing_product, text, text, text, smallint, smallint) to authenticated;

create function public.save_plan(
  product public.billing_product, key text, name text, description text, rank smallint, trial_days smallint default 14
)
  returns public.billing_plans
  language sql volatile set search_path = ''
as $$
  select private.save_plan(
    save_plan.product, save_plan.key, save_plan.name, save_plan.description, save_plan.rank, save_plan.trial_days
  )
$$;
comment on function public.save_plan(public.billing_product, text, text, text, smallint, smallint) is
  $$Makes a plan, or changes the one of this product line and key. For platform admins with a second factor; audited.

Errors: 403, 422 billing_plan_invalid.$$;
grant execute on function public.save_plan(public.billing_product, text, text, text, smallint, smallint) to authenticated;

create function private.required_plan(plan_id uuid)
  returns public.billing_plans
  language plpgsql stable set search_path = ''
as $$
declare
  v_plan public.billing_plans;
begin
  select * into v_plan from public.billing_plans where billing_plans.id = required_plan.plan_id;
  if not found then
    perform private.raise_error(404, 'billing_plan_not_found', 'There is no such plan', 'list_plans tells the plans');
  end if;
  return v_plan;
end;
$$;
comment on function private.required_plan(uuid) is 'A plan, or 404 billing_plan_not_found.';

-- Definer: as private.save_plan.
create function private.retire_plan(plan_id uuid)
  returns public.billing_plans
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_plan public.billing_plans;
begin
  perform private.require_platform_admin('retire the plan');
  v_plan := private.required_plan(retire_plan.plan_id);
  if v_plan.is_default then
    perform private.raise_error(
      409, 'billing_plan_is_default', 'Cannot retire the plan that organizations have without a subscription'
    );
  end if;
  update public.billing_plans set retired_at = coalesce(billing_plans.retired_at, now())
  where billing_plans.id = v_plan.id returning * into v_plan;
  return v_plan;
end;
$$;
comment on function private.retire_plan(uuid) is 'Body of public.retire_plan.';
grant execute on function private.retire_plan(uuid) to authenticated;

create function public.retire_plan(plan_id uuid)
  returns public.billing_plans
  language sql volatile set search_path = ''
as $$
  select private.retire_plan(retire_plan.plan_id)
$$;
comment on function public.retire_plan(uuid) is
  'Offers a plan no more; who has it keeps it. For platform admins with a second factor; audited.';
grant execute on function public.retire_plan(uuid) to authenticated;

-- Definer: as private.save_plan.
create function private.set_plan_price(
  plan_id uuid, kind public.billing_price_kind, billing_interval public.billing_interval, currency text, unit_cents bigint,
  unit_count int, limit_key text
)
  returns public.billing_prices
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_price public.billing_prices;
begin
  perform private.require_platform_admin('set the price');
  -- One at a time for each plan, so that none of two editors is refused.
  perform from public.billing_plans where billing_plans.id = (private.required_plan(set_plan_price.plan_id)).id for update;
  select * into v_price from public.billing_prices as prices
  where prices.plan_id = set_plan_price.plan_id and prices.kind = set_plan_price.kind
    and prices.billing_interval is not distinct from set_plan_price.billing_interval
    and prices.currency = set_plan_price.currency
    and prices.limit_key is not distinct from set_plan_price.limit_key
    and prices.ends_at is null
  for update;
  if found and (v_price.unit_cents, v_price.unit_count) = (set_plan_price.unit_cents, set_plan_price.unit_count) then
    return v_price;
  end if;
  if found then
    update public.billing_prices
    set ends_at = greatest(now(), billing_prices.starts_at + interval '1 microsecond')
    where billing_prices.id = v_price.id
    returning * into v_price;
  end if;
  insert into public.billing_prices
    (plan_id, kind, billing_interval, currency, unit_cents, unit_count, limit_key, starts_at)
  values (
    set_plan_price.plan_id, set_plan_price.kind, set_plan_price.billing_interval, set_plan_price.currency,
    set_plan_price.unit_cents, set_plan_price.unit_count, set_plan_price.limit_key,
    coalesce(v_price.ends_at, now())
  )
  returning * into v_price;
  return v_price;
exception
  when check_violation or not_null_violation or foreign_key_violation then
    perform private.raise_error(
      422, 'billing_price_invalid', format('Cannot set the price: %s', sqlerrm),
      'A metered price names a limit; a one-off price has no interval, every other has one'
    );
end;
$$;
comment on function private.set_plan_price(
  uuid, public.billing_price_kind, public.billing_interval, text, bigint, int, text
) is 'Body of public.set_plan_price.';
grant execute on function private.set_plan_price(
  uuid, public.billing_price_kind, public.billing_interval, text, bigint, int, text
) to authenticated;

create function public.set_plan_price(
  plan_id uuid, kind public.billing_price_kind, currency text, unit_cents bigint,
  billing_interval public.billing_interval default null, unit_count int default 1, limit_key text default null
)
  returns public.billing_prices
  language sql volatile set search_path = ''
as $$
  select private.set_plan_price(
    set_plan_price.plan_id, set_plan_price.kind, set_plan_price.billing_interval, set_plan_price.currency,
    set_plan_price.unit_cents, set_plan_price.unit_count, set_plan_price.limit_key
  )
$$;
comment on function public.set_plan_price(
  uuid, public.billing_price_kind, text, bigint, public.billing_interval, int, text
) is $$Offers a plan at a price from now on, and ends the price it had. For platform admins with a second factor; audited.

Who subscribed before keeps the old price. The same price again changes nothing. Errors: 403, 404
billing_plan_not_found, 422 billing_price_invalid.$$;
grant execute on function public.set_plan_price(
  uuid, public.billing_price_kind, text, bigint, public.billing_interval, int, text
) to authenticated;

-- Definer: as private.save_plan.
create function private.set_plan_entitlement(plan_id uuid, key text, value bigint, does_bill_overage boolean)
  returns public.billing_plan_entitlements
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_entitlement public.billing_plan_entitlements;
begin
  perform private.require_platform_admin('set the entitlement');
  if not exists (select from private.limit_definitions where limit_definitions.key = set_plan_entitlement.key) then
    perform private.raise_error(422, 'limit_unknown', format('There is no limit "%s"', set_plan_entitlement.key));
  end if;
  insert into public.billing_plan_entitlements as entitlements (plan_id, key, value, action)
  values (
    (private.required_plan(set_plan_entitlement.plan_id)).id, set_plan_entitlement.key, set_plan_entitlement.value,
    case when set_plan_entitlement.does_bill_overage then 'overage' else 'block' end::private.limit_action
  )
  on conflict on constraint billing_plan_entitlements_pkey
    do update set value = excluded.value, action = excluded.action
  returning entitlements.* into v_entitlement;
  return v_entitlement;
end;
$$;
comment on function private.set_plan_entitlement(uuid, text, bigint, boolean) is 'Body of public.set_plan_entitlement.';
grant execute on function private.set_plan_entitlement(uuid, text, bigint, boolean) to authenticated;

create function public.set_plan_entitlement(
  plan_id uuid, key text, value bigint, does_bill_overage boolean default false
)
  returns public.billing_plan_entitlements
  language sql volatile set search_path = ''
as $$
  select private.set_plan_entitlement(
    set_plan_entitlement.plan_id, set_plan_entitlement.key, set_plan_entitlement.value,
    set_plan_entitlement.does_bill_overage
  )
$$;
comment on function public.set_plan_entitlement(uuid, text, bigint, boolean) is $$Sets what a plan entitles to, for its subscribers at once. For platform admins with a second factor; audited.

value null means unlimited. Errors: 403, 404 billing_plan_not_found, 422 limit_unknown.$$;
grant execute on function public.set_plan_entitlement(uuid, text, bigint, boolean) to authenticated;
