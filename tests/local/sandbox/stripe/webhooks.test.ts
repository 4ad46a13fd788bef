import Stripe from 'stripe'
import { describe, expect, it, vi } from 'vitest'
import { startReceiver } from '../sandbox_support.ts'
import { prepareShop, sdkFor, startStripeSandbox, webhookSecret } from './stripe_support.ts'

/** A sandbox that sends its events to a receiver. */
async function begin() {
  const receiver = await startReceiver([200])
  const sandbox = await startStripeSandbox(`${receiver.url}/hook`)
  const stripe = sdkFor(sandbox)
  const act = (name: string, values: Record<string, string> = {}) => sandbox.client.runAction('stripe', name, values)
  /** Waits until so many events of a type have come, and reads all that came. */
  const events = async (type: string, count: number) => {
    const read = () => receiver.requests.map(({ body }): Stripe.Event => JSON.parse(body))
    await vi.waitFor(() => expect(read().filter((event) => event.type === type)).toHaveLength(count), 20_000)
    return read()
  }
  return {
    ...{ receiver, sandbox, stripe, act, events },
    async [Symbol.asyncDispose]() {
      await sandbox.close()
      await receiver[Symbol.asyncDispose]()
    },
  }
}

describe('webhooks of the sandbox’s Stripe', () => {
  it('[BIL-55] are signed as the official SDK checks it, and carry the pinned version', async () => {
    await using world = await begin()
    const customer = await world.stripe.customers.create({ email: 'ana@example.test' })
    await world.events('customer.created', 1)
    const [request] = world.receiver.requests
    const signature = String(request?.headers['stripe-signature'])
    const event = await world.stripe.webhooks.constructEventAsync(request?.body ?? '', signature, webhookSecret)

    expect(event).toMatchObject({
      object: 'event',
      type: 'customer.created',
      api_version: Stripe.API_VERSION,
      data: { object: { id: customer.id, email: 'ana@example.test' } },
      request: { id: expect.stringMatching(/^req_/) },
    })
    await expect(
      world.stripe.webhooks.constructEventAsync(`${request?.body} `, signature, webhookSecret),
    ).rejects.toThrow(Stripe.errors.StripeSignatureVerificationError)
  })

  it('go to endpoints that were made through the API too, those they want, with a secret of their own', async () => {
    await using world = await begin()
    await using other = await startReceiver([200])
    const endpoint = await world.stripe.webhookEndpoints.create({
      url: `${other.url}/theirs`,
      enabled_events: ['product.created'],
    })
    await world.stripe.customers.create({ name: 'Ana' })
    await world.stripe.products.create({ name: 'Pro' })
    await world.events('product.created', 1)
    await vi.waitFor(() => expect(other.requests).toHaveLength(1), 20_000)

    const [request] = other.requests
    const signature = String(request?.headers['stripe-signature'])
    const event = await world.stripe.webhooks.constructEventAsync(request?.body ?? '', signature, endpoint.secret ?? '')
    expect(event.type).toBe('product.created')
  })

  it('are told again when the receiver failed, and on demand', async () => {
    await using receiver = await startReceiver([500, 200])
    const sandbox = await startStripeSandbox(receiver.url)
    await sdkFor(sandbox).customers.create({ name: 'Ana' })
    await vi.waitFor(() => expect(receiver.requests).toHaveLength(2), 20_000)
    const bodies = receiver.requests.map(({ body }) => body)
    await vi.waitFor(
      async () => expect((await sandbox.client.listWebhooks('stripe'))[0]?.state).toBe('delivered'),
      20_000,
    )
    const [webhook] = await sandbox.client.listWebhooks('stripe')
    await sandbox.get(`/api/webhooks/${webhook?.id}/resend`, { method: 'POST' })
    await sandbox.close()

    expect(bodies[1]).toBe(bodies[0])
    expect(webhook).toMatchObject({ event: 'customer.created', attempts: [{ status: 500 }, { status: 200 }] })
    expect(receiver.requests[2]?.body).toBe(bodies[0])
  })

  it('are held back, and come shuffled and twice afterwards', async () => {
    await using world = await begin()
    await world.act('hold-webhooks')
    const names = Array.from({ length: 12 }, (_, index) => `customer ${index}`)
    for (const name of names) await world.stripe.customers.create({ name })
    expect(world.receiver.requests).toHaveLength(0)
    await world.act('deliver-held', { order: 'shuffled-and-duplicated' })

    const events = await world.events('customer.created', 24)
    const counts = new Map<string, number>()
    for (const { id } of events) counts.set(id, (counts.get(id) ?? 0) + 1)
    expect([...counts.values()]).toEqual(names.map(() => 2))
    const happened = (await world.stripe.events.list({ limit: 100 })).data.toReversed().map(({ id }) => id)
    expect([...counts.keys()]).not.toEqual(happened)
  })

  it('can be lost, and stay in the list of events', async () => {
    await using world = await begin()
    await world.act('hold-webhooks')
    await world.stripe.customers.create({ name: 'Ana' })
    expect(await world.act('drop-held')).toBe('1 webhooks were lost')
    await world.act('deliver-held', { order: 'in-order' })
    await world.stripe.products.create({ name: 'Pro' })

    const events = await world.events('product.created', 1)
    expect(events.map(({ type }) => type)).toEqual(['product.created'])
    expect((await world.stripe.events.list({ types: ['customer.created'] })).data).toHaveLength(1)
  })
})

