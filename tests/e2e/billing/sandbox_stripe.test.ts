import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { withConnection } from '../../../local/postgres/database.ts'
import { type SandboxClient, sandboxClient } from '../../../local/sandbox/client.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const subscriptionSchema = z.object({
  status: z.string(),
  access: z.string(),
  plan: z.string(),
  is_cancelled_at_period_end: z.boolean(),
  cancel_comment: z.string().nullable(),
  period_ends_at: z.string(),
})

describe('a stack with the sandbox’s Stripe', { timeout: 180_000 }, () => {
  let stack: TestStack
  let sandbox: SandboxClient
  let stripe: Stripe
  beforeAll(async () => {
    stack = await testStack()
    sandbox = sandboxClient(stack.sandboxUrl)
    const rewrite: typeof fetch = (input, init) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input)
      return fetch(`${stack.sandboxUrl}/stripe${pathname}${search}`, init)
    }
    stripe = new Stripe('sk_test_local', { httpClient: Stripe.createFetchHttpClient(rewrite) })
  }, 120_000)
  afterAll(() => stack[Symbol.asyncDispose]())

  const sql = (statement: string, parameters: string[] = []) =>
    withConnection(stack.database.url, (connection) => connection.unsafe(statement, parameters))

  async function givenOrganization(): Promise<string> {
    const email = `${crypto.randomUUID()}@example.com`
    const password = 'Correct-horse-1'
    await stack.adminClient().auth.admin.createUser({ email, password, email_confirm: true })
    const client = stack.client()
    expect((await client.auth.signInWithPassword({ email, password })).error).toBeNull()
    return z.object({ id: z.uuid() }).parse((await client.rpc('create_organization', { name: 'Payers' })).data).id
  }

  /** The subscription of the organization as our tables have it. */
  async function mirrored(organizationId: string) {
    const rows = await sql(
      `select subscriptions.status, subscriptions.access::text, plans.key as plan, subscriptions.is_cancelled_at_period_end,
         subscriptions.cancel_comment, subscriptions.current_period_ends_at::text as period_ends_at
       from public.billing_subscriptions as subscriptions
       join public.billing_plans as plans on plans.id = subscriptions.plan_id
       where subscriptions.organization_id = $1 and subscriptions.provider = 'stripe'`,
      [organizationId],
    )
    return z.array(subscriptionSchema).parse(rows)
  }

  it('[BIL-55] follows a subscription that is paid, renewed, cancelled and ended with test keys, by webhook', async () => {
    const organizationId = await givenOrganization()
    const [own] = await sql(
      `select prices.id from public.billing_prices as prices join public.billing_plans as plans on plans.id = prices.plan_id
       where plans.product = 'fundraising' and plans.key = 'pro' and prices.kind = 'flat'
         and prices.billing_interval = 'month' and prices.currency = 'USD'`,
    )
    const { id: priceId } = z.object({ id: z.uuid() }).parse(own)
    const product = await stripe.products.create({ name: 'Pro' })
    const price = await stripe.prices.create({
      ...{ product: product.id, currency: 'usd', unit_amount: 1900, metadata: { price_id: priceId } },
      recurring: { interval: 'month' },
    })
    const customer = await stripe.customers.create({ name: 'Payers', metadata: { organization_id: organizationId } })
    const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id })
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      default_payment_method: card.id,
      metadata: { organization_id: organizationId, purpose: 'subscription' },
    })
    await vi.waitFor(
      async () =>
        expect(await mirrored(organizationId)).toMatchObject([{ status: 'active', access: 'full', plan: 'pro' }]),
      { timeout: 60_000, interval: 250 },
    )
    const [first] = await mirrored(organizationId)

    await sandbox.runAction('stripe', 'advance-clock', { by: 'month' })
    await vi.waitFor(
      async () => {
        const [renewed] = await mirrored(organizationId)
        expect(Date.parse(renewed?.period_ends_at ?? '')).toBeGreaterThan(Date.parse(first?.period_ends_at ?? ''))
      },
      { timeout: 60_000, interval: 250 },
    )

    await stripe.subscriptions.update(subscription.id, {
      cancel_at_period_end: true,
      cancellation_details: { feedback: 'too_expensive', comment: 'Too much' },
    })
    await vi.waitFor(
      async () =>
        expect(await mirrored(organizationId)).toMatchObject([
          { status: 'active', is_cancelled_at_period_end: true, cancel_comment: 'Too much' },
        ]),
      { timeout: 60_000, interval: 250 },
    )

    await sandbox.runAction('stripe', 'hold-webhooks')
    await sandbox.runAction('stripe', 'advance-clock', { by: 'month' })
    await sandbox.runAction('stripe', 'deliver-held', { order: 'shuffled-and-duplicated' })
    await vi.waitFor(
      async () => expect(await mirrored(organizationId)).toMatchObject([{ status: 'canceled', access: 'ended' }]),
      { timeout: 60_000, interval: 250 },
    )
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled')
  })
})
