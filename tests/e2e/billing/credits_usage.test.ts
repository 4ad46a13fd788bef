import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, signedInPerson } from '../../support/api_person.ts'
import { type TestStack, testStack } from '../../support/stack.ts'

const statement = z.object({
  lines: z.array(z.looseObject({ kind: z.string(), credit_count: z.number() })),
  opening_count: z.number(),
  closing_count: z.number(),
})
const usage = z.object({
  metrics: z.array(z.looseObject({ metric: z.string(), days: z.array(z.looseObject({ quantity: z.number() })) })),
})

describe('credits and usage through the REST face', { timeout: 90_000 }, () => {
  let stack: TestStack
  let sql: postgres.Sql
  let ada: ApiPerson
  let organizationId = ''

  beforeAll(async () => {
    stack = await testStack()
    sql = postgres(stack.database.url, { max: 2, onnotice: () => {} })
    ada = await signedInPerson(stack, { isVerified: true })
    organizationId = (await ada.client.rpc('create_organization', { name: 'Lagoon Estates' })).data?.id ?? ''
    await sql`
      select private.record_payment(
        ${organizationId}, 'stripe', 'pi_' || packs.credit_count, 'succeeded', 'usd', purchases.price_cents, now(),
        jsonb_build_object('purpose', 'credit_pack', 'purpose_id', purchases.id)
      )
      from public.credit_packs as packs
      cross join lateral private.create_credit_purchase(${organizationId}, packs.id, 'USD') as purchases
      where packs.credit_count in (100, 500)`
  }, 60_000)
  afterAll(async () => {
    await sql.end()
    await stack[Symbol.asyncDispose]()
  })

  const get = async (path: string, person = ada) => {
    const response = await person.get(`/v1/billing${path}`)
    const body: unknown = await response.json()
    return { status: response.status, body }
  }
  const mine = () => `organization_id=${organizationId}`

  it('[CRD-06] [CRD-07] show balance, statement, packs and purchases', async () => {
    expect(await get(`/credits?${mine()}`)).toMatchObject({ status: 200, body: { purchased_count: 600 } })
    const month = new Date().toISOString().slice(0, 7)
    const seen = statement.parse((await get(`/credits/statement?${mine()}&month=${month}`)).body)
    expect(seen.lines).toContainEqual(expect.objectContaining({ kind: 'purchase', credit_count: 600 }))
    expect(seen.lines.reduce((sum, line) => sum + line.credit_count, seen.opening_count)).toBe(seen.closing_count)
    const quiet = statement.parse((await get(`/credits/statement?${mine()}&month=2099-01`)).body)
    expect(quiet).toEqual({
      ...quiet,
      lines: [],
      opening_count: seen.closing_count,
      closing_count: seen.closing_count,
    })
    const packs = await fetch(`${stack.apiUrl}/functions/v1/api/v1/billing/credits/packs?currency=USD`)
    expect(await packs.json()).toMatchObject({
      data: [
        { credit_count: 100, prices: [{ currency: 'USD', price_cents: 500 }] },
        { credit_count: 500, prices: [{ currency: 'USD', price_cents: 2000 }] },
        { credit_count: 2000, prices: [{ currency: 'USD', price_cents: 6000 }] },
      ],
    })
    const page = await ada.get(`/v1/billing/credits/purchases?${mine()}&status=paid&limit=1`)
    expect(await page.json()).toMatchObject({ data: [{ status: 'paid', owed_count: 0 }] })
    expect(page.headers.get('link')).toContain('organization_id')
  })

  it('[CRD-07] [CRD-11] show what was used, counted a moment ago', async () => {
    const recorded = await stack.adminClient().rpc('record_usage', {
      organization_id: organizationId,
      metric: 'ai_tokens',
      quantity: 1500,
      idempotency_key: 'a',
    })
    expect(recorded).toMatchObject({ data: true, error: null })
    const { body } = await get(`/usage?${mine()}`)
    const found = (metric: string) => usage.parse(body).metrics.find((row) => row.metric === metric)
    expect(found('ai_tokens')).toMatchObject({ quantity: 1500, limit_count: null, used_percent: null })
    expect(found('seats')).toMatchObject({ used_count: 1, limit_count: 25, used_percent: 4 })
    expect(await get(`/usage?${mine()}&from_on=2026-02-01&to_on=2026-01-01`)).toMatchObject({
      status: 422,
      body: { code: 'usage_range_invalid' },
    })
    expect((await get(`/usage?${mine()}&from_on=yesterday`)).status).toBe(400)
  })

  it('are of the organization that is named, or of the only one, and of nobody else’s', async () => {
    // Ada has the personal one beside the company.
    expect(await get('/credits')).toMatchObject({ status: 422, body: { code: 'organization_required' } })
    const eve = await signedInPerson(stack)
    expect(await get('/credits', eve)).toMatchObject({ status: 200, body: { initial_count: 200 } })
    for (const path of ['/credits', '/credits/purchases', '/usage']) {
      expect(await get(`${path}?${mine()}`, eve), path).toMatchObject({ status: 404 })
    }
  })

  it('answer API keys that have the scope', async () => {
    const account = await ada.client.rpc('create_service_account', {
      organization_id: organizationId,
      name: 'Meter',
      role: 'admin',
    })
    expect(account.error).toBeNull()
    const made = await ada.client.rpc('create_api_key', {
      service_account_id: account.data?.id ?? '',
      name: 'Meter',
      scopes: ['credits.read'],
    })
    const secret = z
      .looseObject({ secret: z.string() })
      .parse(Array.isArray(made.data) ? made.data[0] : made.data).secret
    const ask = async (path: string) => {
      const response = await fetch(`${stack.apiUrl}/functions/v1/api/v1/billing${path}`, {
        headers: { authorization: `Bearer ${secret}` },
      })
      const body: unknown = await response.json()
      return { status: response.status, body }
    }
    expect(await ask('/credits')).toMatchObject({ status: 200, body: { organization_id: organizationId } })
    expect(await ask('/usage')).toMatchObject({ status: 403, body: { code: 'scope_missing' } })
  })
})
