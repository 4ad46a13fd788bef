import Stripe from 'stripe'
import { type StripeEnv, stripeClient } from './stripe_client.ts'

/** How each kind of object is looked up; the answer is checked by whoever asks. */
const lookUps = {
  customer: (stripe: Stripe, id: string) => stripe.customers.retrieve(id),
  subscription: (stripe: Stripe, id: string) => stripe.subscriptions.retrieve(id),
} as const satisfies Record<string, (stripe: Stripe, id: string) => Promise<unknown>>

/** Objects of Stripe as they are now. */
export interface StripeLookUp {
  /** In the API's words, with what was expanded; null when Stripe has none of this id. */
  get(kind: keyof typeof lookUps, id: string): Promise<unknown>
}

/**
 * Looks objects up at Stripe.
 *
 * @throws {ProviderError} `misconfigured` without a key; whatever Stripe's library throws
 */
export function stripeLookUp(env: StripeEnv, options: { signal?: AbortSignal } = {}): StripeLookUp {
  const stripe = stripeClient(env, options)
  return {
    async get(kind, id) {
      try {
        return await lookUps[kind](stripe, id)
      } catch (error) {
        if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404) return null
        throw error
      }
    },
  }
}
