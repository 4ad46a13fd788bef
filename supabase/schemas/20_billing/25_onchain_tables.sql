create table public.billing_onchain_chains (
  chain_id bigint primary key,
  name text not null,
  native_symbol text not null,
  confirmation_count int not null,
  finality_count int not null,
  poll_seconds int not null default 15,
  receiving_address text,
  is_enabled boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_onchain_chains_chain_id_is_positive check (chain_id > 0),
  constraint billing_onchain_chains_name_has_length check (char_length(btrim(name)) between 1 and 60),
  constraint billing_onchain_chains_native_symbol_is_symbol check (native_symbol ~ '^[A-Z]{2,8}$'),
  constraint billing_onchain_chains_counts_in_range check (
    confirmation_count between 1 and 10000 and finality_count between confirmation_count and 100000
  ),
  constraint billing_onchain_chains_poll_seconds_in_range check (poll_seconds between 1 and 600),
  constraint billing_onchain_chains_receiving_address_is_lower_case check (receiving_address ~ '^0x[0-9a-f]{40}$'),
  constraint billing_onchain_chains_enabled_has_receiving_address check (not is_enabled or receiving_address is not null)
);
alter table public.billing_onchain_chains enable row level security;
revoke all on public.billing_onchain_chains from anon, authenticated, service_role;
grant select on public.billing_onchain_chains to authenticated, service_role;
create policy billing_onchain_chains_select_caller on public.billing_onchain_chains
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.billing_onchain_chains is $$Chains on which payments in tokens are taken, as operators set them up.

The addresses of their nodes are settings of the installation (ETHEREUM_RPC_URLS), because they hold keys.$$;
comment on column public.billing_onchain_chains.chain_id is 'Its id by EIP-155: 1 for Ethereum, 137 for Polygon.';
comment on column public.billing_onchain_chains.name is 'As people call it.';
comment on column public.billing_onchain_chains.native_symbol is 'What gas is paid in.';
comment on column public.billing_onchain_chains.confirmation_count is
  'Blocks, the transaction''s own included, after which a transfer counts as paid.';
comment on column public.billing_onchain_chains.finality_count is
  'Blocks after which nothing is looked at again, where the nodes do not say what is final.';
comment on column public.billing_onchain_chains.poll_seconds is 'How often a transaction is looked at meanwhile.';
comment on column public.billing_onchain_chains.receiving_address is 'Where transfers go, in lower case; null before one is set.';
comment on column public.billing_onchain_chains.is_enabled is 'Whether new quotes are made.';
comment on column public.billing_onchain_chains.created_at is 'When the row was made.';
comment on column public.billing_onchain_chains.updated_at is 'When the row last changed.';

create table public.billing_onchain_tokens (
  id uuid primary key default gen_random_uuid(),
  chain_id bigint not null references public.billing_onchain_chains (chain_id),
  contract_address text not null,
  symbol text not null,
  decimals smallint not null,
  is_enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_onchain_tokens_contract_once unique (chain_id, contract_address),
  constraint billing_onchain_tokens_contract_address_is_lower_case check (contract_address ~ '^0x[0-9a-f]{40}$'),
  constraint billing_onchain_tokens_symbol_is_symbol check (symbol ~ '^[A-Za-z0-9.]{2,12}$'),
  constraint billing_onchain_tokens_decimals_in_range check (decimals between 0 and 36)
);
alter table public.billing_onchain_tokens enable row level security;
revoke all on public.billing_onchain_tokens from anon, authenticated, service_role;
grant select on public.billing_onchain_tokens to authenticated, service_role;
create policy billing_onchain_tokens_select_caller on public.billing_onchain_tokens
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.billing_onchain_tokens is $$Token contracts (ERC-20) that are taken, as operators entered them.

A token is its contract: symbols can be given to anything.$$;
comment on column public.billing_onchain_tokens.id is 'Identifies the token.';
comment on column public.billing_onchain_tokens.chain_id is 'The chain.';
comment on column public.billing_onchain_tokens.contract_address is 'The contract, in lower case.';
comment on column public.billing_onchain_tokens.symbol is 'What it is called, for people.';
comment on column public.billing_onchain_tokens.decimals is 'Decimals of a token: 6 means that its smallest unit is a millionth.';
comment on column public.billing_onchain_tokens.is_enabled is 'Whether new quotes are made.';
comment on column public.billing_onchain_tokens.created_at is 'When the row was made.';
comment on column public.billing_onchain_tokens.updated_at is 'When the row last changed.';

