create trigger t100_set_updated_at before update on public.credit_actions
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.credit_wallets
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.credit_reservations
  for each row execute function private.set_updated_at();

create function private.credit_reservations_guard_end()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  if old.state <> 'held' and new.state is distinct from old.state then
    raise exception 'Reservation % has ended as %', old.id, old.state
      using errcode = 'check_violation', constraint = 'credit_reservations_end_is_final';
  end if;
  return new;
end;
$$;
comment on function private.credit_reservations_guard_end() is 'A reservation ends once.';
create trigger t300_guard_end before update of state on public.credit_reservations
  for each row execute function private.credit_reservations_guard_end();

-- Definer: whoever makes an organization holds no grant on credits.
create function private.organizations_open_credits()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_wallet uuid;
  v_initial bigint := private.entitlement(new.id, 'initial_credits');
begin
  insert into private.credit_accounts (organization_id) values (new.id);
  insert into public.credit_wallets (organization_id, kind, priority, granted_on)
  values (new.id, 'daily', private.credit_priority('daily'), private.credit_today())
  returning credit_wallets.id into v_wallet;
  perform private.add_credits(new.id, v_wallet, 'grant', private.daily_credit_count(new.id));
  -- Once for each person, with the organization that comes with the account: others can be made at will.
  if new.kind = 'personal' and v_initial > 0 then
    insert into public.credit_wallets (organization_id, kind, priority)
    values (new.id, 'initial', private.credit_priority('initial'))
    returning credit_wallets.id into v_wallet;
    perform private.add_credits(new.id, v_wallet, 'grant', v_initial, 'sign-up');
  end if;
  return null;
end;
$$;
comment on function private.organizations_open_credits() is
  'Gives each new organization the credits of its first day, and a person those of the sign-up.';
create trigger t900_open_credits after insert on public.organizations
  for each row execute function private.organizations_open_credits();
