import { z } from 'zod'
import { defineJob, type JobHandler } from '../platform/mod.ts'
import { unpaidComment } from './stripe_subscription_states.ts'

/** What cancels at Stripe. */
export interface CancelDeps {
  /** How the payment stands now; null when there is no such subscription. */
  status(subscriptionId: string): Promise<string | null>
  /** Ends it now. Safe to repeat. */
  cancel(subscriptionId: string, comment: string): Promise<void>
}

/**
 * Cancels a subscription at Stripe that nobody paid for `billing.overdue_cancel_days`. Our row ends with Stripe's event, so
 * that a payment of the last moment is not lost: whoever paid by now keeps it.
 */
export function cancelUnpaidJob(deps: (signal: AbortSignal) => CancelDeps): JobHandler {
  return defineJob(
    'billing.cancel_unpaid',
    z.strictObject({ provider_subscription_id: z.string() }),
    async ({ signal }, { provider_subscription_id: id }) => {
      const stripe = deps(signal)
      const status = await stripe.status(id)
      const isUnpaid = status === 'past_due' || status === 'unpaid'
      if (isUnpaid) await stripe.cancel(id, unpaidComment)
      return { result: { is_cancelled: isUnpaid } }
    },
  )
}
