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

const ofAdmins = (table: string, insert: string, update: string): TableAccess => ({
  table: `public.${table}`,
  row: (scene) => `organization_id = '${scene.organization.id}'`,
  insert: () => insert,
  update,
  //         anon   outsider viewer member admin  owner  service_role
  select: '  denied none     none   none   yes    yes    yes',
  inserted: 'denied denied   denied denied denied denied denied',
  updated: ' denied denied   denied denied denied denied denied',
  deleted: ' denied denied   denied denied denied denied denied',
})

export const tables: readonly TableAccess[] = [
  ofEverybody(
    'billing_plans',
    `(product, key, name, description, rank) values ('chat', 'mine', 'Mine', 'Mine', 1)`,
    'trial_days = 365',
  ),
  ofEverybody(
    'billing_prices',
    `(plan_id, kind, currency, unit_cents) select id, 'one_off', 'USD', 0 from public.billing_plans limit 1`,
    'unit_cents = 0',
  ),
  ofEverybody(
    'billing_plan_entitlements',
    `(plan_id, key, value) select id, 'members', null from public.billing_plans limit 1`,
    'value = null',
  ),
  ofEverybody('billing_tax_rates', `(country, name, rate, starts_on) values ('ZZ', 'None', 0, now())`, 'rate = 0'),
  ofAdmins('billing_subscriptions', 'default values', `access = 'full'`),
  ofAdmins('billing_subscription_items', 'default values', 'price_id = price_id'),
]

/** A subscription of the organization, at today's price. */
export const scene = (organizationId: string) => `
  with made as (
    insert into public.billing_subscriptions
      (organization_id, product, plan_id, provider, status, currency, current_period_starts_at, current_period_ends_at)
    select '${organizationId}', product, id, 'manual', 'active', 'USD', now(), now() + interval '1 month'
    from public.billing_plans where product = 'fundraising' and key = 'pro'
    returning organization_id, id, plan_id
  )
  insert into public.billing_subscription_items (organization_id, subscription_id, price_id)
  select made.organization_id, made.id, prices.id from made
  join public.billing_prices as prices on prices.plan_id = made.plan_id and prices.billing_interval = 'month';`

export const executable: Executable = {
  'cancel_subscription(uuid,billing_cancel_reason,text,boolean)': ['authenticated'],
  'get_entitlements(uuid)': ['authenticated'],
  'list_plans(billing_product,text)': ['anon', 'authenticated', 'service_role'],
  'override_entitlement(uuid,text,bigint,text,boolean,timestamp with time zone)': ['authenticated'],
  'resume_subscription(uuid)': ['authenticated'],
  'retire_plan(uuid)': ['authenticated'],
  'save_plan(billing_product,text,text,text,smallint,smallint)': ['authenticated'],
  'set_plan_entitlement(uuid,text,bigint,boolean)': ['authenticated'],
  'set_plan_price(uuid,billing_price_kind,text,bigint,billing_interval,integer,text)': ['authenticated'],
  'start_manual_subscription(uuid,uuid,text,billing_interval,integer,integer)': ['authenticated'],
}
