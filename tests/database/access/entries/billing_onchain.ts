import type { Executable, TableAccess } from '../matrix.ts'

const token = '0x5fbdb2315678afecb367f032d93f642f64180aa3'
const shop = `0x${'a'.repeat(40)}`

/** What everybody who is signed in reads and nobody writes past the operators' RPCs. */
const ofEverybody = (table: string, row: string, update: string): TableAccess => ({
  table: `public.${table}`,
  row: () => row,
  insert: () => 'default values',
  update,
  //         anon   outsider viewer member admin  owner  service_role
  select: '  denied yes      yes    yes    yes    yes    yes',
  inserted: 'denied denied   denied denied denied denied denied',
  updated: ' denied denied   denied denied denied denied denied',
  deleted: ' denied denied   denied denied denied denied denied',
})

const ofReaders = (table: string, update: string): TableAccess => ({
  ...ofEverybody(table, '', update),
  row: (scene) => `organization_id = '${scene.organization.id}'`,
  select: '  denied none     none   none   yes    yes    yes',
})

export const tables: readonly TableAccess[] = [
  ofEverybody('billing_onchain_chains', 'chain_id = 31337', 'is_enabled = true'),
  ofEverybody('billing_onchain_tokens', 'chain_id = 31337', 'is_enabled = true'),
  ofEverybody('billing_onchain_rates', `currency = 'USD'`, 'token_count = 2'),
  ofReaders('billing_wallet_bindings', 'removed_at = now()'),
  ofReaders('billing_onchain_quotes', `state = 'confirmed'`),
]

/** A token that is taken, and a quote of a bound wallet. */
export const scene = (organizationId: string) => {
  const wallet = `0x${organizationId.replaceAll('-', '')}00000000`
  return `
  update public.billing_onchain_chains set receiving_address = '${shop}', is_enabled = true where chain_id = 31337;
  insert into public.billing_onchain_tokens (chain_id, contract_address, symbol, decimals)
  values (31337, '${token}', 'USDC', 6) on conflict do nothing;
  insert into public.billing_onchain_rates (token_id, currency, token_count)
  select id, 'USD', 1 from public.billing_onchain_tokens where contract_address = '${token}' on conflict do nothing;
  insert into public.billing_wallet_bindings (organization_id, address, chain_id)
  values ('${organizationId}', '${wallet}', 31337);
  insert into public.billing_onchain_quotes
    (organization_id, purpose, purpose_id, wallet_id, payer_address, chain_id, token_id, token_address, token_symbol,
      token_decimals, receiving_address, currency, amount_cents, token_count, amount_units, expires_at)
  select '${organizationId}', 'credit_pack', gen_random_uuid(), wallets.id, wallets.address, 31337, tokens.id,
    tokens.contract_address, 'USDC', 6, '${shop}', 'USD', 500, 1, '5000000', now() + interval '1 hour'
  from public.billing_wallet_bindings as wallets, public.billing_onchain_tokens as tokens
  where wallets.organization_id = '${organizationId}' and tokens.contract_address = '${token}';`
}

export const executable: Executable = {
  'bind_wallet(uuid,uuid,text,text,bigint)': ['service_role'],
  'create_onchain_quote(uuid,uuid,uuid,uuid,uuid,text)': ['authenticated'],
  'get_onchain_check(uuid)': ['service_role'],
  'record_onchain_check(uuid,jsonb)': ['service_role'],
  'remove_wallet(uuid)': ['authenticated'],
  'request_wallet_nonce(uuid)': ['authenticated'],
  'save_onchain_chain(bigint,text,text,integer,integer,integer,text,boolean)': ['authenticated'],
  'save_onchain_token(bigint,text,text,integer,boolean)': ['authenticated'],
  'set_onchain_rate(uuid,text,numeric,timestamp with time zone)': ['authenticated'],
  'submit_onchain_transaction(uuid,text)': ['authenticated'],
}
