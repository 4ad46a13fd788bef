import { isDeepStrictEqual } from 'node:util'
import type { Invoice } from './billing_objects.ts'
import type { TestCard } from './cards.ts'
import { createTimeline, type Timeline } from './clock.ts'
import { createIds, type MakeId } from './ids.ts'
import type { PaymentIntent, PaymentProblem, StripeEvent, StripeObject } from './objects.ts'
import { createStore, type Kind, type Objects, type Store } from './store.ts'

/** Version in which objects and events are written; the pinned SDK's. */
export const apiVersion = '2026-10-28.endive'

/** What an operator sets in Stripe's dashboard. */
export interface BillingSettings {
  /** Days from each failed attempt on a renewal to the next one. */
  retryDays: readonly number[]
  /** What becomes of a subscription whose last retry failed. */
  afterRetries: 'cancel' | 'past_due' | 'unpaid'
  /** Seconds from the draft of a renewal to its finalization. */
  draftSeconds: number
  /** Seconds before the end of a trial at which `customer.subscription.trial_will_end` is told. */
  trialNoticeSeconds: number
  /** Seconds before a renewal at which `invoice.upcoming` is told. */
  upcomingSeconds: number
}

/** Request that changes are made for; both null when the world acts by itself. */
export type RequestMark = StripeEvent['request']

/** What all parts of the world share. */
export interface Core {
  readonly store: Store
  readonly settings: BillingSettings
  readonly id: MakeId
  readonly events: StripeEvent[]
  /** What each saved card does, by the payment method's id. */
  readonly cards: Map<string, TestCard>
  /** Saved cards whose owners agreed to payments without them. */
  readonly cardsSetUp: Set<string>
  /** Subscriptions and customers whose next renewal is to be declined. */
  readonly failingRenewals: Set<string>
  /** Where the hosted pages are, without a slash at the end. */
  pagesUrl(): string
  /** Seconds by which the world's clock is ahead of its callers'. */
  ahead(): number
  /** The clock that an object lives by: its customer's test clock, or the world's. */
  timelineOf(object: Readonly<Record<string, unknown>>): Timeline
  timeline(testClock: string | null): Timeline
  addTimeline(testClock: string, start: number): Timeline
  now(object?: Readonly<Record<string, unknown>>): number
  /** Keeps a new object, and tells it when an event type is given. */
  add<K extends Kind>(kind: K, object: Objects[K], type?: string): Objects[K]
  /**
   * Changes fields of an object; undefined leaves a field as it is.
   *
   * @param type event that tells it, with what was there before; none when nothing changed
   */
  change<T extends StripeObject>(object: T, patch: { [F in keyof T]?: T[F] | undefined }, type?: string): T
  emit(type: string, object: Readonly<Record<string, unknown>>, previous?: Record<string, unknown>): StripeEvent
  /** Runs a change as made by a request. */
  during<T>(request: RequestMark, work: () => T): T
  listen(listener: (event: StripeEvent) => void): () => void
  /** Told when a payment intent succeeded, failed or waits for its payer. Set by the invoices. */
  onIntent(listener: (intent: PaymentIntent, problem: PaymentProblem | null) => void): void
  intentSettled(intent: PaymentIntent, problem: PaymentProblem | null): void
  /** Told when an invoice was paid, could not be, or was given up. Set by the subscriptions. */
  onInvoice(listener: (invoice: Invoice, what: InvoiceNews) => void): void
  invoiceNews(invoice: Invoice, what: InvoiceNews): void
}

/** What the subscriptions learn about an invoice. */
export type InvoiceNews = 'exhausted' | 'failed' | 'paid' | 'uncollectible' | 'voided'

/** What a world can be told at its start; see `createStripeWorld`. */
export interface CoreOptions {
  readonly now: number
  readonly seed?: number | undefined
  readonly settings?: Partial<BillingSettings> | undefined
  readonly pagesUrl?: (() => string) | undefined
  readonly ahead?: (() => number) | undefined
}

