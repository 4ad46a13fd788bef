import type { StripeObjects } from '../../../supabase/functions/_shared/billing/mirror_stripe.ts'
import { stripeProcessors } from '../../../supabase/functions/_shared/billing/stripe_processors.ts'
import { receivedStripeEvent } from '../../../supabase/functions/_shared/billing/stripe_webhooks.ts'
import type { RpcClient } from '../../../supabase/functions/_shared/platform/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import type { WebhookOutcome } from '../../../supabase/functions/_shared/webhooks/mod.ts'
import type { Database } from '../../support/database.ts'

/** Functions whose answer is a list. */
const lists = new Set(['unknown_webhook_events', 'list_stripe_customers'])

/** The functions of the database as workers call them, in the test's transaction. */
export function rpcOn(db: Database): RpcClient {
  const castOf = (key: string, value: unknown) =>
    key === 'event_ids' ? '::text::text[]' : typeof value === 'object' ? '::text::jsonb' : ''
  const textOf = (key: string, value: unknown) =>
    key === 'event_ids' && Array.isArray(value) ? `{${value.join(',')}}` : JSON.stringify(value)
  return {
    async rpc(name, parameters) {
      const given = Object.entries(parameters).filter(([, value]) => value !== null)
      const places = given.map(([key, value], at) => `${key} => $${at + 1}${castOf(key, value)}`)
      const values = given.map(([key, value]) => (typeof value === 'object' ? textOf(key, value) : value))
      const call = `public.${name}(${places.join(', ')})`
      try {
        const { result } = await db.row<{ result: unknown }>(
          lists.has(name)
            ? `select coalesce(jsonb_agg(one), '[]') as result from ${call} as one`
            : `select ${call} as result`,
          values,
        )
        return { data: result === '' ? null : result, error: null }
      } catch (error) {
        if (error instanceof Error && ('sqlstate' in error || 'severity' in error)) {
          return { data: null, error: { message: error.message } }
        }
        throw error
      }
    },
  }
}

/** An event of Stripe. */
export interface StripeEvent {
  readonly id: string
  readonly type: string
  readonly created: number
  readonly data: { readonly object: unknown }
}

/** Processes an event as the worker does once it is stored. @param objects what Stripe has when it is asked */
export async function processEvent(db: RpcClient, event: StripeEvent, objects: StripeObjects): Promise<WebhookOutcome> {
  const processor = stripeProcessors(() => objects).find(({ eventTypes }) => eventTypes.includes(event.type))
  if (!processor) return 'ignored'
  const { eventId, eventType, objectKey, occurredAt, payload } = receivedStripeEvent(event)
  return processor.process(
    {
      db,
      clock: systemClock,
      logger: createLogger('test', () => {}),
      signal: new AbortController().signal,
      report: async () => {},
    },
    {
      ...{ id: 1, provider: 'stripe', provider_event_id: eventId, event_type: eventType, headers: {}, attempt: 1 },
      ...{ object_key: objectKey ?? null, occurred_at: occurredAt.toISOString(), payload },
    },
  )
}
