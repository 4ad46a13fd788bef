import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { givenHistory } from './revenue.ts'

const fundraising = { product: 'fundraising', currency: 'USD' }
const pro = 12 * 1900
const outreach = 12 * 4900

/** Four organizations over a leap year's spring; every number below is computed by hand from these lines. */
async function givenSpring(db: Database) {
  const [a, b, c, d] = [
    await given.organization(db, { name: 'A' }),
    await given.organization(db, { name: 'B' }),
    await given.organization(db, { name: 'C' }),
    await given.organization(db, { name: 'D' }),
  ]
  await givenHistory(db, a, {
    ...fundraising,
    country: 'NG',
    changes: [
      { at: '2023-11-30T23:59:59.999Z', plan: 'pro', annual: pro },
      { at: '2024-02-29T23:59:59.999Z', plan: 'outreach', annual: outreach },
      { at: '2024-04-30T12:00:00Z', plan: 'outreach', annual: 0, reason: 'too_expensive' },
    ],
  })
  // Back with a yearly price, as another subscription.
  await givenHistory(db, a, {
    ...fundraising,
    country: 'NG',
    changes: [{ at: '2024-06-01T00:00:00Z', plan: 'pro', annual: 19_000 }],
  })
  await givenHistory(db, b, {
    ...fundraising,
    country: 'DE',
    changes: [
      { at: '2024-01-31T10:00:00Z', plan: 'outreach', annual: 49_000 },
      { at: '2024-03-01T00:00:00Z', plan: 'pro', annual: 19_000 },
    ],
  })
  await givenHistory(db, c, {
    product: 'estate',
    currency: 'NGN',
    country: 'NG',
    changes: [{ at: '2024-02-01T00:00:00Z', plan: 'starter', annual: 12 * 1_500_000 }],
  })
  await givenHistory(db, d, {
    ...fundraising,
    changes: [
      { at: '2024-02-10T09:00:00Z', plan: 'pro', annual: 0, isTrial: true },
      { at: '2024-02-24T09:00:00Z', plan: 'pro', annual: pro },
      // Up and down again within a month is no movement.
      { at: '2024-03-05T09:00:00Z', plan: 'outreach', annual: outreach },
      { at: '2024-03-20T09:00:00Z', plan: 'pro', annual: pro },
    ],
  })
  return { a, b, c, d }
}

const report = (db: Database, columns: string, groupBy = 'none', product: string | null = null) =>
  db.rows(
    `select month_on::text as month, ${columns}
     from public.get_revenue_report('2023-11-15', '2024-06-30', $1, $2::text::public.billing_product)`,
    [groupBy, product],
  )

