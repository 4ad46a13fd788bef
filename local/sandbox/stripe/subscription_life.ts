import type {
  CancellationDetails,
  Invoice,
  Subscription,
  SubscriptionItem,
  SubscriptionStatus,
} from './billing_objects.ts'
import { boundaryAfter } from './calendar.ts'
import type { Core, InvoiceNews } from './core.ts'
import { advanceLater } from './invoice_collection.ts'
import { pendingItems, periodLine } from './invoice_lines.ts'
import {
  buildInvoice,
  draftInvoice,
  finalizeInvoice,
  markUncollectible,
  methodFor,
  stopCollection,
  voidInvoice,
} from './invoices.ts'

/** An incomplete subscription waits this long for its first payment, in seconds. */
const incompleteSeconds = 23 * 3600
const updated = 'customer.subscription.updated'
const timers = ['period', 'cancel', 'trial-notice', 'expire', 'upcoming', 'collection'] as const

/** The end of the period that is paid or owed now. */
export function periodEnd(subscription: Subscription): number {
  return Math.min(...subscription.items.data.map((item) => item.current_period_end))
}

/** Items with another period. */
export function withPeriod(items: readonly SubscriptionItem[], start: number, end: number): SubscriptionItem[] {
  return items.map((item) => ({ ...item, current_period_start: start, current_period_end: end }))
}

/** Plans what will happen to a subscription by itself, in the place of what was planned before. */
export function planAhead(core: Core, subscription: Subscription): void {
  const { id, status } = subscription
  const timeline = core.timelineOf(subscription)
  for (const timer of timers) timeline.cancel(`${id}:${timer}`)
  if (subscription.ended_at !== null) return
  const now = timeline.now()
  if (status === 'incomplete') {
    timeline.schedule(`${id}:expire`, subscription.created + incompleteSeconds, () => expire(core, subscription))
    return
  }
  if (subscription.cancel_at !== null && !subscription.cancel_at_period_end) {
    timeline.schedule(`${id}:cancel`, subscription.cancel_at, () => endSubscription(core, subscription, {}))
  }
  if (subscription.pause_collection?.resumes_at) {
    timeline.schedule(`${id}:collection`, subscription.pause_collection.resumes_at, () =>
      core.change(subscription, { pause_collection: null }, updated),
    )
  }
  if (status === 'paused') return
  const end = periodEnd(subscription)
  timeline.schedule(`${id}:period`, end, () => endPeriod(core, subscription))
  if (status === 'trialing' && subscription.trial_end !== null) {
    const notice = subscription.trial_end - core.settings.trialNoticeSeconds
    // Short trials are told of at once, and others once only.
    if (notice >= now || subscription.trial_start === now) {
      timeline.schedule(`${id}:trial-notice`, Math.max(now, notice), () =>
        core.emit('customer.subscription.trial_will_end', subscription),
      )
    }
  }
  const upcoming = end - core.settings.upcomingSeconds
  if (upcoming > now && !subscription.cancel_at_period_end) {
    timeline.schedule(`${id}:upcoming`, upcoming, () => tellUpcoming(core, subscription))
  }
}

/** Ends an incomplete subscription whose first invoice nobody paid. */
function expire(core: Core, subscription: Subscription): void {
  if (subscription.status !== 'incomplete') return
  const now = core.now(subscription)
  core.change(subscription, { status: 'incomplete_expired', ended_at: now, canceled_at: now }, updated)
  voidOpen(core, subscription)
}

function voidOpen(core: Core, subscription: Subscription): void {
  for (const invoice of invoicesOf(core, subscription.id)) if (invoice.status === 'open') voidInvoice(core, invoice)
}

/** All invoices of a subscription, oldest first. */
export function invoicesOf(core: Core, subscription: string): Invoice[] {
  return core.store.all('invoice').filter((one) => one.parent?.subscription_details.subscription === subscription)
}

