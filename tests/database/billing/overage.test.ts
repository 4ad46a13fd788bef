import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { planId } from './plans.ts'
import { addPlots, daysLater, plotsTable, rollUp } from './usage.ts'

interface Line {
  readonly limit_key: string
  readonly quantity: string
  readonly unit_cents: string
  readonly unit_count: number
  readonly amount_cents: string
  readonly usage: {
    readonly metric: string
    readonly peak_on?: string
    readonly days: readonly { readonly day_on: string; readonly overage_count: number; readonly limit_count: number }[]
  }
}

/** Subscribes by invoice, at the prices of the day. */
const subscribe = async (db: Database, organization: { id: string }, key: string, interval = 'month') => {
  const plan = await planId(db, 'estate', key)
  return (
    await db.asOwner(() =>
      db.row<{ id: string }>(
        `with made as (
           insert into public.billing_subscriptions (organization_id, product, plan_id, provider, status, currency,
             billing_interval, current_period_starts_at, current_period_ends_at)
           values ($1, 'estate', $2, 'manual', 'active', 'NGN', $3::text::public.billing_interval,
             now() - interval '1 month', now())
           returning *
         ), items as (
           insert into public.billing_subscription_items (organization_id, subscription_id, price_id)
           select made.organization_id, made.id, prices.id from made
           join public.billing_prices as prices on prices.plan_id = made.plan_id and prices.currency = 'NGN'
             and (prices.kind = 'metered' or prices.billing_interval = made.billing_interval)
         )
         select id from made`,
        [organization.id, plan, interval],
      ),
    )
  ).id
}

/** Lines of a span of days (UTC), from so many days ago up to today's first moment. */
const lines = (db: Database, subscription: string, ago: number) =>
  db.asOwner(() =>
    db.rows<Line>(
      `select * from private.overage_lines($1, (private.usage_today() - $2::int)::timestamp at time zone 'UTC',
         private.usage_today()::timestamp at time zone 'UTC')`,
      [subscription, ago],
    ),
  )

const amounts = async (db: Database, subscription: string, ago: number) =>
  (await lines(db, subscription, ago)).map((line) => [
    line.limit_key,
    Number(line.quantity),
    Number(line.amount_cents),
    line.usage.days.map((day) => day.overage_count),
  ])

const calls = (db: Database, organization: { id: string }, ago: number, count: number) =>
  db.exec(
    `insert into private.api_usage_days (organization_id, day_on, call_count, limit_count)
     values ($1, private.usage_today() - $2::int, $3, 10000)`,
    [organization.id, ago, count],
  )

