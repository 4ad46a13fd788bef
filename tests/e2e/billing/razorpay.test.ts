import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withConnection } from '../../../local/postgres/database.ts'
import { type SandboxClient, sandboxClient } from '../../../local/sandbox/client.ts'
import { derivedSecret } from '../../../local/secrets.ts'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const orderSchema = z.looseObject({
  checkout_id: z.uuid(),
  order_id: z.string(),
  purpose_id: z.uuid(),
  key_id: z.string(),
  amount_cents: z.number(),
})

describe('paying by Razorpay, through the running stack', { timeout: 120_000 }, () => {
  let stack: TestStack
  let sandbox: SandboxClient
  let owner: ApiPerson
  let organization: string
  let pack: string

  const query = <Row extends object>(statement: string, ...parameters: string[]) =>
    withConnection(stack.database.url, (sql) => sql.unsafe<Row[]>(statement, parameters))
  const act = (action: string, values: Record<string, string> = {}) => sandbox.runAction('razorpay', action, values)
  const call = (path: string, body: object, person = owner) =>
    fetch(`${stack.apiUrl}/functions/v1/api/v1/billing/razorpay${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const newOrder = async () => {
    const response = await call('/orders', { organization_id: organization, pack_id: pack, currency: 'USD' })
    expect(response.status).toBe(201)
    return orderSchema.parse(await response.json())
  }
  const paymentsOf = ({ purpose_id }: { purpose_id: string }) =>
    query<{ status: string; refunded: number }>(
      `select status::text, refunded_cents::int as refunded from public.billing_payments
       where provider = 'razorpay' and purpose_id = $1::uuid`,
      purpose_id,
    )
  const becomes = (order: { purpose_id: string }, status: string) =>
    expect
      .poll(async () => (await paymentsOf(order)).map((payment) => payment.status), { timeout: 40_000, interval: 200 })
      .toEqual([status])
  const idIn = (text: string) => text.split(' ')[0] ?? ''

  beforeAll(async () => {
    stack = await testStack()
    sandbox = sandboxClient(stack.sandboxUrl)
    owner = await signedInPerson(stack)
    const made = await owner.client.rpc('create_organization', { name: 'Acme', kind: 'company' })
    organization = z.looseObject({ id: z.uuid() }).parse(made.data).id
    const [packRow] = await query<{ id: string }>('select id from public.credit_packs where credit_count = 100')
    pack = packRow?.id ?? ''
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  it('[BIL-54] takes a payment from the page by its webhooks, as one row, and grants the credits', async () => {
    const order = await newOrder()
    expect(order).toMatchObject({ key_id: 'rzp_test_local', amount_cents: 500 })
    const page = await fetch(`${stack.sandboxUrl}/razorpay/pages/checkout/${order.order_id}`, {
      method: 'POST',
      body: new URLSearchParams({ method: 'upi', vpa: 'success@razorpay', decision: 'pay' }),
    })
    expect(page.status).toBe(200)
    await becomes(order, 'succeeded')
    const states = () =>
      query<{ state: string }>(
        `select state::text from private.webhook_events where provider = 'razorpay' and payload::text like '%' || $1 || '%'`,
        order.order_id,
      )
    await expect
      .poll(async () => (await states()).map(({ state }) => state), { timeout: 40_000, interval: 200 })
      .toEqual(['processed', 'processed', 'processed'])
    expect(await paymentsOf(order)).toHaveLength(1)
    expect(
      await query('select status::text from public.credit_purchases where id = $1::uuid', order.purpose_id),
    ).toEqual([{ status: 'paid' }])
  })

  it('[BIL-54] ends the same when events come newest first, twice, and after a failed try', async () => {
    const order = await newOrder()
    await act('hold-events')
    const failed = idIn(await act('pay-order', { order: order.order_id, outcome: 'failed' }))
    await act('authorise-late', { payment: failed })
    await act('release-events', { order: 'newest first' })
    await becomes(order, 'succeeded')
    await act('hold-events')
    await act('dispute', { payment: failed })
    await act('release-events', { order: 'each twice' })
    const disputes = () =>
      query(
        `select disputes.status from public.billing_disputes as disputes
         join public.billing_payments as payments on payments.id = disputes.payment_id
         where payments.purpose_id = $1::uuid`,
        order.purpose_id,
      )
    await expect.poll(disputes, { timeout: 40_000, interval: 200 }).toEqual([{ status: 'open' }])
    expect(await paymentsOf(order)).toMatchObject([{ status: 'succeeded' }])
  })

  it('[BIL-54] refuses events that nobody at Razorpay signed', async () => {
    const body = JSON.stringify({ entity: 'event', event: 'payment.captured', created_at: 1, payload: {} })
    const send = (secret: string) =>
      fetch(`${stack.apiUrl}/functions/v1/webhooks/razorpay`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-razorpay-event-id': randomUUID(),
          'x-razorpay-signature': createHmac('sha256', secret).update(body).digest('hex'),
        },
        body,
      })
    expect((await send('somebody else')).status).toBe(401)
    expect((await send(derivedSecret(stack.secrets, 'razorpay key'))).status).toBe(401)
    expect((await send(derivedSecret(stack.secrets, 'razorpay webhooks'))).status).toBe(200)
  })

  it('[BIL-54] verifies what the checkout handed to the browser with our own order, and asks Razorpay', async () => {
    const [order, other] = [await newOrder(), await newOrder()]
    await act('use-webhook', { url: '' })
    const payment = idIn(await act('pay-order', { order: order.order_id, outcome: 'captured' }))
    const sign = (orderId: string) =>
      createHmac('sha256', derivedSecret(stack.secrets, 'razorpay key')).update(`${orderId}|${payment}`).digest('hex')
    const verify = (checkout: string, signature: string, person = owner) =>
      call(
        '/verify',
        {
          checkout_id: checkout,
          razorpay_payment_id: payment,
          razorpay_order_id: order.order_id,
          razorpay_signature: signature,
        },
        person,
      )
    const reader = await signedInPerson(stack)
    await query(
      `with role as (
         insert into public.custom_roles (organization_id, name, base_role) values ($1::uuid, 'Reader', 'admin') returning id
       ), permitted as (
         insert into public.custom_role_permissions (custom_role_id, organization_id, permission)
         select id, $1::uuid, unnest('{organization.read,billing.read}'::text[]) from role
       )
       insert into public.memberships (organization_id, user_id, role, custom_role_id)
       select $1::uuid, $2::uuid, 'admin', id from role`,
      organization,
      reader.id,
    )
    expect((await verify(order.checkout_id, sign(order.order_id), reader)).status).toBe(404)
    expect((await verify(order.checkout_id, sign('order_x'))).status).toBe(422)
    // Signed for the right order, and handed over for another one of ours.
    expect((await verify(other.checkout_id, sign(order.order_id))).status).toBe(422)
    expect((await verify(randomUUID(), sign(order.order_id))).status).toBe(404)
    expect(await paymentsOf(order)).toEqual([])
    const verified = await verify(order.checkout_id, sign(order.order_id))
    expect([verified.status, await verified.json()]).toEqual([
      200,
      { checkout_id: order.checkout_id, payment_id: expect.any(String), status: 'succeeded' },
    ])
  })

  it('[BIL-54] finds out by itself what was paid when no event comes, and which order was made', async () => {
    const order = await newOrder()
    await act('use-webhook', { url: '' })
    await act('pay-order', { order: order.order_id, outcome: 'captured' })
    await query(
      `update public.billing_checkout_sessions set provider_session_id = null where id = $1::uuid`,
      order.checkout_id,
    )
    await query(
      `update private.razorpay_orders set created_at = now() - interval '1 hour' where checkout_session_id = $1::uuid`,
      order.checkout_id,
    )
    await query('select private.reconcile_razorpay(10)')
    await becomes(order, 'succeeded')
    expect(
      await query(
        'select provider_session_id, status::text from public.billing_checkout_sessions where id = $1::uuid',
        order.checkout_id,
      ),
    ).toEqual([{ provider_session_id: order.order_id, status: 'complete' }])
  })
})
