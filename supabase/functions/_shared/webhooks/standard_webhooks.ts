import { z } from 'zod'
import type { Env } from '../runtime/mod.ts'
import { verifyStandardWebhook } from './verify_standard_webhook.ts'
import { WebhookBodyError } from './webhook_errors.ts'
import type { WebhookSource } from './webhook_source.ts'

/** The payload that the specification recommends; only what we need of it. */
const payloadSchema = z.looseObject({
  type: z.string().min(1).max(255),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  data: z.looseObject({ id: z.string().min(1).optional() }).optional(),
})

/**
 * A provider that signs by the Standard Webhooks specification, as many do.
 *
 * The object of an event is the subject of its type with the id in `data`: `invoice.paid` of `{ "id": "in_1" }` is about
 * `invoice:in_1`.
 *
 * @param secrets where the settings hold its secrets, divided by `|`
 */
export function standardWebhooks(
  provider: string,
  summary: string,
  secrets: (env: Env) => string | undefined,
): WebhookSource {
  return {
    provider,
    summary,
    verify: (env, { headers, body }) => {
      verifyStandardWebhook(secrets(env) ?? '', headers, new TextDecoder().decode(body))
    },
    read({ headers, body }) {
      const payload = parseBody(body)
      const { type, timestamp, data } = payload
      const subject = type.split('.').slice(0, -1).join('.') || type
      return [
        {
          eventId: headers.get('webhook-id') ?? '',
          eventType: type,
          ...(data?.id === undefined ? {} : { objectKey: `${subject}:${data.id}` }),
          ...(timestamp === undefined ? {} : { occurredAt: new Date(timestamp) }),
          payload,
        },
      ]
    },
  }
}

function parseBody(body: Uint8Array): z.output<typeof payloadSchema> {
  try {
    return payloadSchema.parse(JSON.parse(new TextDecoder().decode(body)))
  } catch (error) {
    throw new WebhookBodyError('Cannot read webhook: the body is no event with a type', error)
  }
}
