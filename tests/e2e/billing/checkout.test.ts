import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withConnection } from '../../../local/postgres/database.ts'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { appUrl, payOnPage } from '../../../scripts/demo/checkout_page.ts'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { launchBrowser, noBrowserReason, skipNote } from '../../support/browser.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const patience = { timeout: 60_000, interval: 200 }

describe.skipIf(noBrowserReason)(`paying, through the running stack${skipNote}`, { timeout: 180_000 }, () => {
  let stack: TestStack
  let browser: Browser
  beforeAll(async () => {
    stack = await testStack()
    browser = await launchBrowser()
    // As the start of the stack does: the sandbox learns plans and prices.
    await query(`select private.request_catalogue_sync('start')`)
  })
  afterAll(async () => {
    await browser?.close()
    await stack?.[Symbol.asyncDispose]()
  })

  const query = (statement: string) => withConnection(stack.database.url, (sql) => sql.unsafe(statement))

  const found = async () => {
    const owner = await signedInPerson(stack)
    const { data, error } = await owner.client.rpc('create_organization', { name: 'Lovelace Works' })
    if (error) throw error
    return { owner, organizationId: data.id }
  }
  const post = (owner: ApiPerson, path: string, body: object) =>
    fetch(`${stack.apiUrl}/functions/v1/api/v1/billing/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${owner.token}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: JSON.stringify(body),
    })
  const open = (owner: ApiPerson, body: object) =>
    post(owner, 'checkout-sessions', {
      ...body,
      success_url: `${appUrl}/billing?paid={CHECKOUT_SESSION_ID}`,
      cancel_url: `${appUrl}/billing`,
    })
  /** Opens a page as soon as the provider knows the prices. */
  const openPage = async (owner: ApiPerson, body: object) => {
    let answer: unknown
    await expect
      .poll(async () => {
        const response = await open(owner, body)
        answer = await response.json()
        return [response.status, response.status === 201 ? null : answer]
      }, patience)
      .toEqual([201, null])
    return z.object({ id: z.uuid(), url: z.url(), provider_session_id: z.string() }).parse(answer)
  }
  const planOf = async (owner: ApiPerson, key: string) => {
    const { data, error } = await owner.client.rpc('list_plans', { product_line: 'fundraising', currency: 'USD' })
    if (error) throw error
    return data.find((plan) => plan.key === key)?.plan_id
  }
  const subscriptionOf = async ({ client }: ApiPerson, organizationId: string) => {
    const { data, error } = await client
      .from('billing_subscriptions')
      .select(
        'status, access, provider, plan_id, seat_count, is_cancelled_at_period_end, cancel_reason, cancel_comment',
      )
      .eq('organization_id', organizationId)
      .maybeSingle()
    if (error) throw error
    return data
  }
  const limitOf = async ({ client }: ApiPerson, organizationId: string, key: string) => {
    const { data, error } = await client.rpc('get_entitlements', { organization_id: organizationId })
    if (error) throw error
    return data.find((one) => one.key === key)?.value
  }

  it('[BIL-17][BIL-19][BIL-55][TST-09] a paid checkout makes the subscription and raises the limits; it renews and is paid', async () => {
    const { owner, organizationId } = await found()
    const plan_id = await planOf(owner, 'pro')
    expect(await limitOf(owner, organizationId, 'max_projects')).toBe(1)
    const body = { mode: 'subscription', organization_id: organizationId, plan_id, currency: 'USD' }
    const page = await openPage(owner, body)
    expect(await subscriptionOf(owner, organizationId)).toBeNull()

    const cards = ['Declined: insufficient funds', 'Asks for 3-D Secure once']
    const visit = await payOnPage(browser, page.url, { email: owner.email, cards })
    expect(visit).toEqual({
      decline: 'Your card has insufficient funds.',
      arrivedAt: `${appUrl}/billing?paid=${page.provider_session_id}`,
    })
    await expect
      .poll(() => subscriptionOf(owner, organizationId), patience)
      .toMatchObject({ status: 'trialing', access: 'full', provider: 'stripe', plan_id, seat_count: 1 })
    await expect.poll(() => limitOf(owner, organizationId, 'max_projects'), patience).toBe(5)
    await expect
      .poll(async () => {
        const { data } = await owner.client
          .from('billing_checkout_sessions')
          .select('status')
          .eq('id', page.id)
          .single()
        return data?.status
      }, patience)
      .toBe('complete')
    expect((await open(owner, body)).status).toBe(409)

    // The trial ends, and the card is charged.
    await sandboxClient(stack.sandboxUrl).runAction('stripe', 'advance-clock', { by: 'month' })
    await expect.poll(async () => (await subscriptionOf(owner, organizationId))?.status, patience).toBe('active')
    const paid = async () => {
      const { data } = await owner.client
        .from('billing_payments')
        .select('status, amount_cents, currency, purpose, method')
        .eq('organization_id', organizationId)
      return data
    }
    await expect
      .poll(paid, patience)
      .toEqual([{ status: 'succeeded', amount_cents: 1900, currency: 'USD', purpose: 'subscription', method: 'card' }])
    expect(await limitOf(owner, organizationId, 'max_projects')).toBe(5)
  })

  it('[BIL-13] what somebody cancels in the customer portal, with a reason, is known here', async () => {
    const { owner, organizationId } = await found()
    const plan_id = await planOf(owner, 'pro')
    const page = await openPage(owner, { mode: 'subscription', organization_id: organizationId, plan_id })
    await payOnPage(browser, page.url, { email: owner.email, cards: ['Pays'] })
    await expect.poll(async () => (await subscriptionOf(owner, organizationId))?.access, patience).toBe('full')

    const portal = await post(owner, 'portal-sessions', {
      organization_id: organizationId,
      return_url: `${appUrl}/billing`,
    })
    const { url } = z.object({ url: z.url() }).parse(await portal.json())
    const tab = await browser.newPage()
    await tab.goto(url)
    await tab.getByRole('link', { name: 'Cancel subscription' }).click()
    await tab.getByLabel('Some features are missing').check()
    await tab.getByLabel('Anything else').fill('No plots.')
    await tab.getByRole('button', { name: 'Cancel subscription' }).click()
    await tab.getByRole('status').waitFor()
    await tab.close()
    await expect
      .poll(() => subscriptionOf(owner, organizationId), patience)
      .toMatchObject({
        ...{ access: 'full', is_cancelled_at_period_end: true },
        ...{ cancel_reason: 'missing_features', cancel_comment: 'No plots.' },
      })
  })

  it('a pack of credits is there once it is paid', async () => {
    const { owner, organizationId } = await found()
    const { data: pack } = await owner.client.from('credit_packs').select('id').eq('credit_count', 500).single()
    const page = await openPage(owner, { mode: 'payment', organization_id: organizationId, pack_id: pack?.id })
    await payOnPage(browser, page.url, { email: owner.email, cards: ['Pays'] })
    const bought = async () => {
      const { data } = await owner.client.rpc('get_credit_balance', { organization_id: organizationId }).maybeSingle()
      return data?.purchased_count
    }
    await expect.poll(bought, patience).toBe(500)
  })

  it('[BIL-18] an event that nobody signed changes nothing', async () => {
    const { owner, organizationId } = await found()
    const body = JSON.stringify({
      id: 'evt_forged',
      object: 'event',
      type: 'customer.subscription.created',
      created: 1_780_000_000,
      data: { object: { id: 'sub_forged', object: 'subscription', metadata: { organization_id: organizationId } } },
    })
    const send = (signature: string) =>
      fetch(`${stack.apiUrl}/functions/v1/webhooks/stripe`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'stripe-signature': signature },
        body,
      })
    const now = Math.floor(Date.now() / 1000)
    for (const signature of ['', `t=${now},v1=${'0'.repeat(64)}`]) expect((await send(signature)).status).toBe(401)
    expect(await subscriptionOf(owner, organizationId)).toBeNull()
    expect(await query(`select 1 from private.webhook_events where provider_event_id = 'evt_forged'`)).toHaveLength(0)
  })
})
