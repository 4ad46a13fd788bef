import type { Executable, TableAccess } from '../matrix.ts'

/** What everybody who is signed in reads and nobody writes past the operators' RPCs. */
const ofEverybody = (table: string, insert: string, update: string): TableAccess => ({
  table: `public.${table}`,
  row: () => 'true',
  insert: () => insert,
  update,
  //         anon   outsider viewer member admin  owner  service_role
  select: '  denied yes      yes    yes    yes    yes    yes',
  inserted: 'denied denied   denied denied denied denied denied',
  updated: ' denied denied   denied denied denied denied denied',
  deleted: ' denied denied   denied denied denied denied denied',
})

export const tables: readonly TableAccess[] = [
  ofEverybody('credit_packs', '(credit_count) values (1)', 'retired_at = now()'),
  ofEverybody(
    'credit_pack_prices',
    `(pack_id, currency, price_cents) select id, 'EUR', 1 from public.credit_packs limit 1`,
    'price_cents = 1',
  ),
  {
    table: 'public.credit_purchases',
    row: (scene) => `organization_id = '${scene.organization.id}'`,
    insert: (scene) => `(organization_id, pack_id, credit_count, currency, price_cents)
      select '${scene.organization.id}', id, credit_count, 'USD', 1 from public.credit_packs limit 1`,
    update: `status = 'paid'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied none     none   none   yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
]

/** A purchase of the organization. */
export const scene = (organizationId: string) => `
  select private.create_credit_purchase('${organizationId}', id, 'USD') from public.credit_packs where credit_count = 100;`

export const executable: Executable = {
  'list_credit_packs(text)': ['anon', 'authenticated', 'service_role'],
  'list_owed_credit_purchases()': ['authenticated'],
  'retire_credit_pack(uuid)': ['authenticated'],
  'set_credit_pack_price(bigint,text,bigint)': ['authenticated'],
}
