import type Stripe from 'stripe'
import { type StripeEnv, stripeClient } from './stripe_client.ts'

/** Objects and events of a page: whoever asks checks them. */
export interface StripePage {
  readonly objects: readonly unknown[]
  /** Where the next page begins; null when this was the last. */
  readonly next: string | null
}

/** All that Stripe has, page by page. */
export interface StripeListing {
  /** Newest first; Stripe keeps them for 30 days. @param since seconds since 1970 */
  events(since: number, after: string | null): Promise<StripePage>
  objects(kind: ListedKind, after: string | null): Promise<StripePage>
}

/** Kinds of objects in the order in which one needs the other. */
export const listedKinds = [
  'customer',
  'subscription',
  'invoice',
  'payment_intent',
  'refund',
  'dispute',
  'payment_method',
] as const
/** A kind of object that is listed. */
export type ListedKind = (typeof listedKinds)[number]

const pageSize = 100

type Page = { limit: number; starting_after?: string }
type Listed = { data: readonly { id: string }[]; has_more: boolean }

const lists: Readonly<Record<Exclude<ListedKind, 'payment_method'>, (stripe: Stripe, page: Page) => Promise<Listed>>> =
  {
    customer: (stripe, page) => stripe.customers.list(page),
    subscription: (stripe, page) => stripe.subscriptions.list({ ...page, status: 'all' }),
    invoice: (stripe, page) => stripe.invoices.list(page),
    payment_intent: (stripe, page) => stripe.paymentIntents.list(page),
    refund: (stripe, page) => stripe.refunds.list(page),
    dispute: (stripe, page) => stripe.disputes.list(page),
  }

/** @throws {ProviderError} `misconfigured` without a key; whatever Stripe's library throws */
export function stripeListing(env: StripeEnv, options: { signal?: AbortSignal } = {}): StripeListing {
  const stripe = stripeClient(env, options)
  const pageAfter = (after: string | null, limit = pageSize): Page =>
    after === null ? { limit } : { limit, starting_after: after }
  const pageOf = ({ data, has_more }: Listed): StripePage => ({
    objects: data,
    next: has_more ? (data.at(-1)?.id ?? null) : null,
  })
  return {
    events: async (since, after) => pageOf(await stripe.events.list({ ...pageAfter(after), created: { gte: since } })),
    async objects(kind, after) {
      if (kind !== 'payment_method') return pageOf(await lists[kind](stripe, pageAfter(after)))
      // Listed for each customer only.
      const customers = await stripe.customers.list(pageAfter(after, 10))
      const methods = await Promise.all(
        customers.data.map(({ id }) => stripe.customers.listPaymentMethods(id, { limit: pageSize })),
      )
      return { objects: methods.flatMap(({ data }) => data), next: pageOf(customers).next }
    },
  }
}
