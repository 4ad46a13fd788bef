import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { entitlement, subscribe } from './plans.ts'
import { addPlots, daysLater, level, plotsTable, rollUp } from './usage.ts'

const refusal = { status: 409, code: 'limit_reached' }
const starter = { product: 'estate', key: 'starter', currency: 'NGN' }
const professional = { product: 'estate', key: 'professional', currency: 'NGN' }

const take = (db: Database, organization: { id: string }, key: string, quantity: number) =>
  db.asOwner(() => db.row('select private.take_limit($1, $2, $3::bigint)', [organization.id, key, quantity]))
const give = (db: Database, organization: { id: string }, key: string, quantity: number, takenAt = 'now()') =>
  db.asOwner(() =>
    db.rows(`select private.give_limit($1, $2, $3::bigint, ${takenAt})`, [organization.id, key, quantity]),
  )

/** Does it again when midnight (UTC) fell into it. */
async function onOneDay<T>(work: () => Promise<T>): Promise<T> {
  const day = () => new Date().toISOString().slice(0, 10)
  const before = day()
  const result = await work()
  return day() === before ? result : onOneDay(work)
}

describe('a table with a limit', () => {
  it('[CRD-08] takes rows up to the limit, one by one or many at once, and refuses the statement that passes it', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      const organization = await given.organization(db)
      await addPlots(db, organization, 9)
      await expect(addPlots(db, organization, 2)).rejects.toMatchObject(refusal)
      await addPlots(db, organization, 1)
      await expect(addPlots(db, organization, 1)).rejects.toMatchObject({
        message: 'Cannot add 1: 10 of the 10 that "max_plots" allows are used',
      })
      expect(await level(db, organization, 'plots')).toBe(10)
    }))

  it('[CRD-08] has room again for what was deleted, marked as such or gone, and none for what is restored beyond it', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      const organization = await given.organization(db)
      await addPlots(db, organization, 10)
      await db.exec('update public.estate_plots set deleted_at = now() where id <= 2')
      expect(await level(db, organization, 'plots')).toBe(8)
      // What does not count does not count when it goes, either.
      await db.exec('delete from public.estate_plots where id in (1, 3)')
      expect(await level(db, organization, 'plots')).toBe(7)
      await addPlots(db, organization, 3)
      await expect(db.exec('update public.estate_plots set deleted_at = null')).rejects.toMatchObject(refusal)
    }))

  it('[CRD-08] counts rows that move for who has them, and refuses a move to who has no room', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      const [from, to, full] = [
        await given.organization(db),
        await given.organization(db),
        await given.organization(db),
      ]
      await addPlots(db, from, 6)
      await addPlots(db, full, 8)
      const move = (target: { id: string }, count: number) =>
        db.exec(
          `update public.estate_plots set organization_id = $2 where id in (
             select id from public.estate_plots where organization_id = $1 order by id limit $3)`,
          [from.id, target.id, count],
        )
      await move(to, 4)
      expect([await level(db, from, 'plots'), await level(db, to, 'plots')]).toEqual([2, 4])
      await move(full, 2)
      await addPlots(db, from, 1)
      await expect(move(full, 1)).rejects.toMatchObject(refusal)
      expect([await level(db, from, 'plots'), await level(db, full, 'plots')]).toEqual([1, 10])
    }))

  it('[CRD-08] counts the rows of many organizations in one statement, and all or none of them', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      const [one, other] = [await given.organization(db), await given.organization(db)]
      await addPlots(db, other, 7)
      const both = (count: number) =>
        db.exec(
          `insert into public.estate_plots (organization_id)
           select id from public.organizations, generate_series(1, $3) where id in ($1, $2)`,
          [one.id, other.id, count],
        )
      await both(3)
      expect([await level(db, one, 'plots'), await level(db, other, 'plots')]).toEqual([3, 10])
      await expect(both(1)).rejects.toMatchObject(refusal)
      expect(await level(db, one, 'plots')).toBe(3)
    }))

  it('[CRD-08] [BIL-37] goes on where the plan bills what is above, and keeps what a smaller plan would refuse', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable('{}'))
      const organization = await given.organization(db)
      const { id } = await subscribe(db, organization, starter)
      await expect(addPlots(db, organization, 101)).rejects.toMatchObject(refusal)
      const plan = (key: string) =>
        db.exec(
          `update public.billing_subscriptions set plan_id = (
             select plans.id from public.billing_plans as plans where plans.product = 'estate' and plans.key = $2)
           where id = $1`,
          [id, key],
        )
      await plan('professional')
      await addPlots(db, organization, 1003)
      await plan('starter')
      await expect(addPlots(db, organization, 1)).rejects.toMatchObject(refusal)
      await db.exec('delete from public.estate_plots where id in (select id from public.estate_plots limit 900)')
      expect(await level(db, organization, 'plots')).toBe(103)
      await expect(addPlots(db, organization, 1)).rejects.toMatchObject(refusal)
    }))

  it('starts with the rows that it has', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.exec(
        plotsTable().replace(
          'select private.limit_table',
          `insert into public.estate_plots (organization_id) select '${organization.id}'::uuid from generate_series(1, 4);
           select private.limit_table`,
        ),
      )
      expect(await level(db, organization, 'plots')).toBe(4)
    }))

  it('leaves nothing that hinders the removal of an organization', () =>
    withRollback(async (db) => {
      await db.exec(plotsTable())
      const organization = await given.organization(db)
      await addPlots(db, organization, 3)
      await db.exec('update private.usage_levels set peaked_on = peaked_on - 2')
      await db.exec('delete from public.organizations where id = $1', [organization.id])
      expect(await db.rows('select from private.usage_levels where organization_id = $1', [organization.id])).toEqual(
        [],
      )
    }))
})

