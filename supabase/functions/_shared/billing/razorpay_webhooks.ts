import { z } from 'zod'
import { isSigned, SignatureError, WebhookBodyError, type WebhookSource } from '../webhooks/mod.ts'

const entity = z.object({ entity: z.looseObject({ id: z.string() }) }).optional()

/** What of an event is needed to store it; the rest is kept as it came. */
const eventSchema = z.looseObject({
  entity: z.literal('event'),
  event: z.string().min(1).max(255),
  created_at: z.number().int(),
  payload: z.looseObject({ payment: entity, refund: entity, dispute: entity, order: entity }),
})

/**
 * Razorpay at `/webhooks/razorpay`, signed over the raw body with the secret of the webhook, which is not that of the key.
 *
 * Nothing in the signature tells the time: events are sent again for a day with the signature of the first time.
 */
export const razorpayWebhooks: WebhookSource = {
  provider: 'razorpay',
  summary: 'Razorpay',
  verify(env, { headers, body }) {
    const signature = headers.get('x-razorpay-signature') ?? ''
    if (!isSigned(signature, env.RAZORPAY_WEBHOOK_SECRET, { algorithm: 'sha256', encoding: 'hex' }, body)) {
      throw new SignatureError('Cannot accept call: the signature does not match')
    }
  },
  read({ headers, body }) {
    const event = readEvent(body)
    const { payment, refund, dispute, order } = event.payload
    // What an event is about is the last thing that it names: a refund names its payment too.
    const [kind, about] = Object.entries({ refund, dispute, payment, order }).find(([, found]) => found) ?? []
    const objectKey = kind && about ? `${kind}:${about.entity.id}` : undefined
    return [
      {
        eventId: headers.get('x-razorpay-event-id') ?? `${event.event}:${objectKey ?? ''}:${event.created_at}`,
        eventType: event.event,
        ...(objectKey === undefined ? {} : { objectKey }),
        occurredAt: new Date(event.created_at * 1000),
        payload: event,
      },
    ]
  },
}

function readEvent(body: Uint8Array): z.output<typeof eventSchema> {
  try {
    return eventSchema.parse(JSON.parse(new TextDecoder().decode(body)))
  } catch (error) {
    throw new WebhookBodyError('Cannot read webhook: the body is no event of Razorpay', error)
  }
}
