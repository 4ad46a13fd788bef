import { z } from 'zod'
import { callRpc, defineJob, JobError, type JobHandler } from '../platform/mod.ts'
import type { RazorpayClient } from '../providers/payments/razorpay_client.ts'
import { recordRazorpay } from './razorpay_processors.ts'

const orderSchema = z
  .array(z.object({ order_id: z.string().nullable(), is_expired: z.boolean() }))
  .transform(([order]) => order ?? null)

/**
 * Makes the handler that asks Razorpay what became of an order, for events that never came: which order it is, where its
 * making got no answer, and its payments with their refunds.
 *
 * @param clientOf null where this installation has no key
 */
export function reconcileRazorpayJob(clientOf: (signal: AbortSignal) => RazorpayClient | null): JobHandler {
  return defineJob(
    'razorpay.reconcile_order',
    z.strictObject({ checkout_id: z.uuid() }),
    async (deps, { checkout_id }) => {
      const client = clientOf(deps.signal)
      if (!client) throw new JobError('There is no key for Razorpay', { isPermanent: true })
      const order = orderSchema.parse(await callRpc(deps.db, 'get_razorpay_order', { checkout_id }))
      if (!order) return { result: { payments: 0 } }
      const orderId = order.order_id ?? (await client.findOrder(checkout_id))?.id ?? null
      if (order.order_id === null && orderId !== null) {
        await callRpc(deps.db, 'attach_razorpay_order', { checkout_id, order_id: orderId })
      }
      const payments = orderId === null ? [] : await client.listPayments(orderId)
      for (const payment of payments) {
        const refunds = payment.amount_refunded ? await client.listRefunds(payment.id) : []
        const askedAt = deps.clock.now()
        await recordRazorpay(deps.db, { payment, refunds, event: null, askedAt, source: 'razorpay:reconcile' })
      }
      // Only what Razorpay was asked about is given up.
      if (order.is_expired) await callRpc(deps.db, 'expire_razorpay_order', { checkout_id })
      return { result: { payments: payments.length } }
    },
  )
}