describe('a limit of a month', () => {
  it('[CRD-11] is taken and given back, and begins anew with the next month', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const key = 'campaign_recipients_monthly'
      await take(db, organization, key, 90)
      await expect(take(db, organization, key, 11)).rejects.toMatchObject(refusal)
      await give(db, organization, key, 5)
      await take(db, organization, key, 15)
      await db.exec(`update private.usage_levels set window_on = (window_on - interval '1 month')::date`)
      await take(db, organization, key, 60)
      // Of a month that is over: this one's 60 stay.
      await give(db, organization, key, 50, `now() - interval '32 days'`)
      expect(await level(db, organization, 'campaign_recipients')).toBe(60)
      const seen = await db.rows(
        `select sum(quantity)::int as total from private.usage_events where organization_id = $1`,
        [organization.id],
      )
      expect(seen).toEqual([{ total: 90 - 5 + 15 + 60 - 50 }])
    }))
})

describe('a limit of a day', () => {
  it('[CRD-11] bills what is above it on each day, before and after the job came to it', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.exec(`
        insert into private.limit_definitions (key, default_value, default_action, description)
        values ('max_scans_daily', 10, 'overage', 'Scans in a day');
        insert into public.usage_metrics (metric, kind, unit, limit_key, limit_span, description)
        values ('scans', 'counter', 'scans', 'max_scans_daily', 'day', 'Scans')`)
      const above = () =>
        db.rows(
          `select overage_count::int as above from public.usage_metrics as metrics, private.usage_by_day(
             $1, metrics, private.usage_today() - 1, private.usage_today())
           where metrics.metric = 'scans'`,
          [organization.id],
        )
      await take(db, organization, 'max_scans_daily', 14)
      await daysLater(db, 1)
      await take(db, organization, 'max_scans_daily', 9)
      expect(await above()).toEqual([{ above: 4 }, { above: 0 }])
      await rollUp(db)
      await take(db, organization, 'max_scans_daily', 3)
      expect(await above()).toEqual([{ above: 4 }, { above: 2 }])
    }))
})

