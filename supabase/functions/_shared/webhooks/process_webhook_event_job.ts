import { z } from 'zod'
import { defineJob, type JobHandler } from '../platform/mod.ts'
import { rpcWebhookInbox } from './webhook_inbox.ts'
import type { WebhookProcessor } from './webhook_processor.ts'

/**
 * The job of a stored event: hands it to the processor of its provider and type. An event that no processor wants is kept
 * as ignored and can be replayed once one does.
 *
 * @throws {Error} when two processors want the same events
 */
export function processWebhookEventJob(processors: readonly WebhookProcessor[]): JobHandler {
  const byType = new Map<string, WebhookProcessor>()
  for (const processor of processors) {
    for (const eventType of processor.eventTypes) {
      const key = `${processor.provider} ${eventType}`
      if (byType.has(key)) throw new Error(`Two processors want events "${key}"`)
      byType.set(key, processor)
    }
  }
  return defineJob(
    'webhook_event.process',
    z.strictObject({ webhook_event_id: z.number().int() }),
    async (deps, { webhook_event_id }, { attempt }) => {
      const event = await rpcWebhookInbox(deps.db).get(webhook_event_id)
      const processor = event && byType.get(`${event.provider} ${event.event_type}`)
      const outcome = processor ? await processor.process(deps, { ...event, attempt }) : 'ignored'
      return { result: typeof outcome === 'string' ? { outcome } : outcome }
    },
  )
}
