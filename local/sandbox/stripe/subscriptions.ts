import type { z } from 'zod'
import type { Invoice, Subscription, SubscriptionItem, SubscriptionStatus } from './billing_objects.ts'
import { boundaryAfter } from './calendar.ts'
import { type Core, listOf } from './core.ts'
import { requireCustomer } from './customers.ts'
import { refused } from './errors.ts'
import { advanceNow, collectInvoice } from './invoice_collection.ts'
import { pendingItems, periodLine } from './invoice_lines.ts'
import { draftInvoice, finalizeInvoice } from './invoices.ts'
import type { Customer, PaymentProblem, Recurring } from './objects.ts'
import { mergeMetadata } from './parameters.ts'
import { cardError } from './payment_intents.ts'
import { requireOwnMethod } from './payment_methods.ts'
import { createSetupIntent } from './setup_intents.ts'
import { newItem, ratesByIds, requireOneRhythm } from './subscription_items.ts'
import { planAhead } from './subscription_life.ts'
import type { subscriptionCreateParameters } from './subscription_parameters.ts'

/** Parameters of a new subscription. */
export type SubscriptionCreate = z.output<typeof subscriptionCreateParameters>

/**
 * Makes a subscription with its first invoice, and pays that unless it is told to leave it open.
 *
 * @throws {StripeError} when something is not as it must be; with `error_if_incomplete` also when the card is declined
 */
export function createSubscription(core: Core, given: SubscriptionCreate): Subscription {
  const customer = requireCustomer(core, given.customer)
  if (given.items.length === 0) {
    throw refused('Missing required param: items.', { code: 'parameter_missing', param: 'items' })
  }
  const now = core.now(customer)
  const trialEnd = trialEndOf(given, now)
  const id = core.id('sub')
  const probe = given.items.map((item, position) =>
    newItem(core, { id, customer: customer.id }, item, { start: now, end: now }, `items[${position}]`),
  )
  requireOneRhythm(probe)
  const rule = probe[0]?.price.recurring
  const currency = probe[0]?.price.currency
  if (!rule || currency === undefined) throw refused('A subscription must have at least one recurring price.')
  if (customer.currency !== null && customer.currency !== currency) {
    throw refused(
      `You cannot combine currencies on a single customer. This customer has had a subscription, coupon, or invoice item with currency ${customer.currency}`,
    )
  }
  const anchor = given.billing_cycle_anchor ?? trialEnd ?? now
  const end = trialEnd ?? boundaryAfter(anchor, rule, now)
  if (given.billing_cycle_anchor !== undefined && (anchor < now || anchor > boundaryAfter(now, rule, now))) {
    throw refused('billing_cycle_anchor must lie within one interval from now.', { param: 'billing_cycle_anchor' })
  }
  const behavior = given.payment_behavior ?? 'allow_incomplete'
  const collection = given.collection_method ?? 'charge_automatically'
  if (collection === 'send_invoice' && given.days_until_due === undefined) {
    throw refused('Missing required param: days_until_due.', { code: 'parameter_missing', param: 'days_until_due' })
  }
  const method = given.default_payment_method
    ? requireOwnMethod(core, given.default_payment_method, customer.id).id
    : null
  const paysWith = method ?? customer.invoice_settings.default_payment_method
  const mustPayNow = trialEnd === null && collection === 'charge_automatically' && behavior !== 'default_incomplete'
  if (mustPayNow && paysWith === null && probe.some((item) => (item.price.unit_amount ?? 1) > 0)) {
    throw refused(
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
      { code: 'resource_missing' },
    )
  }
  if (mustPayNow && behavior === 'error_if_incomplete' && paysWith !== null) requireGoodCard(core, paysWith)

  const items = probe.map((item) => ({ ...item, current_period_start: now, current_period_end: end }))
  const status: SubscriptionStatus =
    trialEnd !== null ? 'trialing' : collection === 'send_invoice' ? 'active' : 'incomplete'
  const subscription = newSubscription(core, customer, given, {
    id,
    now,
    trialEnd,
    anchor,
    items,
    method,
    status,
    currency,
    invoice: core.id('in'),
  })
  core.add('subscription', subscription)
  if (trialEnd !== null && paysWith === null && behavior === 'default_incomplete') {
    subscription.pending_setup_intent = createSetupIntent(core, { customer: customer.id }).id
  }
  core.emit('customer.subscription.created', subscription)
  const invoice = firstInvoice(core, customer, subscription, given, rule)
  planAhead(core, subscription)
  payFirst(core, subscription, invoice, given)
  return subscription
}

function payFirst(core: Core, subscription: Subscription, invoice: Invoice, given: SubscriptionCreate): void {
  const behavior = given.payment_behavior ?? 'allow_incomplete'
  const due = given.collection_method === 'send_invoice' ? (given.days_until_due ?? null) : null
  if (behavior === 'default_incomplete' || due !== null) {
    finalizeInvoice(core, invoice, due)
    // The intent knows its card, and waits for the payer to say yes.
    return
  }
  const offSession = given.off_session ?? false
  if (invoice.status === 'draft') finalizeInvoice(core, invoice)
  if (invoice.status === 'open' && subscription.status !== 'active') collectInvoice(core, invoice, { offSession })
}

