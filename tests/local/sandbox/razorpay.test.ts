import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { startReceiver, startTestSandbox, type TestSandbox } from './sandbox_support.ts'

const keyId = 'rzp_test_shop'
const keySecret = 'shop-secret'
const webhookSecret = 'webhook-secret-of-the-shop'
let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox(null, 0, { webhookRetryDelaysMs: [10, 10] })
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.client.resetProvider('razorpay'))

const entitySchema = z.looseObject({ id: z.string(), status: z.string() })
const errorSchema = z.object({ error: z.looseObject({ code: z.string(), description: z.string() }) })

function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, secret = keySecret) {
  return sandbox.get(`/razorpay/v1${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${keyId}:${secret}`).toString('base64')}`,
      'content-type': 'application/json',
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}
const entity = async (response: Response) => entitySchema.parse(await response.json())
const refusal = async (response: Response) => {
  const { error } = errorSchema.parse(await response.json())
  return [response.status, error.code, error.description]
}
const newOrder = async (fields: Record<string, unknown> = {}) =>
  entity(await call('POST', '/orders', { amount: 50_000, currency: 'INR', receipt: 'inv-1', ...fields }))
const pay = (order: string, outcome = 'captured') =>
  sandbox.client.runAction('razorpay', 'pay-order', { order, outcome })
const idIn = (text: string) => text.split(' ')[0] ?? ''

describe('orders and payments of Razorpay', () => {
  it('makes an order, finds it by its receipt, and shows empty notes as a list', async () => {
    const order = await newOrder()

    expect(order).toMatchObject({ entity: 'order', amount: 50_000, amount_due: 50_000, status: 'created', notes: [] })
    expect(await (await call('GET', '/orders?receipt=inv-1')).json()).toMatchObject({
      count: 1,
      items: [{ id: order.id }],
    })
    expect(await (await call('GET', '/orders?receipt=other')).json()).toMatchObject({ count: 0, items: [] })
  })

  it.each([
    [{ amount: 99, currency: 'INR' }, 'The amount must be atleast INR 1.00'],
    [{ amount: 1.5, currency: 'INR' }, 'The amount must be an integer.'],
    [{ currency: 'INR' }, 'The amount field is required.'],
    [{ amount: 100 }, 'The currency field is required.'],
    [{ amount: 100, currency: 'INR', receipt: 'x'.repeat(41) }, 'The receipt may not be greater than 40 characters.'],
    [{ amount: 100, currency: 'INR', colour: 'red' }, 'colour is/are not required and should not be sent'],
  ])('refuses the order %o in Razorpay’s words', async (body, description) => {
    expect(await refusal(await call('POST', '/orders', body))).toEqual([400, 'BAD_REQUEST_ERROR', description])
  })

  it('refuses callers without keys, and a secret that is not the one of the first call', async () => {
    await newOrder()
    expect(await refusal(await call('GET', '/orders', undefined, {}, 'other'))).toEqual([
      401,
      'BAD_REQUEST_ERROR',
      'Authentication failed',
    ])
    expect((await sandbox.get('/razorpay/v1/orders')).status).toBe(401)
    expect(await refusal(await call('GET', '/payments/pay_unknown'))).toContain('The id provided does not exist')
  })

  it('captures by itself, or waits for the shop when it was told to', async () => {
    const [automatic, manual] = [await newOrder(), await newOrder({ payment: { capture: 'manual' } })]
    expect(await pay(automatic.id)).toContain('is captured')
    const payment = idIn(await pay(manual.id))

    expect(await (await call('GET', `/payments/${payment}`)).json()).toMatchObject({ status: 'authorized', fee: null })
    const capture = (amount: number) => call('POST', `/payments/${payment}/capture`, { amount, currency: 'INR' })
    expect(await refusal(await capture(100))).toContain('Capture amount must be equal to the amount authorized')
    expect(await entity(await capture(50_000))).toMatchObject({
      status: 'captured',
      captured: true,
      fee: 1180,
      tax: 180,
    })
    expect(await refusal(await capture(50_000))).toContain('This payment has already been captured')
    const order = await (await call('GET', `/orders/${manual.id}`)).json()
    expect(order).toMatchObject({ status: 'paid', amount_due: 0, attempts: 1 })
  })

  it('refunds once for one idempotency key, and never more than was paid', async () => {
    const order = await newOrder()
    const payment = idIn(await pay(order.id))
    const refund = (amount: number, key: string) =>
      call('POST', `/payments/${payment}/refund`, { amount }, { 'x-refund-idempotency': key })

    const first = await entity(await refund(20_000, 'refund-0001'))
    expect(first).toMatchObject({ entity: 'refund', status: 'processed', amount: 20_000 })
    expect((await entity(await refund(20_000, 'refund-0001'))).id).toBe(first.id)
    expect(await refusal(await refund(10_000, 'refund-0001'))).toContain(
      'Different request body sent for the same Idempotency Header',
    )
    expect((await refund(10_000, 'short')).status).toBe(400)
    expect(await refusal(await refund(40_000, 'refund-0002'))).toContain(
      'The total refund amount is greater than the refund payment amount',
    )
    await refund(30_000, 'refund-0003')
    expect(await (await call('GET', `/payments/${payment}`)).json()).toMatchObject({
      status: 'refunded',
      refund_status: 'full',
      amount_refunded: 50_000,
    })
    expect(await (await call('GET', `/payments/${payment}/refunds`)).json()).toMatchObject({ count: 2 })
  })

  it('fails in its own words when a dial says so', async () => {
    await sandbox.client.setDials('razorpay', { failNext: 1, failStatus: 502 })
    expect(await refusal(await call('GET', '/orders'))).toEqual([502, 'GATEWAY_ERROR', expect.any(String)])
  })
})

describe('events of Razorpay', () => {
  const eventSchema = z.looseObject({ event: z.string(), contains: z.array(z.string()) })

  it('signs each event, names it in a header, and sends authorized, captured and paid of one payment', async () => {
    await using receiver = await startReceiver([200])
    await sandbox.client.runAction('razorpay', 'use-webhook', { url: receiver.url, secret: webhookSecret })
    await pay((await newOrder()).id)

    await vi.waitFor(() => expect(receiver.requests).toHaveLength(3), 15_000)
    const events = receiver.requests.map(({ body }) => eventSchema.parse(JSON.parse(body)))
    expect(events.map(({ event }) => event)).toEqual(['payment.authorized', 'payment.captured', 'order.paid'])
    expect(events[2]?.contains).toEqual(['payment', 'order'])
    for (const { headers, body } of receiver.requests) {
      const signature = createHmac('sha256', webhookSecret).update(body).digest('hex')
      expect(headers['x-razorpay-signature']).toBe(signature)
    }
    expect(new Set(receiver.requests.map(({ headers }) => headers['x-razorpay-event-id'])).size).toBe(3)
  })

  it('holds events back and sends them newest first or twice, with the id that they had', async () => {
    await using receiver = await startReceiver([200])
    await sandbox.client.runAction('razorpay', 'use-webhook', { url: receiver.url, secret: webhookSecret })
    const sent = () => receiver.requests.map(({ body }) => eventSchema.parse(JSON.parse(body)).event)

    await sandbox.client.runAction('razorpay', 'hold-events')
    await pay((await newOrder()).id)
    expect(sent()).toEqual([])
    await sandbox.client.runAction('razorpay', 'release-events', { order: 'newest first' })
    expect(sent()).toEqual(['order.paid', 'payment.captured', 'payment.authorized'])

    await sandbox.client.runAction('razorpay', 'hold-events')
    await pay((await newOrder()).id, 'failed')
    await sandbox.client.runAction('razorpay', 'release-events', { order: 'each twice' })
    expect(sent().slice(3)).toEqual(['payment.failed', 'payment.failed'])
    const ids = receiver.requests.slice(3).map(({ headers }) => headers['x-razorpay-event-id'])
    expect(ids[0]).toBe(ids[1])
  })

  it('authorises late, lets refunds fail, and plays disputes', async () => {
    const order = await newOrder()
    const payment = idIn(await pay(order.id, 'failed'))
    expect(await sandbox.client.runAction('razorpay', 'authorise-late', { payment })).toContain('is captured')

    await sandbox.client.runAction('razorpay', 'hold-refunds', { wait: 'yes' })
    const refund = await entity(await call('POST', `/payments/${payment}/refund`, {}))
    expect(refund.status).toBe('pending')
    await sandbox.client.runAction('razorpay', 'end-refund', { refund: refund.id, status: 'failed' })
    expect(await (await call('GET', `/refunds/${refund.id}`)).json()).toMatchObject({ status: 'failed' })

    const dispute = idIn(await sandbox.client.runAction('razorpay', 'dispute', { payment }))
    await sandbox.client.runAction('razorpay', 'end-dispute', { dispute, status: 'lost' })
    expect(await (await call('GET', `/disputes/${dispute}`)).json()).toMatchObject({
      status: 'lost',
      amount_deducted: 50_000,
    })
  })
})

describe('pages of Razorpay', () => {
  const submit = (path: string, fields: Record<string, string>) =>
    sandbox.get(path, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) })

  it('pays on the checkout page and hands signed values to the shop', async () => {
    const order = await newOrder()
    const path = `/razorpay/pages/checkout/${order.id}?callback_url=${encodeURIComponent('http://127.0.0.1:9/back')}`
    expect(await (await sandbox.get(path)).text()).toContain('Pay ₹500.00')
    const declined = await submit(path, { method: 'upi', vpa: 'failure@razorpay', decision: 'pay' })
    expect([declined.status, await declined.text()]).toEqual([422, expect.stringContaining('declined by your bank')])

    const paid = await submit(path, { method: 'card', card: '4111 1111 1111 1111', decision: 'pay' })
    const back = new URL(paid.headers.get('location') ?? '')
    const payment = back.searchParams.get('razorpay_payment_id')
    const signature = createHmac('sha256', keySecret).update(`${order.id}|${payment}`).digest('hex')
    expect([paid.status, back.searchParams.get('razorpay_signature')]).toEqual([303, signature])
    const again = await submit(path, { method: 'upi', vpa: 'success@razorpay', decision: 'pay' })
    expect([again.status, await again.text()]).toEqual([422, expect.stringContaining('already been done')])
  })

  it('pays a payment link once', async () => {
    const link = z
      .looseObject({ id: z.string(), short_url: z.url() })
      .parse(await (await call('POST', '/payment_links', { amount: 900, currency: 'INR', reference_id: 'r1' })).json())
    const path = new URL(link.short_url).pathname
    const paid = await submit(path, { method: 'upi', vpa: 'success@razorpay', decision: 'pay' })
    const payment = /pay_\w{14}/.exec(await paid.text())?.[0]
    expect(await (await call('GET', `/payment_links/${link.id}`)).json()).toMatchObject({
      status: 'paid',
      amount_paid: 900,
      payments: [{ payment_id: payment, status: 'captured' }],
    })
    expect(await (await sandbox.get(path)).text()).toContain('This payment link is paid')
    expect((await call('POST', `/payment_links/${link.id}/cancel`)).status).toBe(400)
  })
})
