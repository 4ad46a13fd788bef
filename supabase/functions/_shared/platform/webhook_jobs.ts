import { z } from 'zod'
import { safeFetch } from '../outgoing/mod.ts'
import { callRpc } from './call_rpc.ts'
import { defineJob, type JobHandler } from './job_handler.ts'
import { type SendWebhookDeps, sendWebhook } from './send_webhook.ts'

/** An event becomes its message and one delivery for each endpoint that wants it. */
export const fanOutWebhookJob = defineJob(
  'webhook_message.fan_out',
  z.object({
    topic: z.string(),
    organization_id: z.uuid(),
    occurred_at: z.string(),
    event: z.record(z.string(), z.unknown()).nullish(),
  }),
  async ({ db }, { topic, organization_id, occurred_at, event }, job) => {
    const parameters = { job_id: job.id, organization_id, topic, occurred_at, payload: event ?? {} }
    return { result: { deliveries: z.number().parse(await callRpc(db, 'fan_out_webhook_message', parameters)) } }
  },
)

const startedSchema = z
  .array(z.object({ message_id: z.string(), url: z.string(), secrets: z.array(z.string()).min(1), body: z.string() }))
  .max(1)

/**
 * One attempt of a delivery. It succeeds when the database knows what came of it: whether there is a next one and when is
 * decided there.
 *
 * @param options.allowedHosts asked at each attempt, since the environment can be read only then
 */
export function sendWebhookJob(options: {
  allowedHosts(): readonly string[]
  fetch?: SendWebhookDeps['fetch']
}): JobHandler {
  return defineJob(
    'webhook_delivery.send',
    z.strictObject({ delivery_id: z.uuid(), attempt: z.number().int().positive() }),
    async ({ db, clock, signal }, { delivery_id, attempt }) => {
      const [started] = startedSchema.parse(await callRpc(db, 'start_webhook_delivery', { delivery_id, attempt }))
      if (!started) return { result: { status: 'nothing to send' } }
      const { message_id: messageId, url, secrets, body } = started
      const deps = { fetch: options.fetch ?? safeFetch, allowedHosts: options.allowedHosts(), clock, signal }
      const made = await sendWebhook(deps, { messageId, url, secrets, body })
      const status = await callRpc(db, 'record_webhook_attempt', {
        delivery_id,
        attempt,
        attempted_at: made.attemptedAt.toISOString(),
        duration_ms: made.durationMs,
        response_status: made.responseStatus,
        response_body: made.responseBody,
        error: made.error,
        retry_after_seconds: made.retryAfterSeconds,
        is_permanent: made.isPermanent,
      })
      return { result: { status, response_status: made.responseStatus } }
    },
  )
}
