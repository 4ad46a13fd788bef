create function private.lock_payable_invoice(organization_id uuid, invoice_id uuid, action text)
  returns public.billing_invoices
  language plpgsql volatile set search_path = ''
as $$
declare
  v_invoice public.billing_invoices;
begin
  perform private.lock_billing(lock_payable_invoice.organization_id);
  select * into v_invoice from public.billing_invoices as invoices
  where invoices.id = lock_payable_invoice.invoice_id
    and invoices.organization_id = lock_payable_invoice.organization_id and invoices.provider = 'own'
  for update;
  if not found then
    perform private.raise_error(
      404, 'billing_invoice_not_found', format('Cannot %s: no such invoice', lock_payable_invoice.action)
    );
  end if;
  if v_invoice.open_cents = 0 then
    perform private.raise_error(
      409, 'billing_invoice_not_open', format('Cannot %s: nothing of the invoice is open', lock_payable_invoice.action)
    );
  end if;
  return v_invoice;
end;
$$;
comment on function private.lock_payable_invoice(uuid, uuid, text) is
  'An own invoice of the organization that is still to be paid, locked. Errors: 404 billing_invoice_not_found, 409
billing_invoice_not_open.';

create function private.onchain_units(amount_cents bigint, currency text, token_count numeric, decimals int)
  returns numeric
  language sql immutable set search_path = ''
as $$
  -- Rounded up: what is sent is never worth less than what is paid for.
  select ceil(
    onchain_units.amount_cents * onchain_units.token_count * (10::numeric ^ onchain_units.decimals)
      / (10::numeric ^ private.currency_minor_digits(onchain_units.currency))
  )
$$;
comment on function private.onchain_units(bigint, text, numeric, int) is
  'An amount in the smallest unit of a token, at so many tokens for one unit of the currency.';

-- Definer: quotes are written by functions alone.
create function private.create_onchain_quote(
  organization_id uuid, wallet_id uuid, token_id uuid, invoice_id uuid, pack_id uuid, currency text
)
  returns public.billing_onchain_quotes
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_action constant text := 'make the quote';
  v_wallet public.billing_wallet_bindings;
  v_token public.billing_onchain_tokens;
  v_chain public.billing_onchain_chains;
  v_rate public.billing_onchain_rates;
  v_invoice public.billing_invoices;
  v_purchase public.credit_purchases;
  v_before public.billing_onchain_quotes;
  v_quote public.billing_onchain_quotes;
