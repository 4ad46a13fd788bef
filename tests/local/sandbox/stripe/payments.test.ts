import { beforeEach, describe, expect, it } from 'vitest'
import { StripeError } from '../../../../local/sandbox/stripe/errors.ts'
import { createStripeWorld, type StripeWorld } from '../../../../local/sandbox/stripe/world.ts'

const start = Date.UTC(2026, 2, 1) / 1000
const hour = 3600
let world: StripeWorld
beforeEach(() => {
  world = createStripeWorld({ now: start, seed: 3 })
})

/** What a refused call says. */
function refusal(work: () => unknown): StripeError | undefined {
  try {
    work()
  } catch (error) {
    if (error instanceof StripeError) return error
    throw error
  }
  return undefined
}

const typesSince = (count: number) => world.events.slice(count).map(({ type }) => type)

/** Pays with a card. */
function pay(card: string, amount = 2000) {
  return world.paymentIntents.create({
    ...{ amount, currency: 'usd', payment_method: card, confirm: true },
    return_url: 'https://app.test/',
  })
}

describe('cards of the sandbox’s Stripe', () => {
  it('are saved for a customer, unless the bank refuses, and forgotten as default too', () => {
    const customer = world.customers.create({})
    const declined = refusal(() => world.paymentMethods.attach('pm_card_chargeDeclined', customer.id))
    expect(declined).toMatchObject({ status: 402, details: { code: 'card_declined' } })
    const method = world.paymentMethods.attach('pm_card_visa', customer.id)
    world.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } })
    const other = world.customers.create({})
    expect(refusal(() => world.paymentMethods.attach(method.id, other.id))?.status).toBe(400)
    const before = world.events.length
    world.paymentMethods.detach(method.id)

    expect(customer.invoice_settings.default_payment_method).toBeNull()
    expect(typesSince(before)).toEqual(['payment_method.detached', 'customer.updated'])
    expect(method).toMatchObject({ customer: null, card: { brand: 'visa', last4: '4242' } })
  })

  it('are made of what somebody types: test cards that are not past', () => {
    const typed = world.paymentMethods.createCard({ number: '5555 5555 5555 4444', exp_month: 3, exp_year: 2026 })
    expect(typed.card).toMatchObject({ brand: 'mastercard', last4: '4444', exp_year: 2026 })
    const past = { number: '4242424242424242', exp_month: 2, exp_year: 2026 }
    expect(refusal(() => world.paymentMethods.createCard(past))?.details.code).toBe('invalid_expiry_year')
    const real = { number: '4111111111111111', exp_month: 2, exp_year: 2030 }
    expect(refusal(() => world.paymentMethods.createCard(real))?.details.decline_code).toBe('test_mode_live_card')
  })

  it('pay after their owner said yes to the bank, and not after a no', () => {
    const yes = pay('pm_card_authenticationRequired')
    const no = pay('pm_card_authenticationRequired')
    const poor = pay('pm_card_authenticationRequiredChargeDeclined')
    expect([yes.status, no.status, poor.status]).toEqual(['requires_action', 'requires_action', 'requires_action'])
    world.paymentIntents.authenticate(yes.id, true)
    world.paymentIntents.authenticate(no.id, false)
    world.paymentIntents.authenticate(poor.id, true)

    expect(yes).toMatchObject({ status: 'succeeded', amount_received: 2000, next_action: null })
    expect(no).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    })
    expect(poor).toMatchObject({ status: 'requires_payment_method', last_payment_error: { code: 'card_declined' } })
    expect(refusal(() => world.paymentIntents.authenticate(yes.id, true))?.status).toBe(400)
  })

  it('renew without their owner once they were set up for that, and ask otherwise', () => {
    const product = world.products.create({ name: 'Pro' })
    const recurring = { interval: 'month' } as const
    const price = world.prices.create({ product: product.id, currency: 'usd', unit_amount: 2000, recurring })
    const subscribe = (isSetUp: boolean) => {
      const customer = world.customers.create({})
      const method = world.paymentMethods.attach('pm_card_authenticationRequiredOnSetup', customer.id)
      if (isSetUp) {
        const intent = world.setupIntents.create({ customer: customer.id, payment_method: method.id, confirm: true })
        expect(intent.status).toBe('requires_action')
        world.setupIntents.authenticate(intent.id, true)
      }
      return world.subscriptions.create({
        ...{ customer: customer.id, items: [{ price: price.id }], default_payment_method: method.id },
        trial_period_days: 7,
      })
    }
    const [prepared, unprepared] = [subscribe(true), subscribe(false)]
    world.advanceTo(start + 7 * 24 * hour + hour)
    expect([prepared.status, unprepared.status]).toEqual(['active', 'past_due'])
    expect(world.events.filter(({ type }) => type === 'invoice.payment_action_required')).toHaveLength(1)

    const payment = world.core.store.all('payment_intent').find(({ status }) => status === 'requires_action')
    world.paymentIntents.authenticate(payment?.id ?? '', true)
    expect(unprepared.status).toBe('active')
  })

  it('reserve money that is captured later, in part, or let go', () => {
    const make = () =>
      world.paymentIntents.create({
        ...{ amount: 2000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true },
        ...{ capture_method: 'manual', return_url: 'https://app.test/' },
      })
    const [captured, released] = [make(), make()]
    expect(captured).toMatchObject({ status: 'requires_capture', amount_capturable: 2000, amount_received: 0 })
    expect(refusal(() => world.paymentIntents.capture(captured.id, 2001))?.details.code).toBe('amount_too_large')
    world.paymentIntents.capture(captured.id, 1500)
    world.paymentIntents.cancel(released.id, 'abandoned')

    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 1500 })
    expect(released).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned', amount_capturable: 0 })
    expect(refusal(() => world.paymentIntents.cancel(captured.id))?.details.code).toBe(
      'payment_intent_unexpected_state',
    )
  })

  it('deny a payment where the card is made for that, which takes the money back', () => {
    const before = world.events.length
    const intent = pay('pm_card_createDispute')
    const [dispute] = world.core.store.all('dispute')

    expect(dispute).toMatchObject({ reason: 'fraudulent', amount: 2000, payment_intent: intent.id })
    expect(typesSince(before)).toEqual(
      expect.arrayContaining(['charge.dispute.created', 'charge.dispute.funds_withdrawn']),
    )
    expect(refusal(() => world.refunds.create({ payment_intent: intent.id }))?.details.code).toBe('charge_disputed')
    world.disputes.update(dispute?.id ?? '', { evidence: { product_description: 'Pro' }, submit: true })
    expect(dispute).toMatchObject({ status: 'under_review', evidence_details: { submission_count: 1 } })
    world.disputes.close(dispute?.id ?? '', 'lost')
    expect(refusal(() => world.disputes.close(dispute?.id ?? '', 'won'))?.status).toBe(400)
  })
})