function tellUpcoming(core: Core, subscription: Subscription): void {
  const customer = core.store.get('customer', subscription.customer)
  const end = periodEnd(subscription)
  const rule = subscription.items.data[0]?.price.recurring
  if (!rule) return
  const items = withPeriod(subscription.items.data, end, boundaryAfter(subscription.billing_cycle_anchor, rule, end))
  const { id: _, ...preview } = buildInvoice(core, {
    customer,
    subscription,
    reason: 'subscription_cycle',
    lines: items.map((item) => periodLine(core, subscription, item)),
    items: pendingItems(core, customer.id, subscription.id),
    currency: subscription.currency,
  })
  core.emit('invoice.upcoming', { ...preview, created: core.now(subscription), next_payment_attempt: end })
}

/** What happens when a period is over: the next one, or the end. */
function endPeriod(core: Core, subscription: Subscription): void {
  const isTrialOver = subscription.status === 'trialing'
  if (subscription.cancel_at_period_end) {
    endSubscription(core, subscription, {})
    return
  }
  if (isTrialOver && !canPay(core, subscription)) {
    const missing = subscription.trial_settings.end_behavior.missing_payment_method
    if (missing === 'cancel') {
      endSubscription(core, subscription, {})
      return
    }
    if (missing === 'pause') {
      pause(core, subscription, 'trial_end_without_payment_method')
      return
    }
  }
  startPeriod(core, subscription, isTrialOver ? { status: 'active' } : {})
}

function canPay(core: Core, subscription: Subscription): boolean {
  if (subscription.collection_method === 'send_invoice') return true
  const customer = core.store.find('customer', subscription.customer)
  return (subscription.default_payment_method ?? customer?.invoice_settings.default_payment_method ?? null) !== null
}

/** Starts the period that follows the one before, with its invoice. */
function startPeriod(core: Core, subscription: Subscription, patch: { status?: SubscriptionStatus }): void {
  const customer = core.store.get('customer', subscription.customer)
  const start = periodEnd(subscription)
  const rule = subscription.items.data[0]?.price.recurring
  if (!rule) return
  const end = boundaryAfter(subscription.billing_cycle_anchor, rule, start)
  const items = { ...subscription.items, data: withPeriod(subscription.items.data, start, end) }
  const before = {
    items: structuredClone(subscription.items),
    latest_invoice: subscription.latest_invoice,
    status: subscription.status,
  }
  const past = subscription.items.data[0]?.current_period_start ?? start
  core.change(subscription, { items, ...patch })
  const isCollecting = subscription.status !== 'unpaid' && subscription.pause_collection?.behavior !== 'keep_as_draft'
  const invoice = draftInvoice(core, {
    customer,
    subscription,
    reason: 'subscription_cycle',
    lines: subscription.items.data
      .filter((item) => item.price.recurring?.usage_type !== 'metered')
      .map((item) => periodLine(core, subscription, item)),
    items: pendingItems(core, customer.id, subscription.id),
    currency: subscription.currency,
    autoAdvance: isCollecting,
    ...(isCollecting ? { finalizesIn: core.settings.draftSeconds } : {}),
    period: { start: past, end: start },
  })
  core.emit(updated, subscription, before)
  planAhead(core, subscription)
  const rest = subscription.pause_collection?.behavior
  if (rest === 'void' || rest === 'mark_uncollectible') {
    // Nothing is to be collected: the intent is given up before anybody tries it.
    core.change(invoice, { auto_advance: false })
    finalizeInvoice(core, invoice)
    if (invoice.status === 'open') (rest === 'void' ? voidInvoice : markUncollectible)(core, invoice)
    return
  }
  advanceLater(core, invoice, subscription.days_until_due)
}

/** Stops the subscription until somebody resumes it. */
export function pause(core: Core, subscription: Subscription, reason: string): Subscription {
  const previous = { status: subscription.status }
  core.change(subscription, {
    status: 'paused',
    status_details: {
      paused: { subscription: { type: reason }, transitioned_at: core.now(subscription), type: 'subscription' },
    },
  })
  core.emit('customer.subscription.paused', subscription)
  core.emit(updated, subscription, previous)
  planAhead(core, subscription)
  return subscription
}

/** Lets a paused subscription go on. */
export function unpause(core: Core, subscription: Subscription, status: 'active' | 'past_due'): void {
  core.change(subscription, { status })
  delete subscription.status_details
  core.emit('customer.subscription.resumed', subscription)
  core.emit(updated, subscription, { status: 'paused' })
  planAhead(core, subscription)
}

