-- Definer: workers hold no grant on settings.
create function private.onchain_recheck_seconds(quote public.billing_onchain_quotes)
  returns int
  language sql stable security definer set search_path = ''
as $$
  select case
    when (quote).state in ('submitted', 'confirming') or (quote).state = 'confirmed' and (quote).finalized_at is null
      then chains.poll_seconds
    -- Its transaction may come back into a block.
    when (quote).state = 'orphaned'
      and now() < (quote).submitted_at
        + make_interval(hours => private.setting_integer('billing.onchain_search_hours')::int)
      then greatest(chains.poll_seconds, 30)
  end
  from public.billing_onchain_chains as chains
  where chains.chain_id = (quote).chain_id
$$;
comment on function private.onchain_recheck_seconds(public.billing_onchain_quotes) is
  'After how many seconds a quote is looked at again; null when it has come to an end.';

-- Definer: workers read through functions.
create function private.get_onchain_check(quote_id uuid)
  returns table (
    chain_id bigint, transaction_hash text, token_address text, payer_address text, receiving_address text,
    amount_units text, recheck_seconds int
  )
  language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  select quotes.chain_id, quotes.transaction_hash, quotes.token_address, quotes.payer_address, quotes.receiving_address,
    quotes.amount_units, private.onchain_recheck_seconds(quotes)
  from public.billing_onchain_quotes as quotes
  where quotes.id = get_onchain_check.quote_id;
end;
$$;
comment on function private.get_onchain_check(uuid) is 'Body of public.get_onchain_check.';
grant execute on function private.get_onchain_check(uuid) to service_role;

create function public.get_onchain_check(quote_id uuid)
  returns table (
    chain_id bigint, transaction_hash text, token_address text, payer_address text, receiving_address text,
    amount_units text, recheck_seconds int
  )
  language sql stable set search_path = ''
as $$
  select * from private.get_onchain_check(get_onchain_check.quote_id)
$$;
comment on function public.get_onchain_check(uuid) is
  'Which transaction of a quote is to be looked at; recheck_seconds is null when none is. For workers.';
grant execute on function public.get_onchain_check(uuid) to service_role;

create function private.count_onchain_transfers(quote public.billing_onchain_quotes, transfers jsonb)
  returns table (units numeric, failure_code text)
  language plpgsql volatile set search_path = ''
as $$
declare
  v_transfer record;
  v_units numeric := 0;
  v_best int := 0;
  v_is_counted boolean;
begin
  for v_transfer in
    select moved.log_index, moved.units,
      case
        when lower(moved.token) <> (quote).token_address then 0
        when lower(moved.recipient) <> (quote).receiving_address then 1
        when lower(moved.sender) <> (quote).payer_address then 2
        else 3
      end as fit
    from jsonb_to_recordset(count_onchain_transfers.transfers) as moved (
      log_index int, token text, sender text, recipient text, units numeric
    )
    -- Not a number is larger than all of them.
    where moved.units > 0 and moved.units < 'Infinity'
    order by moved.log_index
  loop
    v_best := greatest(v_best, v_transfer.fit);
    -- No more than is asked for: the next one may be for another quote.
    if v_transfer.fit = 3 and v_units < (quote).amount_units::numeric then
      insert into private.onchain_transfers (chain_id, transaction_hash, log_index, quote_id, units)
      values ((quote).chain_id, (quote).transaction_hash, v_transfer.log_index, (quote).id, v_transfer.units)
      on conflict on constraint onchain_transfers_pkey do nothing;
      v_is_counted := found;
      if v_is_counted then
        v_units := v_units + v_transfer.units;
      end if;
    end if;
  end loop;
  return query select v_units, case
    when v_units >= (quote).amount_units::numeric then null
    when v_units > 0 then 'underpaid'
    when v_best = 3 then 'transfer_already_used'
    when v_best = 2 then 'sender_mismatch'
    when v_best = 1 then 'recipient_mismatch'
    else 'token_mismatch'
  end;
end;
$$;
comment on function private.count_onchain_transfers(public.billing_onchain_quotes, jsonb) is
  'Counts the transfers of a transaction that pay a quote, each once for all quotes, and says what is missing.';