/** Makes what all parts share. */
export function createCore(options: CoreOptions): Core {
  const store = createStore()
  const id = createIds(options.seed)
  const own = createTimeline(options.now)
  const timelines = new Map<string, Timeline>()
  const events: StripeEvent[] = []
  const listeners = new Set<(event: StripeEvent) => void>()
  const intentListeners: ((intent: PaymentIntent, problem: PaymentProblem | null) => void)[] = []
  const invoiceListeners: ((invoice: Invoice, what: InvoiceNews) => void)[] = []
  let request: RequestMark = { id: null, idempotency_key: null }

  const clockOf = (object: Readonly<Record<string, unknown>>): string | null => {
    const { test_clock, customer, charge, invoice } = object
    if (typeof test_clock === 'string') return test_clock
    if (object.object === 'test_helpers.test_clock' && typeof object.id === 'string') return object.id
    if (typeof customer === 'string') return store.find('customer', customer)?.test_clock ?? null
    const parent = typeof charge === 'string' ? store.find('charge', charge) : undefined
    if (parent) return clockOf(parent)
    const owner = typeof invoice === 'string' ? store.find('invoice', invoice) : undefined
    return owner ? clockOf(owner) : null
  }
  const timeline = (testClock: string | null) => (testClock === null ? own : (timelines.get(testClock) ?? own))

  const core: Core = {
    store,
    settings: {
      retryDays: [3, 5, 7],
      afterRetries: 'cancel',
      draftSeconds: 3600,
      trialNoticeSeconds: 3 * 86_400,
      upcomingSeconds: 7 * 86_400,
      ...options.settings,
    },
    id,
    events,
    cards: new Map(),
    cardsSetUp: new Set(),
    failingRenewals: new Set(),
    pagesUrl: options.pagesUrl ?? (() => 'https://pages.stripe.test'),
    ahead: options.ahead ?? (() => 0),
    timeline,
    timelineOf: (object) => timeline(clockOf(object)),
    addTimeline(testClock, start) {
      const made = createTimeline(start)
      timelines.set(testClock, made)
      return made
    },
    now: (object = {}) => core.timelineOf(object).now(),
    add(kind, object, type) {
      store.put(kind, object)
      if (type !== undefined) core.emit(type, object)
      return object
    },
    change(object, patch, type) {
      const changes = Object.entries(patch).filter(
        ([field, value]) => value !== undefined && !isDeepStrictEqual(value, object[field]),
      )
      if (changes.length === 0) return object
      const previous = Object.fromEntries(changes.map(([field]) => [field, structuredClone(object[field])]))
      Object.assign(object, Object.fromEntries(changes))
      if (type !== undefined) core.emit(type, object, previous)
      return object
    },
    emit(type, object, previous) {
      const event: StripeEvent = {
        id: id('evt'),
        object: 'event',
        api_version: apiVersion,
        created: core.now(object),
        data: {
          object: structuredClone({ ...object }),
          ...(previous ? { previous_attributes: previous } : {}),
        },
        livemode: false,
        pending_webhooks: 1,
        request,
        type,
      }
      events.push(event)
      for (const listener of listeners) listener(event)
      return event
    },
    during(mark, work) {
      const before = request
      request = mark
      try {
        return work()
      } finally {
        request = before
      }
    },
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onIntent: (listener) => void intentListeners.push(listener),
    intentSettled(intent, problem) {
      for (const listener of intentListeners) listener(intent, problem)
    },
    onInvoice: (listener) => void invoiceListeners.push(listener),
    invoiceNews(invoice, what) {
      for (const listener of invoiceListeners) listener(invoice, what)
    },
  }
  return core
}

/** A list as it stands inside an object. */
export function listOf<T>(url: string, data: T[]) {
  return { object: 'list' as const, data, has_more: false, total_count: data.length, url }
}
