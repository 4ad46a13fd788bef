create function private.require_onchain_payments(organization_id uuid, action text)
  returns void
  language plpgsql stable set search_path = ''
as $$
begin
  perform private.require_permission(
    require_onchain_payments.organization_id, 'billing.manage', require_onchain_payments.action
  );
  if private.entitlement(require_onchain_payments.organization_id, 'onchain_payments') is distinct from 0 then
    return;
  end if;
  perform private.raise_error(
    403, 'onchain_payments_off',
    format('Cannot %s: payments in tokens are not open to the organization', require_onchain_payments.action),
    'Operators open them for one organization at a time.'
  );
end;
$$;
comment on function private.require_onchain_payments(uuid, text) is
  'First guard of what begins a payment in tokens: the permission, and that the organization was let in.';

-- Definer: nonces are for nobody to read.
create function private.request_wallet_nonce(organization_id uuid)
  returns table (nonce text, expires_at timestamptz)
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_onchain_payments(request_wallet_nonce.organization_id, 'bind a wallet');
  return query
  insert into private.wallet_nonces as nonces (nonce, organization_id, requested_by, expires_at)
  values (
    -- 244 random bits, in the letters that ERC-4361 allows.
    replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), request_wallet_nonce.organization_id,
    coalesce(private.current_person_id(), private.current_service_account_id()), now() + interval '10 minutes'
  )
  returning nonces.nonce, nonces.expires_at;
end;
$$;
comment on function private.request_wallet_nonce(uuid) is 'Body of public.request_wallet_nonce.';
grant execute on function private.request_wallet_nonce(uuid) to authenticated;

create function public.request_wallet_nonce(organization_id uuid)
  returns table (nonce text, expires_at timestamptz)
  language sql volatile set search_path = ''
as $$
  select * from private.request_wallet_nonce(request_wallet_nonce.organization_id)
$$;
comment on function public.request_wallet_nonce(uuid) is $$Makes the nonce of a message that binds a wallet (ERC-4361): good once, for ten minutes, for the caller alone.

Needs billing.manage. Errors: 403 onchain_payments_off.$$;
grant execute on function public.request_wallet_nonce(uuid) to authenticated;

-- Definer: bindings are written by functions alone; only the backend, which checked the signature, may execute it.
create function private.bind_wallet(
  organization_id uuid, requested_by uuid, nonce text, address text, chain_id bigint
)
  returns table (problem text, wallet_id uuid)
  language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  v_binding public.billing_wallet_bindings;
begin
  perform private.lock_billing(bind_wallet.organization_id);
  -- Taken in the transaction of the binding: of two calls with one nonce, the second finds it used.
  update private.wallet_nonces set used_at = now()
  where wallet_nonces.nonce = bind_wallet.nonce and wallet_nonces.organization_id = bind_wallet.organization_id
    and wallet_nonces.requested_by = bind_wallet.requested_by and wallet_nonces.used_at is null
    and wallet_nonces.expires_at > now();
  if not found then
    return query select 'wallet_nonce_invalid', null::uuid;
    return;
  end if;
  insert into public.billing_wallet_bindings as bindings (organization_id, address, chain_id, bound_by)
  select bind_wallet.organization_id, lower(bind_wallet.address), bind_wallet.chain_id,
    (select profiles.id from public.profiles where profiles.id = bind_wallet.requested_by)
  on conflict (address) where removed_at is null do nothing;
  select * into v_binding from public.billing_wallet_bindings as bindings
  where bindings.address = lower(bind_wallet.address) and bindings.removed_at is null;
  return query select
    case when v_binding.organization_id = bind_wallet.organization_id then null else 'wallet_bound_elsewhere' end,
    case when v_binding.organization_id = bind_wallet.organization_id then v_binding.id end;
end;
$$;
comment on function private.bind_wallet(uuid, uuid, text, text, bigint) is 'Body of public.bind_wallet.';
grant execute on function private.bind_wallet(uuid, uuid, text, text, bigint) to service_role;

create function public.bind_wallet(
  organization_id uuid, requested_by uuid, nonce text, address text, chain_id bigint
)
  returns table (problem text, wallet_id uuid)
  language sql volatile set search_path = ''
as $$
  select * from private.bind_wallet(
    bind_wallet.organization_id, bind_wallet.requested_by, bind_wallet.nonce, bind_wallet.address, bind_wallet.chain_id
  )
$$;
comment on function public.bind_wallet(uuid, uuid, text, text, bigint) is $$Binds a wallet whose signature was checked, and uses up the nonce. For the backend itself.

One that the organization has already is returned as it is. problem is null, or "wallet_nonce_invalid" for a nonce that is
not known, was used or is too old, or "wallet_bound_elsewhere" where another organization has the wallet.$$;
grant execute on function public.bind_wallet(uuid, uuid, text, text, bigint) to service_role;

-- Definer: bindings are written by functions alone.
create function private.remove_wallet(wallet_id uuid)
  returns public.billing_wallet_bindings
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_binding public.billing_wallet_bindings;
begin
  perform private.lock_billing(bindings.organization_id) from public.billing_wallet_bindings as bindings
  where bindings.id = remove_wallet.wallet_id
    and bindings.organization_id = any (array(select private.organizations_with('billing.read')));
  select * into v_binding from public.billing_wallet_bindings as bindings
  where bindings.id = remove_wallet.wallet_id
    and bindings.organization_id = any (array(select private.organizations_with('billing.read')))
  for update;
  if not found then
    perform private.raise_error(404, 'wallet_not_found', 'Cannot remove the wallet: no such wallet');
  end if;
  perform private.require_permission(v_binding.organization_id, 'billing.manage', 'remove the wallet');
  if v_binding.removed_at is not null then
    return v_binding;
  end if;
  update public.billing_onchain_quotes set state = 'expired'
  where billing_onchain_quotes.wallet_id = v_binding.id and billing_onchain_quotes.state = 'open';
  update public.billing_wallet_bindings as bindings set removed_at = now()
  where bindings.id = v_binding.id
  returning bindings.* into v_binding;
  return v_binding;
end;
$$;
comment on function private.remove_wallet(uuid) is 'Body of public.remove_wallet.';
grant execute on function private.remove_wallet(uuid) to authenticated;

create function public.remove_wallet(wallet_id uuid)
  returns public.billing_wallet_bindings
  language sql volatile set search_path = ''
as $$
  select private.remove_wallet(remove_wallet.wallet_id)
$$;
comment on function public.remove_wallet(uuid) is $$Removes a wallet: what it sends from now on does not count. Needs billing.manage.

Its open quotes expire; transactions that were named already are still looked at. Errors: 404 wallet_not_found.$$;
grant execute on function public.remove_wallet(uuid) to authenticated;