/** The invoice of the first period; of nothing during a trial. */
function firstInvoice(
  core: Core,
  customer: Customer,
  subscription: Subscription,
  given: SubscriptionCreate,
  rule: Recurring,
): Invoice {
  const [first] = subscription.items.data
  const start = first?.current_period_start ?? subscription.start_date
  const end = first?.current_period_end ?? start
  const whole = boundaryAfter(start, rule, start) - start
  const isPart = end - start < whole
  const isFree = isPart && given.proration_behavior === 'none'
  const isTrial = subscription.status === 'trialing'
  const lines = subscription.items.data
    .filter((item) => item.price.recurring?.usage_type !== 'metered' && !isFree)
    .map((item) =>
      periodLine(
        core,
        subscription,
        item,
        isPart && !isTrial ? { part: { seconds: end - start, of: whole } } : { isTrial },
      ),
    )
  return draftInvoice(core, {
    customer,
    subscription,
    reason: 'subscription_create',
    id: subscription.latest_invoice ?? core.id('in'),
    lines,
    items: pendingItems(core, customer.id, subscription.id),
    currency: subscription.currency,
    // Only renewals are tried again by themselves.
    autoAdvance: subscription.collection_method === 'send_invoice',
    period: { start, end: start },
  })
}

function newSubscription(
  core: Core,
  customer: Customer,
  given: SubscriptionCreate,
  made: {
    id: string
    now: number
    trialEnd: number | null
    anchor: number
    items: SubscriptionItem[]
    method: string | null
    status: SubscriptionStatus
    currency: string
    /** Id of the invoice that is about to be drafted. */
    invoice: string
  },
): Subscription {
  const { id, now, trialEnd, items } = made
  const cancelsAtEnd = given.cancel_at_period_end ?? false
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: given.automatic_tax?.enabled ?? false, liability: null },
    billing_cycle_anchor: made.anchor,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: given.billing_mode?.type ?? 'flexible' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: cancelsAtEnd ? (items[0]?.current_period_end ?? null) : (given.cancel_at ?? null),
    cancel_at_period_end: cancelsAtEnd,
    canceled_at: cancelsAtEnd || given.cancel_at !== undefined ? now : null,
    cancellation_details: { comment: null, feedback: null, reason: cancelsAtEnd ? 'cancellation_requested' : null },
    collection_method: given.collection_method ?? 'charge_automatically',
    created: now,
    currency: made.currency,
    customer: customer.id,
    customer_account: null,
    days_until_due: given.days_until_due ?? null,
    default_payment_method: made.method,
    default_source: null,
    default_tax_rates: ratesByIds(core, given.default_tax_rates, 'default_tax_rates'),
    description: given.description ?? null,
    discounts: [],
    ended_at: null,
    invoice_settings: { account_tax_ids: null, issuer: { type: 'self' } },
    items: listOf(`/v1/subscription_items?subscription=${id}`, items),
    latest_invoice: made.invoice,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, given.metadata),
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: given.payment_settings?.save_default_payment_method ?? 'off',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: made.status,
    test_clock: customer.test_clock,
    transfer_data: null,
    trial_end: trialEnd,
    trial_settings: given.trial_settings ?? { end_behavior: { missing_payment_method: 'create_invoice' } },
    trial_start: trialEnd === null ? null : now,
  }
}

function trialEndOf(given: SubscriptionCreate, now: number): number | null {
  if (given.trial_period_days !== undefined) {
    if (given.trial_end !== undefined)
      throw refused('You may only specify one of these parameters: trial_end, trial_period_days.')
    return now + given.trial_period_days * 86_400
  }
  if (given.trial_end === undefined || given.trial_end === 'now') return null
  if (given.trial_end <= now)
    throw refused('Invalid timestamp: must be an integer Unix timestamp in the future.', { param: 'trial_end' })
  return given.trial_end
}

/** Asks for a card that can be charged now, since nothing is to be left behind otherwise. @throws {StripeError} 402 */
export function requireGoodCard(core: Core, method: string): void {
  const outcome = core.cards.get(method)?.outcome
  if (!outcome || outcome.kind === 'succeeds') return
  if (outcome.kind === 'authenticates' && outcome.when === 'unless-set-up' && core.cardsSetUp.has(method)) return
  const problem: PaymentProblem =
    outcome.kind === 'declines'
      ? {
          ...{ type: 'card_error', code: outcome.code, decline_code: outcome.decline, message: outcome.message },
          doc_url: `https://stripe.com/docs/error-codes/${outcome.code.replaceAll('_', '-')}`,
        }
      : {
          ...{ type: 'card_error', code: 'subscription_payment_intent_requires_action' },
          doc_url: 'https://stripe.com/docs/error-codes/subscription-payment-intent-requires-action',
          message:
            'Payment for this subscription requires additional user action before it can be completed successfully.',
        }
  throw cardError(problem, {})
}

/** Makes the invoice of a change or of a new period, and collects it at once. @returns why that did not work */
export function invoiceNow(
  core: Core,
  subscription: Subscription,
  lines: Parameters<typeof draftInvoice>[1]['lines'],
  prorationDate: number,
): { invoice: Invoice; problem: PaymentProblem | null } {
  const customer = core.store.get('customer', subscription.customer)
  const invoice = draftInvoice(core, {
    customer,
    subscription,
    reason: 'subscription_update',
    lines,
    items: pendingItems(core, customer.id, subscription.id),
    currency: subscription.currency,
    prorationDate,
  })
  return { invoice, problem: advanceNow(core, invoice, subscription.days_until_due) }
}
