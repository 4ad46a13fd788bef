import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  definePaymentProvider,
  type NewPayment,
  type PaymentOperation,
  unsupportedCode,
} from '../../supabase/functions/_shared/providers/payments/mod.ts'
import { paymentCases, type RunningCase } from './payment_cases.ts'

const signal = () => AbortSignal.timeout(60_000)
/** A change that nothing else is. */
const once = (idempotencyKey: string = randomUUID()) => ({ idempotencyKey, signal: signal() })
const payment = (customerId: string | null, amountCents = 2000): NewPayment => ({
  belonging: { organizationId: randomUUID(), purpose: 'credit_pack', purposeId: randomUUID() },
  customerId,
  description: '500 credits',
  currency: 'USD',
  amountCents,
})

describe.each(paymentCases)('the provider of payments $name', ({ start }) => {
  let running: RunningCase
  beforeAll(async () => {
    running = await start()
  })
  afterAll(() => running.close())
  beforeEach(() => running.setDials({}))

  const customer = async () =>
    running.provider.can('createCustomer')
      ? (await running.provider.createCustomer({ organizationId: randomUUID(), name: 'Till', email: null }, once()))
          .customerId
      : null
  const confirm = (providerPaymentId: string, how: 'good' | 'declined') =>
    running.provider.confirmPayment({ providerPaymentId, returnUrl: null, ...running[how] }, once())
  const paid = async (amountCents = 2000) => {
    const made = await running.provider.createPayment(payment(await customer(), amountCents), once())
    return confirm(made.providerPaymentId, 'good')
  }

  it('[A2-13] tells a customer that it knows from one that it does not', async () => {
    const known = await customer()
    if (known === null) return expect(running.provider.can('hasCustomer')).toBe(false)
    const { signal } = new AbortController()
    expect(await running.provider.hasCustomer(known, { signal })).toBe(true)
    expect(await running.provider.hasCustomer('cus_of_another_account', { signal })).toBe(false)
  })

  it('[A2-13] [BIL-25] [BIL-26] takes a payment that is confirmed, and makes it once for one key', async () => {
    const wanted = payment(await customer())
    const options = once()
    const made = await running.provider.createPayment(wanted, options)
    expect(made).toMatchObject({ status: 'pending', currency: 'USD', amountCents: 2000, failureCode: null })
    const again = await running.provider.createPayment(wanted, options)
    expect(again.providerPaymentId).toBe(made.providerPaymentId)
    const done = await confirm(made.providerPaymentId, 'good')
    expect(done).toMatchObject({ status: 'succeeded', amountCents: 2000, failureCode: null })
  })

  it('[A2-13] [BIL-26] answers a payment that is declined as failed, and takes it with another method', async () => {
    const made = await running.provider.createPayment(payment(await customer()), once())
    const failed = await confirm(made.providerPaymentId, 'declined')
    expect(failed.status).toBe('failed')
    expect(failed.failureCode).toMatch(/^[a-z_]+$/)
    const done = await confirm(failed.providerPaymentId, 'good')
    expect(done.status).toBe('succeeded')
  })

  it('[A2-13] [BIL-27] gives back a part and the rest, each once for our row, and no more', async () => {
    if (!running.provider.can('refund')) return expect(running.provider.can('refund')).toBe(false)
    const { providerPaymentId } = await paid()
    const refund = (refundId: string, amountCents: number) =>
      running.provider.refund(
        {
          ...{ refundId, providerPaymentId, amountCents },
          ...{ organizationId: randomUUID(), currency: 'USD', reason: 'other' },
        },
        // Another key, as after the day for which a provider remembers them.
        once(),
      )
    const row = randomUUID()
    const part = await refund(row, 500)
    expect(part).toMatchObject({
      amountCents: 500,
      currency: 'USD',
      status: expect.stringMatching(/pending|succeeded/),
    })
    expect((await refund(row, 500)).providerRefundId).toBe(part.providerRefundId)
    expect((await refund(randomUUID(), 1500)).providerRefundId).not.toBe(part.providerRefundId)
    await expect(refund(randomUUID(), 1)).rejects.toMatchObject({ name: 'ProviderError', failure: 'refused' })
  })

  it('[A2-13] [BIL-17] opens pages and closes them, and the portal', async () => {
    if (!running.makeShop) return expect(running.provider.can('openPortal')).toBe(false)
    const { customerId, otherPriceId } = await running.makeShop()
    const page = {
      belonging: { organizationId: randomUUID(), purpose: 'subscription', purposeId: null },
      customerId,
      successUrl: 'https://app.example.com/done?paid={CHECKOUT_SESSION_ID}',
      cancelUrl: 'https://app.example.com/plans',
    } as const
    const items = [{ providerPriceId: otherPriceId, quantity: 1 }]
    const options = once()
    const asked = { ...page, mode: 'subscription', items, trialDays: 14, providerTaxRateId: null } as const
    const opened = await running.provider.openCheckout(asked, options)
    expect(opened.url).toMatch(/^https?:/)
    expect(opened.expiresAt.getTime()).toBeGreaterThan(Date.now())
    expect((await running.provider.openCheckout(asked, options)).sessionId).toBe(opened.sessionId)
    for (const _ of [1, 2]) expect(await running.provider.closeCheckout(opened.sessionId, once())).toBe('expired')
    const item = { description: '500 credits', currency: 'USD', amountCents: 2000 }
    for (const other of [
      { ...page, mode: 'payment', item, providerTaxRateId: null } as const,
      { ...page, mode: 'setup', currency: 'USD' } as const,
    ]) {
      expect((await running.provider.openCheckout(other, once())).sessionId).not.toBe(opened.sessionId)
    }
    const portal = await running.provider.openPortal({ customerId, returnUrl: 'https://app.example.com/' }, once())
    expect(portal.url).toMatch(/^https?:/)
  })

  it('[A2-13] [BIL-15] says what a change costs, and makes it in place of what was there', async () => {
    if (!running.makeShop) return expect(running.provider.can('changeSubscription')).toBe(false)
    const shop = await running.makeShop()
    const change = { items: [{ providerPriceId: shop.otherPriceId, quantity: 3 }] }
    const preview = await running.provider.previewChange(shop.subscriptionId, change, { signal: signal() })
    expect(preview.currency).toBe('USD')
    expect(preview.lines.some(({ isProration }) => isProration)).toBe(true)
    expect(preview.prorationCents).toBeGreaterThan(0)
    expect(preview.totalCents).toBe(preview.prorationCents)
    const { prorationAt } = preview
    const changed = await running.provider.changeSubscription(shop.subscriptionId, { ...change, prorationAt }, once())
    expect(changed).toMatchObject({ status: 'active', items: change.items })
    expect(await shop.paidCents()).toBe(1900 + preview.totalCents)
    const seats = { items: [{ providerPriceId: shop.otherPriceId, quantity: 5 }] }
    expect(await running.provider.changeSubscription(shop.subscriptionId, seats, once())).toMatchObject({
      items: seats.items,
    })
  })

  it('[A2-13] cancels at the end of the period and now, resumes and pauses, as often as it is asked', async () => {
    if (!running.makeShop) return expect(running.provider.can('cancelSubscription')).toBe(false)
    const { subscriptionId: id } = await running.makeShop()
    const { provider } = running
    const cancel = (when: 'now' | 'period_end') =>
      provider.cancelSubscription(
        { providerSubscriptionId: id, when, reason: 'too_expensive', comment: 'Next year' },
        once(),
      )
    for (const _ of [1, 2]) {
      expect(await cancel('period_end')).toMatchObject({ isCancelledAtPeriodEnd: true, endedAt: null })
    }
    for (const _ of [1, 2]) {
      expect(await provider.resumeSubscription(id, once())).toMatchObject({ isCancelledAtPeriodEnd: false })
    }
    expect(await provider.pauseSubscription(id, once())).toMatchObject({ isPaused: true })
    expect(await provider.resumeSubscription(id, once())).toMatchObject({ isPaused: false, status: 'active' })
    for (const _ of [1, 2]) expect((await cancel('now')).endedAt).toBeInstanceOf(Date)
  })

  it('[A2-13] [BIL-15] gives nothing more before it is paid, so that nothing unpaid becomes credit', async () => {
    if (!running.makeShop) return expect(running.provider.can('changeSubscription')).toBe(false)
    const shop = await running.makeShop()
    await shop.declineFromNowOn()
    const change = { items: [{ providerPriceId: shop.otherPriceId, quantity: 100 }] }
    await expect(running.provider.changeSubscription(shop.subscriptionId, change, once())).rejects.toMatchObject({
      failure: 'refused',
    })
    expect(await shop.paidCents()).toBe(1900)
    const { items } = await running.provider.pauseSubscription(shop.subscriptionId, once())
    expect(items).toEqual([{ providerPriceId: shop.providerPriceId, quantity: 1 }])
  })

  it('[A2-13] changes nothing whose present period is not paid for', async () => {
    if (!running.makeShop) return expect(running.provider.can('changeSubscription')).toBe(false)
    const { provider } = running
    const shop = await running.makeShop()
    const id = shop.subscriptionId
    const refused = (quantity: number) =>
      expect(
        provider.changeSubscription(id, { items: [{ providerPriceId: shop.providerPriceId, quantity }] }, once()),
      ).rejects.toMatchObject({ failure: 'refused', vendorCode: 'subscription_not_paid_for' })
    await provider.pauseSubscription(id, once())
    await refused(2)
    await provider.resumeSubscription(id, once())
    await shop.declineFromNowOn()
    await shop.passMonth()
    await refused(1)
  })

  it('[A2-13] resumes into a period that is paid for, whenever one began while it rested', async () => {
    if (!running.makeShop) return expect(running.provider.can('pauseSubscription')).toBe(false)
    const { provider } = running
    const shop = await running.makeShop()
    await provider.pauseSubscription(shop.subscriptionId, once())
    await provider.resumeSubscription(shop.subscriptionId, once())
    expect(await shop.paidCents()).toBe(1900)
    await provider.pauseSubscription(shop.subscriptionId, once())
    await shop.passMonth()
    const resumed = await provider.resumeSubscription(shop.subscriptionId, once())
    expect(resumed).toMatchObject({ isPaused: false, status: 'active' })
    expect(await shop.paidCents()).toBe(2 * 1900)
    await provider.resumeSubscription(shop.subscriptionId, once())
    expect(await shop.paidCents()).toBe(2 * 1900)
  })

  it('[A2-13] [BIL-35] makes a saved method the default and removes it, again without harm', async () => {
    if (!running.makeShop) return expect(running.provider.can('removeMethod')).toBe(false)
    const shop = await running.makeShop()
    await running.provider.setDefaultMethod(shop.customerId, shop.methodId, once())
    for (const _ of [1, 2]) await running.provider.removeMethod(shop.methodId, once())
    await expect(running.provider.setDefaultMethod(shop.customerId, shop.methodId, once())).rejects.toMatchObject({
      failure: 'refused',
    })
  })

  it('[A2-13] [TST-04] fails in the words of all providers', async () => {
    const wanted = payment(null)
    await expect(running.stranger.createPayment(wanted, once())).rejects.toMatchObject({
      name: 'ProviderError',
      failure: 'misconfigured',
      isRetryable: false,
    })
    await expect(confirm('pi_unknown', 'good')).rejects.toMatchObject({ failure: 'refused' })
    await running.setDials({ failNext: 3, failStatus: 429 })
    await expect(running.provider.createPayment(wanted, once())).rejects.toMatchObject({
      failure: 'throttled',
      isRetryable: true,
    })
    await running.setDials({ failNext: 3, failStatus: 500 })
    await expect(running.provider.createPayment(wanted, once())).rejects.toMatchObject({
      failure: 'unavailable',
      isRetryable: true,
      isAmbiguous: true,
    })
    await running.setDials({ timeOutNext: 3 })
    const given = AbortSignal.timeout(200)
    await expect(
      running.provider.createPayment(wanted, { idempotencyKey: randomUUID(), signal: given }),
    ).rejects.toMatchObject({ failure: 'aborted' })
  })

  it('[A2-13] repeats what got no answer, and makes it once', async () => {
    await running.setDials({ failNext: 1, failStatus: 500 })
    const made = await running.provider.createPayment(payment(null), once())
    expect(made.status).toBe('pending')
  })
})

it('[A2-13] refuses as unsupported what a provider does not have, and says so before', async () => {
  const provider = definePaymentProvider('onchain', { removeMethod: async () => {} })
  expect(provider.can('removeMethod')).toBe(true)
  const lacking: readonly PaymentOperation[] = ['openPortal', 'refund', 'pauseSubscription']
  expect(lacking.map((operation) => provider.can(operation))).toEqual([false, false, false])
  await expect(provider.pauseSubscription('sub_1', once())).rejects.toMatchObject({
    failure: 'refused',
    isRetryable: false,
    vendorCode: unsupportedCode,
  })
})