begin
  perform private.require_onchain_payments(create_onchain_quote.organization_id, v_action);
  perform private.lock_billing(create_onchain_quote.organization_id);
  if (create_onchain_quote.invoice_id is null) = (create_onchain_quote.pack_id is null) then
    perform private.raise_error(422, 'billing_purpose_invalid', 'Cannot make the quote: name an invoice or a pack of credits');
  end if;
  select * into v_wallet from public.billing_wallet_bindings as bindings
  where bindings.id = create_onchain_quote.wallet_id and bindings.removed_at is null
    and bindings.organization_id = create_onchain_quote.organization_id;
  if not found then
    perform private.raise_error(404, 'wallet_not_found', 'Cannot make the quote: the organization has no such wallet');
  end if;
  select * into v_token from public.billing_onchain_tokens as tokens
  where tokens.id = create_onchain_quote.token_id and tokens.is_enabled;
  select * into v_chain from public.billing_onchain_chains as chains
  where chains.chain_id = v_token.chain_id and chains.is_enabled;
  if not found then
    perform private.raise_error(404, 'onchain_token_not_found', 'Cannot make the quote: no such token is taken');
  end if;

  if create_onchain_quote.invoice_id is not null then
    v_invoice := private.lock_payable_invoice(
      create_onchain_quote.organization_id, create_onchain_quote.invoice_id, v_action
    );
    select * into v_before from public.billing_onchain_quotes as quotes
    where quotes.purpose = 'invoice' and quotes.purpose_id = v_invoice.id
      and quotes.state in ('open', 'submitted', 'confirming');
    if v_before.state = 'open' and v_before.expires_at > now() and v_before.wallet_id = v_wallet.id
      and v_before.token_id = v_token.id and v_before.amount_cents = v_invoice.open_cents then
      return v_before;
    elsif v_before.state = 'open' then
      update public.billing_onchain_quotes set state = 'expired' where billing_onchain_quotes.id = v_before.id;
    elsif v_before.id is not null then
      perform private.raise_error(
        409, 'onchain_quote_under_way', 'Cannot make the quote: a transaction for this is being looked at'
      );
    end if;
    v_quote.purpose := 'invoice';
    v_quote.purpose_id := v_invoice.id;
    v_quote.currency := v_invoice.currency;
    v_quote.amount_cents := v_invoice.open_cents;
  else
    v_purchase := private.create_credit_purchase(
      create_onchain_quote.organization_id, create_onchain_quote.pack_id, create_onchain_quote.currency
    );
    v_quote.purpose := 'credit_pack';
    v_quote.purpose_id := v_purchase.id;
    v_quote.currency := v_purchase.currency;
    v_quote.amount_cents := private.with_tax(create_onchain_quote.organization_id, v_purchase.price_cents);
  end if;

  select * into v_rate from public.billing_onchain_rates as rates
  where rates.token_id = v_token.id and rates.currency = v_quote.currency
    and (rates.expires_at is null or rates.expires_at > now());
  if not found then
    perform private.raise_error(
      422, 'onchain_rate_missing',
      format('Cannot make the quote: there is no rate of %s for %s now', v_token.symbol, v_quote.currency)
    );
  end if;
  insert into public.billing_onchain_quotes as quotes
    (organization_id, purpose, purpose_id, wallet_id, payer_address, chain_id, token_id, token_address, token_symbol,
      token_decimals, receiving_address, currency, amount_cents, token_count, amount_units, expires_at, created_by)
  values (
    create_onchain_quote.organization_id, v_quote.purpose, v_quote.purpose_id, v_wallet.id, v_wallet.address,
    v_chain.chain_id, v_token.id, v_token.contract_address, v_token.symbol, v_token.decimals, v_chain.receiving_address,
    v_quote.currency, v_quote.amount_cents, v_rate.token_count,
    private.onchain_units(v_quote.amount_cents, v_quote.currency, v_rate.token_count, v_token.decimals)::text,
    now() + make_interval(mins => private.setting_integer('billing.onchain_quote_minutes')::int),
    private.current_person_id()
  )
  returning quotes.* into v_quote;
  return v_quote;
end;
$$;
comment on function private.create_onchain_quote(uuid, uuid, uuid, uuid, uuid, text) is 'Body of public.create_onchain_quote.';
grant execute on function private.create_onchain_quote(uuid, uuid, uuid, uuid, uuid, text) to authenticated;

create function public.create_onchain_quote(
  organization_id uuid, wallet_id uuid, token_id uuid, invoice_id uuid default null, pack_id uuid default null,
  currency text default 'USD'
)
  returns public.billing_onchain_quotes
  language sql volatile set search_path = ''
as $$
  select private.create_onchain_quote(
    create_onchain_quote.organization_id, create_onchain_quote.wallet_id, create_onchain_quote.token_id,
    create_onchain_quote.invoice_id, create_onchain_quote.pack_id, create_onchain_quote.currency
  )
$$;
comment on function public.create_onchain_quote(uuid, uuid, uuid, uuid, uuid, text) is
  $$Says how many tokens pay an own invoice or a pack of credits, at a rate that holds for some minutes.

Needs billing.manage, and payments in tokens open to the organization. Currency is that of the pack; an invoice has its
own. An open quote of the same terms is returned again, another one for the invoice expires. Errors: 403
onchain_payments_off, 404 wallet_not_found, onchain_token_not_found, billing_invoice_not_found or credit_pack_not_found, 409
billing_invoice_not_open or onchain_quote_under_way, 422 billing_purpose_invalid or onchain_rate_missing.$$;
grant execute on function public.create_onchain_quote(uuid, uuid, uuid, uuid, uuid, text) to authenticated;

-- Definer: as private.create_onchain_quote.
create function private.submit_onchain_transaction(quote_id uuid, transaction_hash text)
  returns public.billing_onchain_quotes
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_hash constant text := lower(submit_onchain_transaction.transaction_hash);
  v_quote public.billing_onchain_quotes;
