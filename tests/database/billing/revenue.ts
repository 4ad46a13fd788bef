import { randomUUID } from 'node:crypto'
import type { Database } from '../../support/database.ts'
import { planId } from './plans.ts'

/** What a subscription was from a moment on. */
export interface Change {
  readonly at: string
  readonly plan: string
  /** Minor units of a year; a trial costs nothing. */
  readonly annual: number
  readonly isTrial?: boolean
  readonly reason?: string
}

/** Writes what the triggers would have written over months; returns the id of the subscription. */
export async function givenHistory(
  db: Database,
  organization: { id: string },
  options: { product: string; currency: string; country?: string; changes: readonly Change[] },
): Promise<string> {
  const id = randomUUID()
  let before = 0
  for (const { at, plan, annual, isTrial = false, reason = null } of options.changes) {
    const isEnd = annual === 0 && !isTrial
    await db.asOwner(async () =>
      db.exec(
        `insert into private.billing_subscription_changes
           (subscription_id, organization_id, product, plan_id, provider, status, is_trial, billing_interval, seat_count,
             currency, country, annual_cents, annual_change_cents, cancel_reason, ended_at, changed_at)
         values ($1, $2, $3::text::public.billing_product, $4, 'manual', $5, $6, 'month', 1, $7, $8, $9::bigint,
           $10::bigint, $11::text::public.billing_cancel_reason, $12::text::timestamptz, $13::text::timestamptz)`,
        [
          id,
          organization.id,
          options.product,
          await planId(db, options.product, plan),
          isEnd ? 'canceled' : isTrial ? 'trialing' : 'active',
          isTrial,
          options.currency,
          options.country ?? null,
          annual,
          annual - before,
          reason,
          isEnd ? at : null,
          at,
        ],
      ),
    )
    before = annual
  }
  return id
}
