import Stripe from 'stripe'
import { type StripeEnv, stripeClient } from './stripe_client.ts'

/** Reads and ends subscriptions at Stripe. */
export interface StripeCancellation {
  /** How the payment stands; null when Stripe has none of this id. */
  status(subscriptionId: string): Promise<string | null>
  /** Ends it now, without a last invoice. Safe to repeat. @param comment kept with it */
  cancel(subscriptionId: string, comment: string): Promise<void>
  /** Lets it end with its period. Safe to repeat. @param comment kept with it */
  cancelAtPeriodEnd(subscriptionId: string, comment: string): Promise<void>
}

/** @throws {ProviderError} `misconfigured` without a key; whatever Stripe's library throws */
export function stripeCancellation(env: StripeEnv, options: { signal?: AbortSignal } = {}): StripeCancellation {
  const stripe = stripeClient(env, options)
  return {
    async status(id) {
      try {
        return (await stripe.subscriptions.retrieve(id)).status
      } catch (error) {
        if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404) return null
        throw error
      }
    },
    async cancel(id, comment) {
      const idempotencyKey = `cancel:${id}:${comment}`
      await stripe.subscriptions.cancel(id, { cancellation_details: { comment } }, { idempotencyKey })
    },
    async cancelAtPeriodEnd(id, comment) {
      // Without a key: whoever took it back meanwhile would get the answer of the first time.
      await stripe.subscriptions.update(id, { cancel_at_period_end: true, cancellation_details: { comment } })
    },
  }
}
