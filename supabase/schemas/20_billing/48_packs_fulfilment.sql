alter table public.credit_purchases add constraint credit_purchases_payment_in_same_organization
  foreign key (organization_id, payment_id)
  references public.billing_payments (organization_id, id) on delete set null (payment_id);
create index credit_purchases_organization_id_payment_id_idx on public.credit_purchases (organization_id, payment_id);

create function private.paid_credit_count(purchase public.credit_purchases)
  returns bigint
  language sql stable set search_path = ''
as $$
  -- Multiplied before it is divided, and rounded up: what is left of a pack is never less than what was paid for.
  select least(
    (paid_credit_count.purchase).credit_count,
    ceil(round(coalesce(sum(
      (paid_credit_count.purchase).credit_count::numeric * payments.kept_cents * payments.due_cents
        / (payments.amount_cents::numeric * payments.price_cents)
    ), 0), 6))
  )::bigint
  from (
    select payments.amount_cents,
      greatest(payments.amount_cents - payments.refunded_cents - coalesce(lost.amount_cents, 0), 0)::numeric as kept_cents,
      -- More than the price is tax. What was paid in another currency, its provider has compared with the price.
      case when payments.currency = (paid_credit_count.purchase).currency
        then least(payments.amount_cents, (paid_credit_count.purchase).price_cents)
        else (paid_credit_count.purchase).price_cents
      end as due_cents,
      (paid_credit_count.purchase).price_cents
    from public.billing_payments as payments
    left join lateral (
      select sum(disputes.amount_cents)::bigint as amount_cents from public.billing_disputes as disputes
      where disputes.payment_id = payments.id and disputes.status = 'lost'
    ) as lost on true
    where payments.purpose = 'credit_pack' and payments.purpose_id = (paid_credit_count.purchase).id
      and payments.organization_id = (paid_credit_count.purchase).organization_id
      and payments.status = 'succeeded' and payments.amount_cents > 0
  ) as payments
$$;
comment on function private.paid_credit_count(public.credit_purchases) is $$How many credits of a purchase are paid for, after refunds and lost disputes.

In proportion to what of its payments is still there, up to all of them: a purchase that was paid twice brings its credits
once, and keeps them when one of the payments goes back.$$;

create function private.take_back_credits(purchase public.credit_purchases, wallet_id uuid, credit_count bigint)
  returns bigint
  language plpgsql volatile set search_path = ''
as $$
declare
  v_count bigint;
begin
  -- What is set aside is being used.
  select least(take_back_credits.credit_count, wallets.balance_count - wallets.reserved_count) into v_count
  from public.credit_wallets as wallets where wallets.id = take_back_credits.wallet_id;
  if coalesce(v_count, 0) = 0 then
    return 0;
  end if;
  perform private.add_credits(
    (take_back_credits.purchase).organization_id, take_back_credits.wallet_id, 'clawback', -v_count,
    'purchase:' || (take_back_credits.purchase).id
  );
  return v_count;
end;
$$;
comment on function private.take_back_credits(public.credit_purchases, uuid, bigint) is
  'Takes so many bought credits back, or as many as are there, and returns how many.';

create function private.collect_owed_credits(organization_id uuid, wallet_id uuid)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_purchase public.credit_purchases;
  v_taken bigint;
  v_count int := 0;
begin
  for v_purchase in
    select * from public.credit_purchases
    where credit_purchases.organization_id = collect_owed_credits.organization_id and credit_purchases.owed_count > 0
    order by credit_purchases.created_at, credit_purchases.id
    for update
  loop
    v_taken := private.take_back_credits(v_purchase, collect_owed_credits.wallet_id, v_purchase.owed_count);
    exit when v_taken = 0;
    update public.credit_purchases
    set clawed_back_count = credit_purchases.clawed_back_count + v_taken,
      owed_count = credit_purchases.owed_count - v_taken
    where credit_purchases.id = v_purchase.id;
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;
comment on function private.collect_owed_credits(uuid, uuid) is $$Takes what is owed for refunded purchases from the bought credits that are there now, the oldest first.

For who holds the lock of private.lock_credits.$$;

create function private.settle_credit_purchase(purchase_id uuid)
  returns void
  language plpgsql volatile set search_path = ''
as $$
declare
  v_purchase public.credit_purchases;
  v_payment public.billing_payments;
  v_wallet uuid;
  v_paid bigint;
  v_held bigint;
