import { z } from 'zod'
import type { PaymentMethodKind, PaymentStatus, RefundStatus } from './port.ts'

/** Notes as Razorpay writes them: an empty list means none. */
const notesSchema = z
  .union([z.record(z.string(), z.coerce.string()), z.array(z.unknown()).transform(() => ({}))])
  .nullish()
  .transform((notes): Readonly<Record<string, string>> => notes ?? {})

/** An order; only what is used. */
export const razorpayOrderSchema = z.object({
  id: z.string(),
  amount: z.number().int(),
  currency: z.string(),
  receipt: z.string().nullable(),
  status: z.string(),
  notes: notesSchema,
})

/** A payment; only what is used. */
export const razorpayPaymentSchema = z.object({
  id: z.string(),
  order_id: z.string().nullable(),
  amount: z.number().int(),
  currency: z.string(),
  status: z.string(),
  method: z.string().nullish(),
  amount_refunded: z.number().int().nullish(),
  fee: z.number().int().nullish(),
  error_code: z.string().nullish(),
  error_reason: z.string().nullish(),
  error_description: z.string().nullish(),
  notes: notesSchema,
})

/** A refund; only what is used. */
export const razorpayRefundSchema = z.object({
  id: z.string(),
  payment_id: z.string(),
  amount: z.number().int(),
  currency: z.string(),
  status: z.string(),
  notes: notesSchema,
})

/** A dispute; only what is used. */
export const razorpayDisputeSchema = z.object({
  id: z.string(),
  payment_id: z.string(),
  amount: z.number().int(),
  currency: z.string(),
  status: z.string(),
  reason_code: z.string().nullish(),
  respond_by: z.number().int().nullish(),
})

/** @see razorpayOrderSchema */
export type RazorpayOrder = z.output<typeof razorpayOrderSchema>
/** @see razorpayPaymentSchema */
export type RazorpayPayment = z.output<typeof razorpayPaymentSchema>
/** @see razorpayRefundSchema */
export type RazorpayRefund = z.output<typeof razorpayRefundSchema>
/** @see razorpayDisputeSchema */
export type RazorpayDispute = z.output<typeof razorpayDisputeSchema>

const paymentStatuses: Readonly<Record<string, PaymentStatus>> = {
  created: 'pending',
  authorized: 'processing',
  captured: 'succeeded',
  // The money was there: what went back is in its refunds.
  refunded: 'succeeded',
  failed: 'failed',
}

/** How a payment stands, in our words; one that we do not know yet is under way. */
export function razorpayPaymentStatus(status: string): PaymentStatus {
  return paymentStatuses[status] ?? 'processing'
}

/** How a refund stands, in our words. */
export function razorpayRefundStatus(status: string): RefundStatus {
  if (status === 'processed') return 'succeeded'
  return status === 'failed' ? 'failed' : 'pending'
}

/** How was paid, in our words. */
export function razorpayMethodKind(method: string | null | undefined): PaymentMethodKind {
  if (method === 'card' || method === 'emi') return 'card'
  if (method === 'upi' || method === 'netbanking' || method === 'wallet' || method === 'bank_transfer') return method
  return 'other'
}

/** A payment as `record_razorpay` takes it. */
export function recordedPayment(payment: RazorpayPayment) {
  return {
    id: payment.id,
    status: razorpayPaymentStatus(payment.status),
    currency: payment.currency.toUpperCase(),
    amount_cents: payment.amount,
    method: razorpayMethodKind(payment.method),
    fee_cents: payment.fee ?? null,
    failure_code: payment.error_reason ?? payment.error_code ?? null,
    failure_message: payment.error_description?.slice(0, 1000) ?? null,
  }
}

/** A refund as `record_razorpay` takes it. */
export function recordedRefund(refund: RazorpayRefund) {
  const own = z.uuid().safeParse(refund.notes.refund_id)
  return {
    id: refund.id,
    status: razorpayRefundStatus(refund.status),
    currency: refund.currency.toUpperCase(),
    amount_cents: refund.amount,
    // Names the row that asked for it.
    refund_id: own.success ? own.data : null,
  }
}

const endedDisputes = ['won', 'lost', 'closed']

/** A dispute as `record_razorpay` takes it. @param at when it was told */
export function recordedDispute(dispute: RazorpayDispute, at: Date) {
  return {
    id: dispute.id,
    status: dispute.status,
    currency: dispute.currency.toUpperCase(),
    amount_cents: dispute.amount,
    reason: dispute.reason_code ?? null,
    evidence_due_at: dispute.respond_by ? new Date(dispute.respond_by * 1000).toISOString() : null,
    closed_at: endedDisputes.includes(dispute.status) ? at.toISOString() : null,
  }
}
