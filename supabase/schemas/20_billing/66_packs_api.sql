-- Definer: who is not signed in reads no table, and the price list is for everybody.
create function private.list_credit_packs(currency text)
  returns table (pack_id uuid, credit_count bigint, prices jsonb)
  language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  select packs.id, packs.credit_count,
    jsonb_agg(
      jsonb_build_object('currency', prices.currency, 'price_cents', prices.price_cents) order by prices.currency
    )
  from public.credit_packs as packs
  join public.credit_pack_prices as prices
    on prices.pack_id = packs.id and (list_credit_packs.currency is null or prices.currency = list_credit_packs.currency)
  where packs.retired_at is null
  group by packs.id
  order by packs.credit_count;
end;
$$;
comment on function private.list_credit_packs(text) is 'Body of public.list_credit_packs.';
grant execute on function private.list_credit_packs(text) to anon, authenticated, service_role;

create function public.list_credit_packs(currency text default null)
  returns table (pack_id uuid, credit_count bigint, prices jsonb)
  language sql stable set search_path = ''
as $$
  select * from private.list_credit_packs(list_credit_packs.currency)
$$;
comment on function public.list_credit_packs(text) is $$Packs of credits that are offered, with what they cost: prices is a list of {currency, price_cents}.

For everybody, signed in or not. A currency leaves out the packs that are not sold in it.$$;
grant execute on function public.list_credit_packs(text) to anon, authenticated, service_role;

-- Definer: asks for the admin before anything else.
create function private.set_credit_pack_price(credit_count bigint, currency text, price_cents bigint)
  returns public.credit_packs
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_pack public.credit_packs;
begin
  perform private.require_platform_admin('set the price of the pack');
  insert into public.credit_packs as packs (credit_count) values (set_credit_pack_price.credit_count)
  on conflict on constraint credit_packs_credit_count_key do update set retired_at = null
  returning packs.* into v_pack;
  insert into public.credit_pack_prices as prices (pack_id, currency, price_cents)
  values (v_pack.id, set_credit_pack_price.currency, set_credit_pack_price.price_cents)
  on conflict on constraint credit_pack_prices_pkey do update set price_cents = excluded.price_cents
    where prices.price_cents <> excluded.price_cents;
  return v_pack;
end;
$$;
comment on function private.set_credit_pack_price(bigint, text, bigint) is 'Body of public.set_credit_pack_price.';
grant execute on function private.set_credit_pack_price(bigint, text, bigint) to authenticated;

create function public.set_credit_pack_price(credit_count bigint, currency text, price_cents bigint)
  returns public.credit_packs
  language sql volatile set search_path = ''
as $$
  select private.set_credit_pack_price(
    set_credit_pack_price.credit_count, set_credit_pack_price.currency, set_credit_pack_price.price_cents
  )
$$;
comment on function public.set_credit_pack_price(bigint, text, bigint) is $$Offers a pack of so many credits at a price, from now on. For platform admins with a second factor; audited.

Makes the pack where there is none, and offers a retired one again. Purchases keep the price they were made at.$$;
grant execute on function public.set_credit_pack_price(bigint, text, bigint) to authenticated;

-- Definer: as private.set_credit_pack_price.
create function private.retire_credit_pack(pack_id uuid)
  returns public.credit_packs
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_pack public.credit_packs;
begin
  perform private.require_platform_admin('retire the pack');
  update public.credit_packs set retired_at = coalesce(credit_packs.retired_at, now())
  where credit_packs.id = retire_credit_pack.pack_id returning * into v_pack;
  if not found then
    perform private.raise_error(404, 'credit_pack_not_found', 'There is no such pack of credits');
  end if;
  return v_pack;
end;
$$;
comment on function private.retire_credit_pack(uuid) is 'Body of public.retire_credit_pack.';
grant execute on function private.retire_credit_pack(uuid) to authenticated;

create function public.retire_credit_pack(pack_id uuid)
  returns public.credit_packs
  language sql volatile set search_path = ''
as $$
  select private.retire_credit_pack(retire_credit_pack.pack_id)
$$;
comment on function public.retire_credit_pack(uuid) is
  'Offers a pack of credits no more; what was bought stays. For platform admins with a second factor; audited.';
grant execute on function public.retire_credit_pack(uuid) to authenticated;

-- Definer: purchases are written by functions alone. For callers that asked for the permission billing.manage.
create function private.create_credit_purchase(
  organization_id uuid, pack_id uuid, currency text, created_by uuid default null
)
  returns public.credit_purchases
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_purchase public.credit_purchases;
begin
  if not private.lock_billing(create_credit_purchase.organization_id) then
    perform private.raise_error(404, 'organization_not_found', 'Cannot buy credits: no such organization');
  end if;
  if not private.is_organization_active(create_credit_purchase.organization_id) then
    perform private.raise_error(403, 'organization_suspended', 'Cannot buy credits: the organization is suspended or deleted');
  end if;
  if not exists (
    select from public.credit_packs
    where credit_packs.id = create_credit_purchase.pack_id and credit_packs.retired_at is null
  ) then
    perform private.raise_error(
      404, 'credit_pack_not_found', 'Cannot buy credits: no such pack is offered', 'list_credit_packs tells the packs'
    );
  end if;
  insert into public.credit_purchases (organization_id, pack_id, credit_count, currency, price_cents, created_by)
  select create_credit_purchase.organization_id, packs.id, packs.credit_count, prices.currency, prices.price_cents,
    coalesce(create_credit_purchase.created_by, private.current_person_id())
  from public.credit_packs as packs
  join public.credit_pack_prices as prices on prices.pack_id = packs.id
  where packs.id = create_credit_purchase.pack_id and prices.currency = create_credit_purchase.currency
  returning * into v_purchase;
  if not found then
    perform private.raise_error(
      422, 'billing_price_not_offered', 'Cannot buy credits: the pack is not sold in this currency',
      'list_credit_packs tells the prices'
    );
  end if;
  return v_purchase;
end;
$$;
comment on function private.create_credit_purchase(uuid, uuid, text, uuid) is $$Begins the purchase of a pack at the price of this moment, and returns it as pending.

Asks for no permission: its callers have. What is paid with purpose "credit_pack" and its id fulfils it. Errors:
403 organization_suspended, 404 organization_not_found or credit_pack_not_found, 422 billing_price_not_offered.$$;
grant execute on function private.create_credit_purchase(uuid, uuid, text, uuid) to service_role;

-- Definer: as private.set_credit_pack_price.
create function private.list_owed_credit_purchases()
  returns setof public.credit_purchases
  language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_platform_admin('see what is owed');
  return query
  select * from public.credit_purchases where credit_purchases.owed_count > 0
  order by credit_purchases.updated_at, credit_purchases.id;
end;
$$;
comment on function private.list_owed_credit_purchases() is 'Body of public.list_owed_credit_purchases.';
grant execute on function private.list_owed_credit_purchases() to authenticated;

create function public.list_owed_credit_purchases()
  returns setof public.credit_purchases
  language sql stable set search_path = ''
as $$
  select * from private.list_owed_credit_purchases()
$$;
comment on function public.list_owed_credit_purchases() is
  'Purchases that were refunded after their credits were spent, the oldest first. For platform admins with a second factor.';
grant execute on function public.list_owed_credit_purchases() to authenticated;