create table public.billing_onchain_rates (
  token_id uuid not null references public.billing_onchain_tokens (id) on delete cascade,
  currency text not null,
  token_count numeric(38, 18) not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (token_id, currency),
  constraint billing_onchain_rates_currency_is_code check (currency ~ '^[A-Z]{3}$'),
  constraint billing_onchain_rates_token_count_is_positive check (token_count > 0 and token_count <> 'NaN')
);
alter table public.billing_onchain_rates enable row level security;
revoke all on public.billing_onchain_rates from anon, authenticated, service_role;
grant select on public.billing_onchain_rates to authenticated, service_role;
create policy billing_onchain_rates_select_caller on public.billing_onchain_rates
  for select to authenticated using ((select private.is_known_caller()));
comment on table public.billing_onchain_rates is 'How many tokens one unit of a currency is, as operators set it; a quote keeps its rate.';
comment on column public.billing_onchain_rates.token_id is 'The token.';
comment on column public.billing_onchain_rates.currency is 'ISO 4217.';
comment on column public.billing_onchain_rates.token_count is 'Tokens for one unit (one dollar, not one cent).';
comment on column public.billing_onchain_rates.expires_at is 'Until when quotes are made at it; null for a token that is worth the currency.';
comment on column public.billing_onchain_rates.created_at is 'When it was first set.';
comment on column public.billing_onchain_rates.updated_at is 'When the row last changed.';

create table public.billing_wallet_bindings (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  address text not null,
  chain_id bigint not null,
  bound_by uuid references public.profiles (id) on delete set null,
  removed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_wallet_bindings_organization_id_id_key unique (organization_id, id),
  constraint billing_wallet_bindings_address_is_lower_case check (address ~ '^0x[0-9a-f]{40}$')
);
-- A transfer is whose wallet it came from, so a wallet is nobody else's.
create unique index billing_wallet_bindings_address_idx on public.billing_wallet_bindings (address) where removed_at is null;
create index billing_wallet_bindings_organization_id_idx on public.billing_wallet_bindings (organization_id, created_at desc);
create index billing_wallet_bindings_bound_by_idx on public.billing_wallet_bindings (bound_by);
alter table public.billing_wallet_bindings enable row level security;
revoke all on public.billing_wallet_bindings from anon, authenticated, service_role;
grant select on public.billing_wallet_bindings to authenticated, service_role;
create policy billing_wallet_bindings_select_reader on public.billing_wallet_bindings
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_wallet_bindings is $$Wallets that an organization proved to hold, by Sign-in with Ethereum (ERC-4361).

Only transfers from a bound wallet count as payments. An address belongs to one organization at a time.$$;
comment on column public.billing_wallet_bindings.id is 'Identifies the binding.';
comment on column public.billing_wallet_bindings.organization_id is 'Whose wallet it is.';
comment on column public.billing_wallet_bindings.address is 'Its address, in lower case.';
comment on column public.billing_wallet_bindings.chain_id is 'Chain that the proof was signed for; the address is the same on all.';
comment on column public.billing_wallet_bindings.bound_by is 'Who bound it; null for programs and people who left.';
comment on column public.billing_wallet_bindings.removed_at is 'When it was removed; null while it counts.';
comment on column public.billing_wallet_bindings.created_at is 'When it was bound.';
comment on column public.billing_wallet_bindings.updated_at is 'When the row last changed.';

create table private.wallet_nonces (
  nonce text primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  requested_by uuid not null,
  used_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  constraint wallet_nonces_nonce_is_long check (nonce ~ '^[0-9A-Za-z]{24,96}$')
);
create index wallet_nonces_organization_id_idx on private.wallet_nonces (organization_id);
create index wallet_nonces_expires_at_idx on private.wallet_nonces (expires_at);
alter table private.wallet_nonces enable row level security;
revoke all on private.wallet_nonces from anon, authenticated, service_role;
comment on table private.wallet_nonces is 'Nonces for messages that bind a wallet: made here, good once and for minutes.';
comment on column private.wallet_nonces.nonce is 'The nonce.';
comment on column private.wallet_nonces.organization_id is 'Which organization the wallet is for.';
comment on column private.wallet_nonces.requested_by is 'The person or service account that asked: the only one who may use it.';
comment on column private.wallet_nonces.used_at is 'When it was used; null while it can be.';
comment on column private.wallet_nonces.expires_at is 'Until when it can be.';
comment on column private.wallet_nonces.created_at is 'When it was made.';

