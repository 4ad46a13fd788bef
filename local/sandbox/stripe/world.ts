import * as catalogue from './catalogue.ts'
import { updateCharge } from './charges.ts'
import { type BillingSettings, type Core, createCore, type RequestMark } from './core.ts'
import { createCustomer, deleteCustomer, updateCustomer } from './customers.ts'
import { closeDispute, openDispute, updateDispute } from './disputes.ts'
import { noSuch } from './errors.ts'
import { followIntents } from './invoice_collection.ts'
import { previewInvoice } from './invoice_preview.ts'
import * as invoiceRequests from './invoice_requests.ts'
import { markUncollectible, requireInvoice, voidInvoice } from './invoices.ts'
import type { StripeEvent, StripeObject } from './objects.ts'
import * as intents from './payment_intents.ts'
import * as methods from './payment_methods.ts'
import { cancelRefund, createRefund, failRefund, updateRefund } from './refunds.ts'
import * as setups from './setup_intents.ts'
import * as changes from './subscription_changes.ts'
import { endAllOf, followInvoices } from './subscription_life.ts'
import { createSubscription } from './subscriptions.ts'
import { advanceTestClock, createTestClock, deleteTestClock } from './test_clocks.ts'
import { createWebhookEndpoint, updateWebhookEndpoint } from './webhook_endpoints.ts'

/** What a world can be told at its start. */
export interface StripeWorldOptions {
  /** Where its clock stands, in seconds since 1970; the clock of this machine when left out. */
  readonly now?: number
  /** Makes ids the same in each run; they are random without it. */
  readonly seed?: number
  /** What an operator would set in the dashboard. */
  readonly settings?: Partial<BillingSettings>
  /** Where hosted pages are, for links; no slash at the end. */
  readonly pagesUrl?: () => string
  /**
   * Seconds by which its clock is ahead of that of its callers, who write times by their own: a `proration_date` before the
   * period is moved by as much.
   */
  readonly ahead?: () => number
  /** Told of each event the moment it happens. */
  readonly onEvent?: (event: StripeEvent) => void
}

/**
 * A Stripe of its own: objects, a clock and events, without HTTP. Everything happens at once, within the call that
 * causes it, and each change tells its events to `on` before the call returns. Parameters are those of Stripe's API
 * (numbers and booleans as such), results are the living objects in its newest shape; do not change them. Wrong
 * parameters throw `StripeError`, as the API would answer them.
 *
 * @example
 * ```ts
 * const world = createStripeWorld({ now: 1_780_000_000, seed: 1 })
 * const customer = world.customers.create({ email: 'ana@example.test' })
 * const card = world.paymentMethods.attach('pm_card_visa', customer.id)
 * world.customers.update(customer.id, { invoice_settings: { default_payment_method: card.id } })
 * const product = world.products.create({ name: 'Pro' })
 * const price = world.prices.create({
 *   product: product.id, currency: 'usd', unit_amount: 1900, recurring: { interval: 'month' },
 * })
 * const subscription = world.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
 * world.advanceTo(world.now() + 32 * 86_400) // renews, and tells so
 * ```
 */
export type StripeWorld = ReturnType<typeof createStripeWorld>

