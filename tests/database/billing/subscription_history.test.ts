import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { planId, subscribe } from './plans.ts'

const history = async (db: Database, id: string) => {
  // What a commit does.
  await db.exec('set constraints all immediate')
  await db.exec('set constraints all deferred')
  return (
    await db.rows<{ line: string }>(
      `select concat_ws(' ', plans.key, changes.status, changes.is_trial, changes.seat_count, changes.annual_cents,
         changes.country, changes.cancel_reason) as line
       from private.billing_subscription_changes as changes join public.billing_plans as plans on plans.id = plan_id
       where subscription_id = $1 order by changes.id`,
      [id],
    )
  ).map(({ line }) => line)
}

describe('the history of a subscription', () => {
  it('[ANA-27] says what a year of it is worth from trial to end, one row for each change', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.exec(`update public.organizations set country = 'NG' where id = $1`, [organization.id])
      await actAsOperator(db)
      const { id } = await db.row<{ id: string }>(
        `select id from public.start_manual_subscription($1, $2, 'USD', trial_days => 14)`,
        [organization.id, await planId(db, 'fundraising', 'pro')],
      )
      await db.actAs('postgres')
      const trial = 'pro trialing t 1 0 NG'
      expect(await history(db, id)).toEqual([trial])
      await db.exec(`update public.billing_subscriptions set status = 'active' where id = $1`, [id])
      const paid = 'pro active f 1 22800 NG'
      expect(await history(db, id)).toEqual([trial, paid])
      // A renewal changes nothing that revenue is made of.
      await db.exec(
        `update public.billing_subscriptions set current_period_ends_at = current_period_ends_at + interval '1 month'
         where id = $1`,
        [id],
      )
      expect(await history(db, id)).toEqual([trial, paid])
      await db.exec(
        `update public.billing_subscriptions set access = 'ended', ended_at = now(), status = 'canceled',
           cancel_reason = 'unused' where id = $1`,
        [id],
      )
      expect(await history(db, id)).toEqual([trial, paid, 'pro canceled f 1 0 NG unused'])
    }))

  it('[ANA-27] counts seats by started packs of them, a yearly price once, and use above limits not at all', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await subscribe(db, organization, {
        product: 'chat',
        key: 'team',
        currency: 'USD',
        interval: 'year',
      })
      await db.exec(
        `insert into public.billing_prices (plan_id, kind, billing_interval, currency, unit_cents, unit_count, limit_key)
         select $1, kind::public.billing_price_kind, 'year', 'USD', 700, unit_count, limit_key
         from (values ('seat', 3, null), ('metered', 1, 'members')) as given (kind, unit_count, limit_key)`,
        [await planId(db, 'chat', 'team')],
      )
      await db.exec(
        `insert into public.billing_subscription_items (organization_id, subscription_id, price_id)
         select $1, $2, id from public.billing_prices where plan_id = $3 and billing_interval = 'year'`,
        [organization.id, id, await planId(db, 'chat', 'team')],
      )
      expect(await history(db, id)).toEqual(['team active f 1 9700'])
      await db.exec('update public.billing_subscriptions set seat_count = 7 where id = $1', [id])
      expect(await history(db, id)).toEqual(['team active f 1 9700', `team active f 7 ${9000 + 3 * 700}`])
      await db.exec('update public.billing_subscriptions set paused_at = now() where id = $1', [id])
      expect((await history(db, id)).at(-1)).toBe('team active f 7 0')
    }))

  it('counts what a provider tells late from when it happened, and never before what is known', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await subscribe(db, organization, { product: 'fundraising', key: 'pro', currency: 'USD' })
      const changeAt = (seats: number, at: string) =>
        db.exec(
          `update public.billing_subscriptions set seat_count = $2, provider_changed_at = $3::text::timestamptz where id = $1`,
          [id, seats, at],
        )
      await db.exec(`update public.billing_subscriptions set provider_changed_at = '2026-01-10Z' where id = $1`, [id])
      await history(db, id)
      await changeAt(2, '2026-02-10T00:00:00Z')
      await history(db, id)
      await changeAt(3, '2026-01-20T00:00:00Z')
      await history(db, id)
      await changeAt(4, '2999-01-01T00:00:00Z')
      await history(db, id)
      const times = await db.rows(
        `select seat_count, changed_at = now() as is_now, changed_at from private.billing_subscription_changes
         where subscription_id = $1 order by id`,
        [id],
      )
      expect(times).toMatchObject([
        { seat_count: 1, changed_at: new Date('2026-01-10T00:00:00Z') },
        { seat_count: 2, changed_at: new Date('2026-02-10T00:00:00Z') },
        { seat_count: 3, changed_at: new Date('2026-02-10T00:00:00Z') },
        { seat_count: 4, is_now: true },
      ])
    }))

  it('cannot be changed, and stays when the organization is removed', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await actAsOperator(db)
      const { id } = await db.row<{ id: string }>(`select id from public.start_manual_subscription($1, $2, 'USD')`, [
        organization.id,
        await planId(db, 'fundraising', 'pro'),
      ])
      await db.actAs('postgres')
      expect(await history(db, id)).toEqual(['pro active f 1 22800'])
      for (const change of [
        'update private.billing_subscription_changes set annual_cents = 0',
        'delete from private.billing_subscription_changes',
      ]) {
        await expect(db.exec(change)).rejects.toThrow('append-only')
      }
      await db.exec('delete from public.billing_subscriptions where id = $1', [id])
      expect(await history(db, id)).toEqual(['pro active f 1 22800', 'pro canceled f 1 0'])
    }))
})
