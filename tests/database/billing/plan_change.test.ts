import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { entitlement, planId, subscription } from './plans.ts'

/** A subscription paid by invoice, a third of whose period is over; goes on as the owner of the organization. */
async function givenSubscribed(
  db: Database,
  options: { plan?: string; product?: string; currency?: string; seats?: number; trialDays?: number } = {},
) {
  const { product = 'fundraising', plan = 'pro', currency = 'USD', seats = 1, trialDays = 0 } = options
  const organization = await given.organization(db)
  await actAsOperator(db)
  const { id } = await db.row<{ id: string }>(
    'select id from public.start_manual_subscription($1, $2, $3, seat_count => $4::int, trial_days => $5::int)',
    [organization.id, await planId(db, product, plan), currency, seats, trialDays],
  )
  await db.asOwner(() =>
    db.exec(
      `update public.billing_subscriptions set current_period_starts_at = now() - interval '240 hours',
         current_period_ends_at = now() + interval '480 hours' where id = $1`,
      [id],
    ),
  )
  await db.actAs(organization.owner)
  return { organization, id }
}

interface Wish {
  readonly plan?: string
  readonly product?: string
  readonly interval?: string
  readonly seats?: number
}

const wish = async (db: Database, call: string, id: string, { plan, product, interval, seats }: Wish) =>
  db.row(`select * from public.${call}($1, $2::uuid, $3::text::public.billing_interval, $4::int)`, [
    id,
    plan ? await planId(db, product ?? 'fundraising', plan) : null,
    interval ?? null,
    seats ?? null,
  ])
const change = (db: Database, id: string, wanted: Wish) => wish(db, 'change_subscription', id, wanted)
const preview = (db: Database, id: string, wanted: Wish) => wish(db, 'preview_subscription_change', id, wanted)
const pending = (db: Database) =>
  db.rows(`select description, amount_cents, currency from public.billing_pending_lines order by amount_cents`)
const scheduled = (db: Database) =>
  db.rows(
    `select plans.key, changes.billing_interval, changes.seat_count from public.billing_scheduled_changes as changes
     join public.billing_plans as plans on plans.id = plan_id`,
  )
const agreed = (db: Database, id: string) =>
  db.asOwner(() =>
    db.rows(
      `select plans.key, prices.kind, prices.billing_interval, prices.unit_cents
       from public.billing_subscription_items as items join public.billing_prices as prices on prices.id = price_id
       join public.billing_plans as plans on plans.id = prices.plan_id where subscription_id = $1 order by kind, limit_key`,
      [id],
    ),
  )
const endPeriod = (db: Database, id: string) =>
  db.asOwner(async () => {
    await db.exec(
      `update public.billing_subscriptions set current_period_starts_at = now() - interval '720 hours',
         current_period_ends_at = now() - interval '1 s' where id = $1`,
      [id],
    )
    await db.exec('select private.keep_subscriptions(100)')
  })

