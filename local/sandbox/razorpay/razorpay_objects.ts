import type { Dispute, Order, Payment, PaymentLink, RazorpayStore, Refund } from './razorpay_store.ts'

/** Notes as Razorpay writes them: none is an empty list and no empty object. */
const notesOf = (notes: Readonly<Record<string, string>>) => (Object.keys(notes).length === 0 ? [] : notes)

/** An order as the API shows it. */
export function orderObject(order: Order) {
  return {
    id: order.id,
    entity: 'order',
    amount: order.amount,
    amount_paid: order.amountPaid,
    amount_due: order.amount - order.amountPaid,
    currency: order.currency,
    receipt: order.receipt,
    offer_id: null,
    status: order.status,
    attempts: order.attempts,
    notes: notesOf(order.notes),
    created_at: order.createdAt,
  }
}

/** A payment as the API and webhooks show it. */
export function paymentObject(payment: Payment) {
  const isCaptured = payment.status === 'captured' || payment.status === 'refunded'
  const tax = isCaptured ? Math.round(payment.amount * 0.02 * 0.18) : null
  return {
    id: payment.id,
    entity: 'payment',
    amount: payment.amount,
    currency: payment.currency,
    status: payment.status,
    order_id: payment.orderId,
    invoice_id: null,
    international: false,
    method: payment.method,
    amount_refunded: payment.amountRefunded,
    refund_status: refundStatus(payment),
    captured: isCaptured,
    description: null,
    card_id: null,
    bank: payment.method === 'netbanking' ? 'HDFC' : null,
    wallet: null,
    vpa: payment.vpa,
    email: 'payer@example.test',
    contact: '+919000090000',
    notes: notesOf(payment.notes),
    // The fee holds the tax.
    fee: tax === null ? null : Math.round(payment.amount * 0.02) + tax,
    tax,
    error_code: payment.failure?.code ?? null,
    error_description: payment.failure?.description ?? null,
    error_source: payment.failure?.source ?? null,
    error_step: payment.failure?.step ?? null,
    error_reason: payment.failure?.reason ?? null,
    acquirer_data: payment.method === 'upi' ? { rrn: payment.id.slice(-12), upi_transaction_id: payment.id } : {},
    created_at: payment.createdAt,
  }
}

function refundStatus(payment: Payment): 'partial' | 'full' | null {
  if (payment.amountRefunded === 0) return null
  return payment.amountRefunded === payment.amount ? 'full' : 'partial'
}

/** A refund as the API and webhooks show it. */
export function refundObject(refund: Refund) {
  return {
    id: refund.id,
    entity: 'refund',
    amount: refund.amount,
    currency: refund.currency,
    payment_id: refund.paymentId,
    notes: notesOf(refund.notes),
    receipt: refund.receipt,
    acquirer_data: { arn: null },
    created_at: refund.createdAt,
    batch_id: null,
    status: refund.status,
    speed_processed: refund.status === 'processed' ? 'normal' : null,
    speed_requested: refund.speed,
  }
}

/** A link as the API and webhooks show it. */
export function linkObject(link: PaymentLink, store: RazorpayStore) {
  const paid = [...store.payments.values()].filter(
    (payment) => payment.orderId === link.orderId && payment.status !== 'failed' && payment.status !== 'created',
  )
  return {
    id: link.id,
    accept_partial: false,
    amount: link.amount,
    amount_paid: link.status === 'paid' ? link.amount : 0,
    callback_method: link.callbackUrl === null ? '' : 'get',
    callback_url: link.callbackUrl ?? '',
    cancelled_at: 0,
    created_at: link.createdAt,
    currency: link.currency,
    description: link.description,
    expire_by: link.expiresAt ?? 0,
    expired_at: 0,
    notes: notesOf(link.notes),
    order_id: link.orderId,
    payments: paid.map(({ id, amount, method, status, createdAt }) => ({
      ...{ payment_id: id, amount, method, status },
      created_at: createdAt,
    })),
    reference_id: link.referenceId,
    short_url: link.shortUrl,
    status: link.status,
    updated_at: link.createdAt,
  }
}

/** A dispute as the API and webhooks show it. */
export function disputeObject(dispute: Dispute) {
  return {
    id: dispute.id,
    entity: 'dispute',
    payment_id: dispute.paymentId,
    amount: dispute.amount,
    currency: dispute.currency,
    amount_deducted: dispute.status === 'lost' ? dispute.amount : 0,
    gateway_dispute_id: null,
    reason_code: 'goods_not_received',
    reason_description: null,
    respond_by: dispute.respondBy,
    status: dispute.status,
    phase: 'chargeback',
    created_at: dispute.createdAt,
  }
}
