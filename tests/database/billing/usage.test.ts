import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { addPlots, days, daysLater, level, plotsTable, rollUp } from './usage.ts'

const record = async (db: Database, organization: { id: string }, metric: string, quantity: number, key?: string) =>
  (
    await db.asOwner(() =>
      db.row<{ is_counted: boolean }>('select public.record_usage($1, $2, $3::bigint, $4) as is_counted', [
        organization.id,
        metric,
        quantity,
        key ?? null,
      ]),
    )
  ).is_counted

describe('what happens', () => {
  it('[CRD-11] is recorded once for each key, and refused for what is not measured', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      expect(await record(db, organization, 'ai_tokens', 1200, 'turn-1')).toBe(true)
      expect(await record(db, organization, 'ai_tokens', 1200, 'turn-1')).toBe(false)
      expect(await record(db, organization, 'messages', 1, 'turn-1')).toBe(true)
      expect(await record(db, organization, 'messages', 0)).toBe(false)
      await rollUp(db)
      expect(await record(db, organization, 'ai_tokens', 1200, 'turn-1')).toBe(false)
      await rollUp(db)
      expect(await days(db, organization, 'ai_tokens')).toEqual([[0, 1200, 1200, 0]])
      for (const metric of ['magic', 'plots']) {
        await expect(record(db, organization, metric, 1)).rejects.toMatchObject({
          status: 422,
          code: 'usage_metric_unknown',
        })
      }
      for (const quantity of ['9223372036854775807', '-1000000000001']) {
        await expect(
          db.asOwner(() =>
            db.exec(`select private.record_usage($1, 'ai_tokens', $2::bigint)`, [organization.id, quantity]),
          ),
        ).rejects.toMatchObject({ status: 422, code: 'usage_quantity_invalid' })
      }
    }))

  it('[CRD-11] is added up by day, in batches, however often and however late the job runs', () =>
    withRollback(async (db) => {
      const [one, other] = [await given.organization(db), await given.organization(db)]
      await record(db, one, 'messages', 3)
      await record(db, one, 'messages', 4)
      await rollUp(db)
      await daysLater(db, 3)
      await record(db, one, 'messages', 5)
      await record(db, other, 'messages', 6)
      await daysLater(db, 2)
      await record(db, one, 'messages', 1)
      while ((await rollUp(db, 1)).count > 0);
      expect((await rollUp(db)).count).toBe(0)
      expect(await days(db, one, 'messages')).toEqual([
        [5, 7, 7, 0],
        [2, 5, 5, 0],
        [0, 1, 1, 0],
      ])
      expect(await days(db, other, 'messages')).toEqual([[2, 6, 6, 0]])
      expect(await db.rows('select from private.usage_events')).toEqual([])
    }))

  it('is kept for whole months, as the setting says, and forgotten in batches after them', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.asOwner(() =>
        db.exec(
          `insert into public.usage_days (organization_id, metric, day_on, quantity, peak_count)
           select $1, metric, (date_trunc('month', private.usage_today()::timestamp) - interval '36 months')::date + day, 1, 1
           from unnest('{plots, messages}'::text[]) as metric, generate_series(-3, 1) as day`,
          [organization.id],
        ),
      )
      const purge = async (batch: number) =>
        (await db.asOwner(() => db.row<{ count: number }>('select private.purge_usage_days($1) as count', [batch])))
          .count
      const left = async () =>
        (await db.asOwner(() => db.row<{ left: number }>('select count(*)::int as left from public.usage_days'))).left
      expect([await purge(4), await left()]).toEqual([4, 6])
      await rollUp(db)
      expect([await purge(4), await left()]).toEqual([0, 4])
      await db.asOwner(() => db.exec(`update public.usage_days set day_on = day_on - interval '1 month'`))
      await db.asOwner(() => db.exec(`update private.settings set value = '37' where key = 'usage.kept_months'`))
      expect(await purge(4)).toBe(0)
    }))

  it('[CRD-11] is forgotten with its key when nobody repeats it any more', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await record(db, organization, 'messages', 1, 'old')
      await record(db, organization, 'messages', 1, 'new')
      await db.exec(
        `update private.usage_keys set created_at = created_at - interval '8 days' where idempotency_key = 'old'`,
      )
      await rollUp(db)
      expect(await db.rows('select idempotency_key from private.usage_keys')).toEqual([{ idempotency_key: 'new' }])
    }))
})

