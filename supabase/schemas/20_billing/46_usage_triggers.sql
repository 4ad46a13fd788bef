create trigger t100_set_updated_at before update on public.usage_days
  for each row execute function private.set_updated_at();

-- Definer: as private.enforce_limit.
create function private.file_usage_count()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.change_usage_level(
    new.organization_id, private.metric_of_limit('storage_bytes'),
    new.used_bytes - case when tg_op = 'UPDATE' then old.used_bytes else 0 end
  );
  return null;
end;
$$;
comment on function private.file_usage_count() is 'Counts the bytes of files for the usage page; files refuse what is too much.';
create trigger t500_count_new after insert on private.file_usage
  for each row execute function private.file_usage_count();
create trigger t500_count after update on private.file_usage
  for each row when (old.used_bytes is distinct from new.used_bytes) execute function private.file_usage_count();

-- The members' and agents' limits are refused by rules of their own.
select private.limit_table('public.memberships', 'members', is_enforced => false);
select private.limit_table('public.memberships', 'max_agents', '{"role": "agent"}', is_enforced => false);

-- Definer: writers of subscriptions hold no grant on what is kept of them.
create function private.billing_subscription_items_agree_price()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into private.usage_agreed_prices (subscription_id, organization_id, price_id, agreed_at)
  select new.subscription_id, new.organization_id, prices.id, now()
  from public.billing_prices as prices
  join public.billing_subscriptions as subscriptions on subscriptions.id = new.subscription_id
  where prices.id = new.price_id and prices.kind = 'metered'
    -- Those follow what Stripe's events told: private.settle_stripe_metered.
    and subscriptions.provider <> 'stripe'
  on conflict on constraint usage_agreed_prices_pkey do nothing;
  return null;
end;
$$;
comment on function private.billing_subscription_items_agree_price() is
  'Keeps since when a metered price holds, for the overage of a period that is billed after the plan changed.';
create trigger t500_agree_price after insert on public.billing_subscription_items
  for each row execute function private.billing_subscription_items_agree_price();

-- Definer: writers of limits hold no grant on what is counted.
create function private.organization_limits_close_days()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_organization uuid := case when tg_op = 'DELETE' then old.organization_id else new.organization_id end;
  v_key text := case when tg_op = 'DELETE' then old.key else new.key end;
  v_levels private.usage_levels[];
begin
  select array_agg(open.level) into v_levels
  from (
    select levels as level from private.usage_levels as levels
    join public.usage_metrics as metrics on metrics.metric = levels.metric
    where levels.organization_id = v_organization and metrics.limit_key = v_key and metrics.kind = 'gauge'
      and levels.peaked_on < private.usage_today()
    -- Who changes it at this moment writes its days with that.
    for update of levels skip locked
  ) as open;
  perform private.close_usage_days(v_levels);
  if v_key = 'max_api_calls_daily' then
    perform private.copy_api_days(v_organization);
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end;
$$;
comment on function private.organization_limits_close_days() is
  'Writes the days that are over before their limit changes: what was above it is billed by the limit of the day.';
create trigger t500_close_days before insert or delete on private.organization_limits
  for each row execute function private.organization_limits_close_days();
create trigger t500_close_days_changed before update on private.organization_limits
  for each row when ((old.value, old.action) is distinct from (new.value, new.action))
  execute function private.organization_limits_close_days();
