import { z } from 'zod'
import { callRpc, JobError, type RpcClient } from '../platform/mod.ts'
import type { RazorpayClient } from '../providers/payments/razorpay_client.ts'
import {
  type RazorpayPayment,
  type RazorpayRefund,
  razorpayDisputeSchema,
  recordedDispute,
  recordedPayment,
  recordedRefund,
} from '../providers/payments/razorpay_shapes.ts'
import {
  defineWebhookProcessor,
  type ProcessedEvent,
  type WebhookOutcome,
  type WebhookProcessor,
} from '../webhooks/mod.ts'

const paymentEvents = [
  ...['payment.authorized', 'payment.captured', 'payment.failed', 'payment.pending'],
  // Comes beside payment.captured, of the same payment.
  'order.paid',
]
const refundEvents = ['refund.created', 'refund.processed', 'refund.failed', 'refund.speed_changed']
const disputeEvents = [
  ...['payment.dispute.created', 'payment.dispute.under_review', 'payment.dispute.action_required'],
  ...['payment.dispute.won', 'payment.dispute.lost', 'payment.dispute.closed'],
]

const entityOf = <Schema extends z.ZodType>(schema: Schema) => z.object({ entity: schema })
const named = z.object({ id: z.string() })
const paymentSchema = entityOf(z.object({ id: z.string(), order_id: z.string().nullish() }))

/**
 * The processors of Razorpay's events. Events are snapshots that come in any order, within one second too, so each one only
 * says what to look at: the state is asked of Razorpay.
 *
 * @param clientOf made when an event comes; null where this installation has no key
 */
export function razorpayProcessors(clientOf: (signal: AbortSignal) => RazorpayClient | null): WebhookProcessor[] {
  const client = (signal: AbortSignal) => {
    const made = clientOf(signal)
    if (!made) throw new JobError('There is no key for Razorpay', { isPermanent: true })
    return made
  }
  return [
    defineWebhookProcessor(
      'razorpay',
      paymentEvents,
      z.object({ payload: z.object({ payment: paymentSchema }) }),
      async ({ db, signal }, { payload }, event) => {
        // Payments without an order are made by hand, in Razorpay's dashboard.
        if (!payload.payment.entity.order_id) return 'ignored'
        const payment = await client(signal).getPayment(payload.payment.entity.id)
        return recordRazorpay(db, { payment, event })
      },
    ),
    defineWebhookProcessor(
      'razorpay',
      refundEvents,
      z.object({ payload: z.object({ refund: entityOf(named.extend({ payment_id: z.string() })) }) }),
      async ({ db, signal }, { payload }, event) => {
        const razorpay = client(signal)
        const [payment, refund] = await Promise.all([
          razorpay.getPayment(payload.refund.entity.payment_id),
          razorpay.getRefund(payload.refund.entity.id),
        ])
        return recordRazorpay(db, { payment, refunds: [refund], event })
      },
    ),
    defineWebhookProcessor(
      'razorpay',
      disputeEvents,
      z.object({ payload: z.object({ dispute: entityOf(razorpayDisputeSchema) }) }),
      async ({ db, signal }, { payload }, event) => {
        const razorpay = client(signal)
        const [payment, dispute] = await Promise.all([
          razorpay.getPayment(payload.dispute.entity.payment_id),
          razorpay.getDispute(payload.dispute.entity.id),
        ])
        return recordRazorpay(db, { payment, dispute: recordedDispute(dispute, new Date(event.occurred_at)), event })
      },
    ),
  ]
}

const outcomeSchema = z.enum(['processed', 'stale', 'ignored'])

/**
 * Writes what Razorpay says now.
 *
 * @param told.event that it was asked for; null when nobody told us, and then nothing is too old
 */
export async function recordRazorpay(
  db: RpcClient,
  told: {
    readonly payment: RazorpayPayment
    readonly refunds?: readonly RazorpayRefund[]
    readonly dispute?: ReturnType<typeof recordedDispute>
    readonly event: Pick<ProcessedEvent, 'provider_event_id' | 'object_key' | 'occurred_at'> | null
    /** When it was asked, where there is no event. */
    readonly askedAt?: Date
    readonly source?: string
  },
): Promise<WebhookOutcome> {
  if (!told.payment.order_id) return 'ignored'
  return outcomeSchema.parse(
    await callRpc(db, 'record_razorpay', {
      order_id: told.payment.order_id,
      object_key: told.event?.object_key ?? null,
      occurred_at: told.event?.occurred_at ?? (told.askedAt ?? new Date()).toISOString(),
      source: told.event ? `razorpay:${told.event.provider_event_id}` : (told.source ?? 'razorpay'),
      payment: recordedPayment(told.payment),
      refunds: told.refunds?.map(recordedRefund) ?? null,
      dispute: told.dispute ?? null,
    }),
  )
}
