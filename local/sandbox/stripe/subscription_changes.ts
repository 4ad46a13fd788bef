import type { z } from 'zod'
import type { InvoiceItem, Subscription, SubscriptionItem } from './billing_objects.ts'
import { boundaryAfter } from './calendar.ts'
import type { Core } from './core.ts'
import { refused } from './errors.ts'
import { periodLine, prorationItem } from './invoice_lines.ts'
import { methodFor } from './invoices.ts'
import { mergeMetadata } from './parameters.ts'
import { requireOwnMethod } from './payment_methods.ts'
import { changedItems, type ItemChange, ratesByIds, requireOneRhythm } from './subscription_items.ts'
import { endSubscription, pause, periodEnd, planAhead, unpause, withPeriod } from './subscription_life.ts'
import type {
  subscriptionCancelParameters,
  subscriptionPauseParameters,
  subscriptionResumeParameters,
  subscriptionUpdateParameters,
} from './subscription_parameters.ts'
import { invoiceNow, requireGoodCard } from './subscriptions.ts'

/** Parameters of a change. */
export type SubscriptionUpdate = z.output<typeof subscriptionUpdateParameters>
const updated = 'customer.subscription.updated'

/** What a change of items would do; nothing is done yet. */
export interface PlannedChange {
  readonly items: SubscriptionItem[]
  /** Credits and debits for what is left of the period. */
  readonly prorations: InvoiceItem[]
  /** The period starts anew with the change, which is invoiced at once. */
  readonly restarts: boolean
  readonly anchor: number
}

/** Works out what a change of items means. @throws {StripeError} */
export function planChange(
  core: Core,
  subscription: Subscription,
  changes: readonly ItemChange[],
  options: { at: number; behavior: 'always_invoice' | 'create_prorations' | 'none'; restarts?: boolean },
): PlannedChange {
  const [first] = subscription.items.data
  const start = first?.current_period_start ?? subscription.start_date
  const end = periodEnd(subscription)
  const { behavior } = options
  const at = options.at < start ? Math.min(end, options.at + core.ahead()) : options.at
  if (at < start || at > end) {
    throw refused('Cannot specify proration_date outside of current subscription period', { param: 'proration_date' })
  }
  const items = changedItems(core, subscription, changes, { start, end })
  requireOneRhythm(items)
  const rule = items[0]?.price.recurring
  const old = first?.price.recurring
  const isTrial = subscription.status === 'trialing'
  const isOtherRhythm = rule?.interval !== old?.interval || rule?.interval_count !== old?.interval_count
  const restarts = !isTrial && rule !== undefined && rule !== null && (isOtherRhythm || (options.restarts ?? false))
  const prorates = !isTrial && behavior !== 'none' && subscription.status !== 'incomplete'
  const prorations = prorates ? differences(core, subscription, items, at, restarts) : []
  if (!restarts || !rule) return { items, prorations, restarts: false, anchor: subscription.billing_cycle_anchor }
  const restarted = withPeriod(items, at, boundaryAfter(at, rule, at))
  return { items: restarted, prorations, restarts: true, anchor: at }
}

/** Credits for what goes and debits for what comes; only credits when the period starts anew. */
function differences(
  core: Core,
  subscription: Subscription,
  items: readonly SubscriptionItem[],
  at: number,
  restarts: boolean,
): InvoiceItem[] {
  const same = (item: SubscriptionItem, other: SubscriptionItem | undefined) =>
    other !== undefined && other.price.id === item.price.id && other.quantity === item.quantity
  const before = subscription.items.data
  const gone = before.filter(
    (item) =>
      restarts ||
      !same(
        item,
        items.find(({ id }) => id === item.id),
      ),
  )
  const come = restarts
    ? []
    : items.filter(
        (item) =>
          !same(
            item,
            before.find(({ id }) => id === item.id),
          ),
      )
  const isBilled = (item: SubscriptionItem) => item.price.recurring?.usage_type !== 'metered'
  return [
    ...gone.filter(isBilled).map((item) => prorationItem(core, subscription, item, at, 'credit')),
    ...come.filter(isBilled).map((item) => prorationItem(core, subscription, item, at, 'debit')),
  ].filter(({ amount }) => amount !== 0)
}