describe('refunds of the sandbox’s Stripe', () => {
  it('arrive at once, later, or come back, as the card says', () => {
    const refund = (card: string) => world.refunds.create({ payment_intent: pay(card).id })
    const [quick, slow, failing] = [
      refund('pm_card_visa'),
      refund('pm_card_pendingRefund'),
      refund('pm_card_refundFail'),
    ]
    expect([quick.status, slow.status, failing.status]).toEqual(['succeeded', 'pending', 'succeeded'])
    const before = world.events.length
    world.advanceTo(start + hour)

    expect([quick.status, slow.status, failing.status]).toEqual(['succeeded', 'succeeded', 'failed'])
    expect(failing.failure_reason).toBe('lost_or_stolen_card')
    expect(world.core.store.get('charge', failing.charge)).toMatchObject({ amount_refunded: 0, refunded: false })
    expect(typesSince(before).filter((type) => type === 'refund.failed')).toHaveLength(1)
    expect(typesSince(before).filter((type) => type === 'refund.updated')).toHaveLength(2)
  })

  it('are taken back while they are on their way', () => {
    const refund = world.refunds.create({ payment_intent: pay('pm_card_pendingRefund').id, amount: 500 })
    world.refunds.cancel(refund.id)
    world.advanceTo(start + hour)

    expect(refund.status).toBe('canceled')
    expect(world.core.store.get('charge', refund.charge).amount_refunded).toBe(0)
    expect(refusal(() => world.refunds.cancel(refund.id))?.status).toBe(400)
  })

  it('that failed on their way do not arrive any more', () => {
    const refund = world.refunds.create({ payment_intent: pay('pm_card_pendingRefund').id })
    world.refunds.fail(refund.id)
    world.advanceTo(start + hour)

    expect(refund.status).toBe('failed')
    expect(world.core.store.get('charge', refund.charge).amount_refunded).toBe(0)
  })
})

