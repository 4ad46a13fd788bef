import { z } from 'zod'
import { defineJob, type JobHandler } from '../platform/mod.ts'

/** What cancels at Stripe. */
export interface CancelRemovedDeps {
  /** How the payment stands now; null when there is no such subscription. */
  status(subscriptionId: string): Promise<string | null>
  /** Ends it now. Safe to repeat. */
  cancel(subscriptionId: string, comment: string): Promise<void>
  /** Lets it end with its period. Safe to repeat. */
  cancelAtPeriodEnd(subscriptionId: string, comment: string): Promise<void>
}

const comment = 'atrium: organization deleted'
const hasEnded = (status: string | null) => status === null || status === 'canceled' || status === 'incomplete_expired'

/**
 * Cancels a subscription at Stripe whose organization was deleted: at the end of its period while the organization can be
 * restored, and now when it is purged. Nobody is left who could.
 */
export function cancelRemovedJob(deps: (signal: AbortSignal) => CancelRemovedDeps): JobHandler {
  return defineJob(
    'billing.cancel_removed',
    z.strictObject({ provider_subscription_id: z.string(), is_purged: z.boolean() }),
    async ({ signal }, { provider_subscription_id: id, is_purged }) => {
      const stripe = deps(signal)
      if (hasEnded(await stripe.status(id))) return { result: { is_cancelled: false } }
      await (is_purged ? stripe.cancel(id, comment) : stripe.cancelAtPeriodEnd(id, comment))
      return { result: { is_cancelled: true } }
    },
  )
}