/** Changes a subscription. @throws {StripeError} */
export function updateSubscription(core: Core, id: string, given: SubscriptionUpdate): Subscription {
  const subscription = core.store.get('subscription', id)
  requireLiving(subscription, given)
  const before = structuredClone(subscription)
  const behavior = given.proration_behavior ?? 'create_prorations'
  const at = given.proration_date ?? core.now(subscription)
  const restarts = given.billing_cycle_anchor?.type === 'now'
  const planned =
    given.items || restarts ? planChange(core, subscription, given.items ?? [], { at, behavior, restarts }) : null
  const invoices =
    planned !== null && (planned.restarts || (behavior === 'always_invoice' && planned.prorations.length > 0))
  if (invoices && given.payment_behavior === 'error_if_incomplete')
    requireGoodCard(core, payingMethod(core, subscription))

  core.change(subscription, fieldsOf(core, subscription, given))
  if (planned) {
    core.change(subscription, {
      items: { ...subscription.items, data: planned.items, total_count: planned.items.length },
      billing_cycle_anchor: planned.anchor,
    })
    for (const item of planned.prorations) core.add('invoiceitem', item, 'invoiceitem.created')
  }
  const endsTrial = given.trial_end === 'now' && subscription.status === 'trialing'
  if (typeof given.trial_end === 'number') moveTrial(core, subscription, given.trial_end)
  if (endsTrial) endTrial(core, subscription)
  // Told before the invoice: its payment may change the status, which is told by itself.
  tellChange(core, subscription, before)
  planAhead(core, subscription)
  if (invoices || endsTrial) {
    const lines =
      planned?.restarts || endsTrial ? subscription.items.data.map((item) => periodLine(core, subscription, item)) : []
    invoiceNow(core, subscription, lines, at)
  }
  return subscription
}

function tellChange(core: Core, subscription: Subscription, before: Subscription): void {
  const previous = Object.fromEntries(
    Object.entries(before).filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(subscription[field])),
  )
  if (Object.keys(previous).length > 0) core.emit(updated, subscription, previous)
}

function payingMethod(core: Core, subscription: Subscription): string {
  const customer = core.store.get('customer', subscription.customer)
  return subscription.default_payment_method ?? customer.invoice_settings.default_payment_method ?? ''
}

/** Fields that change by themselves. @throws {StripeError} */
function fieldsOf(core: Core, subscription: Subscription, given: SubscriptionUpdate): Partial<Subscription> {
  const now = core.now(subscription)
  const patch: Partial<Subscription> = {}
  if (given.metadata !== undefined) patch.metadata = mergeMetadata(subscription.metadata, given.metadata)
  if (given.description !== undefined) patch.description = given.description
  if (given.days_until_due !== undefined) patch.days_until_due = given.days_until_due
  if (given.collection_method !== undefined) patch.collection_method = given.collection_method
  if (given.trial_settings !== undefined) patch.trial_settings = given.trial_settings
  if (given.default_tax_rates !== undefined) {
    patch.default_tax_rates = ratesByIds(core, given.default_tax_rates, 'default_tax_rates')
  }
  if (given.default_payment_method !== undefined) {
    const method = given.default_payment_method
    patch.default_payment_method = method === null ? null : requireOwnMethod(core, method, subscription.customer).id
  }
  if (given.pause_collection !== undefined) {
    const rest = given.pause_collection
    patch.pause_collection = rest === null ? null : { behavior: rest.behavior, resumes_at: rest.resumes_at ?? null }
  }
  if (given.cancel_at !== undefined) {
    patch.cancel_at = given.cancel_at
    patch.cancel_at_period_end = false
    patch.canceled_at = given.cancel_at === null ? null : now
  }
  if (given.cancel_at_period_end !== undefined) {
    patch.cancel_at_period_end = given.cancel_at_period_end
    patch.cancel_at = given.cancel_at_period_end ? periodEnd(subscription) : null
    patch.canceled_at = given.cancel_at_period_end ? now : null
  }
  const endsWell = patch.cancel_at !== undefined
  if (endsWell || given.cancellation_details) {
    const details = given.cancellation_details
    const isKept = patch.cancel_at === null
    const old = isKept ? { comment: null, feedback: null, reason: null } : subscription.cancellation_details
    patch.cancellation_details = {
      comment: details?.comment === undefined ? old.comment : details.comment,
      feedback: details?.feedback === undefined ? old.feedback : details.feedback,
      reason: endsWell ? (isKept ? null : 'cancellation_requested') : old.reason,
    }
  }
  return patch
}

function moveTrial(core: Core, subscription: Subscription, end: number): void {
  const now = core.now(subscription)
  if (end <= now)
    throw refused('Invalid timestamp: must be an integer Unix timestamp in the future.', { param: 'trial_end' })
  core.change(subscription, {
    status: 'trialing',
    trial_start: subscription.trial_start ?? now,
    trial_end: end,
    billing_cycle_anchor: end,
    items: { ...subscription.items, data: withPeriod(subscription.items.data, now, end) },
  })
}

