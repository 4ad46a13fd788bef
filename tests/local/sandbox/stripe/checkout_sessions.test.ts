import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShop, returnUrls, type Shop, subscriber } from './shop.ts'

describe('checkout sessions of the sandbox’s Stripe', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop?.close())

  const create = (params: Stripe.Checkout.SessionCreateParams) =>
    shop.stripe.checkout.sessions.create({ ...returnUrls(shop), ...params })
  const plan = () => ({ price: shop.prices.pro, quantity: 1 })
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

  it('are open for a day, with a page, and list what they sell', async () => {
    const session = await create({
      mode: 'subscription',
      line_items: [{ ...plan(), quantity: 3 }],
      metadata: { a: '1' },
    })
    expect(session).toMatchObject({
      ...{ object: 'checkout.session', status: 'open', payment_status: 'unpaid', mode: 'subscription' },
      ...{ amount_total: 6000, currency: 'usd', metadata: { a: '1' }, subscription: null },
    })
    expect(session.url).toContain(`/stripe/pages/checkout/${session.id}`)
    expect(session.expires_at - session.created).toBe(86_400)
    const lines = await shop.stripe.checkout.sessions.listLineItems(session.id)
    expect(lines.data).toMatchObject([
      { object: 'item', quantity: 3, amount_total: 6000, price: { id: shop.prices.pro } },
    ])
    const expanded = await shop.stripe.checkout.sessions.retrieve(session.id, { expand: ['line_items'] })
    expect(expanded.line_items?.data).toEqual(lines.data)
    expect(session).not.toHaveProperty('line_items')
    const listed = await shop.stripe.checkout.sessions.list({ limit: 1, status: 'open' })
    expect(listed.data.map(({ id }) => id)).toEqual([session.id])
  })

  it('expire when they are told to, once', async () => {
    const { id } = await create({ mode: 'subscription', line_items: [plan()] })
    expect(await shop.stripe.checkout.sessions.expire(id)).toMatchObject({ status: 'expired', url: null })
    await expect(shop.stripe.checkout.sessions.expire(id)).rejects.toThrow(/status of expired/)
    await expect(shop.stripe.checkout.sessions.retrieve('cs_none')).rejects.toMatchObject({ code: 'resource_missing' })
  })

  it.each<[string, () => Stripe.Checkout.SessionCreateParams, RegExp]>([
    ['no line', () => ({ mode: 'subscription' }), /Missing required param: line_items/],
    [
      'a plan in payment mode',
      () => ({ mode: 'payment', line_items: [plan()] }),
      /`payment` mode but passed a recurring price/,
    ],
    [
      'nothing that recurs in subscription mode',
      () => ({ mode: 'subscription', line_items: [{ price: shop.prices.pack, quantity: 1 }] }),
      /at least one recurring price/,
    ],
    [
      'no quantity',
      () => ({ mode: 'subscription', line_items: [{ price: shop.prices.pro }] }),
      /Quantity is required\. Add `quantity` to `line_items\[0\]`/,
    ],
    ['no such price', () => ({ mode: 'payment', line_items: [{ price: 'price_none', quantity: 1 }] }), /No such price/],
    [
      'what belongs to another mode',
      () => ({ mode: 'subscription', line_items: [plan()], payment_intent_data: { description: 'x' } }),
      /can not pass `payment_intent_data` in `subscription` mode/,
    ],
    [
      'a customer and an address',
      () => ({ mode: 'subscription', line_items: [plan()], customer: 'cus_none', customer_email: 'a@b.test' }),
      /only specify one of these parameters: customer, customer_email/,
    ],
    [
      'an address that is none',
      () => ({ mode: 'subscription', line_items: [plan()], success_url: 'javascript:alert(1)' }),
      /Not a valid URL/,
    ],
    [
      'an end too soon',
      () => ({ mode: 'subscription', line_items: [plan()], expires_at: inSeconds(60) }),
      /at least 30 minutes/,
    ],
    [
      'an end too late',
      () => ({ mode: 'subscription', line_items: [plan()], expires_at: inSeconds(100_000) }),
      /less than 24 hours/,
    ],
    [
      'two currencies',
      () => ({
        mode: 'payment',
        line_items: [
          { price: shop.prices.pack, quantity: 1 },
          { quantity: 1, price_data: { currency: 'eur', unit_amount: 100, product_data: { name: 'Other' } } },
        ],
      }),
      /only supports `eur`/,
    ],
    ['no currency for a card', () => ({ mode: 'setup' }), /Missing required param: currency/],
  ])('refuse %s, in Stripe’s words', async (_, params, message) => {
    await expect(create(params())).rejects.toMatchObject({
      type: 'StripeInvalidRequestError',
      message: expect.stringMatching(message),
    })
  })

  it('refuse payment_method_types, which went with this version', async () => {
    const body = new URLSearchParams({
      mode: 'setup',
      currency: 'usd',
      success_url: 'http://a.test',
      'payment_method_types[0]': 'card',
    })
    const headers = { authorization: 'Bearer sk_test_local' }
    const answer = await shop.sandbox.get('/stripe/v1/checkout/sessions', { method: 'POST', headers, body })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      error: { code: 'parameter_unknown', param: 'payment_method_types' },
    })
  })

  it('of the portal belong to a customer, and refuse steps about what is not theirs', async () => {
    const { customer, subscription } = await subscriber(shop)
    const other = await shop.stripe.customers.create({})
    const session = await shop.stripe.billingPortal.sessions.create({ customer, return_url: 'http://127.0.0.1/back' })
    expect(session).toMatchObject({ object: 'billing_portal.session', customer, return_url: 'http://127.0.0.1/back' })
    const step = { type: 'subscription_cancel' as const, subscription_cancel: { subscription } }
    await expect(shop.stripe.billingPortal.sessions.create({ customer: other.id, flow_data: step })).rejects.toThrow(
      /does not belong to the customer/,
    )
    await expect(shop.stripe.billingPortal.sessions.create({ customer: 'cus_none' })).rejects.toThrow(
      /No such customer/,
    )
  })

  it('of the portal are configured: what is left out stays as it was', async () => {
    const { configurations } = shop.stripe.billingPortal
    const made = await configurations.create({
      business_profile: { headline: 'Hello' },
      features: { subscription_cancel: { enabled: true, mode: 'immediately' } },
    })
    expect(made).toMatchObject({ active: true, is_default: false, features: { invoice_history: { enabled: false } } })
    const changed = await configurations.update(made.id, { features: { invoice_history: { enabled: true } } })
    expect(changed).toMatchObject({
      business_profile: { headline: 'Hello' },
      features: { invoice_history: { enabled: true }, subscription_cancel: { enabled: true, mode: 'immediately' } },
    })
    await expect(configurations.create({ features: { subscription_update: { enabled: true } } })).rejects.toThrow(
      /`products` are required/,
    )
    await configurations.update(made.id, { active: false })
    const { customer } = await subscriber(shop)
    await expect(shop.stripe.billingPortal.sessions.create({ customer, configuration: made.id })).rejects.toThrow(
      /not active/,
    )
  })
})