create function private.orphan_onchain_quote(quote public.billing_onchain_quotes)
  returns public.billing_onchain_quotes
  language plpgsql volatile set search_path = ''
as $$
declare
  v_quote public.billing_onchain_quotes;
begin
  update public.billing_onchain_quotes as quotes
  set state = 'orphaned', confirmed_at = null, confirmation_count = 0, checked_at = now()
  where quotes.id = (quote).id
  returning quotes.* into v_quote;
  perform private.record_payment(
    v_quote.organization_id, 'onchain', v_quote.id::text, 'reversed', v_quote.currency, v_quote.amount_cents, now(),
    jsonb_build_object('source', 'onchain:' || v_quote.transaction_hash)
  );
  return v_quote;
end;
$$;
comment on function private.orphan_onchain_quote(public.billing_onchain_quotes) is
  'Takes back a confirmed payment whose block was replaced.';

create function private.miss_onchain_transaction(quote public.billing_onchain_quotes)
  returns public.billing_onchain_quotes
  language plpgsql volatile set search_path = ''
as $$
declare
  v_quote public.billing_onchain_quotes;
  v_is_given_up constant boolean := (quote).state = 'submitted' and now() > (quote).submitted_at
    + make_interval(hours => private.setting_integer('billing.onchain_search_hours')::int);
begin
  if (quote).state = 'confirmed' then
    return private.orphan_onchain_quote(quote);
  end if;
  delete from private.onchain_transfers where onchain_transfers.quote_id = (quote).id and (quote).state = 'confirming';
  update public.billing_onchain_quotes as quotes
  set state = case
      when v_is_given_up then 'failed' when quotes.state = 'confirming' then 'submitted' else quotes.state
    end,
    failure_code = case when v_is_given_up then 'transaction_not_found' end,
    block_number = case when quotes.state = 'orphaned' then quotes.block_number end,
    block_hash = case when quotes.state = 'orphaned' then quotes.block_hash end,
    mined_at = case when quotes.state = 'orphaned' then quotes.mined_at end,
    received_units = case when quotes.state = 'orphaned' then quotes.received_units end,
    confirmation_count = 0, checked_at = now()
  where quotes.id = (quote).id
  returning quotes.* into v_quote;
  return v_quote;
end;
$$;
comment on function private.miss_onchain_transaction(public.billing_onchain_quotes) is
  'What follows when the chain does not have the transaction: wait, give up, or take back a payment.';

-- Definer: only the backend, which asked the nodes, may execute it.
create function private.record_onchain_check(quote_id uuid, facts jsonb)
  returns public.billing_onchain_quotes
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_quote public.billing_onchain_quotes;
  v_chain public.billing_onchain_chains;
  v_told record;
  v_mined_at timestamptz;
  v_units numeric;
  v_failure text;
  v_confirmations int;
  v_is_final boolean;
  v_is_news boolean;