describe('the revenue report', () => {
  it('[ANA-27] tells recurring revenue of each month and what moved it, each currency for itself', () =>
    withRollback(async (db) => {
      await givenSpring(db)
      await actAsOperator(db)
      const rows = await report(
        db,
        `currency, concat_ws(' ', mrr_cents, arr_cents, subscriber_count) as stands,
         concat_ws(' ', new_cents, expansion_cents, contraction_cents, churned_cents, reactivated_cents) as moved,
         transferred_cents as transferred`,
        'none',
        'fundraising',
      )
      expect(rows.map((row) => Object.values(row).join(' | '))).toEqual([
        '2023-11-01 | USD | 1900 22800 1 | 1900 0 0 0 0 | 0',
        '2023-12-01 | USD | 1900 22800 1 | 0 0 0 0 0 | 0',
        '2024-01-01 | USD | 5983 71800 2 | 4083 0 0 0 0 | 0',
        '2024-02-01 | USD | 10883 130600 3 | 1900 3000 0 0 0 | 0',
        '2024-03-01 | USD | 8383 100600 3 | 0 0 2500 0 0 | 0',
        '2024-04-01 | USD | 3483 41800 2 | 0 0 0 4900 0 | 0',
        '2024-05-01 | USD | 3483 41800 2 | 0 0 0 0 0 | 0',
        '2024-06-01 | USD | 5067 60800 3 | 0 0 0 0 1583 | 0',
      ])
      const all = await report(db, 'currency, mrr_cents')
      expect(all.filter(({ currency }) => currency === 'NGN')).toEqual(
        ['2024-02-01', '2024-03-01', '2024-04-01', '2024-05-01', '2024-06-01'].map((month) => ({
          month,
          currency: 'NGN',
          mrr_cents: '1500000',
        })),
      )
    }))

  it('[ANA-21] tells the churn rate, revenue for each subscriber, and what one brings at that rate', () =>
    withRollback(async (db) => {
      await givenSpring(db)
      await actAsOperator(db)
      const rows = await report(
        db,
        'churn_rate, arpu_cents, ltv_cents, churned_count, new_count, reactivated_count',
        'product',
        'fundraising',
      )
      expect(rows.map((row) => Object.values(row).map(String).join(' '))).toEqual([
        '2023-11-01 null 1900 null 0 1 0',
        '2023-12-01 0.000000 1900 null 0 0 0',
        '2024-01-01 0.000000 2992 null 0 1 0',
        '2024-02-01 0.000000 3628 null 0 1 0',
        '2024-03-01 0.000000 2794 null 0 0 0',
        '2024-04-01 0.333333 1742 5225 1 0 0',
        '2024-05-01 0.000000 1742 null 0 0 0',
        '2024-06-01 0.000000 1689 null 0 0 1',
      ])
    }))

  it('[ANA-18] is by organization, plan, product line and country, and a change of plan takes its revenue along', () =>
    withRollback(async (db) => {
      const { a } = await givenSpring(db)
      await db.exec(`update public.organizations set country = 'NG' where id = $1`, [a.id])
      await actAsOperator(db)
      const of = async (groupBy: string, month: string) =>
        (await report(db, 'group_name, currency, mrr_cents, expansion_cents, transferred_cents', groupBy))
          .filter((row) => row.month === month)
          .map(({ group_name, currency, mrr_cents, expansion_cents, transferred_cents }) =>
            [group_name, currency, mrr_cents, expansion_cents, transferred_cents].join(' '),
          )
      expect((await of('plan', '2024-02-01')).toSorted()).toEqual([
        'estate starter NGN 1500000 0 0',
        'fundraising outreach USD 8983 3000 1900',
        'fundraising pro USD 1900 0 -1900',
      ])
      expect((await of('plan', '2024-03-01')).toSorted()).toEqual([
        'estate starter NGN 1500000 0 0',
        'fundraising outreach USD 4900 0 -4083',
        'fundraising pro USD 3483 0 4083',
      ])
      expect((await of('organization', '2024-02-01')).toSorted()).toEqual([
        'A USD 4900 3000 0',
        'B USD 4083 0 0',
        'C NGN 1500000 0 0',
        'D USD 1900 0 0',
      ])
      expect(await of('product', '2024-02-01')).toEqual(['estate NGN 1500000 0 0', 'fundraising USD 10883 3000 0'])
      expect(await of('country', '2024-02-01')).toEqual([
        'NG NGN 1500000 0 0',
        ' USD 1900 0 0',
        'DE USD 4083 0 0',
        'NG USD 4900 3000 0',
      ])
    }))

  it('[ANA-21] tells who left and why', () =>
    withRollback(async (db) => {
      await givenSpring(db)
      await actAsOperator(db)
      const churn = await db.rows(
        `select month_on::text as month, product, currency, reason, subscriber_count, mrr_cents
         from public.get_churn_report('2023-11-01', '2024-06-30')`,
      )
      expect(churn).toEqual([
        {
          month: '2024-04-01',
          product: 'fundraising',
          currency: 'USD',
          reason: 'too_expensive',
          subscriber_count: '1',
          mrr_cents: '4900',
        },
      ])
    }))

  it('[ANA-27] follows cohorts by the month in which they first paid', () =>
    withRollback(async (db) => {
      await givenSpring(db)
      await actAsOperator(db)
      const rows = await db.rows(
        `select concat_ws(' ', cohort_on, month_number, subscriber_count, retained_count, retention_rate, mrr_cents) as cohort
         from public.get_cohort_report('2023-11-01', '2024-06-30', 'fundraising')`,
      )
      expect(rows.map(({ cohort }) => cohort)).toEqual([
        '2023-11-01 0 1 1 1.000000 1900',
        '2023-11-01 1 1 1 1.000000 1900',
        '2023-11-01 2 1 1 1.000000 1900',
        '2023-11-01 3 1 1 1.000000 4900',
        '2023-11-01 4 1 1 1.000000 4900',
        '2023-11-01 5 1 0 0.000000 0',
        '2023-11-01 6 1 0 0.000000 0',
        '2023-11-01 7 1 1 1.000000 1583',
        '2024-01-01 0 1 1 1.000000 4083',
        '2024-01-01 1 1 1 1.000000 4083',
        '2024-01-01 2 1 1 1.000000 1583',
        '2024-01-01 3 1 1 1.000000 1583',
        '2024-01-01 4 1 1 1.000000 1583',
        '2024-01-01 5 1 1 1.000000 1583',
        '2024-02-01 0 1 1 1.000000 1900',
        '2024-02-01 1 1 1 1.000000 1900',
        '2024-02-01 2 1 1 1.000000 1900',
        '2024-02-01 3 1 1 1.000000 1900',
        '2024-02-01 4 1 1 1.000000 1900',
      ])
    }))

  it('[ANA-27] tells how many trials were paid for', () =>
    withRollback(async (db) => {
      await givenSpring(db)
      const [lost, running] = [await given.organization(db), await given.organization(db)]
      const trial = { at: '2024-02-29T23:00:00Z', plan: 'pro', annual: 0, isTrial: true }
      await givenHistory(db, lost, {
        ...fundraising,
        changes: [trial, { at: '2024-03-14T00:00:00Z', plan: 'pro', annual: 0 }],
      })
      await givenHistory(db, running, { ...fundraising, changes: [trial] })
      await actAsOperator(db)
      expect(await db.rows(`select * from public.get_trial_report('2024-02-01', '2024-02-29')`)).toMatchObject([
        {
          product: 'fundraising',
          trial_count: '3',
          converted_count: '1',
          lost_count: '1',
          running_count: '1',
          conversion_rate: '0.500000',
        },
      ])
    }))

  it('is for platform admins, in ranges and groups that exist', () =>
    withRollback(async (db) => {
      await db.actAs((await given.organization(db)).owner)
      const reports = [
        `get_revenue_report('2024-01-01', '2024-02-01')`,
        `get_churn_report('2024-01-01', '2024-02-01')`,
        `list_cancellations('2024-01-01', '2024-02-01')`,
        `get_cohort_report('2024-01-01', '2024-02-01')`,
        `get_trial_report('2024-01-01', '2024-02-01')`,
      ]
      for (const call of reports) {
        await expect(db.rows(`select * from public.${call}`), call).rejects.toMatchObject({
          code: 'platform_admin_required',
        })
      }
      await actAsOperator(db)
      for (const call of reports) expect(await db.rows(`select * from public.${call}`), call).toEqual([])
      await expect(
        db.rows(`select * from public.get_revenue_report('2024-02-01', '2024-01-01')`),
      ).rejects.toMatchObject({ status: 422, code: 'report_range_invalid' })
      await expect(
        db.rows(`select * from public.get_revenue_report('2024-01-01', '2024-02-01', 'colour')`),
      ).rejects.toMatchObject({ status: 422, code: 'report_group_unknown' })
    }))
})
