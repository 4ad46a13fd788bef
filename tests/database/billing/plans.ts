import { z } from 'zod'
import type { Database } from '../../support/database.ts'

const planSchema = z.object({
  plan_id: z.string(),
  product: z.string(),
  key: z.string(),
  prices: z.array(
    z.object({
      kind: z.string(),
      billing_interval: z.string().nullable(),
      currency: z.string(),
      unit_cents: z.number(),
      unit_count: z.number(),
      limit_key: z.string().nullable(),
    }),
  ),
  entitlements: z.record(z.string(), z.object({ value: z.number().nullable(), action: z.string() })),
})

/** The price list of a product line, as the present actor sees it. */
export const listPlans = async (db: Database, product: string) =>
  planSchema
    .array()
    .parse(await db.rows('select * from public.list_plans($1::text::public.billing_product)', [product]))

/** Id of a plan. */
export const planId = async (db: Database, product: string, key: string) =>
  (
    await db.asOwner(() =>
      db.row<{ id: string }>(
        'select id from public.billing_plans where product = $1::text::public.billing_product and key = $2',
        [product, key],
      ),
    )
  ).id

interface Subscription {
  readonly id: string
  readonly status: string
  readonly access: string
}

/** Subscribes an organization as the owner of the schemas does. */
export const subscribe = async (
  db: Database,
  organization: { id: string },
  plan: { product: string; key: string; currency: string; interval?: string },
) => {
  const id = await planId(db, plan.product, plan.key)
  return db.asOwner(() =>
    db.row<Subscription>(
      `insert into public.billing_subscriptions (organization_id, product, plan_id, provider, status, currency,
         billing_interval, current_period_starts_at, current_period_ends_at)
       values ($1, $2::text::public.billing_product, $3, 'manual', 'active', $4,
         $5::text::public.billing_interval, now(), now() + interval '1 month')
       returning *`,
      [organization.id, plan.product, id, plan.currency, plan.interval ?? 'month'],
    ),
  )
}

/** How a subscription stands. */
export const subscription = (db: Database, id: string) =>
  db.asOwner(() => db.row('select * from public.billing_subscriptions where id = $1', [id]))

/** A limit of an organization. */
export const entitlement = async (db: Database, organization: { id: string }, key: string) =>
  (
    await db.asOwner(() =>
      db.row<{ value: string | null }>('select private.entitlement($1, $2) as value', [organization.id, key]),
    )
  ).value
