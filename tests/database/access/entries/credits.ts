import type { Executable, TableAccess } from '../matrix.ts'

const ofMembers = (table: string, insert: string, update: string): TableAccess => ({
  table: `public.${table}`,
  row: (scene) => `organization_id = '${scene.organization.id}'`,
  insert: (scene) =>
    `(organization_id, ${insert.split('|')[0]}) values ('${scene.organization.id}', ${insert.split('|')[1]})`,
  update,
  //         anon   outsider viewer member admin  owner  service_role
  select: '  denied none     yes    yes    yes    yes    yes',
  inserted: 'denied denied   denied denied denied denied denied',
  updated: ' denied denied   denied denied denied denied denied',
  deleted: ' denied denied   denied denied denied denied denied',
})

export const tables: readonly TableAccess[] = [
  {
    table: 'public.credit_actions',
    row: () => `action = 'investor_search'`,
    insert: () => `(action, credit_count, description) values ('gift', 0, 'A gift')`,
    update: `credit_count = 0`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  ofMembers('credit_wallets', `kind, priority|'promotional', 1`, 'balance_count = 1000'),
  ofMembers(
    'credit_reservations',
    `action, quantity, credit_count, idempotency_key, expires_at|'investor_search', 1, 0, 'free', now()`,
    'credit_count = 0',
  ),
  ofMembers(
    'credit_entries',
    `wallet_id, kind, account, credit_count, balance_count|gen_random_uuid(), 'grant', 'granted', 1000, 1000`,
    'credit_count = 1000',
  ),
]

/** Something that was paid with credits. */
export const scene = (organizationId: string) => `
  select private.settle_credits(
    (private.reserve_credits('${organizationId}', 'investor_search', 'scene')).id
  );`

export const executable: Executable = {
  'get_credit_balance(uuid)': ['authenticated', 'service_role'],
  'get_credit_statement(uuid,date)': ['authenticated', 'service_role'],
  'grant_credits(uuid,bigint,text,text,timestamp with time zone)': ['authenticated'],
  'refund_credits(uuid)': ['service_role'],
  'release_credits(uuid)': ['service_role'],
  'reserve_credits(uuid,text,text,integer,uuid,integer)': ['service_role'],
  'settle_credits(uuid,bigint)': ['service_role'],
}
