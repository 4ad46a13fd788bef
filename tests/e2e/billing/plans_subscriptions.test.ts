import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const plans = z.object({ data: z.array(z.looseObject({ plan_id: z.string(), key: z.string() })) })

describe('plans, subscriptions and entitlements through the REST face', { timeout: 90_000 }, () => {
  let stack: TestStack
  let sql: postgres.Sql
  let ada: ApiPerson
  let organizationId = ''

  beforeAll(async () => {
    stack = await testStack()
    sql = postgres(stack.database.url, { max: 2, onnotice: () => {} })
    ada = await signedInPerson(stack)
    organizationId = (await ada.client.rpc('create_organization', { name: 'Lagoon Estates' })).data?.id ?? ''
    await sql`
      insert into public.billing_subscriptions (organization_id, product, plan_id, provider, status, currency,
        current_period_starts_at, current_period_ends_at)
      select ${organizationId}, product, id, 'manual', 'active', 'USD', now(), now() + interval '1 month'
      from public.billing_plans where product = 'fundraising' and key = 'pro'`
  }, 60_000)
  afterAll(async () => {
    await sql.end()
    await stack[Symbol.asyncDispose]()
  })

  const open = (path: string) => fetch(`${stack.apiUrl}/functions/v1/api/v1/billing${path}`)
  const get = async (path: string, person = ada) => {
    const response = await person.get(`/v1/billing${path}`)
    const body: unknown = await response.json()
    return { status: response.status, body }
  }

  it('[BIL-11] [BIL-45] tell the price list to everybody, by product line and currency', async () => {
    const all = await open('/plans')
    expect(all.status).toBe(200)
    expect(plans.parse(await all.json()).data.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['pro', 'outreach', 'starter', 'growth', 'team']),
    )
    expect(await (await open('/plans?product=fundraising&currency=USD')).json()).toMatchObject({
      data: expect.arrayContaining([
        expect.objectContaining({
          key: 'pro',
          prices: expect.arrayContaining([
            expect.objectContaining({ kind: 'flat', billing_interval: 'month', currency: 'USD', unit_cents: 1900 }),
          ]),
          entitlements: expect.objectContaining({ max_projects: { value: 5, action: 'block' } }),
        }),
      ]),
    })
    expect((await open('/plans?product=cars')).status).toBe(400)
  })

  it('[BIL-11] [BIL-45] [TST-03] tell the subscriptions of an organization to who may see them', async () => {
    expect(await get(`/subscriptions?organization_id=${organizationId}&product=fundraising`)).toMatchObject({
      status: 200,
      body: { data: [{ product: 'fundraising', status: 'active', access: 'full', provider: 'manual' }] },
    })
    expect(await get(`/subscriptions?organization_id=${organizationId}&product=estate`)).toMatchObject({
      body: { data: [] },
    })
    const stranger = await signedInPerson(stack)
    expect([403, 404]).toContain((await get(`/subscriptions?organization_id=${organizationId}`, stranger)).status)
    expect((await open(`/subscriptions?organization_id=${organizationId}`)).status).toBe(401)
  })

  it('[BIL-11] [BIL-08] tell what an organization is entitled to', async () => {
    expect(await get(`/entitlements?organization_id=${organizationId}`)).toMatchObject({
      status: 200,
      body: {
        organization_id: organizationId,
        data: expect.arrayContaining([
          expect.objectContaining({ key: 'max_projects', value: 5, action: 'block' }),
          expect.objectContaining({ key: 'linkedin_automation', value: 0 }),
        ]),
      },
    })
    expect((await open(`/entitlements?organization_id=${organizationId}`)).status).toBe(401)
  })

  it('[TST-03] a person changes and takes back the change of a subscription, and sees what is pending', async () => {
    const [found] = await sql<{ id: string; outreach: string }[]>`
      select subscriptions.id, plans.id as outreach from public.billing_subscriptions as subscriptions
      join public.billing_plans as plans on plans.product = subscriptions.product and plans.key = 'outreach'
      where subscriptions.organization_id = ${organizationId}`
    const subscription_id = found?.id ?? ''
    const previewed = await ada.client
      .rpc('preview_subscription_change', { subscription_id, plan_id: found?.outreach ?? '' })
      .single()
    expect(previewed.data).toMatchObject({ is_immediate: true, period_cents: 4900 })
    const changed = await ada.client.rpc('change_subscription', { subscription_id, plan_id: found?.outreach ?? '' })
    expect(changed.data).toMatchObject({ id: subscription_id, plan_id: found?.outreach })
    await ada.client.rpc('change_subscription', { subscription_id, billing_interval: 'year' })
    const waiting = await ada.client.from('billing_scheduled_changes').select('billing_interval')
    expect(waiting.data).toEqual([{ billing_interval: 'year' }])
    await ada.client.rpc('change_subscription', { subscription_id, billing_interval: 'month' })
    expect((await ada.client.from('billing_scheduled_changes').select('billing_interval')).data).toEqual([])
    const lines = await ada.client.from('billing_pending_lines').select('amount_cents')
    expect(lines.data?.length).toBe(2)
  })
})