/** Ends a subscription at once. */
export function endSubscription(
  core: Core,
  subscription: Subscription,
  details: Partial<CancellationDetails>,
): Subscription {
  const now = core.now(subscription)
  const wasIncomplete = subscription.status === 'incomplete'
  const reason = details.reason ?? subscription.cancellation_details.reason ?? 'cancellation_requested'
  core.change(subscription, {
    status: wasIncomplete ? 'incomplete_expired' : 'canceled',
    ended_at: now,
    canceled_at: subscription.canceled_at ?? now,
    cancellation_details: { ...subscription.cancellation_details, ...details, reason },
  })
  planAhead(core, subscription)
  core.emit('customer.subscription.deleted', subscription)
  if (wasIncomplete) voidOpen(core, subscription)
  for (const invoice of invoicesOf(core, subscription.id)) {
    if (invoice.status === 'draft') stopCollection(core, invoice)
    if (invoice.status === 'open' || invoice.status === 'draft') {
      core.timelineOf(invoice).cancel(`${invoice.id}:retry`)
      core.change(invoice, { auto_advance: false, next_payment_attempt: null }, 'invoice.updated')
    }
  }
  return subscription
}

/** Ends all subscriptions of a customer, and lets go of their drafts. */
export function endAllOf(core: Core, customer: string): void {
  for (const subscription of core.store.all('subscription')) {
    if (subscription.customer === customer && subscription.ended_at === null) endSubscription(core, subscription, {})
  }
  for (const invoice of core.store.all('invoice')) {
    if (invoice.customer === customer && invoice.status === 'draft') stopCollection(core, invoice)
  }
}

/** Lets subscriptions follow their invoices. */
export function followInvoices(core: Core): void {
  core.onInvoice((invoice, what) => {
    const id = invoice.parent?.subscription_details.subscription
    const subscription = id === undefined ? undefined : core.store.find('subscription', id)
    if (!subscription || subscription.ended_at !== null) return
    react(core, subscription, invoice, what)
  })
}

function react(core: Core, subscription: Subscription, invoice: Invoice, what: InvoiceNews): void {
  const { status } = subscription
  const isFirst = invoice.billing_reason === 'subscription_create'
  const setStatus = (next: SubscriptionStatus) => {
    core.change(subscription, { status: next }, updated)
    planAhead(core, subscription)
  }
  if (what === 'paid') {
    if (status === 'incomplete' && isFirst) {
      rememberMethod(core, subscription, invoice)
      setStatus('active')
    } else if ((status === 'past_due' || status === 'unpaid') && !owes(core, subscription)) {
      setStatus('active')
    } else if (status === 'paused' && invoice.id === subscription.latest_invoice) {
      unpause(core, subscription, 'active')
    }
    return
  }
  // Nobody can pay it any more.
  if (what === 'voided' && isFirst && status === 'incomplete') expire(core, subscription)
  if (what === 'failed' && !isFirst && status === 'active') setStatus('past_due')
  if (what === 'exhausted') {
    const { afterRetries } = core.settings
    if (afterRetries === 'cancel') endSubscription(core, subscription, { reason: 'payment_failed' })
    else if (afterRetries === 'unpaid') setStatus('unpaid')
  }
  if ((what === 'voided' || what === 'uncollectible') && status === 'past_due' && !owes(core, subscription)) {
    setStatus('active')
  }
}

function owes(core: Core, subscription: Subscription): boolean {
  return invoicesOf(core, subscription.id).some(({ status, attempted }) => status === 'open' && attempted)
}

/** Keeps the card that paid first, where the subscription is told to. */
function rememberMethod(core: Core, subscription: Subscription, invoice: Invoice): void {
  const settings = subscription.payment_settings
  const keeps =
    typeof settings === 'object' &&
    settings !== null &&
    'save_default_payment_method' in settings &&
    settings.save_default_payment_method === 'on_subscription'
  const paid = core.store
    .all('invoice_payment')
    .find((payment) => payment.invoice === invoice.id && payment.status === 'paid')
  const intent = paid && core.store.find('payment_intent', paid.payment.payment_intent)
  if (keeps && intent?.payment_method && methodFor(core, invoice) !== intent.payment_method) {
    core.change(subscription, { default_payment_method: intent.payment_method })
  }
}