describe('a change of plan', () => {
  it('[BIL-15] [TST-03] to a dearer one counts at once, and what it costs for the rest of the period is as previewed', () =>
    withRollback(async (db) => {
      const { organization, id } = await givenSubscribed(db)
      const previewed = await preview(db, id, { plan: 'outreach' })
      // Two thirds of 19.00 and of 49.00, each rounded.
      expect(previewed).toMatchObject({
        is_immediate: true,
        currency: 'USD',
        credit_cents: '1267',
        charge_cents: '3267',
        due_cents: '2000',
        period_cents: '4900',
      })
      expect(await entitlement(db, organization, 'max_projects')).toBe('5')
      const changed = await change(db, id, { plan: 'outreach' })
      expect(changed).toMatchObject({ plan_id: await planId(db, 'fundraising', 'outreach'), status: 'active' })
      expect(await entitlement(db, organization, 'max_projects')).toBeNull()
      const lines = [
        { description: 'Unused time: Pro', amount_cents: '-1267', currency: 'USD' },
        { description: 'Rest of the period: Outreach', amount_cents: '3267', currency: 'USD' },
      ]
      expect(await pending(db)).toEqual(lines)
      expect(await agreed(db, id)).toEqual([
        { key: 'outreach', kind: 'flat', billing_interval: 'month', unit_cents: '4900' },
      ])
      expect(await change(db, id, { plan: 'outreach' })).toEqual(changed)
      expect(await pending(db)).toEqual(lines)
    }))

  it('[BIL-15] to a cheaper one waits for the end of the period, at the price of the day it was asked for', () =>
    withRollback(async (db) => {
      const { organization, id } = await givenSubscribed(db, { plan: 'outreach' })
      expect(await preview(db, id, { plan: 'pro' })).toMatchObject({
        is_immediate: false,
        due_cents: '0',
        period_cents: '1900',
      })
      await change(db, id, { plan: 'pro' })
      expect(await scheduled(db)).toEqual([{ key: 'pro', billing_interval: 'month', seat_count: 1 }])
      expect(await pending(db)).toEqual([])
      expect(await entitlement(db, organization, 'max_projects')).toBeNull()
      await actAsOperator(db)
      await db.row(`select * from public.set_plan_price($1, 'flat', 'USD', 2400, 'month')`, [
        await planId(db, 'fundraising', 'pro'),
      ])
      await endPeriod(db, id)
      expect(await entitlement(db, organization, 'max_projects')).toBe('5')
      expect(await agreed(db, id)).toEqual([
        { key: 'pro', kind: 'flat', billing_interval: 'month', unit_cents: '1900' },
      ])
      await db.actAs(organization.owner)
      expect(await scheduled(db)).toEqual([])
    }))

  it('[BIL-15] is taken back by asking for what is, and by a dearer one', () =>
    withRollback(async (db) => {
      const { id } = await givenSubscribed(db, { plan: 'outreach' })
      await change(db, id, { plan: 'pro' })
      await change(db, id, { plan: 'outreach' })
      expect(await scheduled(db)).toEqual([])
      await change(db, id, { plan: 'pro' })
      await change(db, id, { plan: 'deal_flow' })
      expect(await scheduled(db)).toEqual([])
      expect(await pending(db)).toHaveLength(2)
    }))

  it('[BIL-15] to a yearly price waits for the end of the period, from which a whole year is counted', () =>
    withRollback(async (db) => {
      const { id } = await givenSubscribed(db)
      await change(db, id, { interval: 'year' })
      expect(await scheduled(db)).toEqual([{ key: 'pro', billing_interval: 'year', seat_count: 1 }])
      await endPeriod(db, id)
      expect(await agreed(db, id)).toEqual([
        { key: 'pro', kind: 'flat', billing_interval: 'year', unit_cents: '19000' },
      ])
      const { is_year } = await db.asOwner(() =>
        db.row<{ is_year: boolean }>(
          `select current_period_ends_at = (current_period_starts_at at time zone 'UTC' + interval '1 year') at time zone 'UTC'
             as is_year from public.billing_subscriptions where id = $1`,
          [id],
        ),
      )
      expect(is_year).toBe(true)
      // And the year after it.
      await endPeriod(db, id)
      expect(await subscription(db, id)).toMatchObject({ billing_interval: 'year', status: 'active' })
    }))

  it('costs nothing in a trial', () =>
    withRollback(async (db) => {
      const { id } = await givenSubscribed(db, { trialDays: 14 })
      expect(await preview(db, id, { plan: 'outreach' })).toMatchObject({ is_immediate: true, due_cents: '0' })
      await change(db, id, { plan: 'outreach' })
      await change(db, id, { plan: 'pro' })
      expect(await pending(db)).toEqual([])
      expect(await subscription(db, id)).toMatchObject({ plan_id: await planId(db, 'fundraising', 'pro') })
    }))

  it.each([
    ['a plan of another product line', { plan: 'team', product: 'chat' }, 'billing_plan_of_other_product', ''],
    [
      'a plan that is retired',
      { plan: 'outreach' },
      'billing_plan_retired',
      `update public.billing_plans set retired_at = now() where key = 'outreach'`,
    ],
    [
      'a plan without such a price',
      { plan: 'outreach', interval: 'year' },
      'billing_price_not_offered',
      `update public.billing_prices set ends_at = now() where unit_cents = 49000`,
    ],
    ['no seat', { seats: 0 }, 'billing_seats_invalid', ''],
    [
      'a change while an invoice is overdue',
      { plan: 'outreach' },
      'billing_subscription_overdue',
      `update public.billing_subscriptions set overdue_at = now(), access = 'reminded'`,
    ],
    [
      'a change of what is cancelled',
      { plan: 'outreach' },
      'billing_subscription_cancelled',
      'update public.billing_subscriptions set is_cancelled_at_period_end = true',
    ],
    [
      'a change of what rests',
      { plan: 'outreach' },
      'billing_subscription_paused',
      'update public.billing_subscriptions set paused_at = now()',
    ],
    [
      'a change of what ended',
      { plan: 'outreach' },
      'billing_subscription_ended',
      `update public.billing_subscriptions set ended_at = now(), access = 'ended'`,
    ],
    [
      'what a payment provider keeps',
      { plan: 'outreach' },
      'billing_provider_decides',
      `set constraints all immediate; alter table public.billing_subscriptions disable trigger user; update public.billing_subscriptions set provider = 'stripe', provider_subscription_id = 'sub_1'; alter table public.billing_subscriptions enable trigger user`,
    ],
  ] as const)('is refused for %s', (_what, wanted, code, before) =>
    withRollback(async (db) => {
      const { id } = await givenSubscribed(db)
      if (before) await db.asOwner(() => db.exec(before))
      await expect(change(db, id, wanted)).rejects.toMatchObject({ code })
      if (wanted !== undefined) await expect(preview(db, id, wanted)).rejects.toMatchObject({ code })
    }),
  )

  it('is for who manages billing', () =>
    withRollback(async (db) => {
      const { organization, id } = await givenSubscribed(db)
      await db.actAs(organization.member)
      for (const call of ['change_subscription', 'preview_subscription_change']) {
        await expect(wish(db, call, id, { plan: 'outreach' })).rejects.toMatchObject({
          status: 404,
          code: 'billing_subscription_not_found',
        })
      }
      for (const call of ['pause_subscription', 'unpause_subscription']) {
        await expect(db.row(`select * from public.${call}($1)`, [id])).rejects.toMatchObject({ status: 404 })
      }
    }))
})

