import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { withConnection } from '../../../local/postgres/database.ts'
import { sandboxClient } from '../../../local/sandbox/client.ts'
import { describeReport, syncStripe } from '../../../scripts/stripe_sync.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

describe('what Stripe’s webhooks did not tell, through the running stack', { timeout: 180_000 }, () => {
  let stack: TestStack
  let stripe: Stripe
  beforeAll(async () => {
    stack = await testStack()
    const rewrite: typeof fetch = (input, init) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input)
      return fetch(`${stack.sandboxUrl}/stripe${pathname}${search}`, init)
    }
    stripe = new Stripe('sk_test_local', { httpClient: Stripe.createFetchHttpClient(rewrite) })
  }, 120_000)
  afterAll(() => stack[Symbol.asyncDispose]())

  const sql = (statement: string, parameters: string[] = []) =>
    withConnection(stack.database.url, (connection) => connection.unsafe(statement, parameters))

  it('[BIL-30] [A2-04] is pulled by the command, and then nothing differs any more', async () => {
    const email = `${crypto.randomUUID()}@example.com`
    const password = 'Correct-horse-1'
    await stack.adminClient().auth.admin.createUser({ email, password, email_confirm: true })
    const client = stack.client()
    expect((await client.auth.signInWithPassword({ email, password })).error).toBeNull()
    const { id: organizationId } = z
      .object({ id: z.uuid() })
      .parse((await client.rpc('create_organization', { name: 'Payers' })).data)
    const [own] = await sql(
      `select prices.id from public.billing_prices as prices join public.billing_plans as plans on plans.id = prices.plan_id
       where plans.product = 'fundraising' and plans.key = 'pro' and prices.kind = 'flat'
         and prices.billing_interval = 'month' and prices.currency = 'USD'`,
    )
    // Nobody hears of any of this.
    await sandboxClient(stack.sandboxUrl).runAction('stripe', 'hold-webhooks')
    const product = await stripe.products.create({ name: 'Pro' })
    const price = await stripe.prices.create({
      ...{ product: product.id, currency: 'usd', unit_amount: 1900, recurring: { interval: 'month' } },
      metadata: { price_id: z.object({ id: z.uuid() }).parse(own).id },
    })
    const customer = await stripe.customers.create({ metadata: { organization_id: organizationId } })
    const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id })
    await stripe.subscriptions.create({
      ...{ customer: customer.id, items: [{ price: price.id }], default_payment_method: card.id },
    })
    const subscriptions = () =>
      sql('select status, access::text from public.billing_subscriptions where organization_id = $1', [organizationId])
    expect(await subscriptions()).toEqual([])

    const looked = await syncStripe(stack.adminClient(), { isFull: true, isDryRun: true })
    expect(looked.differences.map(({ object_key }) => object_key)).toContain(`customer:${customer.id}`)
    expect(await subscriptions()).toEqual([])

    const pulled = await syncStripe(stack.adminClient(), { isFull: false, isDryRun: false })
    expect(describeReport(pulled)).toContain('customer.subscription.created')
    await vi.waitFor(async () => expect(await subscriptions()).toEqual([{ status: 'active', access: 'full' }]), {
      timeout: 60_000,
      interval: 250,
    })

    await vi.waitFor(
      async () => {
        const [left] = await sql(
          `select count(*)::int as count from private.webhook_events where provider = 'stripe' and finished_at is null`,
        )
        expect(left).toEqual({ count: 0 })
      },
      { timeout: 60_000, interval: 250 },
    )
    await syncStripe(stack.adminClient(), { isFull: true, isDryRun: false })
    const again = await syncStripe(stack.adminClient(), { isFull: true, isDryRun: true })
    expect(again.last_error).toBeNull()
    expect(again.differences).toEqual([])
  })
})
