-- Definer: asks for the admin before anything else.
create function private.save_onchain_chain(
  chain_id bigint, name text, native_symbol text, confirmation_count int, finality_count int, poll_seconds int,
  receiving_address text, is_enabled boolean
)
  returns public.billing_onchain_chains
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_chain public.billing_onchain_chains;
begin
  perform private.require_platform_admin('save the chain');
  insert into public.billing_onchain_chains as chains
    (chain_id, name, native_symbol, confirmation_count, finality_count, poll_seconds, receiving_address, is_enabled)
  values (
    save_onchain_chain.chain_id, save_onchain_chain.name, save_onchain_chain.native_symbol,
    save_onchain_chain.confirmation_count, save_onchain_chain.finality_count, save_onchain_chain.poll_seconds,
    lower(save_onchain_chain.receiving_address), save_onchain_chain.is_enabled
  )
  on conflict on constraint billing_onchain_chains_pkey do update
  set name = excluded.name, native_symbol = excluded.native_symbol, confirmation_count = excluded.confirmation_count,
    finality_count = excluded.finality_count, poll_seconds = excluded.poll_seconds,
    receiving_address = excluded.receiving_address, is_enabled = excluded.is_enabled
  returning chains.* into v_chain;
  return v_chain;
end;
$$;
comment on function private.save_onchain_chain(bigint, text, text, int, int, int, text, boolean) is
  'Body of public.save_onchain_chain.';
grant execute on function private.save_onchain_chain(bigint, text, text, int, int, int, text, boolean) to authenticated;

create function public.save_onchain_chain(
  chain_id bigint, name text, native_symbol text, confirmation_count int, finality_count int, poll_seconds int default 15,
  receiving_address text default null, is_enabled boolean default false
)
  returns public.billing_onchain_chains
  language sql volatile set search_path = ''
as $$
  select private.save_onchain_chain(
    save_onchain_chain.chain_id, save_onchain_chain.name, save_onchain_chain.native_symbol,
    save_onchain_chain.confirmation_count, save_onchain_chain.finality_count, save_onchain_chain.poll_seconds,
    save_onchain_chain.receiving_address, save_onchain_chain.is_enabled
  )
$$;
comment on function public.save_onchain_chain(bigint, text, text, int, int, int, text, boolean) is
  $$Sets up a chain on which tokens are taken. For platform admins with a second factor; audited.

Quotes that were made keep the receiving address of their day. The chain's nodes are in ETHEREUM_RPC_URLS.$$;
grant execute on function public.save_onchain_chain(bigint, text, text, int, int, int, text, boolean) to authenticated;

-- Definer: as private.save_onchain_chain.
create function private.save_onchain_token(
  chain_id bigint, contract_address text, symbol text, decimals int, is_enabled boolean
)
  returns public.billing_onchain_tokens
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_token public.billing_onchain_tokens;
begin
  perform private.require_platform_admin('save the token');
  insert into public.billing_onchain_tokens as tokens (chain_id, contract_address, symbol, decimals, is_enabled)
  values (
    save_onchain_token.chain_id, lower(save_onchain_token.contract_address), save_onchain_token.symbol,
    save_onchain_token.decimals, save_onchain_token.is_enabled
  )
  on conflict on constraint billing_onchain_tokens_contract_once do update
  set symbol = excluded.symbol, decimals = excluded.decimals, is_enabled = excluded.is_enabled
  returning tokens.* into v_token;
  return v_token;
end;
$$;
comment on function private.save_onchain_token(bigint, text, text, int, boolean) is 'Body of public.save_onchain_token.';
grant execute on function private.save_onchain_token(bigint, text, text, int, boolean) to authenticated;

create function public.save_onchain_token(
  chain_id bigint, contract_address text, symbol text, decimals int, is_enabled boolean default true
)
  returns public.billing_onchain_tokens
  language sql volatile set search_path = ''
as $$
  select private.save_onchain_token(
    save_onchain_token.chain_id, save_onchain_token.contract_address, save_onchain_token.symbol,
    save_onchain_token.decimals, save_onchain_token.is_enabled
  )
$$;
comment on function public.save_onchain_token(bigint, text, text, int, boolean) is
  $$Adds a token contract, switches it off or on. For platform admins with a second factor; audited.

Decimals are those of the contract and never change: 6 for USDC on most chains, 18 for DAI.$$;
grant execute on function public.save_onchain_token(bigint, text, text, int, boolean) to authenticated;

-- Definer: as private.save_onchain_chain.
create function private.set_onchain_rate(
  token_id uuid, currency text, token_count numeric, expires_at timestamptz
)
  returns public.billing_onchain_rates
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_rate public.billing_onchain_rates;
begin
  perform private.require_platform_admin('set the rate');
  if not exists (
    select from public.billing_onchain_tokens where billing_onchain_tokens.id = set_onchain_rate.token_id
  ) then
    perform private.raise_error(404, 'onchain_token_not_found', 'Cannot set the rate: no such token');
  end if;
  insert into public.billing_onchain_rates as rates (token_id, currency, token_count, expires_at)
  values (
    set_onchain_rate.token_id, set_onchain_rate.currency, set_onchain_rate.token_count, set_onchain_rate.expires_at
  )
  on conflict on constraint billing_onchain_rates_pkey do update
  set token_count = excluded.token_count, expires_at = excluded.expires_at
  returning rates.* into v_rate;
  return v_rate;
end;
$$;
comment on function private.set_onchain_rate(uuid, text, numeric, timestamptz) is 'Body of public.set_onchain_rate.';
grant execute on function private.set_onchain_rate(uuid, text, numeric, timestamptz) to authenticated;

create function public.set_onchain_rate(
  token_id uuid, currency text, token_count numeric, expires_at timestamptz default null
)
  returns public.billing_onchain_rates
  language sql volatile set search_path = ''
as $$
  select private.set_onchain_rate(
    set_onchain_rate.token_id, set_onchain_rate.currency, set_onchain_rate.token_count, set_onchain_rate.expires_at
  )
$$;
comment on function public.set_onchain_rate(uuid, text, numeric, timestamptz) is
  $$Says how many tokens one unit of a currency is, from now on. For platform admins with a second factor; audited.

Without an end for a token that is worth the currency; with one where the rate moves. Errors: 404
onchain_token_not_found.$$;
grant execute on function public.set_onchain_rate(uuid, text, numeric, timestamptz) to authenticated;
