import { z } from 'zod'
import { isRecent, isSigned, SignatureError, WebhookBodyError, type WebhookSource } from '../webhooks/mod.ts'

/** What of an event is needed to store it; the rest is kept as it came. */
const eventSchema = z.looseObject({
  id: z.string().min(1),
  object: z.literal('event'),
  type: z.string().min(1).max(255),
  created: z.number().int(),
  data: z.looseObject({ object: z.looseObject({ id: z.string().optional(), object: z.string().optional() }) }),
})

/** Stripe at `/webhooks/stripe`. Signatures are those of its `Stripe-Signature` header, over the raw body. */
export const stripeWebhooks: WebhookSource = {
  provider: 'stripe',
  summary: 'Stripe',
  verify(env, { headers, body, receivedAt }) {
    const { at, signatures } = readHeader(headers.get('stripe-signature') ?? '')
    const hmac = { algorithm: 'sha256', encoding: 'hex' } as const
    if (!signatures.some((one) => isSigned(one, env.STRIPE_WEBHOOK_SECRET, hmac, `${at}.`, body))) {
      throw new SignatureError('Cannot accept call: the signature does not match')
    }
    if (!isRecent(at, receivedAt)) throw new SignatureError('Cannot accept call: it was signed too long ago')
  },
  read({ body }) {
    let parsed: unknown
    try {
      parsed = JSON.parse(new TextDecoder().decode(body))
    } catch (error) {
      throw new WebhookBodyError('Cannot read webhook: the body is no JSON', error)
    }
    return [receivedStripeEvent(parsed)]
  },
}

/**
 * An event of Stripe as the inbox stores it, however it came: by a call or from the list of events.
 *
 * @throws {WebhookBodyError}
 */
export function receivedStripeEvent(payload: unknown) {
  const event = eventSchema.safeParse(payload)
  if (!event.success) throw new WebhookBodyError('Cannot read webhook: the body is no event of Stripe', event.error)
  const { id, type, created, data } = event.data
  const { id: objectId, object } = data.object
  return {
    eventId: id,
    eventType: type,
    ...(objectId === undefined ? {} : { objectKey: `${object ?? 'object'}:${objectId}` }),
    occurredAt: new Date(created * 1000),
    payload: event.data,
  }
}

/** `t=1700000000,v1=5257a8...,v1=...`: several while a secret is replaced; other schemes are for tests. */
function readHeader(header: string): { at: string; signatures: string[] } {
  const parts = header.split(',').map((part) => part.trim())
  const of = (scheme: string) =>
    parts.filter((part) => part.startsWith(`${scheme}=`)).map((part) => part.slice(scheme.length + 1))
  return { at: of('t')[0] ?? '', signatures: of('v1') }
}