it('[BIL-15] [BIL-36] the difference is on the next invoice, once, beside the fee of the new plan', () =>
  withRollback(async (db) => {
    const { id } = await givenSubscribed(db)
    // The period it subscribed in was billed before.
    await db.asOwner(() => db.exec('select private.make_invoices(100)'))
    await change(db, id, { plan: 'outreach' })
    await endPeriod(db, id)
    await db.asOwner(() => db.exec('select private.make_invoices(100)'))
    const invoices = await db.asOwner(() =>
      db.rows(
        `select invoices.subtotal_cents, json_agg(concat_ws(' ', lines.kind, lines.description, lines.amount_cents)
           order by lines.position) as lines
         from public.billing_invoices as invoices join public.billing_invoice_lines as lines on invoice_id = invoices.id
         where invoices.subscription_id = $1 group by invoices.id order by invoices.number`,
        [id],
      ),
    )
    expect(invoices).toEqual([
      { subtotal_cents: '1900', lines: ['flat Pro 1900'] },
      {
        subtotal_cents: '6900',
        lines: [
          'flat Outreach 4900',
          'adjustment Unused time: Pro -1267',
          'adjustment Rest of the period: Outreach 3267',
        ],
      },
    ])
    await endPeriod(db, id)
    await db.asOwner(() => db.exec('select private.make_invoices(100)'))
    const { left } = await db.asOwner(() =>
      db.row<{ left: string }>('select count(*) as left from public.billing_pending_lines where invoice_id is null'),
    )
    expect(left).toBe('0')
  }))