describe('prices and invoices of the sandbox’s Stripe', () => {
  /** A customer who pays by card. */
  function payer(card = 'pm_card_visa') {
    const customer = world.customers.create({ name: 'Ana' })
    const method = world.paymentMethods.attach(card, customer.id)
    return world.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } })
  }

  it.each([
    ['graduated', 5, 5 * 100],
    ['graduated', 12, 10 * 100 + 2 * 80],
    ['volume', 5, 5 * 100],
    ['volume', 12, 12 * 80],
  ] as const)('count %s tiers: %i units cost %i', (tiers_mode, quantity, total) => {
    const { id } = world.products.create({ name: 'Seats' })
    const price = world.prices.create({
      ...{ product: id, currency: 'usd', billing_scheme: 'tiered', tiers_mode, recurring: { interval: 'month' } },
      tiers: [
        { up_to: '10', unit_amount: 100 },
        { up_to: 'inf', unit_amount: 80 },
      ],
    })
    const subscription = world.subscriptions.create({ customer: payer().id, items: [{ price: price.id, quantity }] })

    expect(world.retrieve(subscription.latest_invoice ?? '')).toMatchObject({ total, status: 'paid' })
  })

  it('lend a lookup key to one price at a time', () => {
    const { id } = world.products.create({ name: 'Pro' })
    const shape = { product: id, currency: 'jpy', unit_amount: 1900, lookup_key: 'pro_monthly' } as const
    const first = world.prices.create(shape)
    expect(refusal(() => world.prices.create(shape))?.details.param).toBe('lookup_key')
    const second = world.prices.create({ ...shape, transfer_lookup_key: true })

    expect([first.lookup_key, second.lookup_key]).toEqual([null, 'pro_monthly'])
  })

  it('are made by hand of items, numbered when they are finalized, and sent to who pays by transfer', () => {
    const customer = payer()
    const draft = world.invoices.create({
      customer: customer.id,
      collection_method: 'send_invoice',
      days_until_due: 14,
    })
    world.invoiceItems.create({
      customer: customer.id,
      invoice: draft.id,
      amount: 1200,
      currency: 'usd',
      description: 'Setup',
    })
    expect(draft).toMatchObject({ status: 'draft', number: null, total: 1200 })
    world.invoices.send(draft.id)
    expect(draft).toMatchObject({ status: 'open', due_date: start + 14 * 24 * hour, amount_remaining: 1200 })
    expect(draft.number).toBe(`${customer.invoice_prefix}-0001`)
    world.invoices.pay(draft.id, { paid_out_of_band: true })

    expect(draft).toMatchObject({ status: 'paid', amount_remaining: 0, amount_paid_off_stripe: 1200 })
    expect(world.core.store.all('charge')).toHaveLength(0)
    expect(refusal(() => world.invoices.void(draft.id))?.status).toBe(400)
  })

  it('are finalized and paid by themselves after an hour where they are to advance', () => {
    const customer = payer()
    const staying = world.invoices.create({ customer: customer.id })
    world.invoiceItems.create({ customer: customer.id, amount: 1200, currency: 'usd' })
    const advancing = world.invoices.create({
      ...{ customer: customer.id, auto_advance: true, pending_invoice_items_behavior: 'include' },
    })
    expect(advancing).toMatchObject({ status: 'draft', total: 1200, automatically_finalizes_at: start + hour })
    world.advanceTo(start + hour)

    expect([staying.status, advancing.status]).toEqual(['draft', 'paid'])
  })

  it('are declined when they are paid with a bad card, and given up by hand', () => {
    const customer = payer('pm_card_chargeCustomerFail')
    const invoice = world.invoices.create({ customer: customer.id })
    world.invoiceItems.create({ customer: customer.id, invoice: invoice.id, amount: 1200, currency: 'usd' })
    expect(refusal(() => world.invoices.pay(invoice.id))).toMatchObject({
      status: 402,
      details: { code: 'card_declined' },
    })
    expect(invoice).toMatchObject({ status: 'open', attempt_count: 1 })
    world.invoices.markUncollectible(invoice.id)
    world.invoices.void(invoice.id)

    expect(invoice.status).toBe('void')
    expect(world.core.store.all('payment_intent').map(({ status }) => status)).toEqual(['canceled'])
  })

  it('rest while the collection is paused, and the subscription goes on', () => {
    const { id } = world.products.create({ name: 'Pro' })
    const recurring = { interval: 'month' } as const
    const price = world.prices.create({ product: id, currency: 'usd', unit_amount: 2000, recurring })
    const subscription = world.subscriptions.create({ customer: payer().id, items: [{ price: price.id }] })
    world.subscriptions.update(subscription.id, {
      pause_collection: { behavior: 'void', resumes_at: start + 40 * 24 * hour },
    })
    world.advanceTo(start + 70 * 24 * hour)

    expect(subscription).toMatchObject({ status: 'active', pause_collection: null })
    expect(world.core.store.all('invoice').map(({ status }) => status)).toEqual(['paid', 'void', 'paid'])
    expect(world.core.store.all('charge')).toHaveLength(2)
  })

  it('stay unpaid where the operator wants it so, and payment brings the subscription back', () => {
    world = createStripeWorld({ now: start, settings: { retryDays: [1], afterRetries: 'unpaid' } })
    const { id } = world.products.create({ name: 'Pro' })
    const recurring = { interval: 'month' } as const
    const price = world.prices.create({ product: id, currency: 'usd', unit_amount: 2000, recurring })
    const customer = payer('pm_card_chargeCustomerFail')
    const subscription = world.subscriptions.create({
      ...{ customer: customer.id, items: [{ price: price.id }] },
      trial_period_days: 1,
    })
    world.advanceTo(start + 3 * 24 * hour)
    expect(subscription.status).toBe('unpaid')
    const good = world.paymentMethods.attach('pm_card_visa', customer.id)
    world.invoices.pay(subscription.latest_invoice ?? '', { payment_method: good.id })

    expect(subscription.status).toBe('active')
  })

  it('end with their customer, who stays readable as deleted', () => {
    const { id } = world.products.create({ name: 'Pro' })
    const recurring = { interval: 'month' } as const
    const price = world.prices.create({ product: id, currency: 'usd', unit_amount: 2000, recurring })
    const customer = payer()
    const subscription = world.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    const before = world.events.length
    world.customers.delete(customer.id)

    expect(subscription.status).toBe('canceled')
    expect(world.retrieve(customer.id)).toEqual({ id: customer.id, object: 'customer', deleted: true })
    expect(typesSince(before)).toEqual(['customer.subscription.deleted', 'customer.deleted'])
  })
})