describe('what others refuse', () => {
  it('[CRD-11] seats and agents are counted as people come, change roles and go', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      expect([await level(db, organization, 'seats'), await level(db, organization, 'agents')]).toEqual([3, 0])
      const { id } = await given.member(db, { organization, role: 'agent' })
      expect([await level(db, organization, 'seats'), await level(db, organization, 'agents')]).toEqual([4, 1])
      await db.exec(`update public.memberships set role = 'viewer' where id = $1`, [id])
      expect([await level(db, organization, 'seats'), await level(db, organization, 'agents')]).toEqual([4, 0])
      await db.exec('delete from public.memberships where id = $1', [id])
      expect(await level(db, organization, 'seats')).toBe(3)
    }))

  it('[CRD-11] storage follows the plan, and is counted as files come and go', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      expect(await entitlement(db, organization, 'storage_bytes')).toBe('1073741824')
      await subscribe(db, organization, { product: 'chat', key: 'team', currency: 'USD' })
      expect(await entitlement(db, organization, 'storage_bytes')).toBe('107374182400')
      const object = (bytes: number) =>
        db.exec(
          `insert into private.file_usage (organization_id, used_bytes) values ($1, $2::bigint)
           on conflict (organization_id) do update set used_bytes = excluded.used_bytes`,
          [organization.id, bytes],
        )
      await object(5000)
      await object(3000)
      expect(await level(db, organization, 'storage_bytes')).toBe(3000)
    }))

  it('[CRD-10] API calls of the day stop at the limit where the plan blocks, and go on counted where it bills', async () => {
    const call = (db: Database, organization: { id: string }, cost: number) =>
      db.asOwner(() =>
        db.row<{ is_admitted: boolean; rule: string }>(
          `select is_admitted, rule from private.check_rate_limit('plots.list', $2, null, null, $1, null, null)`,
          [organization.id, cost],
        ),
      )
    const seen = await onOneDay(() =>
      withRollback(async (db) => {
        const [small, large] = [await given.organization(db), await given.organization(db)]
        await subscribe(db, small, starter)
        await subscribe(db, large, professional)
        // The hour's limit is another rule.
        await db.exec(`delete from private.rate_limit_rules where name = 'organization_hour'`)
        await db.exec('update private.rate_limit_rules set limit_count = 1000000 where limit_count is not null')
        const calls = [await call(db, small, 1000), await call(db, small, 1), await call(db, large, 12_001)]
        await db.exec('select private.copy_api_usage()')
        const usage = await db.rows(
          `select call_count::int as calls, overage_count::int as overage from private.api_usage_days
           where organization_id = any (array[$1, $2]::uuid[]) order by call_count`,
          [small.id, large.id],
        )
        return { calls, usage }
      }),
    )
    expect(seen).toMatchObject({
      calls: [{ is_admitted: true }, { is_admitted: false, rule: 'organization_day' }, { is_admitted: true }],
      usage: [
        { calls: 1000, overage: 0 },
        { calls: 12_001, overage: 2001 },
      ],
    })
  })
})

it('[A2-07] the organization is told at 80, 90 and 100 % of a limit, and again only after a fall and a pause', () =>
  withRollback(async (db) => {
    await db.exec(plotsTable())
    const organization = await given.organization(db)
    await db.exec(`select private.subscribe('usage.threshold', 'test.told')`)
    const told = async () =>
      (
        await db.rows<{ event: { metric: string; percent: number; used_count: number } }>(
          `select payload -> 'event' as event from private.jobs where kind = 'test.told' order by id`,
        )
      ).map(({ event }) => [event.metric, event.percent, event.used_count])
    const drop = (count: number) =>
      db.exec('delete from public.estate_plots where id in (select id from public.estate_plots limit $1)', [count])
    await addPlots(db, organization, 7)
    expect(await told()).toEqual([])
    await addPlots(db, organization, 1)
    await addPlots(db, organization, 2)
    const first = [
      ['plots', 80, 8],
      ['plots', 100, 10],
    ]
    expect(await told()).toEqual(first)
    await drop(8)
    await addPlots(db, organization, 8)
    expect(await told()).toEqual(first)
    await db.exec(`update private.usage_levels set told_at = told_at - interval '25 hours'`)
    await drop(1)
    await addPlots(db, organization, 1)
    expect(await told()).toEqual([...first, ['plots', 100, 10]])
  }))