describe('seats', () => {
  /** Chat Team with 5.00 for each seat on top. */
  async function givenSeats(db: Database, seats: number): Promise<{ organization: GivenOrganization; id: string }> {
    await db.exec(
      `insert into public.billing_prices (plan_id, kind, billing_interval, currency, unit_cents, starts_at)
       values ($1, 'seat', 'month', 'USD', 500, now() - interval '1 day')`,
      [await planId(db, 'chat', 'team')],
    )
    return givenSubscribed(db, { product: 'chat', plan: 'team', seats })
  }

  it('[BIL-15] more of them count at once and are charged for the rest of the period, fewer wait for its end', () =>
    withRollback(async (db) => {
      const { id } = await givenSeats(db, 4)
      await db.row('select * from public.change_seats($1, 7)', [id])
      expect(await subscription(db, id)).toMatchObject({ seat_count: 7 })
      // Two thirds of 9.00 + 4 x 5.00 = 29.00 and of 9.00 + 7 x 5.00 = 44.00.
      expect(await pending(db)).toMatchObject([{ amount_cents: '-1933' }, { amount_cents: '2933' }])
      await db.row('select * from public.change_seats($1, 5)', [id])
      expect(await subscription(db, id)).toMatchObject({ seat_count: 7 })
      expect(await scheduled(db)).toEqual([{ key: 'team', billing_interval: 'month', seat_count: 5 }])
      await endPeriod(db, id)
      expect(await subscription(db, id)).toMatchObject({ seat_count: 5 })
    }))

  it('cannot be fewer than the people there are', () =>
    withRollback(async (db) => {
      const { organization, id } = await givenSeats(db, 4)
      await given.member(db, { organization })
      await given.member(db, { organization, status: 'suspended' })
      const seats = (count: number) => db.row('select * from public.change_seats($1, $2::int)', [id, count])
      await seats(5)
      await expect(seats(3)).rejects.toMatchObject({ status: 409, code: 'billing_seats_too_few' })
      await seats(4)
      expect(await scheduled(db)).toMatchObject([{ seat_count: 4 }])
    }))
})

it('[TST-03] a subscription that rests entitles to nothing and is not renewed, and its period ends as much later', () =>
  withRollback(async (db) => {
    const { organization, id } = await givenSubscribed(db)
    const paused = await db.row('select * from public.pause_subscription($1)', [id])
    expect(await db.row('select * from public.pause_subscription($1)', [id])).toEqual(paused)
    expect(await entitlement(db, organization, 'max_projects')).toBe('1')
    // A hundred hours later, past the end of the period.
    const shift = (column: string) => `${column} = ${column} - interval '500 hours'`
    await db.asOwner(() =>
      db.exec(
        `update public.billing_subscriptions set ${['paused_at', 'current_period_starts_at', 'current_period_ends_at']
          .map(shift)
          .join(', ')} where id = $1`,
        [id],
      ),
    )
    await db.asOwner(() => db.exec('select private.keep_subscriptions(100)'))
    expect(await subscription(db, id)).toMatchObject({ status: 'active' })
    await db.row('select * from public.unpause_subscription($1)', [id])
    const after = await db.asOwner(() =>
      db.row(
        `select paused_at, paused_seconds, current_period_ends_at = now() + interval '480 hours' as has_its_rest,
           period_anchor_at = current_period_ends_at as is_counted_from_there
         from public.billing_subscriptions where id = $1`,
        [id],
      ),
    )
    expect(after).toEqual({
      paused_at: null,
      paused_seconds: String(500 * 3600),
      has_its_rest: true,
      is_counted_from_there: true,
    })
    expect(await entitlement(db, organization, 'max_projects')).toBe('5')
    // Two thirds are left, as before the rest.
    expect(await preview(db, id, { plan: 'outreach' })).toMatchObject({ credit_cents: '1267', charge_cents: '3267' })
    await endPeriod(db, id)
    expect(await subscription(db, id)).toMatchObject({ paused_seconds: '0' })
  }))

it('[AUD-11] a change of a subscription is in the audit log, with who made it', () =>
  withRollback(async (db) => {
    const { organization, id } = await givenSubscribed(db)
    await change(db, id, { plan: 'outreach' })
    await db.row(`select * from public.cancel_subscription($1, 'too_expensive')`, [id])
    const entries = await db.asOwner(() =>
      db.rows(
        `select actor_id, changes -> 'after' as after from public.audit_logs
         where object_type = 'billing_subscriptions' and action = 'update' and object_id = $1 and actor_id = $2
         order by occurred_at`,
        [id, organization.owner.id],
      ),
    )
    expect(entries).toEqual([
      { actor_id: organization.owner.id, after: { plan_id: await planId(db, 'fundraising', 'outreach') } },
      { actor_id: organization.owner.id, after: { is_cancelled_at_period_end: true, cancel_reason: 'too_expensive' } },
    ])
  }))
