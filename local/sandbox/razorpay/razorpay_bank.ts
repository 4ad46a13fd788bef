import { RazorpayError, refuse, unknownId } from './razorpay_error.ts'
import { disputeObject, linkObject, orderObject, paymentObject, refundObject } from './razorpay_objects.ts'
import {
  type Dispute,
  newId,
  nowInSeconds,
  type Order,
  type Payment,
  type PaymentFailure,
  type PaymentMethod,
  type RazorpayStore,
  type Refund,
} from './razorpay_store.ts'
import type { RazorpayWebhooks } from './razorpay_webhooks.ts'

/** How a try to pay ends. */
export const outcomes = ['captured', 'authorized', 'failed'] as const
/** @see outcomes */
export type Outcome = (typeof outcomes)[number]

/** Moves money, and tells of it. */
export interface RazorpayBank {
  /** @throws {RazorpayError} when the order is paid already */
  pay(order: Order, attempt: { method: PaymentMethod; vpa: string | null; outcome: Outcome }): Payment
  /** The bank says yes after all to a payment that had failed. @throws {RazorpayError} */
  authoriseLate(payment: Payment): void
  /** @throws {RazorpayError} */
  capture(payment: Payment, amount: number, currency: string): void
  /** @throws {RazorpayError} */
  refund(
    payment: Payment,
    wish: { amount: number | null; notes: Record<string, string>; receipt: string | null; speed: 'normal' | 'optimum' },
  ): Refund
  /** Ends a refund that waits. @throws {RazorpayError} */
  endRefund(refund: Refund, status: 'processed' | 'failed'): void
  /** @throws {RazorpayError} */
  dispute(payment: Payment): Dispute
  endDispute(dispute: Dispute, status: 'won' | 'lost' | 'closed'): void
}

const declined: PaymentFailure = {
  code: 'BAD_REQUEST_ERROR',
  description: 'Your payment was declined by your bank. Try another method, or contact your bank.',
  source: 'bank',
  step: 'payment_authorization',
  reason: 'payment_failed',
}

/** The bank behind the sandbox's Razorpay. */
export function createBank(store: RazorpayStore, webhooks: RazorpayWebhooks): RazorpayBank {
  const orderOf = (payment: Payment) => found(store.orders.get(payment.orderId))

  const authorise = (payment: Payment) => {
    payment.status = 'authorized'
    payment.failure = null
    webhooks.tell('payment.authorized', { payment: paymentObject(payment) })
    const order = orderOf(payment)
    if (order.capturesItself && order.status !== 'paid') settle(payment)
  }

  const settle = (payment: Payment) => {
    const order = orderOf(payment)
    payment.status = 'captured'
    order.amountPaid = order.amount
    order.status = 'paid'
    const link = order.linkId === null ? undefined : store.links.get(order.linkId)
    if (link) link.status = 'paid'
    webhooks.tell('payment.captured', { payment: paymentObject(payment) })
    webhooks.tell('order.paid', { payment: paymentObject(payment), order: orderObject(order) })
    if (link) {
      webhooks.tell('payment_link.paid', {
        payment_link: linkObject(link, store),
        order: orderObject(order),
        payment: paymentObject(payment),
      })
    }
  }

  const settleRefund = (refund: Refund) => {
    const payment = found(store.payments.get(refund.paymentId))
    refund.status = 'processed'
    webhooks.tell('refund.processed', { refund: refundObject(refund), payment: paymentObject(payment) })
  }

  return {
    pay(order, { method, vpa, outcome }) {
      if (order.status === 'paid') return refuse('Payment has already been done for this order')
      const payment: Payment = {
        id: newId('pay_'),
        orderId: order.id,
        keyId: order.keyId,
        amount: order.amount,
        currency: order.currency,
        method,
        vpa,
        notes: order.notes,
        createdAt: nowInSeconds(),
        status: 'created',
        amountRefunded: 0,
        failure: null,
      }
      store.payments.set(payment.id, payment)
      order.attempts += 1
      order.status = 'attempted'
      if (outcome === 'failed') {
        payment.status = 'failed'
        payment.failure = declined
        webhooks.tell('payment.failed', { payment: paymentObject(payment) })
      } else {
        authorise(payment)
      }
      return payment
    },
    authoriseLate(payment) {
      if (payment.status !== 'failed') refuse('Only a payment that failed can be authorised late')
      authorise(payment)
    },
    capture(payment, amount, currency) {
      if (payment.status === 'captured') refuse('This payment has already been captured')
      if (payment.status !== 'authorized') {
        refuse('Only payments which have been authorized and not yet captured can be captured')
      }
      if (amount !== payment.amount) refuse('Capture amount must be equal to the amount authorized', 'amount')
      if (currency !== payment.currency) refuse('The currency of the capture differs from the payment', 'currency')
      settle(payment)
    },
    refund(payment, { amount, notes, receipt, speed }) {
      if (payment.status === 'refunded') refuse('The payment has been fully refunded already')
      if (payment.status !== 'captured') refuse('The payment status should be captured for action to be taken')
      const left = payment.amount - payment.amountRefunded
      const wanted = amount ?? left
      if (wanted > left) refuse('The total refund amount is greater than the refund payment amount', 'amount')
      const refund: Refund = {
        id: newId('rfnd_'),
        paymentId: payment.id,
        amount: wanted,
        currency: payment.currency,
        notes,
        receipt,
        speed,
        createdAt: nowInSeconds(),
        status: 'pending',
      }
      store.refunds.set(refund.id, refund)
      payment.amountRefunded += wanted
      if (payment.amountRefunded === payment.amount) payment.status = 'refunded'
      webhooks.tell('refund.created', { refund: refundObject(refund), payment: paymentObject(payment) })
      if (!store.refundsWait) settleRefund(refund)
      return refund
    },
    endRefund(refund, status) {
      if (refund.status !== 'pending') refuse('The refund has ended already')
      if (status === 'processed') return settleRefund(refund)
      const payment = found(store.payments.get(refund.paymentId))
      refund.status = 'failed'
      payment.amountRefunded -= refund.amount
      payment.status = 'captured'
      webhooks.tell('refund.failed', { refund: refundObject(refund), payment: paymentObject(payment) })
    },
    dispute(payment) {
      if (payment.status !== 'captured') refuse('The payment status should be captured for action to be taken')
      const createdAt = nowInSeconds()
      const dispute: Dispute = {
        id: newId('disp_'),
        paymentId: payment.id,
        amount: payment.amount,
        currency: payment.currency,
        createdAt,
        respondBy: createdAt + 7 * 86_400,
        status: 'open',
      }
      store.disputes.set(dispute.id, dispute)
      tellDispute('payment.dispute.created', dispute, payment)
      return dispute
    },
    endDispute(dispute, status) {
      dispute.status = status
      tellDispute(`payment.dispute.${status}`, dispute, found(store.payments.get(dispute.paymentId)))
    },
  }

  function tellDispute(event: string, dispute: Dispute, payment: Payment) {
    webhooks.tell(event, { payment: paymentObject(payment), dispute: disputeObject(dispute) })
  }
}

/** @throws {RazorpayError} when there is nothing */
export function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw unknownId()
  return thing
}

/** Whether something was refused, to show it on a page. */
export function refusalOf(error: unknown): string {
  if (error instanceof RazorpayError) return error.message
  throw error
}
