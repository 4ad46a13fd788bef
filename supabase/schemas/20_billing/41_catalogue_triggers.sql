create trigger t100_set_updated_at before update on public.billing_plans
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_prices
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_plan_entitlements
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_tax_rates
  for each row execute function private.set_updated_at();

create function private.billing_prices_guard()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  raise exception 'A price never changes; end it and make another'
    using errcode = 'check_violation', constraint = 'billing_prices_never_change',
      hint = 'Who subscribed at it keeps it.';
end;
$$;
comment on function private.billing_prices_guard() is 'Refuses any change of a price but its end.';
create trigger t300_guard before update on public.billing_prices
  for each row when (
    (old.plan_id, old.kind, old.billing_interval, old.currency, old.unit_cents, old.unit_count, old.limit_key, old.starts_at)
      is distinct from
    (new.plan_id, new.kind, new.billing_interval, new.currency, new.unit_cents, new.unit_count, new.limit_key, new.starts_at)
  )
  execute function private.billing_prices_guard();

create function private.billing_plans_guard()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  raise exception 'Product line and key of a plan never change'
    using errcode = 'check_violation', constraint = 'billing_plans_key_never_changes';
end;
$$;
comment on function private.billing_plans_guard() is 'Refuses a change of what programs know a plan by.';
create trigger t300_guard before update on public.billing_plans
  for each row when ((old.product, old.key) is distinct from (new.product, new.key))
  execute function private.billing_plans_guard();
