import { beforeEach, describe, expect, it } from 'vitest'
import { createStripeWorld, type StripeWorld } from '../../../../local/sandbox/stripe/world.ts'

const start = Date.UTC(2026, 0, 31, 10) / 1000
const day = 86_400
let world: StripeWorld
beforeEach(() => {
  world = createStripeWorld({ now: start, seed: 7 })
})

/** A customer with a card, and a price of 20 dollars a month. */
function prepare(card = 'pm_card_visa') {
  const customer = world.customers.create({ email: 'ana@example.test' })
  const method = world.paymentMethods.attach(card, customer.id)
  world.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } })
  const product = world.products.create({ name: 'Pro' })
  const recurring = { interval: 'month' } as const
  const price = world.prices.create({ product: product.id, currency: 'usd', unit_amount: 2000, recurring })
  return { customer, method, product, price }
}

/** Types of the events after one. */
const typesSince = (count: number) => world.events.slice(count).map((event) => event.type)
const at = (seconds: number) => new Date(seconds * 1000).toISOString()

describe('the life of a subscription in the sandbox’s Stripe', () => {
  it('is active once its first invoice is paid, and tells each step', () => {
    const { customer, price } = prepare()
    const before = world.events.length
    const subscription = world.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })

    expect(subscription).toMatchObject({ status: 'active', currency: 'usd' })
    expect(world.events[before]?.data.object).toMatchObject({
      ...{ status: 'incomplete', latest_invoice: subscription.latest_invoice },
    })
    expect(typesSince(before)).toEqual([
      'customer.subscription.created',
      'invoice.created',
      'payment_intent.created',
      'invoice.finalized',
      'charge.succeeded',
      'payment_intent.succeeded',
      'invoice_payment.paid',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.updated',
    ])
    expect(world.retrieve(subscription.latest_invoice ?? '')).toMatchObject({
      status: 'paid',
      total: 2000,
      billing_reason: 'subscription_create',
      parent: { subscription_details: { subscription: subscription.id } },
    })
  })

  it('[BIL-55] renews at the end of each month, whose last day it keeps', () => {
    const { customer, price } = prepare()
    const subscription = world.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    const ends: string[] = []
    for (let month = 0; month < 3; month += 1) {
      const end = subscription.items.data[0]?.current_period_end ?? 0
      ends.push(at(end))
      world.advanceTo(end + 2 * 3600)
    }

    expect(ends).toEqual(['2026-02-28T10:00:00.000Z', '2026-03-31T10:00:00.000Z', '2026-04-30T10:00:00.000Z'])
    const paid = world.core.store.all('invoice').map(({ status, billing_reason }) => [status, billing_reason])
    expect(paid).toEqual([
      ['paid', 'subscription_create'],
      ['paid', 'subscription_cycle'],
      ['paid', 'subscription_cycle'],
      ['paid', 'subscription_cycle'],
    ])
  })

  it('ends a trial with an invoice, after a notice three days before', () => {
    const { customer, price } = prepare()
    const subscription = world.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      trial_period_days: 14,
    })
    expect(subscription.status).toBe('trialing')
    world.advanceTo(start + 11 * day)
    expect(world.events.at(-1)?.type).toBe('customer.subscription.trial_will_end')
    world.advanceTo(start + 14 * day + 3600)

    expect(subscription).toMatchObject({ status: 'active', trial_end: start + 14 * day })
    expect(world.retrieve(subscription.latest_invoice ?? '')).toMatchObject({ status: 'paid', total: 2000 })
  })

  it('is past due after a failed renewal, tries again as often as set, and then ends', () => {
    const { customer, price } = prepare()
    const subscription = world.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    const bad = world.paymentMethods.attach('pm_card_chargeCustomerFail', customer.id)
    world.customers.update(customer.id, { invoice_settings: { default_payment_method: bad.id } })
    world.advanceTo(start + 28 * day + 3600)
    const invoice = world.core.store.get('invoice', subscription.latest_invoice ?? '')
    expect(subscription.status).toBe('past_due')
    expect(invoice).toMatchObject({ status: 'open', attempt_count: 1, next_payment_attempt: start + 31 * day + 3600 })
    expect(customer.delinquent).toBe(true)

    world.advanceTo(start + 44 * day)
    expect(invoice).toMatchObject({ attempt_count: 4, next_payment_attempt: null })
    expect(subscription).toMatchObject({ status: 'canceled', cancellation_details: { reason: 'payment_failed' } })
    expect(world.events.filter(({ type }) => type === 'invoice.payment_failed')).toHaveLength(4)
    expect(world.events.filter(({ type }) => type === 'customer.subscription.deleted')).toHaveLength(1)
  })

  it('is active again once the failed renewal is paid with another card', () => {
    const { customer, price } = prepare()
    const subscription = world.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    world.failNextRenewal(subscription.id)
    world.advanceTo(start + 28 * day + 3600)
    expect(subscription.status).toBe('past_due')
    world.invoices.pay(subscription.latest_invoice ?? '')

    expect(subscription.status).toBe('active')
    expect(customer.delinquent).toBe(false)
  })

  it('waits for its first payment, and expires after 23 hours without it', () => {
    const { customer, price } = prepare()
    const subscription = world.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      payment_behavior: 'default_incomplete',
    })
    expect(subscription.status).toBe('incomplete')
    world.advanceTo(start + 23 * 3600 - 1)
    expect(subscription.status).toBe('incomplete')
    world.advanceTo(start + 23 * 3600)

    expect(subscription.status).toBe('incomplete_expired')
    expect(world.retrieve(subscription.latest_invoice ?? '')).toMatchObject({ status: 'void' })
  })

  it('ends with its period when it is told to, and not when that is taken back', () => {
    const { customer, price } = prepare()
    const ending = world.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    const staying = world.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    const reason = { cancellation_details: { feedback: 'too_expensive', comment: 'No' } } as const
    world.subscriptions.update(ending.id, { cancel_at_period_end: true, ...reason })
    world.subscriptions.update(staying.id, { cancel_at_period_end: true })
    world.subscriptions.update(staying.id, { cancel_at_period_end: false })
    expect(ending).toMatchObject({ status: 'active', cancel_at: start + 28 * day, canceled_at: start })
    world.advanceTo(start + 28 * day)

    expect(ending).toMatchObject({
      status: 'canceled',
      ended_at: start + 28 * day,
      cancellation_details: { feedback: 'too_expensive', comment: 'No', reason: 'cancellation_requested' },
    })
    expect(staying).toMatchObject({ status: 'active', cancel_at: null, cancellation_details: { reason: null } })
  })

  it('pauses without a renewal, and starts a new period when it is resumed', () => {
    const { customer, price } = prepare()
    const subscription = world.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    world.subscriptions.pause(subscription.id, { bill_for: { unused_time_from: { type: 'none' } } })
    world.advanceTo(start + 60 * day)
    expect(subscription.status).toBe('paused')
    expect(world.core.store.all('invoice')).toHaveLength(1)
    world.subscriptions.resume(subscription.id)

    expect(subscription).toMatchObject({ status: 'active', billing_cycle_anchor: start + 60 * day })
    expect(subscription.status_details).toBeUndefined()
    expect(world.core.store.all('invoice').map(({ status }) => status)).toEqual(['paid', 'paid'])
  })

  it('expires when its first invoice is given up', () => {
    const { customer, price } = prepare()
    const items = [{ price: price.id }]
    const subscription = world.subscriptions.create({
      customer: customer.id,
      items,
      payment_behavior: 'default_incomplete',
    })
    world.invoices.void(subscription.latest_invoice ?? '')

    expect(subscription).toMatchObject({ status: 'incomplete_expired', ended_at: start })
  })

  it.each([
    ['cancel', 'canceled', 1],
    ['pause', 'paused', 1],
    ['create_invoice', 'past_due', 2],
  ] as const)('ends a trial without a card as set: %s leaves it %s', (missing_payment_method, status, invoices) => {
    const { price } = prepare()
    const customer = world.customers.create({})
    const subscription = world.subscriptions.create({
      ...{ customer: customer.id, items: [{ price: price.id }], trial_period_days: 7 },
      trial_settings: { end_behavior: { missing_payment_method } },
    })
    world.advanceTo(start + 7 * day + 3600)

    expect(subscription.status).toBe(status)
    expect(world.core.store.all('invoice').filter((one) => one.customer === customer.id)).toHaveLength(invoices)
  })

  it('tells of a renewal a week before, with what it will cost', () => {
    const { customer, price } = prepare()
    world.subscriptions.create({ customer: customer.id, items: [{ price: price.id, quantity: 3 }] })
    world.advanceTo(start + 21 * day)

    expect(world.events.at(-1)).toMatchObject({
      type: 'invoice.upcoming',
      created: start + 21 * day,
      data: { object: { total: 6000, customer: customer.id, next_payment_attempt: start + 28 * day } },
    })
    expect(world.core.store.all('invoice')).toHaveLength(1)
  })

  it('prorates seats to the second: credit and debit on the next invoice, or at once', () => {
    const { customer, price } = prepare()
    const subscription = world.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id, quantity: 2 }],
    })
    const item = subscription.items.data[0]?.id ?? ''
    world.advanceTo(start + 14 * day)
    const preview = world.invoices.preview({
      subscription: subscription.id,
      subscription_details: { items: [{ id: item, quantity: 5 }], proration_behavior: 'always_invoice' },
    })
    expect(preview.lines.data.map(({ amount }) => amount)).toEqual([-2000, 5000])
    expect(preview).toMatchObject({ total: 3000, amount_due: 3000 })
    expect(subscription.items.data[0]?.quantity).toBe(2)

    world.subscriptions.update(subscription.id, {
      items: [{ id: item, quantity: 5 }],
      proration_behavior: 'always_invoice',
    })
    expect(world.retrieve(subscription.latest_invoice ?? '')).toMatchObject({ status: 'paid', total: 3000 })
    world.subscriptions.update(subscription.id, { items: [{ id: item, quantity: 4 }] })
    world.advanceTo(start + 28 * day + 3600)
    expect(world.retrieve(subscription.latest_invoice ?? '')).toMatchObject({ status: 'paid', total: 8000 - 1000 })
  })

  it('starts a new period when the interval changes, and credits what is left of the old one', () => {
    const { customer, price, product } = prepare()
    const recurring = { interval: 'year' } as const
    const yearly = world.prices.create({ product: product.id, currency: 'usd', unit_amount: 20_000, recurring })
    const subscription = world.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    const item = subscription.items.data[0]?.id ?? ''
    world.advanceTo(start + 14 * day)
    world.subscriptions.update(subscription.id, { items: [{ id: item, price: yearly.id }] })

    expect(world.retrieve(subscription.latest_invoice ?? '')).toMatchObject({ status: 'paid', total: 19_000 })
    expect(at(subscription.items.data[0]?.current_period_end ?? 0)).toBe('2027-02-14T10:00:00.000Z')
  })

  it('keeps a negative invoice as balance, and takes it off the next one', () => {
    const { customer, price } = prepare()
    const subscription = world.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id, quantity: 3 }],
    })
    const items = [{ id: subscription.items.data[0]?.id ?? '', quantity: 1 }]
    world.subscriptions.update(subscription.id, { items, proration_behavior: 'always_invoice' })
    expect(customer.balance).toBe(-4000)
    world.advanceTo(start + 28 * day + 3600)

    expect(world.retrieve(subscription.latest_invoice ?? '')).toMatchObject({
      ...{ status: 'paid', total: 2000, amount_due: 0, starting_balance: -4000, ending_balance: -2000 },
    })
    expect(customer.balance).toBe(-2000)
  })

  it('makes the same ids and events again with the same seed', () => {
    const run = () => {
      world = createStripeWorld({ now: start, seed: 42 })
      const { customer, price } = prepare()
      world.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
      world.advanceTo(start + 90 * day)
      return world.events
    }
    expect(run()).toEqual(run())
  })
})
