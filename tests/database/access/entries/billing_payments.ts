import type { Executable, TableAccess } from '../matrix.ts'

const ofReaders = (table: string, update: string): TableAccess => ({
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
  ofReaders('billing_customers', 'name = null'),
  ofReaders('billing_payment_methods', 'is_default = false'),
  ofReaders('billing_payments', `status = 'succeeded'`),
  ofReaders('billing_refunds', `status = 'succeeded'`),
  ofReaders('billing_disputes', `status = 'won'`),
  ofReaders('billing_payment_events', `source = 'x'`),
  ofReaders('billing_checkout_sessions', `status = 'complete'`),
]

/** A payment with a refund and a dispute, who paid it and how. */
export const scene = (organizationId: string) => {
  const payment = `pi_${organizationId}`
  return `
  select private.record_customer('${organizationId}', 'stripe', 'cus_${organizationId}', now());
  select private.record_payment_method('${organizationId}', 'stripe', 'pm_${organizationId}', now(), '{"last4": "4242"}');
  select private.record_payment('${organizationId}', 'stripe', '${payment}', 'succeeded', 'usd', 500, now());
  select private.record_refund('stripe', 're_${organizationId}', '${payment}', 'pending', 'usd', 100, now());
  select private.record_dispute('stripe', 'dp_${organizationId}', '${payment}', 'needs_response', 'usd', 500, now());
  insert into public.billing_checkout_sessions (organization_id, provider, mode, expires_at)
  values ('${organizationId}', 'stripe', 'setup', now() + interval '1 day');`
}

export const executable: Executable = {
  'fail_refund(uuid,text)': ['service_role'],
  'get_refund_request(uuid)': ['service_role'],
  'record_payment_method(uuid,text,text,timestamp with time zone,jsonb)': ['service_role'],
  'request_refund(uuid,bigint,billing_refund_reason,text)': ['authenticated'],
  'settle_checkout(uuid,text,timestamp with time zone)': ['service_role'],
  'record_customer(uuid,text,text,timestamp with time zone,jsonb)': ['service_role'],
  'record_payment(uuid,text,text,billing_payment_status,text,bigint,timestamp with time zone,jsonb)': ['service_role'],
  'record_refund(text,text,text,billing_refund_status,text,bigint,timestamp with time zone,jsonb)': ['service_role'],
}
