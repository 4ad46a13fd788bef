create trigger t100_set_updated_at before update on public.credit_packs
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.credit_pack_prices
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.credit_purchases
  for each row execute function private.set_updated_at();

create function private.credit_purchases_guard()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  raise exception 'What was bought and for how much never changes'
    using errcode = 'check_violation', constraint = 'credit_purchases_terms_never_change';
end;
$$;
comment on function private.credit_purchases_guard() is 'Refuses a change of whose a purchase is, of its credits and its price.';
create trigger t300_guard before update on public.credit_purchases
  for each row when (
    (old.organization_id, old.pack_id, old.credit_count, old.currency, old.price_cents)
      is distinct from (new.organization_id, new.pack_id, new.credit_count, new.currency, new.price_cents)
    or old.granted_count > new.granted_count
  )
  execute function private.credit_purchases_guard();

-- Definer: emits for whoever made the change.
create function private.credit_purchases_emit()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  if old.granted_count = 0 and new.granted_count > 0 then
    perform private.emit_event(
      'credits.purchased', new.organization_id,
      jsonb_build_object(
        'purchase_id', new.id, 'pack_id', new.pack_id, 'payment_id', new.payment_id, 'credit_count', new.credit_count,
        'currency', new.currency, 'price_cents', new.price_cents
      ),
      'credits.purchased:' || new.id
    );
  end if;
  if new.clawed_back_count + new.owed_count > old.clawed_back_count + old.owed_count then
    perform private.emit_event(
      'credits.clawed_back', new.organization_id,
      jsonb_build_object(
        'purchase_id', new.id, 'payment_id', new.payment_id, 'clawed_back_count', new.clawed_back_count,
        'owed_count', new.owed_count
      )
    );
  end if;
  return null;
end;
$$;
comment on function private.credit_purchases_emit() is 'Emits credits.purchased and credits.clawed_back.';
create trigger t900_emit after update on public.credit_purchases
  for each row when (
    (old.granted_count, old.clawed_back_count, old.owed_count)
      is distinct from (new.granted_count, new.clawed_back_count, new.owed_count)
  )
  execute function private.credit_purchases_emit();
