import type { Executable, TableAccess } from '../matrix.ts'

/** What owners and admins of the organization read, and functions alone write. */
const ofAdmins = (table: string, update: string): TableAccess => ({
  table: `public.${table}`,
  row: (scene) => `organization_id = '${scene.organization.id}'`,
  insert: () => 'default values',
  update,
  //         anon   outsider viewer member admin  owner  service_role
  select: '  denied none     none   none   yes    yes    yes',
  inserted: 'denied denied   denied denied denied denied denied',
  updated: ' denied denied   denied denied denied denied denied',
  deleted: ' denied denied   denied denied denied denied denied',
})

export const tables: readonly TableAccess[] = [
  {
    table: 'public.billing_sellers',
    row: () => `key = 'default'`,
    insert: () => `(key, number_prefix, legal_name) values ('mine', 'MINE', 'Mine')`,
    update: `payment_instructions = 'To my account'`,
    //         anon   outsider viewer member admin  owner  service_role
    select: '  denied yes      yes    yes    yes    yes    yes',
    inserted: 'denied denied   denied denied denied denied denied',
    updated: ' denied denied   denied denied denied denied denied',
    deleted: ' denied denied   denied denied denied denied denied',
  },
  ofAdmins('billing_profiles', `tax_number = 'X'`),
  ofAdmins('billing_invoices', 'total_cents = 0'),
  ofAdmins('billing_invoice_lines', 'amount_cents = 0'),
]

/** An organization that told who it is, with an invoice. */
export const scene = (organizationId: string) => `
  insert into public.billing_profiles (organization_id, legal_name) values ('${organizationId}', 'Scene');
  select private.record_provider_invoice('${organizationId}', 'stripe', 'in_scene', 'open', 'usd', now(),
    '{"subtotal_cents": 100, "total_cents": 100, "lines": [{"amount_cents": 100}]}');`

export const executable: Executable = {
  'record_provider_invoice(uuid,text,text,text,text,timestamp with time zone,jsonb)': ['service_role'],
  'save_billing_profile(uuid,jsonb)': ['authenticated'],
  'save_billing_seller(text,text,text,jsonb)': ['authenticated'],
}
