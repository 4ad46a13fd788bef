create trigger t100_set_updated_at before update on public.billing_onchain_chains
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_onchain_tokens
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_onchain_rates
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_wallet_bindings
  for each row execute function private.set_updated_at();
create trigger t100_set_updated_at before update on public.billing_onchain_quotes
  for each row execute function private.set_updated_at();

create function private.billing_onchain_tokens_guard()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  raise exception 'Which contract a token is, and its decimals, never change'
    using errcode = 'check_violation', constraint = 'billing_onchain_tokens_contract_never_changes';
end;
$$;
comment on function private.billing_onchain_tokens_guard() is 'Refuses another contract or other decimals for a token that quotes were made in.';
create trigger t300_guard before update on public.billing_onchain_tokens
  for each row when (
    (old.chain_id, old.contract_address, old.decimals) is distinct from (new.chain_id, new.contract_address, new.decimals)
  )
  execute function private.billing_onchain_tokens_guard();

create function private.billing_wallet_bindings_guard()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  raise exception 'Whose a wallet is was proved once, and a removed one is bound anew'
    using errcode = 'check_violation', constraint = 'billing_wallet_bindings_proof_never_changes';
end;
$$;
comment on function private.billing_wallet_bindings_guard() is 'Refuses another owner or address for a binding, and to bring a removed one back.';
create trigger t300_guard before update on public.billing_wallet_bindings
  for each row when (
    (old.organization_id, old.address, old.chain_id) is distinct from (new.organization_id, new.address, new.chain_id)
    or old.removed_at is not null and new.removed_at is distinct from old.removed_at
  )
  execute function private.billing_wallet_bindings_guard();

create function private.billing_onchain_quotes_guard()
  returns trigger
  language plpgsql volatile set search_path = ''
as $$
begin
  if (
    old.organization_id, old.purpose, old.purpose_id, old.payer_address, old.chain_id, old.token_address, old.token_decimals,
    old.receiving_address, old.currency, old.amount_cents, old.token_count, old.amount_units, old.expires_at, old.created_at
  ) is distinct from (
    new.organization_id, new.purpose, new.purpose_id, new.payer_address, new.chain_id, new.token_address, new.token_decimals,
    new.receiving_address, new.currency, new.amount_cents, new.token_count, new.amount_units, new.expires_at, new.created_at
  ) then
    raise exception 'The terms of a quote never change'
      using errcode = 'check_violation', constraint = 'billing_onchain_quotes_terms_never_change';
  end if;
  if old.state <> new.state and not (
    (old.state, new.state) in (
      ('open', 'submitted'), ('open', 'expired'), ('expired', 'submitted'), ('failed', 'submitted'),
      ('submitted', 'confirming'), ('submitted', 'confirmed'), ('submitted', 'failed'),
      ('confirming', 'submitted'), ('confirming', 'confirmed'), ('confirming', 'failed'),
      ('confirmed', 'orphaned'), ('orphaned', 'confirmed')
    )
  ) then
    raise exception 'A quote that is % does not become %', old.state, new.state
      using errcode = 'check_violation', constraint = 'billing_onchain_quotes_state_follows';
  end if;
  if old.finalized_at is not null and (old.state, old.block_hash) is distinct from (new.state, new.block_hash) then
    raise exception 'What is final stays as it is'
      using errcode = 'check_violation', constraint = 'billing_onchain_quotes_final_stays';
  end if;
  return new;
end;
$$;
comment on function private.billing_onchain_quotes_guard() is 'Keeps the terms of a quote, the order of its states, and what is final.';
create trigger t300_guard before update on public.billing_onchain_quotes
  for each row execute function private.billing_onchain_quotes_guard();

-- Definer: emits for whoever made the change.
create function private.billing_onchain_quotes_emit()
  returns trigger
  language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.emit_event(
    'onchain_quote.' || new.state::text, new.organization_id,
    jsonb_build_object(
      'quote_id', new.id, 'purpose', new.purpose, 'purpose_id', new.purpose_id, 'currency', new.currency,
      'amount_cents', new.amount_cents, 'token_symbol', new.token_symbol, 'amount_units', new.amount_units,
      'received_units', new.received_units, 'transaction_hash', new.transaction_hash, 'failure_code', new.failure_code
    )
  );
  return null;
end;
$$;
comment on function private.billing_onchain_quotes_emit() is
  'Emits onchain_quote.submitted, .confirmed, .failed, .orphaned and .expired.';
create trigger t900_emit after update on public.billing_onchain_quotes
  for each row when (
    old.state is distinct from new.state and new.state in ('submitted', 'confirmed', 'failed', 'orphaned', 'expired')
  )
  execute function private.billing_onchain_quotes_emit();