create table public.billing_onchain_quotes (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  purpose public.billing_payment_purpose not null,
  purpose_id uuid not null,
  state public.billing_onchain_quote_state not null default 'open',
  wallet_id uuid not null,
  payer_address text not null,
  chain_id bigint not null references public.billing_onchain_chains (chain_id),
  token_id uuid not null references public.billing_onchain_tokens (id),
  token_address text not null,
  token_symbol text not null,
  token_decimals smallint not null,
  receiving_address text not null,
  currency text not null,
  amount_cents bigint not null,
  token_count numeric(38, 18) not null,
  amount_units text not null,
  received_units text,
  expires_at timestamptz not null,
  transaction_hash text,
  submitted_at timestamptz,
  block_number bigint,
  block_hash text,
  mined_at timestamptz,
  confirmation_count int not null default 0,
  confirmed_at timestamptz,
  finalized_at timestamptz,
  failure_code text,
  checked_at timestamptz,
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint billing_onchain_quotes_purpose_can_be_paid check (purpose in ('credit_pack', 'invoice')),
  constraint billing_onchain_quotes_addresses_are_lower_case check (
    payer_address ~ '^0x[0-9a-f]{40}$' and token_address ~ '^0x[0-9a-f]{40}$' and receiving_address ~ '^0x[0-9a-f]{40}$'
  ),
  constraint billing_onchain_quotes_currency_is_code check (currency ~ '^[A-Z]{3}$'),
  constraint billing_onchain_quotes_amount_cents_is_positive check (amount_cents > 0),
  constraint billing_onchain_quotes_token_count_is_positive check (token_count > 0),
  constraint billing_onchain_quotes_units_are_whole check (
    amount_units ~ '^[1-9][0-9]{0,77}$' and received_units ~ '^(0|[1-9][0-9]{0,77})$'
  ),
  constraint billing_onchain_quotes_hashes_are_lower_case check (
    transaction_hash ~ '^0x[0-9a-f]{64}$' and block_hash ~ '^0x[0-9a-f]{64}$'
  ),
  constraint billing_onchain_quotes_submitted_names_transaction check (
    (transaction_hash is null) = (submitted_at is null) and (state in ('open', 'expired') or transaction_hash is not null)
  ),
  constraint billing_onchain_quotes_confirmed_is_mined check (
    state not in ('confirming', 'confirmed') or (block_number, block_hash, mined_at) is not null
  ),
  constraint billing_onchain_quotes_failed_has_code check ((state = 'failed') = (failure_code is not null)),
  constraint billing_onchain_quotes_final_is_confirmed check (finalized_at is null or state = 'confirmed'),
  constraint billing_onchain_quotes_wallet_in_same_organization
    foreign key (organization_id, wallet_id) references public.billing_wallet_bindings (organization_id, id)
    on delete cascade
);
-- One at a time: two transfers for one thing would both be money.
create unique index billing_onchain_quotes_one_under_way_idx on public.billing_onchain_quotes (purpose, purpose_id)
  where state in ('open', 'submitted', 'confirming');
create index billing_onchain_quotes_organization_id_created_at_idx
  on public.billing_onchain_quotes (organization_id, created_at desc, id desc);
create index billing_onchain_quotes_organization_id_wallet_id_idx
  on public.billing_onchain_quotes (organization_id, wallet_id);
create index billing_onchain_quotes_chain_id_transaction_hash_idx
  on public.billing_onchain_quotes (chain_id, transaction_hash);
create index billing_onchain_quotes_token_id_idx on public.billing_onchain_quotes (token_id);
create index billing_onchain_quotes_created_by_idx on public.billing_onchain_quotes (created_by);
create index billing_onchain_quotes_open_expires_at_idx on public.billing_onchain_quotes (expires_at) where state = 'open';
create index billing_onchain_quotes_watched_idx on public.billing_onchain_quotes (checked_at)
  where state in ('submitted', 'confirming', 'orphaned') or state = 'confirmed' and finalized_at is null;
alter table public.billing_onchain_quotes enable row level security;
revoke all on public.billing_onchain_quotes from anon, authenticated, service_role;
-- Written by functions alone.
grant select on public.billing_onchain_quotes to authenticated, service_role;
create policy billing_onchain_quotes_select_reader on public.billing_onchain_quotes
  for select to authenticated
  using (organization_id = any (array(select private.organizations_with('billing.read'))));
comment on table public.billing_onchain_quotes is $$What an organization is to pay in tokens, at a rate that holds for some minutes, and what became of it.

