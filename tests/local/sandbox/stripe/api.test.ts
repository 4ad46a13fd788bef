import Stripe from 'stripe'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { stripeApi } from '../../../../local/sandbox/stripe/http/api.ts'
import { createStripeWorld } from '../../../../local/sandbox/stripe/world.ts'

import type { TestSandbox } from '../sandbox_support.ts'
import { prepareShop, sdkFor, startStripeSandbox } from './stripe_support.ts'

let sandbox: TestSandbox
let stripe: Stripe
beforeAll(async () => {
  sandbox = await startStripeSandbox()
  stripe = sdkFor(sandbox)
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.client.resetProvider('stripe'))

/** Asks the API without the SDK. */
async function raw(method: string, path: string, form = '', headers: Record<string, string> = {}) {
  const response = await fetch(`${sandbox.url}/stripe/v1${path}`, {
    method,
    headers: { authorization: 'Bearer sk_test_local', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    ...(method === 'GET' ? {} : { body: form }),
  })
  const body = z.looseObject({ error: z.looseObject({}).default({}) }).parse(await response.json())
  return { status: response.status, headers: response.headers, body }
}

describe('the API of the sandbox’s Stripe', () => {
  it('[BIL-55] sells a subscription to the official SDK with a test key', async () => {
    const { customer, price } = await prepareShop(stripe)
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id, quantity: 2 }],
      metadata: { organization_id: 'org_1' },
      expand: ['latest_invoice.payments'],
    })

    expect(subscription).toMatchObject({ status: 'active', metadata: { organization_id: 'org_1' } })
    expect(subscription.items.data[0]).toMatchObject({ quantity: 2, price: { unit_amount: 1900 } })
    expect(subscription.items.data[0]?.price.unit_amount_decimal?.toString()).toBe('1900')
    expect(subscription.latest_invoice).toMatchObject({
      status: 'paid',
      amount_paid: 3800,
      parent: { subscription_details: { subscription: subscription.id, metadata: { organization_id: 'org_1' } } },
      payments: { data: [{ status: 'paid', payment: { type: 'payment_intent' } }] },
    })
    const invoice = typeof subscription.latest_invoice === 'string' ? '' : (subscription.latest_invoice?.id ?? '')
    const payments = await stripe.invoicePayments.list({ invoice, expand: ['data.payment.payment_intent'] })
    expect(payments.data).toMatchObject([{ payment: { payment_intent: { status: 'succeeded', amount: 3800 } } }])
  })

  it('adds, changes and takes away prices of a subscription item by item', async () => {
    const { customer, price, product } = await prepareShop(stripe)
    const seats = await stripe.prices.create({
      ...{ product: product.id, currency: 'usd', unit_amount: 500, recurring: { interval: 'month' } },
    })
    const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    const item = await stripe.subscriptionItems.create({ subscription: id, price: seats.id, quantity: 2 })
    const changed = await stripe.subscriptionItems.update(item.id, { quantity: 5, proration_behavior: 'none' })
    expect(changed).toMatchObject({ quantity: 5, subscription: id })
    expect((await stripe.subscriptionItems.list({ subscription: id })).data).toHaveLength(2)
    await stripe.subscriptionItems.del(item.id, { proration_behavior: 'none' })

    expect((await stripe.subscriptions.retrieve(id)).items.data).toMatchObject([{ price: { id: price.id } }])
    const again: unknown = await stripe.subscriptionItems.retrieve(item.id).catch((caught: unknown) => caught)
    expect(again).toMatchObject({ code: 'resource_missing' })
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toHaveLength(1)
  })

  it('takes a time of proration by the clock of its callers, also after its own was advanced', async () => {
    const { customer, price } = await prepareShop(stripe)
    const { id, items } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    await sandbox.client.runAction('stripe', 'advance-clock', { by: 'year' })
    const preview = await stripe.invoices.createPreview({
      subscription: id,
      subscription_details: {
        items: [{ id: items.data[0]?.id ?? '', quantity: 2 }],
        proration_behavior: 'always_invoice',
        proration_date: Math.floor(Date.now() / 1000),
      },
    })

    expect(preview.lines.data.map(({ amount }) => Math.sign(amount))).toEqual([-1, 1])
  })

  it('keeps a subscription incomplete until its payment is confirmed', async () => {
    const { customer, price } = await prepareShop(stripe)
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      payment_behavior: 'default_incomplete',
      expand: ['latest_invoice.confirmation_secret'],
    })
    const invoice = subscription.latest_invoice
    const secret = invoice && typeof invoice !== 'string' ? invoice.confirmation_secret?.client_secret : undefined
    const intent = await stripe.paymentIntents.confirm(secret?.split('_secret_')[0] ?? '', {
      payment_method: 'pm_card_visa',
    })

    expect(subscription.status).toBe('incomplete')
    expect(intent.status).toBe('succeeded')
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active')
  })

  it.each([
    ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
  ])('declines %s as %s, %s', async (card, code, decline) => {
    const error: unknown = await stripe.paymentIntents
      .create({ amount: 1000, currency: 'eur', payment_method: card, confirm: true, return_url: 'https://app.test/' })
      .catch((caught: unknown) => caught)

    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError)
    expect(error).toMatchObject({
      statusCode: 402,
      code,
      decline_code: decline,
      payment_intent: { status: 'requires_payment_method', last_payment_error: { code } },
    })
    expect((await stripe.charges.list()).data).toMatchObject([{ status: 'failed', failure_code: code }])
  })

  it('asks the owner of a card first where the card is made for that', async () => {
    const intent = await stripe.paymentIntents.create({
      ...{ amount: 1000, currency: 'eur', payment_method: 'pm_card_threeDSecure2Required', confirm: true },
      return_url: 'https://app.test/back',
    })

    expect(intent).toMatchObject({
      status: 'requires_action',
      next_action: {
        type: 'redirect_to_url',
        redirect_to_url: {
          return_url: 'https://app.test/back',
          url: `${sandbox.url}/stripe/pages/three-d-secure/${intent.id}`,
        },
      },
    })
  })

  it('gives money back in parts, and no more than there is', async () => {
    const intent = await stripe.paymentIntents.create({
      ...{ amount: 1000, currency: 'eur', payment_method: 'pm_card_visa', confirm: true },
      return_url: 'https://app.test/',
    })
    const part = await stripe.refunds.create({ payment_intent: intent.id, amount: 400 })
    const tooMuch: unknown = await stripe.refunds
      .create({ payment_intent: intent.id, amount: 700 })
      .catch((caught: unknown) => caught)
    await stripe.refunds.create({ payment_intent: intent.id })

    expect(part).toMatchObject({ status: 'succeeded', amount: 400, payment_intent: intent.id })
    expect(tooMuch).toMatchObject({ statusCode: 400, param: 'amount' })
    const found = await stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge.balance_transaction'] })
    expect(found.latest_charge).toMatchObject({
      ...{ refunded: true, amount_refunded: 1000 },
      balance_transaction: { fee: 59, net: 941 },
    })
  })

  it.each([
    ['POST', '/customers', 'colour=red', 400, 'parameter_unknown', 'colour'],
    [
      'POST',
      '/subscriptions',
      'customer=cus_1&items[0][price]=p&items[0][colour]=1',
      400,
      'parameter_unknown',
      'items[0][colour]',
    ],
    [
      'POST',
      '/payment_intents',
      'amount=100&currency=usd&payment_method_types[]=card',
      400,
      'parameter_unknown',
      'payment_method_types',
    ],
    ['POST', '/payment_intents', 'currency=usd', 400, 'parameter_missing', 'amount'],
    ['POST', '/payment_intents', 'amount=10.5&currency=usd', 400, 'parameter_invalid_integer', 'amount'],
    ['POST', '/payment_intents', 'amount=10&currency=usd', 400, 'amount_too_small', 'amount'],
    ['POST', '/products', 'name=', 400, 'parameter_invalid_empty', 'name'],
    [
      'POST',
      '/prices',
      'product=prod_1&currency=usd&unit_amount=1&recurring[interval]=decade',
      400,
      undefined,
      'recurring[interval]',
    ],
    ['POST', '/prices', 'product=prod_1&currency=usd&unit_amount=1', 400, 'resource_missing', 'product'],
    ['GET', '/customers/cus_none', '', 404, 'resource_missing', 'id'],
    ['GET', '/customers?starting_after=cus_none', '', 400, 'resource_missing', 'starting_after'],
    ['GET', '/customers?limit=101', '', 400, 'parameter_invalid_integer', 'limit'],
    ['GET', '/customers?colour=red', '', 400, 'parameter_unknown', 'colour'],
    ['GET', '/subscriptions?status=living', '', 400, undefined, 'status'],
    ['GET', '/nothing', '', 404, undefined, undefined],
  ])('refuses %s %s %s', async (method, path, body, status, code, param) => {
    const answer = await raw(method, path, body)

    expect(answer.status).toBe(status)
    expect(answer.body.error).toMatchObject({ type: 'invalid_request_error', message: expect.any(String) })
    expect(answer.body.error.code).toBe(code)
    expect(answer.body.error.param).toBe(param)
    expect(answer.headers.get('request-id')).toMatch(/^req_/)
  })

  it('knows its callers by key, and speaks one version', async () => {
    const wrong: unknown = await sdkFor(sandbox, { key: 'sk_test_other' })
      .customers.list()
      .catch((caught: unknown) => caught)
    expect(wrong).toBeInstanceOf(Stripe.errors.StripeAuthenticationError)
    expect(String(wrong)).not.toContain('sk_test_other')
    expect((await raw('GET', '/customers', '', { authorization: '' })).status).toBe(401)
    expect((await raw('GET', '/customers', '', { 'stripe-version': '2020-08-27' })).status).toBe(400)
    const basic = `Basic ${Buffer.from('sk_test_local:').toString('base64')}`
    expect((await raw('GET', '/customers', '', { authorization: basic })).status).toBe(200)
  })

  it('pages through a list in both directions, and between times', async () => {
    const made: string[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e']) made.push((await stripe.customers.create({ name })).id)
    const first = await stripe.customers.list({ limit: 2 })
    const second = await stripe.customers.list({ limit: 2, starting_after: first.data[1]?.id ?? '' })
    const back = await stripe.customers.list({ limit: 2, ending_before: second.data[1]?.id ?? '' })
    const all: string[] = []
    for await (const customer of stripe.customers.list({ limit: 2 })) all.push(customer.id)

    expect(first).toMatchObject({ has_more: true, data: [{ name: 'e' }, { name: 'd' }] })
    expect(second).toMatchObject({ has_more: true, data: [{ name: 'c' }, { name: 'b' }] })
    expect(back.data).toMatchObject([{ name: 'd' }, { name: 'c' }])
    expect(all).toEqual(made.toReversed())
    expect((await stripe.customers.list({ created: { gte: 4_000_000_000 } })).data).toEqual([])
    expect((await stripe.customers.list({ created: { gte: 1, lt: 4_000_000_000 }, limit: 100 })).data).toHaveLength(5)
  })

  it('expands what it is asked to, four levels deep, and nothing else', async () => {
    const { customer, price, product } = await prepareShop(stripe)
    const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    const list = await stripe.subscriptions.list({
      expand: ['data.customer', 'data.latest_invoice.payments'],
    })
    expect(subscription.customer).toBe(customer.id)
    expect(list.data[0]).toMatchObject({
      customer: { email: 'ana@example.test' },
      latest_invoice: { status: 'paid', payments: { data: [{ status: 'paid' }] } },
    })
    const found = await stripe.subscriptions.retrieve(subscription.id, { expand: ['items.data.price.product'] })
    expect(found.items.data[0]?.price.product).toMatchObject({ id: product.id, name: 'Pro' })
    const deep = await raw('GET', `/subscriptions/${subscription.id}?expand[]=a.b.c.d.e`)
    expect(deep.body.error.code).toBe('property_expansion_max_depth')
    const wrong = await raw('GET', `/subscriptions/${subscription.id}?expand[]=colour`)
    expect(wrong.body.error.code).toBe('property_cannot_be_expanded')
  })

  it('carries a request with an idempotency key out once', async () => {
    const key = { 'idempotency-key': 'customer:1' }
    const first = await raw('POST', '/customers', 'name=Ana', key)
    const again = await raw('POST', '/customers', 'name=Ana', key)
    const other = await raw('POST', '/customers', 'name=Bob', key)

    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(other).toMatchObject({ status: 400, body: { error: { type: 'idempotency_error' } } })
    expect((await stripe.customers.list()).data).toHaveLength(1)
  })

  it('keeps a decline for its key, and lets a key go whose parameters were wrong', async () => {
    const card = 'amount=1000&currency=eur&confirm=true&return_url=https://a.test&payment_method=pm_card_chargeDeclined'
    const declined = await raw('POST', '/payment_intents', card, { 'idempotency-key': 'pay:1' })
    const again = await raw('POST', '/payment_intents', card, { 'idempotency-key': 'pay:1' })
    expect(declined.status).toBe(402)
    expect(again.body).toEqual(declined.body)
    expect((await stripe.charges.list()).data).toHaveLength(1)

    expect((await raw('POST', '/customers', 'colour=red', { 'idempotency-key': 'c:1' })).status).toBe(400)
    expect((await raw('POST', '/customers', 'name=Ana', { 'idempotency-key': 'c:1' })).status).toBe(200)
  })

  it('answers a second request with 409 while the first with its key is on its way', async () => {
    const api = stripeApi({ world: createStripeWorld(), secretKey: 'sk_test_x' })
    const request = () =>
      api.request('/v1/customers', {
        method: 'POST',
        body: 'name=Ana',
        headers: { authorization: 'Bearer sk_test_x', 'idempotency-key': 'same' },
      })
    const answers = await Promise.all([request(), request()])

    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    expect((await request()).headers.get('idempotent-replayed')).toBe('true')
  })

  it('taxes a subscription line by line, on top or within the price', async () => {
    const { customer, price, product } = await prepareShop(stripe)
    const onTop = await stripe.taxRates.create({ display_name: 'VAT', percentage: 7.5, inclusive: false })
    const within = await stripe.taxRates.create({ display_name: 'GST', percentage: 18, inclusive: true })
    const yen = await stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: 11_800,
      recurring: { interval: 'month' },
    })
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }, { price: yen.id, tax_rates: [within.id] }],
      default_tax_rates: [onTop.id],
      expand: ['latest_invoice'],
    })

    expect(subscription.latest_invoice).toMatchObject({
      subtotal: 13_700,
      total: 13_700 + 143,
      total_excluding_tax: 13_700 - 1800,
      total_taxes: [
        { amount: 143, tax_behavior: 'exclusive', tax_rate_details: { tax_rate: onTop.id }, taxable_amount: 1900 },
        { amount: 1800, tax_behavior: 'inclusive', tax_rate_details: { tax_rate: within.id }, taxable_amount: 10_000 },
      ],
    })
  })

  it('moves customers of a test clock without the others', async () => {
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: 1_780_000_000 })
    const { price } = await prepareShop(stripe)
    const customer = await stripe.customers.create({ test_clock: clock.id, payment_method: 'pm_card_visa' })
    const methods = await stripe.paymentMethods.list({ customer: customer.id, type: 'card' })
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      default_payment_method: methods.data[0]?.id ?? '',
      trial_period_days: 3,
    })
    expect(subscription).toMatchObject({ status: 'trialing', created: 1_780_000_000 })
    await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: 1_780_000_000 + 4 * 86_400 })

    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active')
    const paid = await stripe.events.list({ type: 'invoice.paid' })
    expect(paid.data.map(({ created }) => created)).toEqual([1_780_000_000 + 3 * 86_400 + 3600, 1_780_000_000])
  })
})
