import Stripe from 'stripe'
import { type StripeEnv, stripeClient } from './stripe_client.ts'

/** How each kind of object is looked up; the answer is checked by whoever asks. */
const lookUps = {
  charge: (stripe: Stripe, id: string) => stripe.charges.retrieve(id, { expand: ['balance_transaction'] }),
  checkout_session: (stripe: Stripe, id: string) => stripe.checkout.sessions.retrieve(id),
  customer: (stripe: Stripe, id: string) => stripe.customers.retrieve(id),
  dispute: (stripe: Stripe, id: string) => stripe.disputes.retrieve(id),
  invoice: wholeInvoice,
  invoice_payment: invoicePayment,
  payment_intent: (stripe: Stripe, id: string) => stripe.paymentIntents.retrieve(id),
  payment_method: (stripe: Stripe, id: string) => stripe.paymentMethods.retrieve(id),
  refund: (stripe: Stripe, id: string) => stripe.refunds.retrieve(id),
  subscription: wholeSubscription,
} as const satisfies Record<string, (stripe: Stripe, id: string) => Promise<unknown>>

async function wholeInvoice(stripe: Stripe, id: string): Promise<unknown> {
  const invoice = await stripe.invoices.retrieve(id)
  if (!invoice.lines.has_more) return invoice
  const lines = await stripe.invoices.listLineItems(id, { limit: 100 }).autoPagingToArray({ limit: 10_000 })
  return { ...invoice, lines: { data: lines } }
}

async function wholeSubscription(stripe: Stripe, id: string): Promise<unknown> {
  const subscription = await stripe.subscriptions.retrieve(id)
  if (!subscription.items.has_more) return subscription
  const items = await stripe.subscriptionItems
    .list({ subscription: id, limit: 100 })
    .autoPagingToArray({ limit: 1_000 })
  return { ...subscription, items: { data: items } }
}

/** Also by the payment: which invoice it is for is told by no other object. */
async function invoicePayment(stripe: Stripe, id: string): Promise<unknown> {
  if (!id.startsWith('pi_')) return stripe.invoicePayments.retrieve(id)
  const { data } = await stripe.invoicePayments.list({
    payment: { type: 'payment_intent', payment_intent: id },
    limit: 1,
  })
  return data[0] ?? null
}

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