describe('overage of plots', () => {
  it('[BIL-37] is NGN 300 for each plot of the period’s peak above the limit, not for each day', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      const organization = await given.organization(db)
      const subscription = await subscribe(db, organization, 'professional')
      await addPlots(db, organization, 1000)
      await daysLater(db, 4)
      await addPlots(db, organization, 7)
      await daysLater(db, 2)
      await db.exec('delete from public.estate_plots where id in (select id from public.estate_plots limit 4)')
      await daysLater(db, 3)
      const expected = [['max_plots', 7, 7 * 30_000, [7, 7, 7, 3, 3]]]
      expect(await amounts(db, subscription, 20)).toEqual(expected)
      // Whether or not the job has come to the days.
      await rollUp(db)
      expect(await amounts(db, subscription, 20)).toEqual(expected)
      const [line] = await lines(db, subscription, 20)
      expect(line).toMatchObject({ unit_cents: '30000', unit_count: 1, usage: { metric: 'plots', unit: 'plots' } })
      expect(line?.usage.peak_on).toBe(line?.usage.days[0]?.day_on)
      expect(line?.usage.days[0]).toMatchObject({ limit_count: 1000, peak_count: 1007 })
      // Of the last two days alone.
      expect(await amounts(db, subscription, 2)).toEqual([['max_plots', 3, 3 * 30_000, [3, 3]]])
    }))

  it('[BIL-37] counts with the limit that a day had, whatever the limit is now', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      const organization = await given.organization(db)
      const subscription = await subscribe(db, organization, 'professional')
      await addPlots(db, organization, 1004)
      await daysLater(db, 1)
      await rollUp(db)
      await db.exec(
        `insert into private.billing_overrides (organization_id, key, value, action, reason)
         values ($1, 'max_plots', 1002, 'overage', 'Goodwill')`,
        [organization.id],
      )
      await daysLater(db, 1)
      expect(await amounts(db, subscription, 2)).toEqual([['max_plots', 4, 120_000, [4, 2]]])
    }))

  it('[BIL-37] of a yearly subscription is a line for each month', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const subscription = await subscribe(db, organization, 'professional', 'year')
      await db.exec(
        `insert into public.usage_days (organization_id, metric, day_on, quantity, peak_count, limit_count, overage_count)
         values ($1, 'plots', '2026-03-31', 1003, 1003, 1000, 3), ($1, 'plots', '2026-04-01', 1005, 1005, 1000, 5)`,
        [organization.id],
      )
      const both = await db.rows<Line>(`select * from private.overage_lines($1, '2026-03-01Z', '2027-03-01Z')`, [
        subscription,
      ])
      expect(both.map((line) => Number(line.amount_cents))).toEqual([90_000, 150_000])
    }))

  it.each([
    [false, 'after the job came to its days'],
    [true, 'before the job came to them'],
  ])('[BIL-37] [BIL-38] of a plan that was left is billed all the same (%s: %s)', (isEarly) =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      await db.exec('update private.usage_copies set copied_on = private.usage_today() - 20')
      const organization = await given.organization(db)
      const subscription = await subscribe(db, organization, 'professional')
      await addPlots(db, organization, 1002)
      await calls(db, organization, 1, 10_700)
      await daysLater(db, 1)
      if (!isEarly) await rollUp(db)
      // As a change to a smaller plan does: its limits, and none of the prices by use.
      await db.exec('delete from public.billing_subscription_items where subscription_id = $1', [subscription])
      await db.exec(
        `update public.billing_subscriptions set plan_id = (
           select id from public.billing_plans where product = 'estate' and key = 'starter') where id = $1`,
        [subscription],
      )
      const expected = [
        ['max_api_calls_daily', 700, 10_000, [700]],
        ['max_plots', 2, 60_000, [2]],
      ]
      expect(await amounts(db, subscription, 5)).toEqual(expected)
      await daysLater(db, 1)
      await rollUp(db)
      // Its 1,002 plots are above the smaller limit, which bills nothing.
      expect((await amounts(db, subscription, 5)).map((line) => line.slice(0, 3))).toEqual([
        ['max_api_calls_daily', 700, 10_000],
        ['max_plots', 2, 60_000],
      ])
    }),
  )

  it('[BIL-37] is at the price of the day of the peak when the price changed in the month', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      const organization = await given.organization(db)
      const subscription = await subscribe(db, organization, 'professional')
      await addPlots(db, organization, 1003)
      await daysLater(db, 2)
      await db.exec(`update private.usage_agreed_prices set agreed_at = now() - interval '3 days'`)
      await db.exec(
        `with dearer as (
           insert into public.billing_prices (plan_id, kind, billing_interval, currency, unit_cents, limit_key, starts_at,
             ends_at)
           select plan_id, kind, billing_interval, currency, 50000, limit_key, starts_at - interval '1 year', starts_at
           from public.billing_prices where plan_id = (
             select plan_id from public.billing_subscriptions where id = $2) and limit_key = 'max_plots'
           returning id
         )
         insert into public.billing_subscription_items (organization_id, subscription_id, price_id)
         select $1::uuid, $2::uuid, id from dearer`,
        [organization.id, subscription],
      )
      expect(await amounts(db, subscription, 5)).toEqual([['max_plots', 3, 90_000, [3, 3]]])
      await addPlots(db, organization, 1)
      await daysLater(db, 1)
      await db.exec(`update private.usage_agreed_prices set agreed_at = agreed_at - interval '1 day'`)
      expect(await amounts(db, subscription, 5)).toEqual([['max_plots', 4, 200_000, [3, 3, 4]]])
    }))

  it('[BIL-37] does not arise where the plan blocks', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      const organization = await given.organization(db)
      const subscription = await subscribe(db, organization, 'professional')
      await addPlots(db, organization, 500)
      await db.exec(
        `update public.billing_subscriptions set plan_id = (
           select id from public.billing_plans where product = 'estate' and key = 'starter') where id = $1`,
        [subscription],
      )
      await daysLater(db, 2)
      expect(await amounts(db, subscription, 5)).toEqual([])
    }))
})

describe('overage of API calls', () => {
  it.each([
    [[10_000], 0, 0],
    [[10_001], 1, 10_000],
    [[11_000], 1000, 10_000],
    [[11_001], 1001, 20_000],
    // The days' surplus is added up before it is rounded: one started thousand, not two.
    [[10_400, 10_600], 1000, 10_000],
    [[10_400, 9000, 10_601], 1001, 20_000],
  ])('[BIL-38] of days with %j calls is %i calls for %i kobo', (counts, quantity, cents) =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const subscription = await subscribe(db, organization, 'professional')
      for (const [index, count] of counts.entries()) await calls(db, organization, index + 1, count)
      const expected = quantity === 0 ? [] : [[quantity, cents]]
      const seen = async () => (await amounts(db, subscription, 10)).map(([, count, amount]) => [count, amount])
      expect(await seen()).toEqual(expected)
      await db.exec('update private.usage_copies set copied_on = private.usage_today() - 20')
      await rollUp(db)
      expect(await seen()).toEqual(expected)
    }),
  )

  it('[BIL-38] belongs to the period in which a day ends, so that no day is billed twice or never', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const subscription = await subscribe(db, organization, 'professional')
      for (const day of ['2026-03-09', '2026-03-10', '2026-03-11']) {
        await db.exec(
          `insert into private.api_usage_days (organization_id, day_on, call_count, limit_count)
           values ($1, $2::text::date, 10500, 10000)`,
          [organization.id, day],
        )
      }
      const dayLists = async (startsAt: string, endsAt: string) =>
        (
          await db.rows<Line>('select * from private.overage_lines($1, $2::text::timestamptz, $3::text::timestamptz)', [
            subscription,
            startsAt,
            endsAt,
          ])
        ).map((line) => line.usage.days.map((day) => day.day_on))
      const middle = '2026-03-10 15:30Z'
      expect(await dayLists('2026-02-10 15:30Z', middle)).toEqual([['2026-03-09']])
      expect(await dayLists(middle, '2026-04-10 15:30Z')).toEqual([['2026-03-10', '2026-03-11']])
      expect(await dayLists('2026-02-10 00:00Z', '2026-03-10 00:00Z')).toEqual([['2026-03-09']])
    }))
})