function endTrial(core: Core, subscription: Subscription): void {
  const now = core.now(subscription)
  const rule = subscription.items.data[0]?.price.recurring
  if (!rule) return
  core.change(subscription, {
    status: 'active',
    trial_end: now,
    billing_cycle_anchor: now,
    items: { ...subscription.items, data: withPeriod(subscription.items.data, now, boundaryAfter(now, rule, now)) },
  })
}

/** Ends a subscription now, on request. @throws {StripeError} when it has ended */
export function cancelSubscription(
  core: Core,
  id: string,
  given: z.output<typeof subscriptionCancelParameters> = {},
): Subscription {
  const subscription = core.store.get('subscription', id)
  requireLiving(subscription, {})
  const at = core.now(subscription)
  const isBilled = subscription.status === 'active' || subscription.status === 'past_due'
  if (given.prorate && isBilled) {
    for (const item of subscription.items.data) {
      core.add('invoiceitem', prorationItem(core, subscription, item, at, 'credit'), 'invoiceitem.created')
    }
  }
  const details = given.cancellation_details
  endSubscription(core, subscription, {
    reason: 'cancellation_requested',
    ...(details?.comment === undefined ? {} : { comment: details.comment }),
    ...(details?.feedback === undefined ? {} : { feedback: details.feedback }),
  })
  if (given.invoice_now) invoiceNow(core, subscription, [], at)
  return subscription
}

/** Pauses a subscription: no period runs until it is resumed. @throws {StripeError} */
export function pauseSubscription(
  core: Core,
  id: string,
  given: z.output<typeof subscriptionPauseParameters> = {},
): Subscription {
  const subscription = core.store.get('subscription', id)
  if (subscription.status !== 'active' && subscription.status !== 'past_due' && subscription.status !== 'trialing') {
    throw refused(`You cannot pause a subscription whose status is ${subscription.status}.`)
  }
  const from = given.bill_for?.unused_time_from?.type ?? 'now'
  if (subscription.status !== 'trialing' && from !== 'none') {
    for (const item of subscription.items.data) {
      const at = from === 'now' ? core.now(subscription) : item.current_period_start
      core.add('invoiceitem', prorationItem(core, subscription, item, at, 'credit'), 'invoiceitem.created')
    }
    if (given.invoicing_behavior === 'invoice') invoiceNow(core, subscription, [], core.now(subscription))
  }
  return pause(core, subscription, 'pause_requested')
}

/** Resumes a paused subscription, with a new period unless its anchor stays. @throws {StripeError} */
export function resumeSubscription(
  core: Core,
  id: string,
  given: z.output<typeof subscriptionResumeParameters> = {},
): Subscription {
  const subscription = core.store.get('subscription', id)
  if (subscription.status !== 'paused') {
    throw refused(
      `You cannot resume a subscription whose status is ${subscription.status}. Only paused ones can be resumed.`,
    )
  }
  const now = core.now(subscription)
  const rule = subscription.items.data[0]?.price.recurring
  if (!rule) return subscription
  const restarts = given.billing_cycle_anchor?.type !== 'unchanged'
  const anchor = restarts ? now : subscription.billing_cycle_anchor
  const end = boundaryAfter(anchor, rule, now)
  core.change(subscription, {
    billing_cycle_anchor: anchor,
    items: { ...subscription.items, data: withPeriod(subscription.items.data, now, end) },
  })
  const whole = boundaryAfter(now, rule, now) - now
  const part = restarts ? {} : { part: { seconds: end - now, of: whole } }
  const lines = subscription.items.data.map((item) => periodLine(core, subscription, item, part))
  const { invoice } = invoiceNow(core, subscription, lines, now)
  // Paying it resumes; where an attempt is enough, so does a failed one.
  if (subscription.status === 'paused' && given.payment_behavior !== 'resume_on_payment_success') {
    const owes = invoice.status === 'open' && methodFor(core, invoice) !== null
    unpause(core, subscription, owes ? 'past_due' : 'active')
  }
  planAhead(core, subscription)
  return subscription
}

function requireLiving(subscription: Subscription, given: Readonly<Record<string, unknown>>): void {
  if (subscription.ended_at === null) return
  const onlyWords =
    Object.keys(given).length > 0 &&
    Object.keys(given).every((field) => field === 'metadata' || field === 'cancellation_details')
  if (onlyWords) return
  throw refused('A canceled subscription can only update its cancellation_details and metadata.', {
    code: 'resource_missing',
  })
}