describe('the buttons of the sandbox’s Stripe', () => {
  it('[BIL-55] let a month pass: the renewal is told by webhook', async () => {
    await using world = await begin()
    const { customer, price } = await prepareShop(world.stripe)
    const subscription = await world.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
    })
    await world.events('invoice.paid', 1)
    expect(await world.act('advance-clock', { by: 'month' })).toMatch(/^It is \d{4}-.* now; \d+ events happened$/)
    // Its draft lasts an hour.
    await world.act('advance-clock', { by: 'day' })

    const events = await world.events('invoice.paid', 2)
    const renewed = events.find(
      ({ type, data }) =>
        type === 'invoice.paid' &&
        'billing_reason' in data.object &&
        data.object.billing_reason === 'subscription_cycle',
    )
    expect(renewed?.data.object).toMatchObject({
      parent: { subscription_details: { subscription: subscription.id } },
      amount_paid: 1900,
    })
  })

  it('let a renewal fail, and a payment be disputed and won back', async () => {
    await using world = await begin()
    const { customer, price } = await prepareShop(world.stripe)
    const subscription = await world.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
    })
    await world.act('fail-renewal', { subscription: subscription.id })
    await world.act('advance-clock', { by: 'month' })
    await world.act('advance-clock', { by: 'hour' })
    expect((await world.stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due')
    await world.events('invoice.payment_failed', 1)

    const paid = (await world.stripe.charges.list()).data.find(({ status }) => status === 'succeeded')
    await world.act('open-dispute', { charge: paid?.id ?? '', reason: 'fraudulent' })
    const [dispute] = (await world.stripe.disputes.list()).data
    expect(dispute).toMatchObject({ status: 'needs_response', amount: 1900, charge: paid?.id })
    await world.act('close-dispute', { dispute: dispute?.id ?? '', outcome: 'won' })
    const events = await world.events('charge.dispute.closed', 1)
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'charge.dispute.created',
        'charge.dispute.funds_withdrawn',
        'charge.dispute.funds_reinstated',
      ]),
    )
  })

  it('fail calls in Stripe’s words, which the SDK tries again', async () => {
    await using world = await begin()
    await world.sandbox.client.setDials('stripe', { failNext: 1, failStatus: 500 })
    const patient = sdkFor(world.sandbox, { retries: 2 })
    expect((await patient.customers.create({ name: 'Ana' })).name).toBe('Ana')
    await world.sandbox.client.setDials('stripe', { failNext: 1, failStatus: 429 })
    const limited: unknown = await patient.customers.list().catch((caught: unknown) => caught)

    expect(limited).toBeInstanceOf(Stripe.errors.StripeRateLimitError)
    expect((await world.stripe.customers.list()).data).toHaveLength(1)
  })
})
