import { randomUUID } from 'node:crypto'
import type { StripeObjects } from '../../../supabase/functions/_shared/billing/mirror_stripe.ts'
import { planId } from '../../database/billing/plans.ts'
import type { Database } from '../../support/database.ts'
import type { StripeEvent } from './stripe_mirror.ts'

/** The first second of the tests' time. */
export const start = Date.UTC(2026, 0, 10) / 1000
const month = 31 * 86_400

/** An event of an object, in the newest version. */
export const event = (
  type: string,
  object: object,
  created: number,
  apiVersion = '2026-10-28.endive',
): StripeEvent => ({
  ...{ id: `evt_${randomUUID()}`, object: 'event', type, api_version: apiVersion, created, livemode: false },
  data: { object },
})

/** A customer as Stripe writes it. */
export const customer = (id: string, organization: { id: string } | null, changes: object = {}) => ({
  ...{ id, object: 'customer', created: start, email: 'billing@acme.test', name: 'Acme', livemode: false },
  metadata: organization ? { organization_id: organization.id } : {},
  invoice_settings: { default_payment_method: null },
  ...changes,
})

/** A subscription to one price as Stripe writes it. */
export const subscription = (id: string, of: { customer: string; price?: string } & Record<string, unknown>) => {
  const { price = 'price_pro', ...changes } = of
  return {
    ...{ id, object: 'subscription', status: 'active', created: start, currency: 'usd' },
    items: {
      object: 'list',
      data: [
        {
          ...{ id: `si_${id}`, object: 'subscription_item', quantity: 1 },
          ...{ current_period_start: start, current_period_end: start + month },
          price: { id: price, object: 'price', metadata: {}, recurring: { interval: 'month', usage_type: 'licensed' } },
        },
      ],
    },
    ...{ trial_end: null, cancel_at: null, cancel_at_period_end: false, canceled_at: null, ended_at: null },
    ...{ cancellation_details: { comment: null, feedback: null, reason: null }, pause_collection: null },
    ...{ latest_invoice: null, metadata: {}, livemode: false },
    ...changes,
  }
}

/** What Stripe has when it is asked: objects by id. */
export const stripeWith = (...objects: readonly { id: string }[]): StripeObjects & { asked: string[] } => {
  const asked: string[] = []
  return {
    asked,
    async get(kind, id) {
      asked.push(`${kind}:${id}`)
      return objects.find((object) => object.id === id) ?? null
    },
  }
}

/** Says which prices of ours are which at Stripe: `price_pro`, `price_outreach`, `price_team`. */
export async function givenPrices(db: Database): Promise<void> {
  const plans = [
    ['fundraising', 'pro', 'price_pro'],
    ['fundraising', 'outreach', 'price_outreach'],
    ['chat', 'team', 'price_team'],
  ] as const
  for (const [product, key, price] of plans) {
    const plan = await planId(db, product, key)
    await db.asOwner(() =>
      db.exec(
        `insert into private.billing_provider_prices (price_id, provider, provider_product_id, provider_price_id)
         select id, 'stripe', $2, $3 from public.billing_prices where plan_id = $1 and billing_interval = 'month'`,
        [plan, `prod_${key}`, price],
      ),
    )
  }
}
