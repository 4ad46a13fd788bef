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
  ofAdmins('billing_credit_notes', 'used_cents = 0'),
  ofAdmins('billing_credit_uses', 'amount_cents = 1'),
  ofAdmins('billing_payment_allocations', 'amount_cents = 1'),
  ofAdmins('billing_receipts', 'amount_cents = 1'),
]

/** An organization that told who it is, with an invoice that is paid, credited, and of whose credit another was paid. */
export const scene = (organizationId: string) => `
  insert into public.billing_profiles (organization_id, legal_name) values ('${organizationId}', 'Scene');
  select private.record_provider_invoice('${organizationId}', 'stripe', 'in_scene', 'open', 'usd', now(),
    '{"subtotal_cents": 100, "total_cents": 100, "lines": [{"amount_cents": 100}]}');
  with made as (
    insert into public.billing_invoices (organization_id, provider, seller_id, currency, subtotal_cents, total_cents)
    select '${organizationId}', 'own', sellers.id, 'USD', 100, 100
    from public.billing_sellers as sellers cross join generate_series(1, 2) where sellers.key = 'default'
    returning id, organization_id
  )
  insert into public.billing_invoice_lines (organization_id, invoice_id, position, kind, description, unit_cents, amount_cents)
  select organization_id, id, 1, 'one_off', 'Scene', 100, 100 from made;
  select private.issue_invoices(array(
    select id from public.billing_invoices where organization_id = '${organizationId}' and status = 'draft' limit 1
  ));
  select private.record_payment('${organizationId}', 'manual', null, 'succeeded', 'USD', 100, now(), '{"purpose": "invoice"}');
  insert into public.billing_credit_notes
    (organization_id, invoice_id, seller_id, number, settlement, currency, amount_cents, total_cents, reason)
  select organization_id, id, seller_id, 'CN-' || id, 'balance', 'USD', 50, 50, 'Scene' from public.billing_invoices
  where organization_id = '${organizationId}' and status = 'paid';
  select private.apply_money_credits(array(
    select id from public.billing_invoices where organization_id = '${organizationId}' and status = 'draft'
  ));`

export const executable: Executable = {
  'draft_invoice(uuid,text,jsonb,billing_product)': ['authenticated'],
  'get_billing_document(text,uuid,text)': ['authenticated'],
  'get_invoicing_progress()': ['authenticated'],
  'issue_credit_note(uuid,bigint,text,billing_credit_settlement)': ['authenticated'],
  'issue_invoice(uuid)': ['authenticated'],
  'list_invoices(billing_invoice_status,uuid,timestamp with time zone,integer)': ['authenticated'],
  'mark_invoice_paid(uuid,text,text,timestamp with time zone,bigint)': ['authenticated'],
  'preview_next_invoice(uuid)': ['authenticated'],
  'record_manual_payment(uuid,text,bigint,text,text,timestamp with time zone,uuid)': ['authenticated'],
  'record_provider_invoice(uuid,text,text,text,text,timestamp with time zone,jsonb)': ['service_role'],
  'retire_billing_seller(text)': ['authenticated'],
  'save_billing_profile(uuid,jsonb)': ['authenticated'],
  'save_billing_seller(text,text,text,jsonb)': ['authenticated'],
  'save_dunning_plan(text,bigint,integer,integer)': ['authenticated'],
  'void_invoice(uuid,text,boolean)': ['authenticated'],
}