describe('what there is', () => {
  it('[CRD-11] has the peak of each day, days without a change and those of an outage included', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      const organization = await given.organization(db)
      await addPlots(db, organization, 6)
      await db.exec('delete from public.estate_plots where id in (select id from public.estate_plots limit 2)')
      await daysLater(db, 3)
      expect(await days(db, organization, 'plots')).toEqual([])
      // The first change of a day writes the days before, the job the others.
      await addPlots(db, organization, 1)
      const seen = [
        [3, 4, 6, 0],
        [2, 4, 4, 0],
        [1, 4, 4, 0],
      ]
      expect(await days(db, organization, 'plots')).toEqual(seen)
      await daysLater(db, 2)
      await rollUp(db)
      await rollUp(db)
      expect(await days(db, organization, 'plots')).toEqual([
        ...seen.map(([ago, ...day]) => [Number(ago) + 2, ...day]),
        [2, 5, 5, 0],
        [1, 5, 5, 0],
      ])
      expect(await level(db, organization, 'plots')).toBe(5)
    }))

  it('[CRD-11] has the most of a day that began with more than it ended with', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      const organization = await given.organization(db)
      await addPlots(db, organization, 5)
      await daysLater(db, 1)
      await db.exec('delete from public.estate_plots')
      await daysLater(db, 1)
      await rollUp(db)
      await daysLater(db, 2)
      await rollUp(db)
      // Of days without any there is no row.
      expect(await days(db, organization, 'plots')).toEqual([
        [4, 5, 5, 0],
        [3, 0, 5, 0],
      ])
    }))
})

describe('API calls', () => {
  const calls = (db: Database, organization: { id: string }, ago: number, count: number, limit: number | null) =>
    db.exec(
      `insert into private.api_usage_days (organization_id, day_on, call_count, limit_count)
       values ($1, private.usage_today() - $2::int, $3, $4)`,
      [organization.id, ago, count, limit],
    )

  it('[CRD-10] [CRD-11] of days that are over are copied once, those of an outage too', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.exec('update private.usage_copies set copied_on = private.usage_today() - 5')
      for (const [ago, count] of [
        [6, 1],
        [5, 500],
        [3, 300],
        [0, 100],
      ] as const) {
        await calls(db, organization, ago, count, 200)
      }
      // Within the first minutes after midnight the day before is not over yet; two days ago is.
      await rollUp(db)
      await rollUp(db)
      expect(await days(db, organization, 'api_calls')).toEqual([
        [5, 500, 500, 0],
        [3, 300, 300, 0],
      ])
    }))

  it('[A2-07] of the day are told at 80, 90 and 100 %, each once', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.exec(`select private.subscribe('usage.threshold', 'test.told')`)
      const told = async () =>
        (
          await db.rows<{ percent: number }>(
            `select (payload -> 'event' ->> 'percent')::int as percent from private.jobs where kind = 'test.told' order by id`,
          )
        ).map(({ percent }) => percent)
      await given.limit(db, { organization, key: 'max_api_calls_daily', value: 1000 })
      await calls(db, organization, 0, 799, 1000)
      await rollUp(db)
      expect(await told()).toEqual([])
      for (const count of [810, 850, 990, 1000]) {
        await db.exec('update private.api_usage_days set call_count = $1', [count])
        await rollUp(db)
      }
      expect(await told()).toEqual([80, 90, 100])
    }))
})