/** Makes a world with nothing in it. */
export function createStripeWorld(options: StripeWorldOptions = {}) {
  const core = createCore({
    now: options.now ?? Date.now() / 1000,
    seed: options.seed,
    settings: options.settings,
    pagesUrl: options.pagesUrl,
    ahead: options.ahead,
  })
  followIntents(core)
  followInvoices(core)
  if (options.onEvent) core.listen(options.onEvent)

  /** A function of this world. */
  const of =
    <Parameters extends unknown[], Result>(run: (core: Core, ...parameters: Parameters) => Result) =>
    (...parameters: Parameters): Result =>
      run(core, ...parameters)
  const removeCustomer = (id: string) => deleteCustomer(core, id, (customer) => endAllOf(core, customer))

  return {
    /** What all parts share, for parts that are added from outside (checkout, portal). */
    core,
    /** Every event, oldest first. */
    events: core.events,
    /** Calls a listener at each event. @returns a function that ends it */
    on: core.listen,
    /** Tells an event about an object, with a snapshot of it as it is now. */
    emit: core.emit,
    /** Seconds since 1970 by the world's own clock. */
    now: () => core.now(),
    /** Moves the world's clock, never back; what is due happens on the way, each at its own time. */
    advanceTo: (seconds: number) => core.timeline(null).advanceTo(seconds),
    /** When the next thing will happen by itself; null when nothing will. */
    nextDue: () => core.timeline(null).next(),
    /** Marks all events of a change with the request that made it. */
    during: <T>(request: RequestMark, work: () => T) => core.during(request, work),
    /** Declines the next renewal of a subscription or a customer (by id), or of whoever comes first (`*`). */
    failNextRenewal: (id = '*') => void core.failingRenewals.add(id),
    /** Any object by its id, also what is left of a deleted one. @throws {StripeError} `resource_missing` */
    retrieve(id: string): StripeObject {
      const found = core.store.resolve(id)
      if (!found) throw noSuch('object', id)
      return found
    },
    customers: { create: of(createCustomer), update: of(updateCustomer), delete: removeCustomer },
    products: {
      create: of(catalogue.createProduct),
      update: of(catalogue.updateProduct),
      delete: of(catalogue.deleteProduct),
    },
    prices: { create: of(catalogue.createPrice), update: of(catalogue.updatePrice) },
    taxRates: { create: of(catalogue.createTaxRate), update: of(catalogue.updateTaxRate) },
    paymentMethods: {
      create: of(methods.createPaymentMethod),
      /** Of a number that somebody typed; test cards only. */
      createCard: of(methods.createCard),
      update: of(methods.updatePaymentMethod),
      /** Takes an id or a token such as `pm_card_visa`. */
      attach: of(methods.attachPaymentMethod),
      detach: of(methods.detachPaymentMethod),
    },
    paymentIntents: {
      create: of(intents.createPaymentIntent),
      update: of(intents.updatePaymentIntent),
      /** Answers the problem in place of throwing it; see `confirmOnRequest` for the API's way. */
      confirm: (id: string, how: Parameters<typeof intents.confirmPaymentIntent>[2]) =>
        intents.confirmPaymentIntent(core, core.store.get('payment_intent', id), how),
      /** The payer answers their bank: 3-D Secure. */
      authenticate: of(intents.authenticatePaymentIntent),
      capture: of(intents.capturePaymentIntent),
      cancel: (id: string, reason?: string) =>
        intents.cancelPaymentIntent(core, core.store.get('payment_intent', id), reason ?? null),
    },
    setupIntents: {
      create: of(setups.createSetupIntent),
      update: of(setups.updateSetupIntent),
      confirm: of(setups.confirmSetupIntent),
      authenticate: of(setups.authenticateSetupIntent),
      cancel: of(setups.cancelSetupIntent),
    },
    charges: { update: of(updateCharge) },
    refunds: { create: of(createRefund), update: of(updateRefund), cancel: of(cancelRefund), fail: of(failRefund) },
    disputes: { open: of(openDispute), update: of(updateDispute), close: of(closeDispute) },
    subscriptions: {
      create: of(createSubscription),
      update: of(changes.updateSubscription),
      cancel: of(changes.cancelSubscription),
      pause: of(changes.pauseSubscription),
      resume: of(changes.resumeSubscription),
    },
    invoices: {
      create: of(invoiceRequests.createInvoice),
      update: of(invoiceRequests.updateInvoice),
      delete: of(invoiceRequests.deleteInvoice),
      finalize: of(invoiceRequests.finalizeOnRequest),
      pay: of(invoiceRequests.payInvoice),
      send: of(invoiceRequests.sendInvoice),
      void: (id: string) => voidInvoice(core, requireInvoice(core, id)),
      markUncollectible: (id: string) => markUncollectible(core, requireInvoice(core, id)),
      /** What the next invoice would be; nothing is kept. */
      preview: of(previewInvoice),
    },
    invoiceItems: { create: of(invoiceRequests.createInvoiceItem), delete: of(invoiceRequests.deleteInvoiceItem) },
    testClocks: {
      create: of(createTestClock),
      advance: of(advanceTestClock),
      delete: (id: string) => deleteTestClock(core, id, removeCustomer),
    },
    webhookEndpoints: { create: of(createWebhookEndpoint), update: of(updateWebhookEndpoint) },
  }
}
