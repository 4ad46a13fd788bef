import type { StripeObjects } from '../../../supabase/functions/_shared/billing/mirror_stripe.ts'
import { stripeProcessors } from '../../../supabase/functions/_shared/billing/stripe_processors.ts'
import { receivedStripeEvent } from '../../../supabase/functions/_shared/billing/stripe_webhooks.ts'
import type { RpcClient } from '../../../supabase/functions/_shared/platform/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import type { WebhookOutcome } from '../../../supabase/functions/_shared/webhooks/mod.ts'
import { type Database, SqlError } from '../../support/database.ts'

/** The functions of the database as workers call them, in the test's transaction. */
export function rpcOn(db: Database): RpcClient {
  return {
    async rpc(name, parameters) {
      const given = Object.entries(parameters).filter(([, value]) => value !== null)
      const places = given.map(
        ([key, value], at) => `${key} => $${at + 1}${typeof value === 'object' ? '::text::jsonb' : ''}`,
      )
      const values = given.map(([, value]) => (typeof value === 'object' ? JSON.stringify(value) : value))
      try {
        const { result } = await db.row<{ result: unknown }>(
          `select public.${name}(${places.join(', ')}) as result`,
          values,
        )
        return { data: result, error: null }
      } catch (error) {
        if (error instanceof SqlError) return { data: null, error: { message: error.message, code: error.sqlstate } }
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
