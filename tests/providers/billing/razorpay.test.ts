import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createRazorpayProvider,
  isCheckoutSignature,
} from '../../../supabase/functions/_shared/providers/payments/razorpay.ts'
import { razorpayClient } from '../../../supabase/functions/_shared/providers/payments/razorpay_client.ts'
import {
  recordedPayment,
  recordedRefund,
} from '../../../supabase/functions/_shared/providers/payments/razorpay_shapes.ts'
import { startTestSandbox, type TestSandbox } from '../../local/sandbox/sandbox_support.ts'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.client.resetProvider('razorpay'))

const { signal } = new AbortController()
const secret = 'secret-of-the-key'
const envOf = () => ({
  RAZORPAY_API_URL: `${sandbox.url}/razorpay`,
  RAZORPAY_KEY_ID: 'rzp_test_adapter',
  RAZORPAY_KEY_SECRET: secret,
})
function client() {
  const made = razorpayClient(envOf(), signal)
  if (!made) throw new Error('There is no client')
  return made
}
const newOrder = (receipt = randomUUID()) =>
  client().createOrder({ amount: 50_000, currency: 'INR', receipt, notes: { purpose: 'invoice' } })
const pay = async (order: string, outcome = 'captured') =>
  (await sandbox.client.runAction('razorpay', 'pay-order', { order, outcome })).split(' ')[0] ?? ''

describe('the adapter of Razorpay', () => {
  it('[BIL-54] makes orders that capture by themselves, and finds them by our own id', async () => {
    const receipt = randomUUID()
    const order = await newOrder(receipt)
    expect(order).toMatchObject({
      amount: 50_000,
      currency: 'INR',
      receipt,
      status: 'created',
      notes: { purpose: 'invoice' },
    })
    expect((await client().findOrder(receipt))?.id).toBe(order.id)
    expect(await client().findOrder(randomUUID())).toBeNull()
    const payment = await client().getPayment(await pay(order.id))
    expect(recordedPayment(payment)).toMatchObject({
      status: 'succeeded',
      amount_cents: 50_000,
      method: 'upi',
      fee_cents: 1180,
    })
    expect((await client().listPayments(order.id)).map(({ id }) => id)).toEqual([payment.id])
  })

  it('[BIL-54] asks for the order when making it got no answer, and makes no second one', async () => {
    const receipt = randomUUID()
    await sandbox.client.setDials('razorpay', { failNext: 1, failStatus: 502, only: '/v1/orders' })
    await expect(newOrder(receipt)).rejects.toMatchObject({ failure: 'unavailable', isAmbiguous: true })
    const order = await newOrder(receipt)
    await sandbox.client.setDials('razorpay', { failNext: 1, failStatus: 502, only: '/v1/orders' })
    expect((await newOrder(receipt)).id).toBe(order.id)
  })

  it('[BIL-54] reads empty notes, which are a list, and names of payments that failed', async () => {
    const order = await client().createOrder({ amount: 100, currency: 'INR', receipt: randomUUID(), notes: {} })
    expect(order.notes).toEqual({})
    expect(recordedPayment(await client().getPayment(await pay(order.id, 'failed')))).toMatchObject({
      status: 'failed',
      failure_code: 'payment_failed',
      fee_cents: null,
    })
  })

  it('[BIL-54] refunds once for one key, through the port', async () => {
    const order = await newOrder()
    const payment = await pay(order.id)
    const provider = createRazorpayProvider(envOf())
    expect([provider.can('refund'), provider.can('openPortal')]).toEqual([true, false])
    const [refundId, organizationId] = [randomUUID(), randomUUID()]
    const refund = (amountCents = 20_000) =>
      provider.refund(
        {
          refundId,
          organizationId,
          providerPaymentId: payment,
          currency: 'INR',
          amountCents,
          reason: 'other',
        },
        { idempotencyKey: `refund:${refundId}`, signal },
      )
    const first = await refund()
    expect(first).toMatchObject({ status: 'succeeded', currency: 'INR', amountCents: 20_000 })
    expect(await refund()).toEqual(first)
    await expect(refund(10_000)).rejects.toMatchObject({ failure: 'refused' })
    const refunds = await client().listRefunds(payment)
    expect(refunds.map(recordedRefund)).toMatchObject([{ id: first.providerRefundId, refund_id: refundId }])
  })

  it('[BIL-54] tells wrong keys, refusals and faults apart', async () => {
    await newOrder()
    const other = razorpayClient({ ...envOf(), RAZORPAY_KEY_SECRET: 'another' }, signal)
    await expect(other?.getPayment('pay_x')).rejects.toMatchObject({ failure: 'misconfigured' })
    await expect(client().getPayment('pay_x')).rejects.toMatchObject({
      failure: 'refused',
      vendorCode: 'input_validation_failed',
    })
    await sandbox.client.setDials('razorpay', { failNext: 3, failStatus: 500 })
    await expect(client().getPayment('pay_x')).rejects.toMatchObject({ failure: 'unavailable' })
    expect(razorpayClient({ ...envOf(), RAZORPAY_KEY_ID: undefined }, signal)).toBeNull()
  })

  it('[BIL-54] believes a checkout only when it was signed for our order with the secret of the key', () => {
    const env = { RAZORPAY_KEY_SECRET: secret }
    const sign = (text: string, with_secret = secret) => createHmac('sha256', with_secret).update(text).digest('hex')
    const check = (signature: string) => isCheckoutSignature(env, 'order_ours', { paymentId: 'pay_1', signature })
    expect(check(sign('order_ours|pay_1'))).toBe(true)
    for (const wrong of [sign('order_theirs|pay_1'), sign('order_ours|pay_2'), sign('order_ours|pay_1', 'other'), '']) {
      expect(check(wrong)).toBe(false)
    }
    const unset = { RAZORPAY_KEY_SECRET: undefined }
    expect(
      isCheckoutSignature(unset, 'order_ours', { paymentId: 'pay_1', signature: sign('order_ours|pay_1', '') }),
    ).toBe(false)
  })
})
