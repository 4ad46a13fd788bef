import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { entitlement, planId, subscribe, subscription } from './plans.ts'

const pro = { product: 'fundraising', key: 'pro', currency: 'USD' }
const professional = { product: 'estate', key: 'professional', currency: 'NGN' }
const keep = (db: Database) => db.asOwner(() => db.row('select private.keep_subscriptions(100)'))
const isActive = async (db: Database, organization: { id: string }, product: string | null = null) =>
  (
    await db.asOwner(() =>
      db.row<{ is_active: boolean }>(
        'select private.is_subscription_active($1, $2::text::public.billing_product) as is_active',
        [organization.id, product],
      ),
    )
  ).is_active
const overdueFor = (db: Database, id: string, days: number) =>
  db.exec(
    `update public.billing_subscriptions set status = 'past_due',
       overdue_at = now() - make_interval(days => $2::int) where id = $1 and ended_at is null`,
    [id, days],
  )
const suspension = (db: Database, organization: { id: string }) =>
  db.asOwner(() =>
    db.row('select status, suspension_reason from public.organizations where id = $1', [organization.id]),
  )

describe('a subscription', () => {
  it('[CRD-01] [BIL-08] entitles to what its plan says, at once and as long as it lasts', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      expect(await entitlement(db, organization, 'max_projects')).toBe('1')
      const { id } = await subscribe(db, organization, pro)
      expect(await entitlement(db, organization, 'max_projects')).toBe('5')
      expect(await entitlement(db, organization, 'priority_support')).toBe('1')
      expect(await entitlement(db, organization, 'linkedin_automation')).toBe('0')
      await db.exec('update public.billing_subscriptions set plan_id = $2 where id = $1', [
        id,
        await planId(db, 'fundraising', 'outreach'),
      ])
      expect(await entitlement(db, organization, 'max_projects')).toBeNull()
      expect(await entitlement(db, organization, 'linkedin_automation')).toBe('1')
      await db.exec(`update public.billing_subscriptions set ended_at = now(), access = 'ended' where id = $1`, [id])
      expect(await entitlement(db, organization, 'max_projects')).toBe('1')
      expect(await entitlement(db, organization, 'daily_credits')).toBe('50')
    }))

  it('[CRD-03] of one product line and of another give the more generous limit, an override before both', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await subscribe(db, organization, professional)
      await subscribe(db, organization, { product: 'chat', key: 'team', currency: 'USD' })
      expect(await entitlement(db, organization, 'storage_bytes')).toBe('107374182400')
      expect(await entitlement(db, organization, 'max_plots')).toBe('1000')
      await actAsOperator(db)
      await db.rows(
        `select public.override_entitlement($1, 'max_plots', 5, 'A pilot of five plots', false, now() + interval '1 day')`,
        [organization.id],
      )
      expect(await entitlement(db, organization, 'max_plots')).toBe('5')
      await db.asOwner(() => db.exec(`update private.billing_overrides set expires_at = now() - interval '1 s'`))
      await keep(db)
      expect(await entitlement(db, organization, 'max_plots')).toBe('1000')
    }))

  it('is one for each product line, which a plan belongs to', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await subscribe(db, organization, pro)
      await expect(subscribe(db, organization, pro)).rejects.toThrow('one_live_for_each_product')
      await expect(
        db.exec('update public.billing_subscriptions set plan_id = $2 where id = $1', [
          id,
          await planId(db, 'estate', 'starter'),
        ]),
      ).rejects.toThrow('another product line')
      await db.exec(`update public.billing_subscriptions set ended_at = now(), access = 'ended' where id = $1`, [id])
      await expect(
        db.exec(`update public.billing_subscriptions set ended_at = null, access = 'full' where id = $1`, [id]),
      ).rejects.toThrow('stays ended')
      await subscribe(db, organization, pro)
    }))

  it('[BIL-12] [BIL-11] is started by an operator at the price of the day, and seen by admins of the organization', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await actAsOperator(db)
      const plan = await planId(db, 'estate', 'professional')
      const start = (currency: string) =>
        db.row('select * from public.start_manual_subscription($1, $2, $3, trial_days => 14)', [
          organization.id,
          plan,
          currency,
        ])
      await expect(start('USD')).rejects.toMatchObject({ code: 'billing_price_not_offered' })
      expect(await start('NGN')).toMatchObject({ status: 'trialing', access: 'full', provider: 'manual' })
      await expect(start('NGN')).rejects.toMatchObject({ code: 'billing_subscription_exists' })
      await db.actAs(organization.admin)
      const seen = await db.rows(
        `select status, current_period_ends_at = trial_ends_at as is_trial,
           (select count(*)::int from public.billing_subscription_items) as items from public.billing_subscriptions`,
      )
      expect(seen).toEqual([{ status: 'trialing', is_trial: true, items: 3 }])
    }))

  it('[BIL-13] is cancelled for the end of its period with a reason, resumed, and cancelled at once', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await subscribe(db, organization, pro)
      const cancel = (isAtEnd: boolean, reason = 'too_expensive') =>
        db.row(
          `select * from public.cancel_subscription($1, $2::text::public.billing_cancel_reason, ' Too much ', $3)`,
          [id, reason, isAtEnd],
        )
      await db.actAs(organization.member)
      await expect(cancel(true)).rejects.toMatchObject({ status: 404, code: 'billing_subscription_not_found' })
      await db.actAs(organization.owner)
      await expect(cancel(true, 'unpaid')).rejects.toMatchObject({ code: 'billing_cancel_reason_invalid' })
      const first = await cancel(true)
      expect(first).toMatchObject({ is_cancelled_at_period_end: true, access: 'full', cancel_comment: 'Too much' })
      expect(await cancel(true)).toEqual(first)
      expect(await isActive(db, organization, 'fundraising')).toBe(true)
      const resumed = await db.row('select * from public.resume_subscription($1)', [id])
      expect(resumed).toMatchObject({ is_cancelled_at_period_end: false, cancel_reason: null, cancelled_at: null })
      expect(await cancel(false)).toMatchObject({ access: 'ended', status: 'canceled', cancel_reason: 'too_expensive' })
      expect(await isActive(db, organization)).toBe(false)
      await expect(db.row('select * from public.resume_subscription($1)', [id])).rejects.toMatchObject({
        code: 'billing_subscription_ended',
      })
    }))

  it('[BIL-14] is renewed when its period ends, and ends then when it was cancelled', () =>
    withRollback(async (db) => {
      const [renewed, cancelled] = [await given.organization(db), await given.organization(db)]
      const ids = [(await subscribe(db, renewed, pro)).id, (await subscribe(db, cancelled, pro)).id] as const
      await db.exec('update public.billing_subscriptions set is_cancelled_at_period_end = true where id = $1', [ids[1]])
      await db.exec(
        `update public.billing_subscriptions set created_at = '2026-01-31 10:00+00',
           current_period_starts_at = '2026-01-31 10:00+00', current_period_ends_at = '2026-02-28 10:00+00'`,
      )
      await keep(db)
      expect(await subscription(db, ids[0])).toMatchObject({
        status: 'active',
        current_period_starts_at: new Date('2026-02-28T10:00:00Z'),
        current_period_ends_at: new Date('2026-03-31T10:00:00Z'),
      })
      expect(await subscription(db, ids[1])).toMatchObject({ status: 'canceled', access: 'ended' })
    }))

  it.each([
    ['2026-01-31', '2026-02-28', '2026-03-31', 'month'],
    ['2028-01-31', '2028-02-29', '2028-03-31', 'month'],
    ['2024-02-29', '2025-02-28', '2026-02-28', 'year'],
    ['2024-02-29', '2027-02-28', '2028-02-29', 'year'],
    ['2026-12-31', '2027-01-31', '2027-02-28', 'month'],
  ])('begun on %s goes on from %s to %s by %s', (anchor, from, to, interval) =>
    withRollback(async (db) => {
      const { next } = await db.row<{ next: Date }>(
        `select private.next_period_end($1::text::timestamptz, $2::text::timestamptz, $3::text::public.billing_interval) as next`,
        [`${anchor}T10:00:00Z`, `${from}T10:00:00Z`, interval],
      )
      expect(next).toEqual(new Date(`${to}T10:00:00Z`))
    }),
  )
})

