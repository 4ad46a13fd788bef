-- Receiving addresses, tokens and rates are an operator's to enter: a contract is copied from its issuer's page, never
-- found by its symbol.
insert into public.billing_onchain_chains (chain_id, name, native_symbol, confirmation_count, finality_count, poll_seconds)
values
  (1, 'Ethereum', 'ETH', 12, 96, 15),
  (137, 'Polygon', 'POL', 128, 512, 15),
  (8453, 'Base', 'ETH', 30, 1200, 10),
  (42161, 'Arbitrum One', 'ETH', 120, 4800, 10),
  (11155111, 'Sepolia', 'ETH', 3, 96, 15),
  (31337, 'Local sandbox', 'ETH', 3, 12, 1);

-- What receipts of crypto assets mean for tax and supervision differs by country: each organization is let in by hand.
insert into private.limit_definitions (key, default_value, description) values
  ('onchain_payments', 0, 'Whether the organization may pay in tokens on a chain');

select private.define_setting(
  'billing.onchain_quote_minutes', 'integer', '30', 'Minutes for which the rate of a payment in tokens holds', minimum := 1,
  maximum := 1440
);
select private.define_setting(
  'billing.onchain_search_hours', 'integer', '24',
  'Hours for which a transaction that was named is looked for, and may be named after the quote expired', minimum := 1,
  maximum := 168
);

select private.audit_table('public.billing_onchain_chains',
  '{confirmation_count, finality_count, receiving_address, is_enabled}', organization_column := null);
select private.audit_table('public.billing_onchain_tokens', '{contract_address, symbol, decimals, is_enabled}',
  organization_column := null);
select private.audit_table('public.billing_onchain_rates', '{token_count, expires_at}', organization_column := null);
select private.audit_table('public.billing_wallet_bindings', '{address, removed_at}');
select private.audit_table('public.billing_onchain_quotes', '{state, transaction_hash, failure_code}');
select private.register_personal_data('public.billing_wallet_bindings', 'bound_by', 'keep');
select private.register_personal_data('public.billing_onchain_quotes', 'created_by', 'keep');
select private.retain_table('public.billing_onchain_quotes', '10 years', 'Accounting records of payments in tokens.');
