import { createHash } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { found, type RazorpayBank } from './razorpay_bank.ts'
import { type RazorpayBody, readBody } from './razorpay_body.ts'
import { authenticationFailed, RazorpayError, refuse } from './razorpay_error.ts'
import { disputeObject, linkObject, orderObject, paymentObject, refundObject } from './razorpay_objects.ts'
import {
  newId,
  nowInSeconds,
  type Order,
  type Payment,
  type PaymentLink,
  type RazorpayStore,
} from './razorpay_store.ts'

const smallestAmount = 100
const orderFields = [
  ...['amount', 'currency', 'receipt', 'notes', 'partial_payment', 'payment', 'payment_capture'],
  ...['first_payment_min_amount', 'customer_id', 'offer_id'],
]
const linkFields = [
  ...['amount', 'currency', 'accept_partial', 'description', 'reference_id', 'customer', 'expire_by', 'notify'],
  ...['reminder_enable', 'notes', 'callback_url', 'callback_method', 'upi_link', 'first_min_partial_amount'],
]

/** The API below `/v1`: orders, payments, refunds, payment links and disputes. */
export function apiRoutes(store: RazorpayStore, bank: RazorpayBank): Hono {
  const routes = new Hono()

  routes.post('/orders', async (c) => {
    const keyId = authenticate(c, store)
    const body = readBody(await c.req.text(), orderFields)
    const receipt = body.text('receipt', 40)
    if (store.receiptsAreUnique && receipt && [...store.orders.values()].some((order) => order.receipt === receipt)) {
      return refuse('Order receipt should be unique', 'receipt')
    }
    const order = addOrder(store, { keyId, body, receipt, linkId: null })
    return c.json(orderObject(order))
  })
  routes.get('/orders', (c) => {
    authenticate(c, store)
    const receipt = c.req.query('receipt')
    const orders = [...store.orders.values()].filter((order) => receipt === undefined || order.receipt === receipt)
    return c.json(collection(c, orders.toReversed(), orderObject))
  })
  routes.get('/orders/:id', (c) => {
    authenticate(c, store)
    return c.json(orderObject(found(store.orders.get(c.req.param('id')))))
  })
  routes.get('/orders/:id/payments', (c) => {
    authenticate(c, store)
    const order = found(store.orders.get(c.req.param('id')))
    const payments = [...store.payments.values()].filter(({ orderId }) => orderId === order.id)
    return c.json(collection(c, payments.toReversed(), paymentObject))
  })

  routes.get('/payments', (c) => {
    authenticate(c, store)
    return c.json(collection(c, [...store.payments.values()].toReversed(), paymentObject))
  })
  routes.get('/payments/:id', (c) => {
    authenticate(c, store)
    return c.json(paymentObject(found(store.payments.get(c.req.param('id')))))
  })
  routes.post('/payments/:id/capture', async (c) => {
    authenticate(c, store)
    const payment = found(store.payments.get(c.req.param('id')))
    const body = readBody(await c.req.text(), ['amount', 'currency'])
    bank.capture(payment, body.amount('amount', 0), body.has('currency') ? body.currency() : 'INR')
    return c.json(paymentObject(payment))
  })
  routes.post('/payments/:id/refund', async (c) => {
    authenticate(c, store)
    const payment = found(store.payments.get(c.req.param('id')))
    return c.json(refundObject(refundOnce(c, payment, await c.req.text())))
  })
  routes.get('/payments/:id/refunds', (c) => {
    authenticate(c, store)
    const payment = found(store.payments.get(c.req.param('id')))
    const refunds = [...store.refunds.values()].filter(({ paymentId }) => paymentId === payment.id)
    return c.json(collection(c, refunds.toReversed(), refundObject))
  })
  routes.get('/refunds/:id', (c) => {
    authenticate(c, store)
    return c.json(refundObject(found(store.refunds.get(c.req.param('id')))))
  })
  routes.get('/disputes/:id', (c) => {
    authenticate(c, store)
    return c.json(disputeObject(found(store.disputes.get(c.req.param('id')))))
  })

  routes.post('/payment_links', async (c) => {
    const keyId = authenticate(c, store)
    const body = readBody(await c.req.text(), linkFields)
    const link = addLink(store, keyId, body, new URL(c.req.url).origin)
    return c.json(linkObject(link, store))
  })
  routes.get('/payment_links/:id', (c) => {
    authenticate(c, store)
    return c.json(linkObject(found(store.links.get(c.req.param('id'))), store))
  })
  routes.post('/payment_links/:id/cancel', (c) => {
    authenticate(c, store)
    const link = found(store.links.get(c.req.param('id')))
    if (link.status !== 'created') return refuse(`Payment link cannot be cancelled as it is ${link.status}`)
    link.status = 'cancelled'
    return c.json(linkObject(link, store))
  })

  /** A refund that is asked for again with its key is the one from before. */
  function refundOnce(c: Context, payment: Payment, text: string) {
    const key = c.req.header('x-refund-idempotency')
    if (key !== undefined && !/^[\w-]{10,}$/.test(key)) {
      return refuse(
        'The idempotency key should be alphanumeric, with hyphens and underscores, of 10 or more characters',
      )
    }
    const body = createHash('sha256').update(`${payment.id}|${text}`).digest('hex')
    const before = key === undefined ? undefined : store.repeats.get(key)
    if (before && before.body !== body) {
      return refuse('Different request body sent for the same Idempotency Header')
    }
    if (before) return found(store.refunds.get(before.refundId))
    const wish = readBody(text, ['amount', 'speed', 'notes', 'receipt', 'reverse_all'])
    const refund = bank.refund(payment, {
      amount: wish.has('amount') ? wish.amount('amount', smallestAmount) : null,
      notes: wish.notes(),
      receipt: wish.text('receipt', 40),
      speed: wish.choice('speed', ['normal', 'optimum'], 'normal'),
    })
    if (key !== undefined) store.repeats.set(key, { body, refundId: refund.id })
    return refund
  }

  routes.all('*', () => {
    throw new RazorpayError(404, 'The requested URL was not found on the server.', { reason: 'NA', step: 'NA' })
  })
  return routes
}