begin
  perform private.lock_billing(quotes.organization_id) from public.billing_onchain_quotes as quotes
  where quotes.id = submit_onchain_transaction.quote_id
    and quotes.organization_id = any (array(select private.organizations_with('billing.read')));
  select * into v_quote from public.billing_onchain_quotes as quotes
  where quotes.id = submit_onchain_transaction.quote_id
    and quotes.organization_id = any (array(select private.organizations_with('billing.read')))
  for update;
  if not found then
    perform private.raise_error(404, 'onchain_quote_not_found', 'Cannot name the transaction: no such quote');
  end if;
  perform private.require_permission(v_quote.organization_id, 'billing.manage', 'name the transaction');
  if v_hash is null or v_hash !~ '^0x[0-9a-f]{64}$' then
    perform private.raise_error(
      422, 'transaction_hash_invalid', 'Cannot name the transaction: a hash is 0x and 64 hexadecimal digits'
    );
  end if;
  if v_quote.transaction_hash = v_hash and v_quote.state not in ('expired', 'failed') then
    return v_quote;
  end if;
  if v_quote.state not in ('open', 'expired', 'failed')
    -- Something was counted for it: whether the rest may follow is for a person to say.
    or exists (select from private.onchain_transfers where onchain_transfers.quote_id = v_quote.id)
    or exists (
      select from public.billing_onchain_quotes as others
      where others.purpose = v_quote.purpose and others.purpose_id = v_quote.purpose_id and others.id <> v_quote.id
        and others.state in ('submitted', 'confirming', 'confirmed')
    ) then
    perform private.raise_error(
      409, 'onchain_quote_under_way', 'Cannot name the transaction: another one is, or was, looked at for this'
    );
  end if;
  if now() > v_quote.expires_at + make_interval(hours => private.setting_integer('billing.onchain_search_hours')::int) then
    perform private.raise_error(
      409, 'onchain_quote_expired', 'Cannot name the transaction: the quote expired too long ago', 'Ask support to look at it.'
    );
  end if;
  if exists (
    select from public.billing_wallet_bindings as bindings
    where bindings.id = v_quote.wallet_id and bindings.removed_at is not null
  ) then
    perform private.raise_error(
      409, 'wallet_removed', 'Cannot name the transaction: the wallet of the quote was removed', 'Bind it again.'
    );
  end if;
  -- A newer one for the same that nobody paid yet makes way.
  update public.billing_onchain_quotes as others set state = 'expired'
  where others.purpose = v_quote.purpose and others.purpose_id = v_quote.purpose_id and others.id <> v_quote.id
    and others.state = 'open';
  update public.billing_onchain_quotes as quotes
  set state = 'submitted', transaction_hash = v_hash, submitted_at = now(), failure_code = null, received_units = null,
    block_number = null, block_hash = null, mined_at = null, confirmation_count = 0
  where quotes.id = v_quote.id
  returning quotes.* into v_quote;
  perform private.enqueue_job(
    'onchain.check_quote', jsonb_build_object('quote_id', v_quote.id), organization_id := v_quote.organization_id,
    dedupe_key := v_quote.id::text
  );
  return v_quote;
end;
$$;
comment on function private.submit_onchain_transaction(uuid, text) is 'Body of public.submit_onchain_transaction.';
grant execute on function private.submit_onchain_transaction(uuid, text) to authenticated;

create function public.submit_onchain_transaction(quote_id uuid, transaction_hash text)
  returns public.billing_onchain_quotes
  language sql volatile set search_path = ''
as $$
  select private.submit_onchain_transaction(
    submit_onchain_transaction.quote_id, submit_onchain_transaction.transaction_hash
  )
$$;
comment on function public.submit_onchain_transaction(uuid, text) is
  $$Names the transaction that pays a quote; a job looks at it until it is final. Needs billing.manage.

The same one again changes nothing; after a failure that counted nothing, another one may be named. A transfer that was in
a block in time may be named after the quote expired. Errors: 404 onchain_quote_not_found, 409 onchain_quote_under_way,
onchain_quote_expired or wallet_removed, 422 transaction_hash_invalid.$$;
grant execute on function public.submit_onchain_transaction(uuid, text) to authenticated;
