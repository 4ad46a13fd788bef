import { z } from 'zod'
import { defineWebhookProcessor, type WebhookProcessor } from '../webhooks/mod.ts'
import { mirrorStripe, type StripeObjects } from './mirror_stripe.ts'
import type { StripeKind, StripeState } from './stripe_fields.ts'
import { isPartial } from './stripe_payment_states.ts'
import { stripeState } from './stripe_states.ts'

/** The name of the versions of the API whose shapes the installed SDK describes, such as "endive". */
export const stripeRelease = 'endive'

const eventSchema = z.object({
  type: z.string(),
  api_version: z.string().nullish(),
  created: z.number().int(),
  data: z.object({
    object: z.unknown(),
    previous_attributes: z
      .object({
        customer: z.string().nullish(),
        status: z.string().nullish(),
        pause_collection: z.unknown().optional(),
      })
      .nullish(),
  }),
})

const of = (subject: string, ...verbs: readonly string[]) => verbs.map((verb) => `${subject}.${verb}`)

/** Types of events by the kind of their object. */
const events: readonly { kind: StripeKind; eventTypes: readonly string[] }[] = [
  { kind: 'customer', eventTypes: of('customer', 'created', 'updated', 'deleted') },
  {
    kind: 'subscription',
    eventTypes: [
      ...of('customer.subscription', 'created', 'updated', 'deleted', 'paused', 'resumed', 'trial_will_end'),
      ...of('customer.subscription', 'pending_update_applied', 'pending_update_expired'),
    ],
  },
  {
    kind: 'invoice',
    eventTypes: [
      ...of('invoice', 'created', 'updated', 'finalized', 'finalization_failed', 'sent', 'paid', 'payment_succeeded'),
      ...of('invoice', 'payment_failed', 'payment_action_required', 'overdue', 'overpaid', 'will_be_due'),
      ...of('invoice', 'marked_uncollectible', 'voided', 'deleted'),
    ],
  },
  { kind: 'invoice_payment', eventTypes: of('invoice_payment', 'paid') },
  {
    kind: 'payment_intent',
    eventTypes: [
      ...of('payment_intent', 'created', 'processing', 'requires_action', 'amount_capturable_updated'),
      ...of('payment_intent', 'partially_funded', 'succeeded', 'payment_failed', 'canceled'),
    ],
  },
  {
    kind: 'charge',
    eventTypes: of('charge', 'succeeded', 'captured', 'updated', 'refunded', 'pending', 'failed', 'expired'),
  },
  {
    kind: 'refund',
    eventTypes: [...of('refund', 'created', 'updated', 'failed'), 'charge.refund.updated'],
  },
  {
    kind: 'dispute',
    eventTypes: of('charge.dispute', 'created', 'updated', 'closed', 'funds_withdrawn', 'funds_reinstated'),
  },
  {
    kind: 'payment_method',
    eventTypes: of('payment_method', 'attached', 'updated', 'automatically_updated', 'detached'),
  },
  {
    kind: 'checkout_session',
    eventTypes: of('checkout.session', 'completed', 'expired', 'async_payment_succeeded', 'async_payment_failed'),
  },
]

/** Types of the events that have a processor. */
export const stripeEventTypes: readonly string[] = events.flatMap(({ eventTypes }) => eventTypes)

/**
 * The processors of Stripe's events: each takes over the object that the event brings, whatever the event says happened.
 *
 * @param objects made when an event comes, as it needs the settings
 */
export function stripeProcessors(objects: (signal: AbortSignal) => StripeObjects): WebhookProcessor[] {
  return events.map(({ kind, eventTypes }) =>
    defineWebhookProcessor('stripe', eventTypes, eventSchema, async ({ db, signal }, event, { occurred_at }) => {
      const deps = { db, objects: objects(signal) }
      const mirrored = await mirrorStripe(deps, kind, await eventState(deps.objects, kind, event), occurred_at)
      if (mirrored.outcome === 'refused') return { outcome: 'ignored', reason: mirrored.reason }
      const outcome = mirrored.outcome === 'applied' ? 'processed' : mirrored.outcome
      // Its fields were read all the same, as far as they are known to have moved.
      return isOfRelease(event.api_version) ? outcome : { outcome, reason: `api_version ${event.api_version}` }
    }),
  )
}

async function eventState(
  objects: StripeObjects,
  kind: StripeKind,
  { type, created, data }: z.output<typeof eventSchema>,
): Promise<StripeState> {
  let { object } = data
  const { id } = stripeState(kind, object)
  // Events hold the first ten lines or items only.
  const isWhole = !isPartial(object)
  if (!isWhole) object = (await objects.get(kind, id)) ?? object
  // Since when a subscription is on its plan tell its events alone.
  const state = { ...stripeState(kind, object), ...(kind === 'subscription' && isWhole ? { told: created } : {}) }
  switch (type) {
    // Its object is the customer as it was.
    case 'customer.deleted':
      return { ...state, is_end: true, marked: created }
    case 'charge.dispute.closed':
      return { ...state, marked: created }
    case 'payment_method.detached':
      return { ...state, customer: data.previous_attributes?.customer ?? null, is_end: true, marked: created }
    case 'invoice.deleted':
      return { ...state, status: 'deleted', is_end: true }
    default:
      return startsPause(kind, state, data.previous_attributes) ? { ...state, marked: created } : state
  }
}

/** Since when a subscription rests is told by the event alone where collection is paused. */
function startsPause(kind: StripeKind, state: StripeState, before: object | null | undefined): boolean {
  if (kind !== 'subscription' || state.is_paused !== true || !before) return false
  return (
    ('pause_collection' in before && before.pause_collection === null) || ('status' in before && Boolean(before.status))
  )
}

/** The endpoint at Stripe decides in which version events are written. */
function isOfRelease(version: string | null | undefined): boolean {
  return version?.split('.')[1] === stripeRelease
}
