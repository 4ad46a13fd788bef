import { expect, it } from 'vitest'
import { syncCatalogue } from '../../../supabase/functions/_shared/billing/mod.ts'
import { CatalogueDouble } from '../../functions/billing/catalogue_double.ts'
import { type Database, withRollback } from '../../support/database.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { planId } from './plans.ts'

/** The backend's functions of the database, in a test's transaction. */
const backend = (db: Database) => ({
  async rpc(name: string, parameters: object = {}) {
    await db.actAs('service_role')
    const entries = Object.entries(parameters)
    const { data } = await db.row<{ data: unknown }>(
      `select public.${name}(${entries.map(([key, value], index) => `${key} => $${index + 1}::text${typeof value === 'string' ? '' : '::jsonb'}`).join(', ')}) as data`,
      entries.map(([, value]) => (typeof value === 'string' ? value : JSON.stringify(value))),
    )
    return { data, error: null }
  },
})

const sync = (db: Database, provider: CatalogueDouble, options = {}) =>
  syncCatalogue({ db: backend(db), provider }, options)
const offered = (provider: CatalogueDouble) =>
  provider.prices
    .filter(({ isActive }) => isActive)
    .map(({ draft }) => `${draft.name} ${draft.currency} ${draft.unitCents} ${draft.interval ?? 'once'}`)
const known = (db: Database) =>
  db.asOwner(() =>
    db.row(
      `select (select count(*)::int from private.billing_provider_prices) as prices,
         (select count(*)::int from private.billing_provider_tax_rates) as tax_rates`,
    ),
  )

it('[BIL-10] a provider gets the paid plans, packs and tax rates once, however often it is synced', () =>
  withRollback(async (db) => {
    const provider = new CatalogueDouble()
    const planned = await sync(db, provider, { isDryRun: true })
    expect(provider.products).toEqual([])
    const steps = await sync(db, provider)
    expect(steps).toEqual(planned)
    expect(steps.every(({ action }) => action === 'create')).toBe(true)
    expect(provider.products.map(({ draft }) => draft.name)).toEqual(
      expect.arrayContaining(['Fundraising Pro', 'Estate Enterprise', '100 credits']),
    )
    // What is free is bought by nobody, and use above limits is on our own invoices.
    expect(provider.products.map(({ draft }) => draft.name)).not.toContain('Fundraising Free')
    expect(offered(provider)).toEqual(
      expect.arrayContaining(['pro flat USD 1900 month', 'pro flat USD 19000 year', '100 credits USD 500 once']),
    )
    expect(offered(provider).filter((line) => line.includes('metered'))).toEqual([])
    expect(provider.taxRates.map(({ draft }) => [draft.country, draft.percentage])).toContainEqual(['NG', 7.5])
    expect(await known(db)).toEqual({ prices: provider.prices.length, tax_rates: provider.taxRates.length })
    expect(await sync(db, provider)).toEqual([])
  }))

it('[BIL-09] a new price is made and the old one archived; a retired plan is archived, and what is known stays known', () =>
  withRollback(async (db) => {
    const provider = new CatalogueDouble()
    await sync(db, provider)
    const before = await known(db)
    const pro = await planId(db, 'fundraising', 'pro')
    await actAsOperator(db)
    await db.row(`select public.set_plan_price($1, 'flat', 'USD', 2400, 'month')`, [pro])
    await db.row(`select public.save_plan('fundraising', 'pro', 'Pro+', 'Better', 20::smallint)`)
    await db.row('select public.retire_plan($1)', [await planId(db, 'chat', 'team')])
    const steps = await sync(db, provider)
    expect(steps.map(({ action, object, name }) => `${action} ${object} ${name}`).toSorted()).toEqual([
      'archive price pro flat',
      'archive price team flat',
      'archive price team flat',
      'archive product Chat Team',
      'create price pro flat',
      'update product Fundraising Pro+',
    ])
    expect(offered(provider).filter((line) => line.startsWith('pro flat USD'))).toEqual([
      'pro flat USD 19000 year',
      'pro flat USD 2400 month',
    ])
    expect(await known(db)).toEqual({ ...before, prices: Number(before.prices) + 1 })
    expect(await sync(db, provider)).toEqual([])
  }))

it('what a provider would count in another minor unit is not sold there', () =>
  withRollback(async (db) => {
    const provider = new CatalogueDouble()
    await actAsOperator(db)
    const pro = await planId(db, 'fundraising', 'pro')
    for (const currency of ['ISK', 'JPY']) {
      await db.row(`select public.set_plan_price($1, 'flat', $2, 2500, 'month')`, [pro, currency])
      await db.row('select public.set_credit_pack_price(100, $1, 700)', [currency])
    }
    await sync(db, provider)
    expect(offered(provider)).toEqual(expect.arrayContaining(['pro flat JPY 2500 month', '100 credits JPY 700 once']))
    expect(offered(provider).filter((line) => line.includes('ISK'))).toEqual([])
  }))

it('another price of a pack replaces the one before', () =>
  withRollback(async (db) => {
    const provider = new CatalogueDouble()
    await sync(db, provider)
    await db.asOwner(() => db.exec('update public.credit_pack_prices set price_cents = 550 where price_cents = 500'))
    await sync(db, provider)
    expect(offered(provider).filter((line) => line.startsWith('100 credits'))).toEqual(['100 credits USD 550 once'])
    expect(await sync(db, provider)).toEqual([])
  }))

it('an answer that was lost makes nothing twice, and a provider that forgot everything gets it anew', () =>
  withRollback(async (db) => {
    const provider = new CatalogueDouble()
    provider.losesAnswerAfter = 12
    await expect(sync(db, provider)).rejects.toThrow('no answer')
    provider.losesAnswerAfter = Number.POSITIVE_INFINITY
    await sync(db, provider)
    const ids = provider.prices.map(({ draft }) => draft.id)
    expect(new Set(ids).size).toBe(ids.length)
    const fresh = new CatalogueDouble()
    await sync(db, fresh)
    expect(offered(fresh).toSorted()).toEqual(offered(provider).toSorted())
    const pro = await planId(db, 'fundraising', 'pro')
    const { called } = await db.asOwner(() =>
      db.row<{ called: string }>(
        `select private.provider_price(private.current_price($1, 'flat', 'month', 'USD'), 'stripe') as called`,
        [pro],
      ),
    )
    expect(fresh.prices.find(({ providerId }) => providerId === called)?.draft.name).toBe('pro flat')
  }))

it('a change of the catalogue has one job sync it, after the change', () =>
  withRollback(async (db) => {
    const jobs = () =>
      db.rows(`select ordering_key from private.jobs where kind = 'billing.sync_catalogue' and state = 'queued'`)
    const before = (await jobs()).length
    await db.exec(`update public.billing_plans set description = 'Changed' where key = 'pro'`)
    await db.exec(`update public.billing_plans set description = 'Changed again' where key = 'pro'`)
    await db.exec(`update public.credit_pack_prices set price_cents = price_cents + 1`)
    expect(await jobs()).toHaveLength(before + 1)
    await db.exec('select private.job_sync_catalogue(1)')
    expect((await jobs()).at(-1)).toEqual({ ordering_key: 'billing_catalogue' })
  }))
