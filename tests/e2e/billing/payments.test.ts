import { TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { stripeClient } from '../../../supabase/functions/_shared/providers/payments/mod.ts'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestTarget, testTarget } from '../../support/target.ts'

const intentSchema = z.object({
  id: z.uuid(),
  status: z.string(),
  amount_cents: z.number(),
  provider_payment_id: z.string(),
  failure_code: z.string().nullable(),
  client_data: z.record(z.string(), z.string()),
})
const pageSchema = z.object({ data: z.array(z.looseObject({ id: z.uuid() })), next_cursor: z.string().nullable() })
const detailSchema = z.looseObject({
  refunded_cents: z.number(),
  refunds: z.array(z.looseObject({ status: z.string(), amount_cents: z.number() })),
  events: z.array(z.looseObject({ object: z.string(), status: z.string(), source: z.string() })),
})
const subscriptionsSchema = z.object({
  data: z.array(z.looseObject({ id: z.uuid(), plan_key: z.string(), is_cancelled_at_period_end: z.boolean() })),
})

describe('payments, through the public API', { timeout: 120_000 }, () => {
  let target: TestTarget
  let ada: ApiPerson
  let organization_id = ''
  beforeAll(async () => {
    target = await testTarget()
    ada = await signedInPerson(target)
    organization_id = (await ada.client.rpc('create_organization', { name: 'Lagoon Estates' })).data?.id ?? ''
  }, 120_000)
  afterAll(() => target[Symbol.asyncDispose]())

  const call = (path: string, method: string, token: string, body?: object) =>
    fetch(`${target.apiUrl}/functions/v1/api/v1/billing${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  const post = (path: string, body: object, token = ada.token) => call(path, 'POST', token, body)
  const codeOf = async (response: Response) =>
    `${response.status} ${z.looseObject({ code: z.string() }).parse(await response.json()).code}`
  const credits = async (count: number) => {
    const { data } = await ada.client.rpc('list_credit_packs')
    return (
      z
        .array(z.object({ pack_id: z.uuid(), credit_count: z.number() }))
        .parse(data)
        .find(({ credit_count }) => credit_count === count)?.pack_id ?? ''
    )
  }
  /** Buys credits without a page. */
  const buy = async (method: string) => {
    const made = await post('/payment-intents', { organization_id, pack_id: await credits(100), currency: 'USD' })
    expect(made.status).toBe(201)
    const { id, client_data } = intentSchema.parse(await made.json())
    expect(client_data.client_secret).toContain('_secret_')
    const confirmed = await post(`/payment-intents/${id}/confirm`, { provider_method_id: method })
    expect(confirmed.status).toBe(200)
    return intentSchema.parse(await confirmed.json())
  }
  const detail = async (id: string) =>
    detailSchema.parse(await (await call(`/payments/${id}`, 'GET', ada.token)).json())

  /** Somebody with the right and a session with a second factor. */
  async function platformAdminToken(): Promise<string> {
    const person = await signedInPerson(target)
    await target.adminClient().auth.admin.updateUserById(person.id, { app_metadata: { platform_admin: true } })
    const { mfa } = person.client.auth
    const { data } = await mfa.enroll({ factorType: 'totp', friendlyName: 'Phone' })
    const secret = data?.type === 'totp' ? data.totp.secret : ''
    const raised = await mfa.challengeAndVerify({ factorId: data?.id ?? '', code: new TOTP({ secret }).generate() })
    return raised.data?.access_token ?? ''
  }

  it('[BIL-25] [BIL-26] [BIL-44] are begun, declined, confirmed and listed, and bring the credits', async () => {
    const declined = await buy('pm_card_chargeDeclined')
    expect(declined).toMatchObject({ status: 'failed', failure_code: 'generic_decline' })
    const again = await post(`/payment-intents/${declined.id}/confirm`, { provider_method_id: 'pm_card_visa' })
    expect(intentSchema.parse(await again.json())).toMatchObject({ id: declined.id, status: 'succeeded' })
    const second = await buy('pm_card_visa')

    const list = async (query: string) =>
      pageSchema.parse(await (await ada.get(`/v1/billing/payments?organization_id=${organization_id}&${query}`)).json())
    const first = await list('status=succeeded&limit=1&fields=id,amount_cents,purpose')
    expect(first.data).toMatchObject([{ id: second.id, amount_cents: 500, purpose: 'credit_pack' }])
    const next = await list(`status=succeeded&limit=1&cursor=${first.next_cursor}`)
    expect(next).toMatchObject({ data: [{ id: declined.id }], next_cursor: null })
    expect((await list('status=failed')).data).toEqual([])

    const { events } = await detail(declined.id)
    const steps = events.map(({ status }) => status)
    expect(steps[0]).toBe('pending')
    expect(steps).toContain('failed')
    expect(steps.at(-1)).toBe('succeeded')
    const { data: wallets } = await ada.client.from('credit_wallets').select('balance_count').eq('kind', 'purchased')
    expect(wallets?.reduce((sum, { balance_count }) => sum + balance_count, 0)).toBe(200)
  })

  it('[BIL-44] [SEC-11] are for members who may see them', async () => {
    const { id } = await buy('pm_card_visa')
    const ben = await signedInPerson(target)
    const path = `/payments?organization_id=${organization_id}`
    expect(await codeOf(await call(path, 'GET', ben.token))).toBe('404 organization_not_found')
    expect(await codeOf(await call(`/payments/${id}`, 'GET', ben.token))).toBe('404 billing_payment_not_found')
    await ada.client.rpc('add_member', { organization_id, user_id: ben.id, role: 'member' })
    expect(await codeOf(await call(path, 'GET', ben.token))).toBe('403 permission_missing')
    expect(await codeOf(await post('/payment-intents', { organization_id, pack_id: id }, ben.token))).toBe(
      '403 permission_missing',
    )
    // Ada has her personal organization too.
    expect(await codeOf(await call('/payments', 'GET', ada.token))).toBe('422 organization_required')
    expect(await codeOf(await post('/payment-intents', { organization_id }))).toBe('422 billing_subject_invalid')
  })

  it('[BIL-27] [BIL-28] go back in part and in full, once a platform admin says so', async () => {
    const { id } = await buy('pm_card_visa')
    expect(await codeOf(await post(`/payments/${id}/refunds`, {}))).toBe('403 platform_admin_required')
    const admin = await platformAdminToken()
    const part = await post(`/payments/${id}/refunds`, { amount_cents: 200, comment: 'Half of it' }, admin)
    expect(part.status).toBe(201)
    expect(await part.json()).toMatchObject({ status: 'pending', amount_cents: 200, currency: 'USD' })
    await vi.waitFor(async () => expect(await detail(id)).toMatchObject({ refunded_cents: 200 }), {
      timeout: 60_000,
      interval: 250,
    })
    expect((await post(`/payments/${id}/refunds`, {}, admin)).status).toBe(201)
    await vi.waitFor(async () => expect(await detail(id)).toMatchObject({ refunded_cents: 500 }), {
      timeout: 60_000,
      interval: 250,
    })
    const { refunds } = await detail(id)
    expect(refunds).toMatchObject([
      { status: 'succeeded', amount_cents: 200 },
      { status: 'succeeded', amount_cents: 300 },
    ])
    expect(await codeOf(await post(`/payments/${id}/refunds`, {}, admin))).toBe('409 billing_payment_refunded')
  })

  it('[BIL-15] [BIL-45] [A2-13] change a subscription at the provider, whose webhooks write the row', async () => {
    const stripe = sandboxStripe()
    const { data: customers } = await ada.client.from('billing_customers').select('provider_customer_id')
    const customer = customers?.[0]?.provider_customer_id ?? (await customerAfterPayment())
    const { id: method } = await stripe.paymentMethods.attach('pm_card_visa', { customer })
    const metadata = { organization_id, purpose: 'subscription' }
    const items = [{ price: await syncedPrice() }]
    await stripe.subscriptions.create({ customer, metadata, items, default_payment_method: method })
    const present = async () =>
      subscriptionsSchema.parse(
        await (await ada.get(`/v1/billing/subscription?organization_id=${organization_id}`)).json(),
      ).data
    await waitFor(async () => expect(await present()).toMatchObject([{ plan_key: 'pro', status: 'active' }]))
    const subscription_id = (await present())[0]?.id ?? ''

    const { data: plans } = await ada.client.from('billing_plans').select('id').eq('key', 'outreach')
    const plan_id = plans?.[0]?.id ?? ''
    const preview = await post('/subscription/preview', { subscription_id, plan_id })
    expect(preview.status).toBe(200)
    expect(await preview.json()).toMatchObject({ currency: 'USD', lines: expect.any(Array) })
    const change = { subscription_id, plan_id }
    // Who chose the moment from which it counts, or that nothing is collected, would choose what it costs.
    for (const days of [-1, 20]) {
      const proration_at = new Date(Date.now() + days * 86_400_000).toISOString()
      expect(await codeOf(await post('/subscription/change', { ...change, proration_at }))).toBe(
        '409 billing_preview_outdated',
      )
    }
    expect((await post('/subscription/change', { ...change, proration: 'none' })).status).toBe(400)
    const changed = await post('/subscription/change', change)
    expect(changed.status).toBe(200)
    await waitFor(async () => expect(await present()).toMatchObject([{ plan_key: 'outreach' }]))

    const cancelled = await post('/subscription/cancel', { subscription_id, reason: 'unused', comment: 'Later' })
    expect(await cancelled.json()).toMatchObject({ provider_state: { is_cancelled_at_period_end: true } })
    await waitFor(async () =>
      expect(await present()).toMatchObject([{ is_cancelled_at_period_end: true, cancel_reason: 'unused' }]),
    )
    expect((await post('/subscription/resume', { subscription_id })).status).toBe(200)
    await waitFor(async () => expect(await present()).toMatchObject([{ is_cancelled_at_period_end: false }]))
    await post('/subscription/cancel', { subscription_id, reason: 'other', when: 'now' })
    await waitFor(async () => expect(await present()).toEqual([]))
    expect(await codeOf(await post('/subscription/pause', { subscription_id }))).toBe('409 billing_subscription_ended')
  })

  it('[BIL-17] [A2-13] open pages to subscribe, to pay, to save a card and to see all of it', async () => {
    await syncedPrice()
    const { data: plans } = await ada.client.from('billing_plans').select('id').eq('key', 'growth')
    const page = async (body: object) => {
      const answer = await post('/checkout-sessions', {
        organization_id,
        success_url: 'http://localhost:5173/billing?paid={CHECKOUT_SESSION_ID}',
        cancel_url: 'http://localhost:5173/billing',
        ...body,
      })
      expect(answer.status).toBe(201)
      const made = z.object({ provider_session_id: z.string(), url: z.url() }).parse(await answer.json())
      return made
    }
    const subscribe = { mode: 'subscription', plan_id: plans?.[0]?.id }
    const first = await page(subscribe)
    const second = await page(subscribe)
    expect(second.url).toContain(second.provider_session_id)
    const { data: sessions } = await ada.client
      .from('billing_checkout_sessions')
      .select('provider_session_id, status')
      .eq('product', 'campaigns')
    expect(sessions).toHaveLength(2)
    expect(sessions).toContainEqual({ provider_session_id: first.provider_session_id, status: 'expired' })
    const { status, customer } = await sandboxStripe().checkout.sessions.retrieve(first.provider_session_id)
    expect(status).toBe('expired')
    expect(await page({ mode: 'payment', pack_id: await credits(500) })).toMatchObject({ url: expect.any(String) })
    expect(await page({ mode: 'setup' })).toMatchObject({ url: expect.any(String) })
    const portal = await post('/portal-sessions', { organization_id, return_url: 'http://localhost:5173/billing' })
    expect(portal.status).toBe(201)
    const { data: customers } = await ada.client.from('billing_customers').select('provider_customer_id')
    expect(customers).toEqual([{ provider_customer_id: customer }])
  })

  it('[BIL-17] make another customer where the provider does not know ours any more', async () => {
    const gone = await customerAfterPayment()
    await sandboxStripe().customers.del(gone)
    const body = {
      organization_id,
      mode: 'setup',
      success_url: 'http://localhost:5173/',
      cancel_url: 'http://localhost:5173/',
    }
    expect((await post('/checkout-sessions', body)).status).toBe(201)
    const { data } = await ada.client.from('billing_customers').select('provider_customer_id').is('deleted_at', null)
    expect(data).toEqual([{ provider_customer_id: expect.stringMatching(/^cus_/) }])
    expect(data).not.toContainEqual({ provider_customer_id: gone })
  })

  const sandboxStripe = () =>
    stripeClient({ STRIPE_SECRET_KEY: 'sk_test_local', STRIPE_API_URL: `${target.sandboxUrl}/stripe` })
  const waitFor = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 250 })

  /** Stripe's name of the monthly price of Pro, once the catalogue is there. */
  async function syncedPrice(): Promise<string> {
    const { data: plans } = await ada.client.from('billing_plans').select('id').eq('key', 'pro')
    const { data: prices } = await ada.client
      .from('billing_prices')
      .select('id')
      .match({ plan_id: plans?.[0]?.id ?? '', billing_interval: 'month', currency: 'USD' })
    await target.adminClient().rpc('enqueue_job', { kind: 'billing.sync_catalogue', payload: { reason: 'test' } })
    let found = ''
    await waitFor(async () => {
      const { data } = await target
        .adminClient()
        .rpc('provider_price', { price_id: prices?.[0]?.id ?? '', provider: 'stripe' })
      found = data ?? ''
      expect(found).toMatch(/^price_/)
    })
    return found
  }

  /** The organization's customer, which its first payment made. */
  async function customerAfterPayment(): Promise<string> {
    await buy('pm_card_visa')
    const { data } = await ada.client.from('billing_customers').select('provider_customer_id')
    return data?.[0]?.provider_customer_id ?? ''
  }
})