begin
  select * into v_purchase from public.credit_purchases where credit_purchases.id = settle_credit_purchase.purchase_id;
  if not found then
    return;
  end if;
  -- All events of a purchase wait here for each other, and each does what is left to do.
  perform private.lock_credits(v_purchase.organization_id);
  select * into v_purchase from public.credit_purchases
  where credit_purchases.id = settle_credit_purchase.purchase_id for update;
  v_paid := private.paid_credit_count(v_purchase);
  -- Refunded before it was seen to be paid: then it was paid all the same.
  if v_purchase.granted_count = 0 and exists (
    select from public.billing_payments as payments
    where payments.purpose = 'credit_pack' and payments.purpose_id = v_purchase.id
      and payments.organization_id = v_purchase.organization_id and payments.status = 'succeeded'
      and payments.amount_cents > 0
  ) then
    insert into public.credit_wallets (organization_id, kind, priority)
    values (v_purchase.organization_id, 'purchased', private.credit_priority('purchased'))
    on conflict (organization_id, kind) where kind in ('daily', 'initial', 'purchased') do nothing;
    select credit_wallets.id into strict v_wallet from public.credit_wallets
    where credit_wallets.organization_id = v_purchase.organization_id and credit_wallets.kind = 'purchased';
    perform private.add_credits(
      v_purchase.organization_id, v_wallet, 'purchase', v_purchase.credit_count, 'purchase:' || v_purchase.id
    );
    v_purchase.granted_count := v_purchase.credit_count;
    v_purchase.paid_at := now();
  else
    select credit_wallets.id into v_wallet from public.credit_wallets
    where credit_wallets.organization_id = v_purchase.organization_id and credit_wallets.kind = 'purchased';
  end if;
  v_held := v_purchase.granted_count - v_purchase.clawed_back_count;
  if v_held < v_paid then
    -- A refund that failed after all, or a dispute that was won in the end.
    perform private.add_credits(
      v_purchase.organization_id, v_wallet, 'clawback', v_paid - v_held, 'purchase:' || v_purchase.id
    );
    v_purchase.clawed_back_count := v_purchase.clawed_back_count - (v_paid - v_held);
  elsif v_held > v_paid then
    v_purchase.clawed_back_count := v_purchase.clawed_back_count
      + private.take_back_credits(v_purchase, v_wallet, v_held - v_paid);
  end if;
  select * into v_payment from public.billing_payments as payments
  where payments.purpose = 'credit_pack' and payments.purpose_id = v_purchase.id
    and payments.organization_id = v_purchase.organization_id
  -- The one that pays for it; else the newest attempt.
  order by payments.status = 'succeeded' desc, case when payments.status = 'succeeded' then payments.paid_at end,
    payments.created_at desc, payments.id
  limit 1;
  update public.credit_purchases
  set granted_count = v_purchase.granted_count, clawed_back_count = v_purchase.clawed_back_count,
    owed_count = v_purchase.granted_count - v_purchase.clawed_back_count - v_paid, paid_at = v_purchase.paid_at,
    payment_id = v_payment.id,
    status = case
      when v_paid > 0 then 'paid'
      when v_purchase.granted_count > 0 then 'refunded'
      when v_payment.status in ('failed', 'cancelled', 'reversed') then 'failed'
      -- Nobody paid on its page, and now nobody can.
      when v_payment.id is null and exists (
        select from public.billing_checkout_sessions as sessions
        where sessions.organization_id = v_purchase.organization_id and sessions.purpose = 'credit_pack'
          and sessions.purpose_id = v_purchase.id
        having bool_and(sessions.status = 'expired')
      ) then 'failed'
      else 'pending'
    end::public.credit_purchase_status
  where credit_purchases.id = v_purchase.id;
  if v_wallet is not null then
    perform private.collect_owed_credits(v_purchase.organization_id, v_wallet);
  end if;
end;
$$;
comment on function private.settle_credit_purchase(uuid) is $$Brings a purchase and its credits to what its payments say, whatever came before, first or twice.

Paid: the credits are granted once. Refunded or lost in a dispute: as many are taken back as the share that went, but never
those that are spent or set aside; these are owed, and taken when bought credits are there again. A refund that fails later
gives them back.$$;

-- Definer: who records payments holds no grant on credits.
create function private.billing_payments_fulfil_credits()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Both, where it turns out to be for another one.
  if tg_op = 'UPDATE' and old.purpose = 'credit_pack'
    and (old.purpose, old.purpose_id) is distinct from (new.purpose, new.purpose_id) then
    perform private.settle_credit_purchase(old.purpose_id);
  end if;
  if new.purpose = 'credit_pack' then
    perform private.settle_credit_purchase(new.purpose_id);
  end if;
  return null;
end;
$$;
comment on function private.billing_payments_fulfil_credits() is 'Has purchases of credits follow their payments.';
create trigger t500_fulfil_new_credits after insert on public.billing_payments
  for each row when (new.purpose = 'credit_pack' and new.purpose_id is not null)
  execute function private.billing_payments_fulfil_credits();
create trigger t500_fulfil_credits after update on public.billing_payments
  for each row when (
    'credit_pack' in (old.purpose, new.purpose)
    and (old.status, old.amount_cents, old.refunded_cents, old.purpose, old.purpose_id)
      is distinct from (new.status, new.amount_cents, new.refunded_cents, new.purpose, new.purpose_id)
  )
  execute function private.billing_payments_fulfil_credits();

-- Definer: as private.billing_payments_fulfil_credits.
create function private.billing_disputes_fulfil_credits()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.settle_credit_purchase(payments.purpose_id)
  from public.billing_payments as payments
  where payments.id = new.payment_id and payments.purpose = 'credit_pack' and payments.purpose_id is not null;
  return null;
end;
$$;
comment on function private.billing_disputes_fulfil_credits() is 'Has purchases of credits follow disputes that were lost.';
create trigger t500_fulfil_new_credits after insert on public.billing_disputes
  for each row when (new.status = 'lost') execute function private.billing_disputes_fulfil_credits();
create trigger t500_fulfil_credits after update on public.billing_disputes
  for each row when (
    (old.status, old.amount_cents) is distinct from (new.status, new.amount_cents) and 'lost' in (old.status, new.status)
  )
  execute function private.billing_disputes_fulfil_credits();

-- Definer: as private.billing_payments_fulfil_credits.
create function private.billing_checkout_sessions_end_purchase()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.settle_credit_purchase(new.purpose_id);
  return null;
end;
$$;
comment on function private.billing_checkout_sessions_end_purchase() is
  'Has a purchase of credits end with the page on which nobody paid; a payment that is heard of later brings it back.';
create trigger t500_end_purchase after update of status on public.billing_checkout_sessions
  for each row when (new.purpose = 'credit_pack' and new.status = 'expired' and old.status is distinct from new.status)
  execute function private.billing_checkout_sessions_end_purchase();
