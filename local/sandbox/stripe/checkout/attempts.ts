import type { Core } from '../core.ts'
import { newInvoiceItem } from '../invoice_lines.ts'
import { paymentOf } from '../invoices.ts'
import type { Customer, PaymentIntent, SetupIntent } from '../objects.ts'
import { orTrouble } from '../pages/keep_card.ts'
import { mergeMetadata } from '../parameters.ts'
import { confirmPaymentIntent, newPaymentIntent } from '../payment_intents.ts'
import { confirmSetupIntent, createSetupIntent } from '../setup_intents.ts'
import { createSubscription } from '../subscriptions.ts'
import { customerOf } from './complete_session.ts'
import type { LineItem, Payer, Visit } from './session_objects.ts'

/** What came of an attempt to pay. */
export type Outcome =
  | { readonly kind: 'complete' }
  /** The payer has to go to the page of their bank. */
  | { readonly kind: 'challenge'; readonly url: string }
  | { readonly kind: 'refused'; readonly message: string }

/** What was chosen on the page. */
export interface Attempt {
  readonly payer: Payer
  /** Payment method; null where none is asked for. */
  readonly method: string | null
  readonly savesCard: boolean
}

/** Tries to pay, or to save the card; null when nothing stands in the way of completing the visit. */
export function attemptOf(core: Core, visit: Visit, attempt: Attempt): Outcome | null {
  const { session } = visit
  visit.payer = attempt.payer
  const customer = customerOf(core, visit, attempt.payer)
  const back = `${core.pagesUrl()}/checkout/${session.id}/return`
  const isFree = session.mode !== 'setup' && session.amount_total === 0
  if (attempt.method === null || (session.mode === 'payment' && isFree)) return null
  if (session.mode === 'setup' || isFree) return saveCard(core, visit, attempt.method, back)
  const intent = session.mode === 'payment' ? intentOfPayment(core, visit) : intentOfSubscription(core, visit, customer)
  visit.intent = intent.id
  const remembers = attempt.savesCard && customer !== null
  const problem = confirmPaymentIntent(core, intent, {
    method: attempt.method,
    offSession: false,
    returnUrl: back,
    futureUse: remembers ? 'on_session' : undefined,
  })
  return problem ? { kind: 'refused', message: problem.message } : challengeOf(intent)
}

/** Saves the card for what is paid later. */
function saveCard(core: Core, visit: Visit, method: string, back: string): Outcome | null {
  const { description, metadata } = visit.given.setup_intent_data ?? {}
  const before = visit.intent === null ? undefined : core.store.find('setup_intent', visit.intent)
  const intent =
    before ??
    createSetupIntent(core, {
      customer: visit.customer ?? undefined,
      description,
      metadata: mergeMetadata({}, metadata),
      usage: 'off_session',
    })
  visit.intent = intent.id
  const tried = orTrouble(() => ({
    intent: confirmSetupIntent(core, intent.id, { payment_method: method, return_url: back }),
  }))
  return 'trouble' in tried ? { kind: 'refused', message: tried.trouble } : challengeOf(tried.intent)
}

function challengeOf({ status, next_action: action }: PaymentIntent | SetupIntent): Outcome | null {
  return status === 'requires_action' && action ? { kind: 'challenge', url: action.redirect_to_url.url } : null
}

/** The intent of a single payment; later attempts use the same. */
function intentOfPayment(core: Core, { session, given, customer, intent }: Visit): PaymentIntent {
  const before = intent === null ? undefined : core.store.find('payment_intent', intent)
  if (before) return before
  const made = newPaymentIntent(core, {
    ...given.payment_intent_data,
    amount: session.amount_total ?? 0,
    currency: session.currency ?? 'usd',
    customer: customer ?? undefined,
    method: null,
  })
  return core.add('payment_intent', made, 'payment_intent.created')
}

/** The intent of the first invoice of the subscription, which waits to be paid by it. */
function intentOfSubscription(core: Core, visit: Visit, customer: Customer | null): PaymentIntent {
  const before = visit.subscription === null ? undefined : core.store.find('subscription', visit.subscription)
  const isUsable = before !== undefined && before.ended_at === null
  const subscription = isUsable ? before : subscribe(core, visit, customer?.id ?? '', null)
  const invoice = core.store.get('invoice', subscription.latest_invoice ?? '')
  return core.store.get('payment_intent', paymentOf(core, invoice)?.payment.payment_intent ?? '')
}

/**
 * Makes the subscription that a session sells.
 *
 * @param method card that pays; null leaves the first invoice open, to be paid by the session's payer
 */
export function subscribe(core: Core, visit: Visit, customer: string, method: string | null) {
  const { given, lines, trialEnd, taxRates } = visit
  const wanted = given.subscription_data
  const ratesOf = (line: LineItem) => taxRates[lines.indexOf(line)] ?? []
  for (const line of lines.filter(({ price }) => price.recurring === null)) {
    addOnce(core, line, customer, ratesOf(line))
  }
  const subscription = createSubscription(core, {
    billing_cycle_anchor: wanted?.billing_cycle_anchor,
    customer,
    default_payment_method: method ?? undefined,
    default_tax_rates: wanted?.default_tax_rates,
    description: wanted?.description,
    items: lines
      .filter(({ price }) => price.recurring !== null)
      .map((line) => ({
        metadata: mergeMetadata({}, {}),
        price: line.price.id,
        quantity: line.quantity ?? undefined,
        // Those of the subscription are its own already.
        tax_rates: given.line_items?.[lines.indexOf(line)]?.tax_rates,
      })),
    metadata: mergeMetadata({}, wanted?.metadata),
    payment_behavior: method === null ? 'default_incomplete' : undefined,
    payment_settings: { save_default_payment_method: 'on_subscription' },
    proration_behavior: wanted?.proration_behavior,
    trial_end: trialEnd ?? undefined,
    trial_settings: wanted?.trial_settings,
  })
  visit.subscription = subscription.id
  return subscription
}

/** Has a line that is paid once stand on the next invoice of the customer. */
export function addOnce(core: Core, line: LineItem, customer: string, rates: Visit['taxRates'][number]) {
  const item = newInvoiceItem(core, {
    amount: line.amount_subtotal,
    customer,
    currency: line.currency,
    description: line.description,
    price: line.price,
    quantity: line.quantity ?? 1,
    rates,
  })
  return core.add('invoiceitem', item, 'invoiceitem.created')
}
