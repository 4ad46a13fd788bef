import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { readCommand } from '../../scripts/read_command.ts'
import { syncCatalogue } from '../../supabase/functions/_shared/billing/mod.ts'
import { createStripeCatalogue } from '../../supabase/functions/_shared/providers/payments/stripe_catalogue.ts'
import { startTestSandbox, type TestSandbox } from '../local/sandbox/sandbox_support.ts'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await startTestSandbox()
})
afterAll(() => sandbox.close())

const plan = '10000000-0000-8000-8000-000000000001'
const pack = '10000000-0000-8000-8000-000000000002'
const monthly = '20000000-0000-8000-8000-000000000001'
const yearly = '20000000-0000-8000-8000-000000000002'
const seats = '20000000-0000-8000-8000-000000000003'
const packPrice = '20000000-0000-8000-8000-000000000004'
const vat = '30000000-0000-8000-8000-000000000001'

const price = (id: string, product_id: string, unit_cents: number, more: object = {}) => ({
  id,
  product_id,
  currency: 'USD',
  unit_cents,
  unit_count: 1,
  billing_interval: 'month',
  name: 'pro',
  is_active: true,
  provider_price_id: null,
  ...more,
})

const catalogue = {
  products: [
    { id: plan, kind: 'plan', name: 'Fundraising Pro', description: 'Five projects', is_active: true },
    { id: pack, kind: 'pack', name: '100 credits', description: 'Credits', is_active: true },
  ],
  prices: [
    price(monthly, plan, 1900),
    price(yearly, plan, 19_000, { billing_interval: 'year' }),
    price(seats, plan, 700, { unit_count: 3, currency: 'JPY' }),
    price(packPrice, pack, 500, { billing_interval: null }),
  ],
  tax_rates: [{ id: vat, country: 'NG', name: 'VAT', percentage: 7.5, is_active: true, provider_tax_rate_id: null }],
}

/** Syncs this catalogue, and tells the steps and what was to be remembered. */
async function sync(ours: object) {
  const remembered: object[] = []
  const db = {
    async rpc(name: string, parameters: object = {}) {
      if (name === 'record_provider_catalogue') remembered.push(parameters)
      return { data: name === 'get_catalogue_to_sync' ? ours : null, error: null }
    },
  }
  const env = { STRIPE_SECRET_KEY: 'sk_test_local', STRIPE_API_URL: `${sandbox.url}/stripe` }
  const steps = await syncCatalogue({ db, provider: createStripeCatalogue(env, new AbortController().signal) })
  return { steps: steps.map(({ action, object, id }) => `${action} ${object} ${id}`), remembered: remembered[0] }
}

const stripe = async (path: string): Promise<unknown> =>
  (await sandbox.get(`/stripe/v1${path}`, { headers: { authorization: 'Bearer sk_test_local' } })).json()

it('[BIL-10] gives Stripe products, prices and tax rates, changes what may change, and archives the rest', async () => {
  const made = await sync(catalogue)
  expect(made.steps).toHaveLength(7)
  expect(await stripe('/prices?limit=100')).toMatchObject({
    data: expect.arrayContaining([
      expect.objectContaining({
        unit_amount: 1900,
        currency: 'usd',
        active: true,
        lookup_key: monthly,
        metadata: { price_id: monthly },
        recurring: expect.objectContaining({ interval: 'month', usage_type: 'licensed' }),
      }),
      expect.objectContaining({
        unit_amount: 700,
        currency: 'jpy',
        transform_quantity: { divide_by: 3, round: 'up' },
      }),
      expect.objectContaining({ unit_amount: 500, type: 'one_time', recurring: null }),
    ]),
  })
  expect(await stripe('/tax_rates')).toMatchObject({
    data: [{ percentage: 7.5, country: 'NG', inclusive: false, metadata: { tax_rate_id: vat } }],
  })
  expect(made.remembered).toMatchObject({
    provider: 'stripe',
    prices: expect.arrayContaining([
      expect.objectContaining({ price_id: monthly, provider_price_id: expect.stringMatching(/^price_/) }),
    ]),
    tax_rates: [{ tax_rate_id: vat, provider_tax_rate_id: expect.stringMatching(/^txr_/) }],
  })
  const again = await sync(catalogue)
  expect(again).toEqual({ steps: [], remembered: made.remembered })
  const [first, second] = catalogue.products
  const changed = await sync({
    products: [
      { ...first, name: 'Fundraising Pro+' },
      { ...second, is_active: false },
    ],
    prices: catalogue.prices.map((row) => ({ ...row, is_active: row.id === monthly || row.id === seats })),
    tax_rates: catalogue.tax_rates.map((row) => ({ ...row, is_active: false })),
  })
  expect(changed.steps.toSorted()).toEqual([
    `archive price ${yearly}`,
    `archive price ${packPrice}`,
    `archive product ${pack}`,
    `archive tax_rate ${vat}`,
    `update product ${plan}`,
  ])
  // What subscribers have stays known, archived or not.
  expect(changed.remembered).toEqual(made.remembered)
  expect((await sync(catalogue)).steps).toContain(`restore price ${yearly}`)
})

it('tells how its command is used when that is asked for, or a flag is not known', () => {
  const told = vi.spyOn(console, 'info').mockReturnValue()
  const failed = vi.spyOn(console, 'error').mockReturnValue()
  const read = (...flags: string[]) => readCommand('npm run it', { 'dry-run': { type: 'boolean' } }, flags)
  expect(read('--dry-run')).toEqual({ 'dry-run': true })
  expect(read('--help')).toBeNull()
  expect(told).toHaveBeenCalledWith('npm run it')
  expect(failed).not.toHaveBeenCalled()
  expect(read('--dri-run')).toBeNull()
  expect(failed).toHaveBeenCalledWith(expect.stringContaining('npm run it'))
  expect(process.exitCode).toBe(1)
  process.exitCode = undefined
  vi.restoreAllMocks()
})
