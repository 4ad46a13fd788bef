import { z } from 'zod'
import { defineWebhookProcessor, type WebhookProcessor } from '../webhooks/mod.ts'
import { mirrorStripe, type StripeObjects } from './mirror_stripe.ts'
import type { StripeKind, StripeState } from './stripe_fields.ts'
import { stripeState } from './stripe_states.ts'

/** The name of the versions of the API whose shapes the installed SDK describes, such as "endive". */
export const stripeRelease = 'endive'

const eventSchema = z.object({
  type: z.string(),
  api_version: z.string().nullish(),
  created: z.number().int(),
  data: z.object({ object: z.unknown() }),
})

const subscriptionVerbs = [
  ...['created', 'updated', 'deleted', 'paused', 'resumed', 'trial_will_end'],
  ...['pending_update_applied', 'pending_update_expired'],
]

/** Types of events by the kind of their object. */
const events: readonly { kind: StripeKind; eventTypes: readonly string[] }[] = [
  { kind: 'customer', eventTypes: ['customer.created', 'customer.updated', 'customer.deleted'] },
  { kind: 'subscription', eventTypes: subscriptionVerbs.map((verb) => `customer.subscription.${verb}`) },
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
      const mirrored = await mirrorStripe({ db, objects: objects(signal) }, kind, eventState(kind, event), occurred_at)
      if (mirrored.outcome === 'refused') return { outcome: 'ignored', reason: mirrored.reason }
      const outcome = mirrored.outcome === 'applied' ? 'processed' : 'stale'
      // Its fields were read all the same, as far as they are known to have moved.
      return isOfRelease(event.api_version) ? outcome : { outcome, reason: `api_version ${event.api_version}` }
    }),
  )
}

function eventState(kind: StripeKind, { type, created, data }: z.output<typeof eventSchema>): StripeState {
  const state = stripeState(kind, data.object)
  // Its object is the customer as it was.
  return type === 'customer.deleted' ? { ...state, is_end: true, deleted: created } : state
}

/** The endpoint at Stripe decides in which version events are written. */
function isOfRelease(version: string | null | undefined): boolean {
  return version?.split('.')[1] === stripeRelease
}