describe('an overdue subscription', () => {
  it.each([
    [0, 'reminded', true, 'active'],
    [9, 'reminded', true, 'active'],
    [10, 'noticed', true, 'active'],
    [14, 'blocked', false, 'suspended'],
    [21, 'ended', false, 'active'],
  ])('[A2-08] of %s days is %s', (days, access, active, status) =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await subscribe(db, organization, pro)
      await overdueFor(db, id, days)
      await keep(db)
      expect(await subscription(db, id)).toMatchObject({ access })
      expect(await isActive(db, organization)).toBe(active)
      // Without a paid plan there is the free one, so the end of it lifts the block.
      expect(await suspension(db, organization)).toMatchObject({ status })
    }),
  )

  it('[A2-08] [ORG-03] turns writes off and keeps reads while it is blocked, until it is paid', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await subscribe(db, organization, pro)
      await overdueFor(db, id, 15)
      await keep(db)
      expect(await entitlement(db, organization, 'max_projects')).toBe('1')
      await db.actAs(organization.owner)
      const rename = () => db.exec(`update public.organizations set name = 'Renamed' where id = $1`, [organization.id])
      expect(await rename()).toBe(0)
      expect(await db.rows('select from public.billing_subscriptions')).toHaveLength(1)
      await db.asOwner(() =>
        db.exec(
          `update public.billing_subscriptions set overdue_at = null, access = 'full', status = 'active' where id = $1`,
          [id],
        ),
      )
      expect(await rename()).toBe(1)
      expect(await entitlement(db, organization, 'max_projects')).toBe('5')
    }))

  it('tells each step once', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.exec(`select private.subscribe('subscription.*', 'test.told')`)
      const { id } = await subscribe(db, organization, pro)
      for (const days of [1, 2, 12, 15, 22, 30]) {
        await overdueFor(db, id, days)
        await keep(db)
        await keep(db)
      }
      const told = await db.rows<{ topic: string; access: string }>(
        `select payload ->> 'topic' as topic, payload -> 'event' ->> 'access' as access
         from private.jobs where kind = 'test.told' order by id`,
      )
      expect(told.map(({ topic, access }) => `${topic} ${access}`)).toEqual([
        'subscription.created full',
        'subscription.access_changed reminded',
        'subscription.access_changed noticed',
        'subscription.access_changed blocked',
        'subscription.ended ended',
      ])
      expect(await subscription(db, id)).toMatchObject({ cancel_reason: 'unpaid', status: 'canceled' })
    }))

  it('[ORG-04] [BIL-21] suspends the organization when the last one ends and nothing free is left, not past an admin', () =>
    withRollback(async (db) => {
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      const end = async (organization: { id: string }) => {
        const { id } = await subscribe(db, organization, professional)
        await db.exec(`update public.billing_subscriptions set ended_at = now(), access = 'ended' where id = $1`, [id])
      }
      await end(ours)
      expect(await suspension(db, ours)).toEqual({ status: 'suspended', suspension_reason: 'billing: ended' })
      await subscribe(db, ours, professional)
      expect(await suspension(db, ours)).toEqual({ status: 'active', suspension_reason: null })
      await db.exec(`update public.organizations set suspended_at = now(), suspension_reason = 'Fraud' where id = $1`, [
        theirs.id,
      ])
      await end(theirs)
      await subscribe(db, theirs, professional)
      expect(await suspension(db, theirs)).toEqual({ status: 'suspended', suspension_reason: 'Fraud' })
    }))
})

