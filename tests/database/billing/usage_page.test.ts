import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { planId } from './plans.ts'
import { addPlots, daysLater, plotsTable, rollUp } from './usage.ts'

interface Row {
  readonly metric: string
  readonly days: readonly { readonly quantity: number }[]
}

/** The usage page of so many days ago to so many days ahead, as the owner sees it. */
const page = async (
  db: Database,
  organization: GivenOrganization,
  of: { metric: string; ago: number; ahead: number },
) => {
  const rows = await db.rows<Row>(
    `select * from public.get_usage($1, private.credit_today() - $2::int, private.credit_today() + $3::int)`,
    [organization.id, of.ago, of.ahead],
  )
  return rows.find((row) => row.metric === of.metric)
}

const subscribe = async (db: Database, organization: GivenOrganization, key: string) => {
  const plan = await planId(db, 'estate', key)
  await db.asOwner(() =>
    db.exec(
      `with made as (
         insert into public.billing_subscriptions (organization_id, product, plan_id, provider, status, currency,
           current_period_starts_at, current_period_ends_at)
         values ($1, 'estate', $2, 'manual', 'active', 'NGN', now(), now() + interval '1 month')
         returning *
       )
       insert into public.billing_subscription_items (organization_id, subscription_id, price_id)
       select made.organization_id, made.id, prices.id from made
       join public.billing_prices as prices on prices.plan_id = made.plan_id`,
      [organization.id, plan],
    ),
  )
}

const record = (db: Database, organization: GivenOrganization, quantity: number) =>
  db.asOwner(() => db.rows(`select private.record_usage($1, 'messages', $2::bigint)`, [organization.id, quantity]))

describe('the usage page', () => {
  it('[CRD-11] shows each metric of the present month with its limit, for who may see billing', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.admin)
      const rows = await db.rows('select * from public.get_usage($1)', [organization.id])
      expect(rows.map(({ metric, limit_count, used_count }) => [metric, limit_count, used_count])).toEqual([
        ['agents', null, '0'],
        ['ai_tokens', null, '0'],
        ['api_calls', '10000', '0'],
        ['campaign_recipients', '100', '0'],
        ['messages', null, '0'],
        ['plots', '10', '0'],
        ['projects', '1', '0'],
        ['seats', '25', '3'],
        ['storage_bytes', '1073741824', '0'],
      ])
      expect(rows.find(({ metric }) => metric === 'seats')).toMatchObject({ used_percent: 12, limit_action: 'block' })
      await db.actAs(organization.member)
      await expect(db.rows('select * from public.get_usage($1)', [organization.id])).rejects.toMatchObject({
        status: 403,
      })
      await db.actAs((await given.organization(db)).owner)
      await expect(db.rows('select * from public.get_usage($1)', [organization.id])).rejects.toMatchObject({
        status: 404,
      })
    }))

  it('[CRD-11] adds up what happened, of today too, and goes on like that to the end of the range', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await record(db, organization, 30)
      await daysLater(db, 2)
      await rollUp(db)
      await record(db, organization, 10)
      await daysLater(db, 1)
      await record(db, organization, 2)
      await record(db, organization, 6)
      await db.actAs(organization.owner)
      const seen = await page(db, organization, { metric: 'messages', ago: 3, ahead: 4 })
      expect(seen).toMatchObject({ quantity: '48', forecast_count: '96', used_percent: null, overage_count: '0' })
      expect(seen?.days.map(({ quantity }) => quantity)).toEqual([30, 0, 10, 8])
    }))

  it('[BIL-37] tells what is above the limit, what that costs so far, and what it will if growth goes on', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      const organization = await given.organization(db)
      await subscribe(db, organization, 'professional')
      await addPlots(db, organization, 1001)
      await daysLater(db, 1)
      await addPlots(db, organization, 2)
      await daysLater(db, 1)
      await addPlots(db, organization, 2)
      await db.actAs(organization.owner)
      // From 1,001 to 1,005 in three days, and two days to come.
      expect(await page(db, organization, { metric: 'plots', ago: 2, ahead: 2 })).toMatchObject({
        limit_count: '1000',
        limit_action: 'overage',
        used_count: '1005',
        used_percent: 100,
        overage_count: '5',
        overage_cents: '150000',
        forecast_count: '1009',
        forecast_overage_count: '9',
        forecast_overage_cents: '270000',
        currency: 'NGN',
      })
    }))

  it('[BIL-38] adds up the API calls above the limit of each day', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await subscribe(db, organization, 'professional')
      for (const [ago, calls] of [
        [2, 10_900],
        [1, 500],
        [0, 10_600],
      ] as const) {
        await db.exec(
          `insert into private.api_usage_days (organization_id, day_on, call_count, limit_count)
           values ($1, private.usage_today() - $2::int, $3, 10000)`,
          [organization.id, ago, calls],
        )
      }
      await db.actAs(organization.owner)
      expect(await page(db, organization, { metric: 'api_calls', ago: 2, ahead: 0 })).toMatchObject({
        used_count: '10600',
        used_percent: 106,
        quantity: '22000',
        overage_count: '1500',
        overage_cents: '20000',
        forecast_overage_count: '1500',
      })
    }))

  it('shows ranges of the past and the future, and none that is endless or turned round', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.owner)
      expect(await page(db, organization, { metric: 'seats', ago: 0, ahead: 5 })).toMatchObject({ quantity: '3' })
      expect(await page(db, organization, { metric: 'seats', ago: -1, ahead: 5 })).toMatchObject({
        quantity: '0',
        forecast_count: null,
        days: [],
      })
      for (const [ago, ahead] of [
        [0, -1],
        [200, 166],
      ] as const) {
        await expect(page(db, organization, { metric: 'seats', ago, ahead })).rejects.toMatchObject({
          status: 422,
          code: 'usage_range_invalid',
        })
      }
    }))
})
