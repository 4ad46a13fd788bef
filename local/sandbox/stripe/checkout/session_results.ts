import type { Core } from '../core.ts'
import { draftInvoice, finalizeInvoice } from '../invoices.ts'
import { mergeMetadata } from '../parameters.ts'
import { addOnce, subscribe } from './attempts.ts'
import type { CheckoutSession, Visit } from './session_objects.ts'

/** What a session shows once it is complete. */
export type Result = Partial<
  Pick<CheckoutSession, 'invoice' | 'payment_intent' | 'payment_status' | 'setup_intent' | 'subscription'>
>

/** Makes what was paid for; the payment, if there is one, was successful. */
export function resultOf(core: Core, visit: Visit): Result {
  const { mode } = visit.session
  if (mode === 'setup') return { setup_intent: visit.intent, payment_status: 'no_payment_required' }
  return mode === 'payment' ? resultOfPayment(core, visit) : resultOfSubscription(core, visit)
}

function resultOfSubscription(core: Core, visit: Visit): Result {
  const saved = core.store.find('setup_intent', visit.intent ?? '')?.payment_method ?? null
  const known = visit.subscription === null ? undefined : core.store.get('subscription', visit.subscription)
  const subscription = known ?? subscribe(core, visit, visit.customer ?? '', saved)
  const isFree = visit.session.amount_total === 0
  return {
    invoice: subscription.latest_invoice,
    subscription: subscription.id,
    payment_status: isFree ? 'no_payment_required' : 'paid',
  }
}

function resultOfPayment(core: Core, visit: Visit): Result {
  if (visit.intent === null) return { payment_status: 'no_payment_required' }
  const intent = core.store.get('payment_intent', visit.intent)
  return {
    payment_intent: intent.id,
    // What is only reserved is not paid yet.
    payment_status: intent.status === 'succeeded' ? 'paid' : 'unpaid',
    invoice: visit.given.invoice_creation?.enabled ? invoiceOf(core, visit, intent.id) : null,
  }
}

/** The invoice of what was paid already. */
function invoiceOf(core: Core, visit: Visit, intent: string): string {
  const customer = core.store.get('customer', visit.customer ?? '')
  const { description = null, metadata } = visit.given.invoice_creation?.invoice_data ?? {}
  const items = visit.lines.map((line, index) => addOnce(core, line, customer.id, visit.taxRates[index] ?? []))
  const invoice = draftInvoice(core, {
    customer,
    subscription: null,
    reason: 'manual',
    lines: [],
    items,
    currency: visit.session.currency ?? 'usd',
    autoAdvance: false,
    description,
    metadata: mergeMetadata({}, metadata),
  })
  return finalizeInvoice(core, invoice, null, intent).id
}