begin
  perform private.lock_billing(quotes.organization_id) from public.billing_onchain_quotes as quotes
  where quotes.id = record_onchain_check.quote_id;
  select * into v_quote from public.billing_onchain_quotes as quotes
  where quotes.id = record_onchain_check.quote_id for update;
  if not found then
    perform private.raise_error(404, 'onchain_quote_not_found', 'Cannot record the check: no such quote');
  end if;
  -- Another transaction may have been named since the nodes were asked.
  if private.onchain_recheck_seconds(v_quote) is null
    or facts ->> 'transaction_hash' is distinct from v_quote.transaction_hash then
    return v_quote;
  end if;
  if (facts ->> 'chain_id')::bigint is distinct from v_quote.chain_id then
    perform private.raise_error(409, 'onchain_chain_mismatch', 'Cannot record the check: the nodes are of another chain');
  end if;
  if coalesce(facts -> 'receipt', 'null') = 'null' then
    return private.miss_onchain_transaction(v_quote);
  end if;
  select * into v_chain from public.billing_onchain_chains as chains where chains.chain_id = v_quote.chain_id;
  select * into v_told from jsonb_to_record(facts -> 'receipt') as told (
    status text, block_number bigint, block_hash text, block_time bigint, transfers jsonb
  );
  v_mined_at := to_timestamp(v_told.block_time);

  -- Counted anew each time: in another block the same transaction may have done something else.
  delete from private.onchain_transfers where onchain_transfers.quote_id = v_quote.id;
  v_failure := case
    when v_told.status is distinct from 'success' then 'transaction_reverted'
    -- Blocks count whole seconds, and their makers' clocks are not ours.
    when v_mined_at < v_quote.created_at - interval '15 seconds' then 'mined_before_quote'
    when v_mined_at > v_quote.expires_at then 'mined_after_expiry'
  end;
  if v_failure is null then
    select counted.units, counted.failure_code into v_units, v_failure
    from private.count_onchain_transfers(v_quote, v_told.transfers) as counted;
  end if;
  if v_failure is not null then
    if v_quote.state = 'confirmed' then
      return private.orphan_onchain_quote(v_quote);
    end if;
    update public.billing_onchain_quotes as quotes
    set state = case when quotes.state = 'orphaned' then quotes.state else 'failed' end,
      failure_code = case when quotes.state = 'orphaned' then null else v_failure end,
      received_units = v_units::text, block_number = v_told.block_number, block_hash = lower(v_told.block_hash),
      mined_at = v_mined_at, confirmation_count = 0, checked_at = now()
    where quotes.id = v_quote.id
    returning quotes.* into v_quote;
    return v_quote;
  end if;

  -- A node may be behind the one that has the receipt.
  v_confirmations := greatest(0, (facts ->> 'head')::bigint - v_told.block_number + 1);
  v_is_final := coalesce(
    (facts ->> 'finalized')::bigint >= v_told.block_number, v_confirmations >= v_chain.finality_count
  );
  v_is_news := v_quote.state <> 'confirmed' and (v_is_final or v_confirmations >= v_chain.confirmation_count);
  update public.billing_onchain_quotes as quotes
  set state = case
      when v_is_news or quotes.state = 'confirmed' then 'confirmed'
      -- Another quote for the same may be under way by now.
      when quotes.state = 'orphaned' then 'orphaned'
      else 'confirming'
    end::public.billing_onchain_quote_state,
    received_units = v_units::text, block_number = v_told.block_number, block_hash = lower(v_told.block_hash),
    mined_at = v_mined_at, confirmation_count = v_confirmations,
    confirmed_at = case when v_is_news then now() else quotes.confirmed_at end,
    finalized_at = case when v_is_final then now() end, checked_at = now()
  where quotes.id = v_quote.id
  returning quotes.* into v_quote;
  if v_is_news then
    perform private.record_payment(
      v_quote.organization_id, 'onchain', v_quote.id::text, 'succeeded', v_quote.currency, v_quote.amount_cents,
      v_quote.mined_at,
      jsonb_build_object(
        'purpose', v_quote.purpose, 'purpose_id', v_quote.purpose_id, 'method', 'onchain',
        'reference', v_quote.transaction_hash, 'source', 'onchain:' || v_quote.transaction_hash
      )
    );
  end if;
  return v_quote;
end;
$$;
comment on function private.record_onchain_check(uuid, jsonb) is 'Body of public.record_onchain_check.';
grant execute on function private.record_onchain_check(uuid, jsonb) to service_role;

create function public.record_onchain_check(quote_id uuid, facts jsonb)
  returns table (state text, failure_code text, recheck_seconds int)
  language sql volatile set search_path = ''
as $$
  select checked.state::text, checked.failure_code, private.onchain_recheck_seconds(checked)
  from private.record_onchain_check(record_onchain_check.quote_id, record_onchain_check.facts) as checked
$$;
comment on function public.record_onchain_check(uuid, jsonb) is $$Decides by what the nodes say of a quote's transaction where the quote stands. For workers.

facts: chain_id, transaction_hash, head and finalized (block numbers, finalized null where nodes do not say), receipt (null
when there is none) with status, block_number, block_hash, block_time (seconds) and transfers, a list of {log_index (place
in the transaction), token, sender, recipient, units}. recheck_seconds is null when it has come to an end.$$;
grant execute on function private.onchain_recheck_seconds(public.billing_onchain_quotes) to service_role;
grant execute on function public.record_onchain_check(uuid, jsonb) to service_role;