it('of a deleted organization ends with its period, and is not renewed', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    const { id } = await subscribe(db, organization, { product: 'fundraising', key: 'pro', currency: 'USD' })
    const owner = (statement: string) => db.asOwner(() => db.exec(statement, [organization.id]))
    await owner('update public.organizations set deleted_at = now() where id = $1')
    await owner(
      `update public.billing_subscriptions set current_period_starts_at = now() - interval '1 month',
         current_period_ends_at = now() where organization_id = $1`,
    )
    await keep(db)
    expect(await subscription(db, id)).toMatchObject({ access: 'ended', status: 'canceled', cancel_reason: 'other' })
  }))

it('[ORG-02] members see what the organization is entitled to, others nothing', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await subscribe(db, organization, professional)
    const entitlements = async () =>
      Object.fromEntries(
        (
          await db.rows<{ key: string; value: string; action: string }>('select * from public.get_entitlements($1)', [
            organization.id,
          ])
        ).map(({ key, value, action }) => [key, `${value} ${action}`]),
      )
    await db.actAs(organization.member)
    expect(await entitlements()).toMatchObject({
      max_plots: '1000 overage',
      max_agents: '25 block',
      max_api_calls_daily: '10000 overage',
    })
    await db.actAs(await given.person(db))
    expect(await entitlements()).toEqual({})
  }))

it('[ORG-18] [CRD-09] agents are as many as the plan has', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await subscribe(db, organization, { product: 'estate', key: 'starter', currency: 'NGN' })
    for (let n = 0; n < 5; n += 1) await given.member(db, { organization, role: 'agent' })
    await expect(given.member(db, { organization, role: 'agent' })).rejects.toMatchObject({
      code: 'agent_limit_reached',
    })
    const { id } = await given.member(db, { organization })
    await expect(db.exec(`update public.memberships set role = 'agent' where id = $1`, [id])).rejects.toMatchObject({
      status: 409,
      code: 'agent_limit_reached',
    })
  }))