Tokens go from a bound wallet to the receiving address; then the transaction is named and looked at until it is final. A
confirmed quote is a row of billing_payments with provider "onchain" and the quote's id.$$;
comment on column public.billing_onchain_quotes.id is 'Identifies the quote, and its payment as provider_payment_id.';
comment on column public.billing_onchain_quotes.organization_id is 'Who pays.';
comment on column public.billing_onchain_quotes.purpose is 'What for: a purchase of credits or an own invoice.';
comment on column public.billing_onchain_quotes.purpose_id is 'Which one.';
comment on column public.billing_onchain_quotes.state is 'Where it stands.';
comment on column public.billing_onchain_quotes.wallet_id is 'The bound wallet that pays.';
comment on column public.billing_onchain_quotes.payer_address is 'Its address: transfers of others do not count.';
comment on column public.billing_onchain_quotes.chain_id is 'The chain.';
comment on column public.billing_onchain_quotes.token_id is 'The token.';
comment on column public.billing_onchain_quotes.token_address is 'Its contract.';
comment on column public.billing_onchain_quotes.token_symbol is 'What it is called, for people.';
comment on column public.billing_onchain_quotes.token_decimals is 'Its decimals: amount_units divided by ten to this power are tokens.';
comment on column public.billing_onchain_quotes.receiving_address is 'Where the tokens go.';
comment on column public.billing_onchain_quotes.currency is 'ISO 4217, of what is paid for.';
comment on column public.billing_onchain_quotes.amount_cents is 'What is paid for, in that currency''s minor unit.';
comment on column public.billing_onchain_quotes.token_count is 'Tokens for one unit of the currency: the rate, which holds until expires_at.';
comment on column public.billing_onchain_quotes.amount_units is
  'What is to be sent, in the token''s smallest unit; text, because it is larger than numbers in JSON can be.';
comment on column public.billing_onchain_quotes.received_units is 'What came with the transaction, in the same unit; null before.';
comment on column public.billing_onchain_quotes.expires_at is 'Until when the transfer must be in a block.';
comment on column public.billing_onchain_quotes.transaction_hash is 'The transaction that was named, in lower case; null before.';
comment on column public.billing_onchain_quotes.submitted_at is 'When it was named.';
comment on column public.billing_onchain_quotes.block_number is 'Block that it is in; null while it is in none.';
comment on column public.billing_onchain_quotes.block_hash is 'Hash of that block, by which a reorganised chain is recognised.';
comment on column public.billing_onchain_quotes.mined_at is 'Time of that block.';
comment on column public.billing_onchain_quotes.confirmation_count is 'Blocks since, its own included, when it was last looked at.';
comment on column public.billing_onchain_quotes.confirmed_at is 'When it counted as paid; null before.';
comment on column public.billing_onchain_quotes.finalized_at is 'When its block was final; null before.';
comment on column public.billing_onchain_quotes.failure_code is $$Why it failed; null when it did not.

transaction_not_found, transaction_reverted, token_mismatch, recipient_mismatch, sender_mismatch, underpaid,
mined_before_quote, mined_after_expiry or transfer_already_used.$$;
comment on column public.billing_onchain_quotes.checked_at is 'When its transaction was last looked at.';
comment on column public.billing_onchain_quotes.created_by is 'Who asked for it; null for programs and people who left.';
comment on column public.billing_onchain_quotes.created_at is 'When it was made: older transfers do not count.';
comment on column public.billing_onchain_quotes.updated_at is 'When the row last changed.';

create table private.onchain_transfers (
  chain_id bigint not null,
  transaction_hash text not null,
  log_index int not null,
  quote_id uuid not null references public.billing_onchain_quotes (id) on delete cascade,
  units numeric(78, 0) not null,
  created_at timestamptz not null default now(),
  primary key (chain_id, transaction_hash, log_index),
  constraint onchain_transfers_units_are_positive check (units > 0)
);
create index onchain_transfers_quote_id_idx on private.onchain_transfers (quote_id);
alter table private.onchain_transfers enable row level security;
revoke all on private.onchain_transfers from anon, authenticated, service_role;
comment on table private.onchain_transfers is 'Transfers that were counted for a quote: none is counted twice.';
comment on column private.onchain_transfers.chain_id is 'The chain.';
comment on column private.onchain_transfers.transaction_hash is 'The transaction.';
comment on column private.onchain_transfers.log_index is
  'Place among the logs of the transaction: its place in the block is another one after the chain was reorganised.';
comment on column private.onchain_transfers.quote_id is 'The quote that it pays.';
comment on column private.onchain_transfers.units is 'How much, in the token''s smallest unit.';
comment on column private.onchain_transfers.created_at is 'When it was counted.';
