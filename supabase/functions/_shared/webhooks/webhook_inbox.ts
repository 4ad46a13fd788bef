import { createHash } from 'node:crypto'
import { z } from 'zod'
import { callRpc, type RpcClient } from '../platform/mod.ts'
import type { ReceivedEvent } from './webhook_source.ts'

const webhookEventSchema = z.object({
  id: z.number().int(),
  provider: z.string(),
  provider_event_id: z.string(),
  event_type: z.string(),
  object_key: z.string().nullable(),
  occurred_at: z.string(),
  payload: z.unknown(),
  headers: z.record(z.string(), z.string()),
})

/** A stored event. */
export type WebhookEvent = z.infer<typeof webhookEventSchema>

/** The table of events. Every call rejects when the database cannot be reached. */
export interface WebhookInbox {
  /** Stores events together with the jobs that process them. @returns how many were new */
  store(provider: string, events: readonly ReceivedEvent[]): Promise<number>
  /** Null when the event was removed. */
  get(id: number): Promise<WebhookEvent | null>
}

/** The inbox behind the API's functions, which only the secret key may call. */
export function rpcWebhookInbox(client: RpcClient): WebhookInbox {
  const call = (name: string, parameters: object) => callRpc(client, name, parameters)
  return {
    store: async (provider, events) =>
      z.number().parse(await call('store_webhook_events', { provider, events: events.map(toRow) })),
    get: async (id) => {
      const [event] = webhookEventSchema.array().parse(await call('get_webhook_event', { webhook_event_id: id }))
      return event ?? null
    },
  }
}

function toRow(event: ReceivedEvent) {
  return {
    event_id: shortened(event.eventId),
    event_type: event.eventType,
    object_key: event.objectKey === undefined ? null : shortened(event.objectKey),
    occurred_at: event.occurredAt?.toISOString() ?? null,
    payload: storable(event.payload),
    headers: event.headers ?? {},
  }
}

/** Keys are indexed, which long ones cannot be. */
function shortened(key: string): string {
  return key.length <= 255 ? key : `sha256:${createHash('sha256').update(key).digest('hex')}`
}

/** Postgres cannot keep a NUL or half a character; an event with one would otherwise be sent again for ever. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [storableText(key), storable(item)]))
  }
  return value
}

function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}
