import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { listPlans, planId, subscribe } from './plans.ts'

const prices = (db: Database, plan: string) =>
  db.asOwner(() =>
    db.rows(
      `select unit_cents, ends_at is null as is_open from public.billing_prices
       where plan_id = $1 and kind = 'flat' and billing_interval = 'month' order by starts_at`,
      [plan],
    ),
  )

const setPrice = (db: Database, plan: string, cents: number) =>
  db.row<{ id: string; unit_cents: string }>(
    `select * from public.set_plan_price($1, 'flat', 'USD', $2::bigint, 'month')`,
    [plan, cents],
  )

const entitled = [
  ['BIL-01', 'fundraising', 'free', 'USD', '0', { daily_credits: 50, initial_credits: 200, max_projects: 1 }],
  ['BIL-02', 'fundraising', 'pro', 'USD', '1900', { daily_credits: 150, max_projects: 5, priority_support: 1 }],
  [
    'BIL-03',
    'fundraising',
    'outreach',
    'USD',
    '4900',
    { daily_credits: 200, max_projects: null, linkedin_automation: 1, outreach_campaigns: 1 },
  ],
  ['BIL-04', 'estate', 'starter', 'NGN', '1500000', { api_calls_hourly: 100 }],
  ['BIL-05', 'estate', 'professional', 'NGN', '4500000', { api_calls_hourly: 1000 }],
  ['BIL-06', 'estate', 'enterprise', 'NGN', '15000000', { api_calls_hourly: 10_000, api_key_allowed_ips: 100 }],
  ['BIL-07', 'fundraising', 'deal_flow', 'USD', '9900', { deal_flow: 1 }],
] as const

describe('the price list', () => {
  it.each(entitled)(
    '[%s] has %s %s in %s at %s with what it entitles to',
    (_id, product, key, currency, cents, values) =>
      withRollback(async (db) => {
        await db.actAs('anon')
        const plan = (await listPlans(db, product)).find((candidate) => candidate.key === key)
        const monthly = plan?.prices.find((price) => price.kind === 'flat' && price.billing_interval === 'month')
        const yearly = plan?.prices.find((price) => price.kind === 'flat' && price.billing_interval === 'year')
        expect(monthly).toMatchObject({ currency, unit_cents: Number(cents) })
        expect(yearly?.unit_cents).toBe(10 * Number(cents))
        for (const [name, value] of Object.entries(values)) expect(plan?.entitlements[name]?.value, name).toBe(value)
      }),
  )

  it.each(entitled)(
    '[%s] %s %s in %s at %s is what its subscriber is entitled to',
    (_id, product, key, currency, _cents, values) =>
      withRollback(async (db) => {
        const organization = await given.organization(db)
        // What everybody has needs no subscription.
        if (key !== 'free') await subscribe(db, organization, { product, key, currency })
        await db.actAs(organization.member)
        const entitlements = await db.rows<{ key: string; value: string | null }>(
          'select key, value from public.get_entitlements($1)',
          [organization.id],
        )
        for (const [name, value] of Object.entries(values)) {
          const expected = value === null ? null : String(value)
          expect(entitlements.find((entitlement) => entitlement.key === name)?.value, name).toBe(expected)
        }
      }),
  )

  it('[BIL-37] [BIL-38] [A2-12] bills plots and API calls above the plan on the larger estate plans, and blocks on the smallest', () =>
    withRollback(async (db) => {
      const plans = await listPlans(db, 'estate')
      const metered = (key: string) =>
        plans
          .find((plan) => plan.key === key)
          ?.prices.filter(({ kind }) => kind === 'metered')
          .map(({ limit_key, unit_cents, unit_count }) => [limit_key, unit_cents, unit_count])
      for (const key of ['professional', 'enterprise']) {
        expect(metered(key)).toEqual([
          ['max_api_calls_daily', 10_000, 1000],
          ['max_plots', 30_000, 1],
        ])
      }
      expect(metered('starter')).toEqual([])
      expect(plans[0]?.entitlements.max_plots).toMatchObject({ action: 'block' })
      expect(plans[1]?.entitlements.max_plots).toMatchObject({ action: 'overage' })
    }))
})

