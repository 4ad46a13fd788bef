import type { Executable, TableAccess } from '../matrix.ts'

const ofAdmins = (table: string): TableAccess => ({
  table: `public.${table}`,
  row: (scene) => `organization_id = '${scene.organization.id}'`,
  insert: () => 'default values',
  update: 'created_at = now()',
  //         anon   outsider viewer member admin  owner  service_role
  select: '  denied none     none   none   yes    yes    yes',
  inserted: 'denied denied   denied denied denied denied denied',
  updated: ' denied denied   denied denied denied denied denied',
  deleted: ' denied denied   denied denied denied denied denied',
})

export const tables: readonly TableAccess[] = [ofAdmins('billing_scheduled_changes'), ofAdmins('billing_pending_lines')]

/** A change that waits, and the line of one that was made; after the scene of subscriptions. */
export const scene = (organizationId: string) => `
  insert into public.billing_scheduled_changes
    (subscription_id, organization_id, plan_id, billing_interval, seat_count, price_ids)
  select id, organization_id, plan_id, 'year', 1, '{}' from public.billing_subscriptions
  where organization_id = '${organizationId}' limit 1;
  insert into public.billing_pending_lines
    (organization_id, subscription_id, description, currency, amount_cents, period_starts_at, period_ends_at)
  select organization_id, id, 'Rest of the period', 'USD', 100, now(), now() from public.billing_subscriptions
  where organization_id = '${organizationId}' limit 1;`

export const executable: Executable = {
  'change_seats(uuid,integer)': ['authenticated'],
  'change_subscription(uuid,uuid,billing_interval,integer)': ['authenticated'],
  'pause_subscription(uuid)': ['authenticated'],
  'preview_subscription_change(uuid,uuid,billing_interval,integer)': ['authenticated'],
  'unpause_subscription(uuid)': ['authenticated'],
}
