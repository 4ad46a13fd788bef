import { z } from 'zod'
import {
  candidates,
  metadata,
  optionalReference,
  optionalSeconds,
  optionalText,
  reference,
  type StripeState,
} from './stripe_fields.ts'

const priceSchema = z.object({
  id: z.string(),
  metadata,
  recurring: z.object({ interval: z.string() }).nullish(),
  /** Of a plan, which prices were called before. */
  interval: z.string().nullish(),
})

const itemSchema = z
  .object({
    price: priceSchema.nullish(),
    plan: priceSchema.nullish(),
    quantity: z.number().int().nullish(),
    current_period_start: optionalSeconds,
    current_period_end: optionalSeconds,
  })
  .transform(({ price, plan, quantity, ...item }) => {
    const sold = price ?? plan
    return { ...item, sold, quantity: quantity ?? 1, interval: sold?.recurring?.interval ?? sold?.interval ?? null }
  })

const subscriptionSchema = z.object({
  id: z.string(),
  customer: reference,
  status: z.string(),
  created: z.number().int(),
  currency: z.string(),
  items: z.object({ data: z.array(itemSchema) }),
  /** Before basil the subscription had the period, since then each item has its own. */
  current_period_start: optionalSeconds,
  current_period_end: optionalSeconds,
  trial_end: optionalSeconds,
  cancel_at: optionalSeconds,
  cancel_at_period_end: z.boolean().nullish(),
  canceled_at: optionalSeconds,
  ended_at: optionalSeconds,
  cancellation_details: z
    .object({ comment: optionalText, feedback: optionalText, reason: optionalText })
    .nullish()
    .transform((details) => details ?? { comment: null, feedback: null, reason: null }),
  pause_collection: z.object({ behavior: z.string() }).nullish(),
  status_details: z.object({ paused: z.object({ transitioned_at: optionalSeconds }).nullish() }).nullish(),
  latest_invoice: optionalReference,
  metadata,
})

/** What the person is told to choose from in the portal; the same words as our own reasons. */
const feedbacks = new Set([
  ...['too_expensive', 'missing_features', 'switched_service', 'unused'],
  ...['customer_service', 'too_complex', 'low_quality', 'other'],
])

/** What we write when we cancel because nobody paid. */
export const unpaidComment = 'atrium: unpaid'

/** A subscription, of any version of the API. @throws {z.ZodError} */
export function subscriptionState(object: unknown): StripeState {
  const { items, cancellation_details: why, status_details, ...subscription } = subscriptionSchema.parse(object)
  const starts = items.data.map((item) => item.current_period_start).filter((at) => at !== null)
  const ends = items.data.map((item) => item.current_period_end).filter((at) => at !== null)
  const interval = items.data.map((item) => item.interval).find((one) => one === 'month' || one === 'year')
  // Collection that is paused by voiding means that nothing is provided; other ways of pausing it are presents.
  const isPaused = subscription.status === 'paused' || subscription.pause_collection?.behavior === 'void'
  return {
    id: subscription.id,
    created: subscription.created,
    customer: subscription.customer,
    candidates: candidates(subscription.metadata.organization_id),
    is_end: ['canceled', 'incomplete_expired'].includes(subscription.status),
    status: subscription.status,
    currency: subscription.currency,
    items: items.data.map(({ sold, quantity }) => ({
      price: sold?.id ?? null,
      price_id: sold?.metadata.price_id ?? null,
      quantity,
    })),
    interval: interval ?? null,
    period_starts:
      starts.length > 0 ? Math.min(...starts) : (subscription.current_period_start ?? subscription.created),
    period_ends: ends.length > 0 ? Math.max(...ends) : (subscription.current_period_end ?? subscription.created),
    trial_ends: subscription.trial_end,
    is_cancelled_at_period_end: subscription.cancel_at_period_end === true || subscription.cancel_at !== null,
    cancelled: subscription.canceled_at,
    ended: subscription.ended_at,
    ...cancellation(why),
    is_paused: isPaused,
    paused: isPaused ? (status_details?.paused?.transitioned_at ?? null) : null,
    latest_invoice: subscription.latest_invoice,
  }
}

function cancellation(why: { comment: string | null; feedback: string | null; reason: string | null }) {
  if (why.comment === unpaidComment) return { cancel_reason: 'unpaid', cancel_comment: null }
  if (why.feedback !== null) {
    return { cancel_reason: feedbacks.has(why.feedback) ? why.feedback : 'other', cancel_comment: why.comment }
  }
  return { cancel_reason: why.reason === 'payment_failed' ? 'unpaid' : null, cancel_comment: why.comment }
}

const customerSchema = z.object({
  id: z.string(),
  deleted: z.boolean().nullish(),
  created: optionalSeconds,
  email: optionalText,
  name: optionalText,
  metadata,
  invoice_settings: z.object({ default_payment_method: optionalReference }).nullish(),
})

/** A customer, or all that Stripe says of one that was deleted. @throws {z.ZodError} */
export function customerState(object: unknown): StripeState {
  const { metadata: values, deleted, invoice_settings, ...customer } = customerSchema.parse(object)
  return {
    ...customer,
    candidates: candidates(values.organization_id),
    is_end: deleted === true,
    default_method: invoice_settings?.default_payment_method ?? null,
  }
}
