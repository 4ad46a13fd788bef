import type { Invoice } from './billing_objects.ts'
import { insufficientFunds } from './cards.ts'
import type { Core } from './core.ts'
import { finalizeInvoice, invoiceOfIntent, methodFor, paymentOf, settleInvoice } from './invoices.ts'
import type { PaymentIntent, PaymentProblem } from './objects.ts'
import { confirmPaymentIntent } from './payment_intents.ts'

const noMethodProblem: PaymentProblem = {
  type: 'invalid_request_error',
  code: 'payment_intent_unexpected_state',
  doc_url: 'https://stripe.com/docs/error-codes/payment-intent-unexpected-state',
  message:
    'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
}

/**
 * Tries to take what an open invoice asks for.
 *
 * @param options.offSession nobody is there to answer their bank
 * @returns why it did not work; null when it did, or when the payer has to act first
 */
export function collectInvoice(
  core: Core,
  invoice: Invoice,
  options: { method?: string; offSession: boolean },
): PaymentProblem | null {
  const payment = paymentOf(core, invoice)
  if (!payment) return null
  const intent = core.store.get('payment_intent', payment.payment.payment_intent)
  const method = options.method ?? methodFor(core, invoice)
  if (method === null) {
    noteFailure(core, invoice, intent, noMethodProblem)
    return noMethodProblem
  }
  const declines = takeFailure(core, invoice) ? declinedForTest : null
  return confirmPaymentIntent(core, intent, { method, offSession: options.offSession, declines })
}

const declinedForTest = insufficientFunds.kind === 'declines' ? insufficientFunds : null

/** Whether somebody wants this renewal to fail, once. */
function takeFailure(core: Core, invoice: Invoice): boolean {
  if (invoice.billing_reason !== 'subscription_cycle' || invoice.attempt_count > 0) return false
  const subscription = invoice.parent?.subscription_details.subscription ?? ''
  return [subscription, invoice.customer, '*'].some((name) => core.failingRenewals.delete(name))
}

/** Lets invoices follow their intents, however those are paid. */
export function followIntents(core: Core): void {
  core.onIntent((intent, problem) => {
    const invoice = invoiceOfIntent(core, intent.id)
    if (!invoice || (invoice.status !== 'open' && invoice.status !== 'uncollectible')) return
    if (intent.status === 'succeeded') {
      core.change(invoice, { attempt_count: invoice.attempt_count + 1 })
      settleInvoice(core, invoice, paymentOf(core, invoice) ?? null)
      return
    }
    if (intent.status === 'requires_action' && problem === null) {
      core.change(invoice, { attempted: true, attempt_count: invoice.attempt_count + 1 })
      core.emit('invoice.payment_action_required', invoice)
      return
    }
    if (problem) noteFailure(core, invoice, intent, problem)
  })
}

/** Notes a failed attempt, and plans the next one where there is to be one. */
function noteFailure(core: Core, invoice: Invoice, intent: PaymentIntent, problem: PaymentProblem): void {
  const attempts = invoice.attempt_count + 1
  const isFirstOfAll = invoice.billing_reason === 'subscription_create'
  const days = isFirstOfAll || !invoice.auto_advance ? undefined : core.settings.retryDays[attempts - 1]
  const next = days === undefined ? null : core.now(invoice) + days * 86_400
  core.change(invoice, { attempted: true, attempt_count: attempts, next_payment_attempt: next })
  core.emit('invoice.payment_failed', invoice)
  if (intent.status === 'requires_action') core.emit('invoice.payment_action_required', invoice)
  const customer = core.store.find('customer', invoice.customer)
  if (customer && !isFirstOfAll && !customer.delinquent && problem.code !== '') {
    core.change(customer, { delinquent: true }, 'customer.updated')
  }
  core.invoiceNews(invoice, 'failed')
  if (next !== null) {
    core.timelineOf(invoice).schedule(`${invoice.id}:retry`, next, () => {
      if (invoice.status === 'open') collectInvoice(core, invoice, { offSession: true })
    })
  } else if (!isFirstOfAll && attempts > core.settings.retryDays.length) {
    core.invoiceNews(invoice, 'exhausted')
  }
}

/** Plans that a draft is finalized when it says so, and paid where it is paid by card. */
export function advanceLater(core: Core, invoice: Invoice, daysUntilDue: number | null = null): void {
  const at = invoice.automatically_finalizes_at
  if (at === null) return
  core.timelineOf(invoice).schedule(`${invoice.id}:finalize`, at, () => advanceNow(core, invoice, daysUntilDue))
}

/** Finalizes a draft and tries to take the money. @returns why that did not work */
export function advanceNow(core: Core, invoice: Invoice, daysUntilDue: number | null = null): PaymentProblem | null {
  if (invoice.status === 'draft') finalizeInvoice(core, invoice, daysUntilDue)
  if (invoice.status !== 'open' || invoice.collection_method === 'send_invoice') return null
  return collectInvoice(core, invoice, { offSession: true })
}