describe('operators', () => {
  it('[BIL-08] [BIL-10] [CRD-05] make, change and retire plans, whose limits subscribers have at once', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await actAsOperator(db)
      const save = (name: string) =>
        db.row<{ id: string; name: string }>(
          `select * from public.save_plan('estate', 'boutique', $1, 'For few fine plots', 15::smallint)`,
          [name],
        )
      const plan = await save('Boutique')
      expect(await save('Boutique II')).toMatchObject({ id: plan.id, name: 'Boutique II' })
      await expect(save(' ')).rejects.toMatchObject({ status: 422, code: 'billing_plan_invalid' })
      await expect(setPrice(db, plan.id, -1)).rejects.toMatchObject({ status: 422, code: 'billing_price_invalid' })
      await setPrice(db, plan.id, 2500)
      await db.row(`select * from public.set_plan_entitlement($1, 'max_plots', 20)`, [plan.id])
      await db.row(`select * from public.start_manual_subscription($1, $2, 'USD')`, [organization.id, plan.id])
      const plots = () =>
        db.asOwner(() => db.row(`select private.entitlement($1, 'max_plots') as plots`, [organization.id]))
      expect(await plots()).toEqual({ plots: '20' })
      await db.row(`select * from public.set_plan_entitlement($1, 'max_plots', null)`, [plan.id])
      expect(await plots()).toEqual({ plots: null })
      await db.row('select * from public.retire_plan($1)', [plan.id])
      expect((await listPlans(db, 'estate')).map(({ key }) => key)).not.toContain('boutique')
      expect(await plots()).toEqual({ plots: null })
      await expect(
        db.row(`select * from public.start_manual_subscription($1, $2, 'USD')`, [
          (await given.organization(db)).id,
          plan.id,
        ]),
      ).rejects.toMatchObject({ status: 409, code: 'billing_plan_retired' })
    }))

  it('[BIL-09] change a price for whoever comes, and an old subscriber keeps the old one', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await actAsOperator(db)
      const pro = await planId(db, 'fundraising', 'pro')
      const { id } = await db.row<{ id: string }>(`select * from public.start_manual_subscription($1, $2, 'USD')`, [
        organization.id,
        pro,
      ])
      await setPrice(db, pro, 2400)
      await setPrice(db, pro, 2400)
      expect(await prices(db, pro)).toEqual([
        { unit_cents: '1900', is_open: false },
        { unit_cents: '2400', is_open: true },
      ])
      const [plan] = (await listPlans(db, 'fundraising')).filter(({ key }) => key === 'pro')
      expect(plan?.prices.find(({ billing_interval }) => billing_interval === 'month')?.unit_cents).toBe(2400)
      const kept = await db.asOwner(() =>
        db.rows(
          `select unit_cents from public.billing_subscription_items
           join public.billing_prices on billing_prices.id = price_id where subscription_id = $1`,
          [id],
        ),
      )
      expect(kept).toEqual([{ unit_cents: '1900' }])
    }))

  it.each([
    `select public.save_plan('chat', 'mine', 'Mine', 'Mine', 1::smallint)`,
    `select public.retire_plan(gen_random_uuid())`,
    `select public.set_plan_price(gen_random_uuid(), 'flat', 'USD', 0, 'month')`,
    `select public.set_plan_entitlement(gen_random_uuid(), 'members', null)`,
    `select public.start_manual_subscription(gen_random_uuid(), gen_random_uuid(), 'USD')`,
    `select public.override_entitlement(gen_random_uuid(), 'members', null, 'Because')`,
  ])('alone may call: %s', (call) =>
    withRollback(async (db) => {
      await db.actAs((await given.organization(db)).owner)
      await expect(db.rows(call)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
    }),
  )
})

describe('a price', () => {
  it.each(['unit_cents = 1', `currency = 'EUR'`, `starts_at = now()`])('never changes: %s', (change) =>
    withRollback(async (db) => {
      await expect(db.exec(`update public.billing_prices set ${change}`)).rejects.toThrow('never changes')
    }),
  )

  it('is one at any moment, however it is written', () =>
    withRollback(async (db) => {
      const pro = await planId(db, 'fundraising', 'pro')
      const insert = (from: string) =>
        db.exec(
          `insert into public.billing_prices (plan_id, kind, billing_interval, currency, unit_cents, starts_at)
           values ($1, 'flat', 'month', 'USD', 1, ${from})`,
          [pro],
        )
      await expect(insert('now()')).rejects.toMatchObject({ sqlstate: '23P01' })
      await expect(insert(`now() + interval '1 year'`)).rejects.toMatchObject({ sqlstate: '23P01' })
    }))
})