function addOrder(
  store: RazorpayStore,
  given: { keyId: string; body: RazorpayBody; receipt: string | null; linkId: string | null },
): Order {
  const { body } = given
  const isManual = body.object('payment').text('capture', 20) === 'manual'
  const order: Order = {
    id: newId('order_'),
    keyId: given.keyId,
    amount: body.amount('amount', smallestAmount),
    currency: body.currency(),
    receipt: given.receipt,
    notes: body.notes(),
    createdAt: nowInSeconds(),
    capturesItself:
      given.linkId !== null ||
      (body.has('payment') ? !isManual : !body.has('payment_capture') || body.flag('payment_capture')),
    linkId: given.linkId,
    amountPaid: 0,
    attempts: 0,
    status: 'created',
  }
  store.orders.set(order.id, order)
  return order
}

function addLink(store: RazorpayStore, keyId: string, body: RazorpayBody, origin: string): PaymentLink {
  const id = newId('plink_')
  const referenceId = body.text('reference_id', 40) ?? ''
  if (referenceId && [...store.links.values()].some((link) => link.referenceId === referenceId)) {
    return refuse(`payment link with given reference_id: (${referenceId}) already exists`, 'reference_id')
  }
  const expiresAt = body.moment('expire_by')
  if (expiresAt !== null && expiresAt < nowInSeconds() + 15 * 60) {
    return refuse('expire_by should be at least 15 minutes from current time', 'expire_by')
  }
  const callbackUrl = body.text('callback_url', 2048)
  if (callbackUrl !== null && !URL.canParse(callbackUrl))
    return refuse('The callback url format is invalid.', 'callback_url')
  const order = addOrder(store, { keyId, body, receipt: null, linkId: id })
  const link: PaymentLink = {
    id,
    keyId,
    orderId: order.id,
    amount: order.amount,
    currency: order.currency,
    description: body.text('description', 2048) ?? '',
    referenceId,
    notes: order.notes,
    callbackUrl,
    expiresAt,
    createdAt: order.createdAt,
    shortUrl: `${origin}/razorpay/pages/links/${id}`,
    status: 'created',
  }
  store.links.set(id, link)
  return link
}

/** Keys are right when they look like some, and the secret is that of the key's first call. */
function authenticate(c: Context, store: RazorpayStore): string {
  const credentials = /^basic\s+(.+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
  const [keyId = '', ...rest] = Buffer.from(credentials, 'base64').toString().split(':')
  const secret = rest.join(':')
  if (!/^rzp_(test|live)_\w+$/.test(keyId) || !secret) throw authenticationFailed()
  if ((store.secrets.get(keyId) ?? secret) !== secret) throw authenticationFailed()
  store.secrets.set(keyId, secret)
  return keyId
}

function collection<T>(c: Context, all: readonly T[], show: (one: T) => unknown) {
  const count = Math.min(Math.max(Number(c.req.query('count') ?? 10) || 10, 1), 100)
  const skip = Math.max(Number(c.req.query('skip') ?? 0) || 0, 0)
  const items = all.slice(skip, skip + count).map(show)
  return { entity: 'collection', count: items.length, items }
}
