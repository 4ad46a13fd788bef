import { createHmac } from 'node:crypto'
import type { ProviderContext } from '../providers/provider.ts'
import { newId, nowInSeconds } from './razorpay_store.ts'

/** Where events go, and what signs them. */
export interface WebhookTarget {
  readonly url: string
  readonly secret: string
}

/** An event that was made and not sent yet. */
interface PreparedEvent {
  readonly id: string
  readonly event: string
  readonly body: string
}

/** In which order events that were held back are sent. */
export const deliveryOrders = ['as they happened', 'newest first', 'each twice'] as const

/** Sends what happens to the shop. */
export interface RazorpayWebhooks {
  /** Where events go; null drops them. */
  target: WebhookTarget | null
  /** Whether events wait until they are let go. */
  holds: boolean
  /** How many wait. */
  heldCount(): number
  /** Tells of something: entities by their kind. Goes on by itself. */
  tell(event: string, entities: Readonly<Record<string, unknown>>): void
  /** Sends what waits. @returns how many calls were made */
  release(order: string): Promise<number>
  clear(): void
}

/** @param fallback where events go until somebody says otherwise */
export function createWebhooks(context: ProviderContext, fallback: WebhookTarget | null): RazorpayWebhooks {
  const accountId = newId('acc_')
  let held: PreparedEvent[] = []
  /** One after the other, so that the order of arrival is the one in which they were sent. */
  let sending: Promise<unknown> = Promise.resolve()

  const send = (prepared: PreparedEvent) => {
    const { target } = webhooks
    if (!target) return
    sending = sending
      .then(() =>
        context.sendWebhook({
          event: prepared.event,
          url: target.url,
          contentType: 'application/json',
          body: prepared.body,
          headers: () => ({
            'x-razorpay-signature': createHmac('sha256', target.secret).update(prepared.body).digest('hex'),
            'x-razorpay-event-id': prepared.id,
            'user-agent': 'Razorpay-Webhook/v1',
          }),
        }),
      )
      // Attempts are on the page, with what went wrong.
      .catch(() => {})
  }

  const webhooks: RazorpayWebhooks = {
    target: fallback,
    holds: false,
    heldCount: () => held.length,
    tell(event, entities) {
      const payload = Object.fromEntries(Object.entries(entities).map(([kind, entity]) => [kind, { entity }]))
      const contains = Object.keys(entities)
      const prepared = {
        id: newId(''),
        event,
        body: JSON.stringify({
          entity: 'event',
          account_id: accountId,
          event,
          contains,
          payload,
          created_at: nowInSeconds(),
        }),
      }
      if (webhooks.holds) held.push(prepared)
      else send(prepared)
    },
    async release(order) {
      const waiting = order === 'newest first' ? held.toReversed() : held
      held = []
      const calls = order === 'each twice' ? waiting.flatMap((event) => [event, event]) : waiting
      for (const event of calls) send(event)
      await sending
      return calls.length
    },
    clear() {
      held = []
      webhooks.target = fallback
      webhooks.holds = false
    },
  }
  return webhooks
}
