import { describe, expect, it } from 'vitest'
import type { StripeObjects } from '../../../supabase/functions/_shared/billing/mirror_stripe.ts'
import { cancelRemovedJob, cancelUnpaidJob } from '../../../supabase/functions/_shared/billing/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { entitlement } from '../../database/billing/plans.ts'
import { type Database, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { fakeJob } from '../platform/fakes.ts'
import { customer, event, givenPrices, start, stripeWith, subscription } from './stripe_fixtures.ts'
import { processEvent, rpcOn, type StripeEvent } from './stripe_mirror.ts'

const nothing = stripeWith()

/** An organization whose customer at Stripe is `cus_1`, and what is done with events. */
async function scene(db: Database) {
  const organization = await given.organization(db)
  await givenPrices(db)
  await db.actAs('service_role')
  const rpc = rpcOn(db)
  const take = (one: StripeEvent, objects: StripeObjects = nothing) => processEvent(rpc, one, objects)
  await take(event('customer.created', customer('cus_1', organization), start))
  return { organization, take }
}

const subscriptions = (db: Database, organization: GivenOrganization) =>
  db.asOwner(() =>
    db.rows(
      `select subscriptions.*, plans.key as plan from public.billing_subscriptions as subscriptions
       join public.billing_plans as plans on plans.id = subscriptions.plan_id
       where organization_id = $1 order by started_at`,
      [organization.id],
    ),
  )
const customers = (db: Database) =>
  db.asOwner(() => db.rows('select * from public.billing_customers order by provider_customer_id'))

const active = subscription('sub_1', { customer: 'cus_1' })
const seconds = (at: number) => new Date(at * 1000)

describe('a subscription at Stripe', () => {
  it('[BIL-16] [BIL-24] is mirrored with its period and gives what the plan says', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      expect(await take(event('customer.subscription.created', active, start + 1))).toBe('processed')
      expect(await subscriptions(db, organization)).toMatchObject([
        {
          ...{ provider: 'stripe', provider_subscription_id: 'sub_1', plan: 'pro', status: 'active', access: 'full' },
          ...{ currency: 'USD', seat_count: 1, billing_interval: 'month', started_at: seconds(start) },
          ...{ current_period_starts_at: seconds(start), current_period_ends_at: seconds(start + 31 * 86_400) },
        },
      ])
      expect(await entitlement(db, organization, 'max_projects')).toBe('5')
    }))

  it('[BIL-20] changes its plan, its limits and its items', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      await take(event('customer.subscription.created', active, start + 1))
      const larger = subscription('sub_1', { customer: 'cus_1', price: 'price_outreach' })
      await take(event('customer.subscription.updated', larger, start + 2))
      expect(await subscriptions(db, organization)).toMatchObject([{ plan: 'outreach' }])
      expect(await entitlement(db, organization, 'max_projects')).toBeNull()
      expect(
        await db.asOwner(() =>
          db.rows(
            `select prices.unit_cents from public.billing_subscription_items as items
             join public.billing_prices as prices on prices.id = items.price_id where organization_id = $1`,
            [organization.id],
          ),
        ),
      ).toEqual([{ unit_cents: '4900' }])
    }))

  it('[BIL-21] [A2-05] ends with its deletion, and nothing that comes later revives it', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      await take(event('customer.subscription.created', active, start + 1))
      const gone = { ...active, status: 'canceled', canceled_at: start + 5, ended_at: start + 5 }
      await take(event('customer.subscription.deleted', gone, start + 5))
      const ended = { status: 'canceled', access: 'ended', ended_at: seconds(start + 5) }
      expect(await subscriptions(db, organization)).toMatchObject([ended])
      expect(await entitlement(db, organization, 'max_projects')).toBe('1')
      expect(await take(event('customer.subscription.updated', active, start + 9))).toBe('stale')
      expect(await subscriptions(db, organization)).toMatchObject([ended])
    }))

  it('[A2-02] is as its newest event says, whichever comes last', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      const overdue = { ...active, status: 'past_due' }
      await take(event('customer.subscription.updated', overdue, start + 7))
      expect(await take(event('customer.subscription.created', active, start + 1))).toBe('stale')
      expect(await subscriptions(db, organization)).toMatchObject([{ status: 'past_due', access: 'reminded' }])
    }))

  it('[A2-02] is fetched when two events of one second say different things', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      const trialing = { ...active, status: 'trialing', trial_end: start + 86_400 }
      const stripe = stripeWith(active)
      await take(event('customer.subscription.updated', active, start + 3), stripe)
      expect(stripe.asked).toEqual([])
      // The older one comes last.
      expect(await take(event('customer.subscription.created', trialing, start + 3), stripe)).toBe('processed')
      expect(stripe.asked).toEqual(['subscription:sub_1'])
      expect(await subscriptions(db, organization)).toMatchObject([{ status: 'active' }])
      await take(event('customer.subscription.updated', active, start + 3), stripe)
      expect(stripe.asked).toHaveLength(1)
    }))

  it('of whose two fetches the one that was asked for last counts', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      const overdue = { ...active, status: 'past_due' }
      await take(event('customer.subscription.created', { ...active, status: 'incomplete' }, start + 3))
      const slow: StripeObjects = {
        async get() {
          // While this answer is on its way another event of the second comes and is decided.
          await take(event('customer.subscription.updated', overdue, start + 3), stripeWith(overdue))
          return active
        },
      }
      expect(await take(event('customer.subscription.updated', active, start + 3), slow)).toBe('stale')
      expect(await subscriptions(db, organization)).toMatchObject([{ status: 'past_due' }])
    }))

  it.each([
    ['incomplete', { access: 'none', ended_at: null }, '1'],
    ['incomplete_expired', { access: 'ended' }, '1'],
    ['trialing', { access: 'full' }, '5'],
    ['active', { access: 'full', overdue_at: null }, '5'],
    ['past_due', { access: 'reminded' }, '5'],
    ['unpaid', { access: 'blocked' }, '1'],
    ['paused', { access: 'full', paused_at: seconds(start + 2) }, '1'],
    ['canceled', { access: 'ended' }, '1'],
    ['a word of tomorrow', { access: 'full' }, '5'],
  ])('[BIL-24] that is %s gives access accordingly', (status, row, projects) =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      await take(event('customer.subscription.updated', { ...active, status }, start + 2))
      expect(await subscriptions(db, organization)).toMatchObject([{ status, ...row }])
      expect(await entitlement(db, organization, 'max_projects')).toBe(projects)
    }),
  )

  it('keeps why it was cancelled', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      const cancelled = {
        ...{ ...active, cancel_at_period_end: true, canceled_at: start + 2 },
        cancellation_details: { comment: 'Too much', feedback: 'too_expensive', reason: 'cancellation_requested' },
      }
      await take(event('customer.subscription.updated', cancelled, start + 2))
      const row = { is_cancelled_at_period_end: true, cancel_reason: 'too_expensive', cancel_comment: 'Too much' }
      expect(await subscriptions(db, organization)).toMatchObject([{ ...row, cancelled_at: seconds(start + 2) }])
    }))

  it('is read from older versions, in which the period was its own', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      const { items: _, ...rest } = active
      const plan = { id: 'price_pro', object: 'plan', interval: 'month', metadata: {} }
      const old = {
        ...rest,
        items: { data: [{ plan, quantity: 1 }] },
        current_period_start: start,
        current_period_end: start + 9,
      }
      const outcome = await take(event('customer.subscription.updated', old, start + 2, '2020-08-27'))
      expect(outcome).toEqual({ outcome: 'processed', reason: 'api_version 2020-08-27' })
      expect(await subscriptions(db, organization)).toMatchObject([
        { plan: 'pro', billing_interval: 'month', current_period_ends_at: seconds(start + 9) },
      ])
    }))

  it('of a price that is not ours changes nothing', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      const foreign = subscription('sub_1', { customer: 'cus_1', price: 'price_of_another_product' })
      expect(await take(event('customer.subscription.created', foreign, start + 1))).toEqual({
        outcome: 'ignored',
        reason: 'price_unknown',
      })
      expect(await subscriptions(db, organization)).toEqual([])
    }))
})

describe('two subscriptions to one product line', () => {
  const newer = subscription('sub_2', { customer: 'cus_1', price: 'price_outreach', created: start + 50 })

  it('are both kept, and the newer one counts', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      await take(event('customer.subscription.created', newer, start + 50))
      await take(event('customer.subscription.created', active, start + 1))
      expect(await subscriptions(db, organization)).toMatchObject([
        { plan: 'pro', access: 'none', ended_at: null },
        { plan: 'outreach', access: 'full' },
      ])
      expect(await entitlement(db, organization, 'max_projects')).toBeNull()
    }))

  it('leave the older one when the newer one ends', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      await take(event('customer.subscription.created', active, start + 1))
      await take(event('customer.subscription.created', newer, start + 50))
      expect(await subscriptions(db, organization)).toMatchObject([{ access: 'none' }, { access: 'full' }])
      const gone = { ...newer, status: 'canceled', ended_at: start + 60 }
      await take(event('customer.subscription.deleted', gone, start + 60))
      expect(await subscriptions(db, organization)).toMatchObject([{ access: 'full' }, { access: 'ended' }])
      expect(await entitlement(db, organization, 'max_projects')).toBe('5')
    }))

  it('do not count while their first payment is awaited', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      await take(event('customer.subscription.created', active, start + 1))
      await take(event('customer.subscription.created', { ...newer, status: 'incomplete' }, start + 50))
      expect(await subscriptions(db, organization)).toMatchObject([{ access: 'full' }, { access: 'none' }])
    }))
})

describe('a customer at Stripe', () => {
  it('[A2-03] is known by any event that names the organization', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await givenPrices(db)
      await db.actAs('service_role')
      const named = subscription('sub_1', { customer: 'cus_9', metadata: { organization_id: organization.id } })
      expect(await processEvent(rpcOn(db), event('customer.subscription.created', named, start), nothing)).toBe(
        'processed',
      )
      expect(await customers(db)).toMatchObject([{ provider_customer_id: 'cus_9', organization_id: organization.id }])
    }))

  it('[A2-03] is asked for the organization when nothing else names it', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await givenPrices(db)
      await db.actAs('service_role')
      const stripe = stripeWith(customer('cus_1', organization))
      expect(await processEvent(rpcOn(db), event('customer.subscription.created', active, start + 1), stripe)).toBe(
        'processed',
      )
      expect(stripe.asked).toEqual(['customer:cus_1'])
      expect(await subscriptions(db, organization)).toMatchObject([{ access: 'full' }])
    }))

  it('whom nobody knows leaves the event with its reason', () =>
    withRollback(async (db) => {
      await db.actAs('service_role')
      const stripe = stripeWith(customer('cus_1', null))
      expect(await processEvent(rpcOn(db), event('customer.subscription.created', active, start + 1), stripe)).toEqual({
        outcome: 'ignored',
        reason: 'organization_unknown',
      })
    }))

  it('[BIL-18] does not get an organization that has another one, whatever its metadata say', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      const other = customer('cus_2', organization)
      const outcome = await take(
        event('customer.created', other, start + 5),
        stripeWith(customer('cus_1', organization)),
      )
      expect(outcome).toEqual({ outcome: 'ignored', reason: 'organization_has_another_customer' })
      expect(await customers(db)).toMatchObject([{ provider_customer_id: 'cus_1' }])
    }))

  it('[A2-05] is mirrored as deleted, also when that is heard of last', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      // Both live here and only the second there: the word of the first one's deletion is late.
      const next = customer('cus_2', organization)
      expect(
        await take(event('customer.created', next, start + 9), stripeWith({ id: 'cus_1', ...{ deleted: true } })),
      ).toBe('processed')
      await take(event('customer.deleted', customer('cus_1', organization), start + 7))
      await take(event('customer.updated', customer('cus_1', organization), start + 6))
      expect(await customers(db)).toMatchObject([
        { provider_customer_id: 'cus_1', deleted_at: seconds(start + 7) },
        { provider_customer_id: 'cus_2', deleted_at: null },
      ])
    }))
})

describe('a subscription that nobody pays for', () => {
  const keep = (db: Database) => db.asOwner(() => db.row('select private.keep_subscriptions(100)'))
  const cancellations = (db: Database) =>
    db.asOwner(() => db.rows(`select payload from private.jobs where kind = 'billing.cancel_unpaid'`))

  it('[BIL-24] is taken from step to step here, and cancelled at Stripe, which ends it', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      await take(event('customer.subscription.updated', { ...active, status: 'past_due' }, start + 2))
      const overdueFor = async (days: number) => {
        await db.asOwner(() =>
          db.exec('update public.billing_subscriptions set overdue_at = now() - make_interval(days => $1::int)', [
            days,
          ]),
        )
        await keep(db)
        const [row] = await subscriptions(db, organization)
        return row?.access
      }
      expect(await overdueFor(11)).toBe('noticed')
      expect(await overdueFor(15)).toBe('blocked')
      expect(await cancellations(db)).toEqual([])
      expect(await overdueFor(22)).toBe('blocked')
      await keep(db)
      expect(await cancellations(db)).toEqual([{ payload: { provider_subscription_id: 'sub_1' } }])
      const gone = {
        ...{ ...active, status: 'canceled', canceled_at: start + 9, ended_at: start + 9 },
        cancellation_details: { comment: 'atrium: unpaid', feedback: null, reason: 'cancellation_requested' },
      }
      await take(event('customer.subscription.deleted', gone, start + 9))
      expect(await subscriptions(db, organization)).toMatchObject([
        { access: 'ended', cancel_reason: 'unpaid', cancel_comment: null },
      ])
    }))

  it('whose payment comes at last is not cancelled', async () => {
    const cancelled: string[] = []
    const run = (status: string | null) =>
      cancelUnpaidJob(() => ({
        status: async () => status,
        cancel: async (id, comment) => void cancelled.push(`${id} ${comment}`),
      })).run(
        {
          ...{ clock: systemClock, logger: createLogger('test', () => {}), signal: new AbortController().signal },
          ...{ db: { rpc: async () => ({ data: null, error: null }) }, report: async () => {} },
        },
        fakeJob('billing.cancel_unpaid', { provider_subscription_id: 'sub_1' }),
      )
    for (const status of ['active', 'canceled', null]) {
      expect(await run(status)).toEqual({ result: { is_cancelled: false } })
    }
    expect(await run('past_due')).toEqual({ result: { is_cancelled: true } })
    expect(cancelled).toEqual(['sub_1 atrium: unpaid'])
  })
})

describe('a subscription whose organization is deleted', () => {
  it('ends with its period at Stripe while the organization can be restored, and at once when it is purged', () =>
    withRollback(async (db) => {
      const { organization, take } = await scene(db)
      await take(event('customer.subscription.created', active, start + 1))
      const asked = () =>
        db.asOwner(() => db.rows(`select payload from private.jobs where kind = 'billing.cancel_removed' order by id`))
      const owner = (statement: string) => db.asOwner(() => db.exec(statement, [organization.id]))
      const keep = () => db.asOwner(() => db.row('select private.keep_subscriptions(100)'))
      await keep()
      expect(await asked()).toEqual([])
      await owner('update public.organizations set deleted_at = now() where id = $1')
      await keep()
      await keep()
      const restorable = { payload: { provider_subscription_id: 'sub_1', is_purged: false } }
      expect(await asked()).toEqual([restorable])
      await owner('delete from public.organizations where id = $1')
      // The one before went with it.
      expect(await asked()).toEqual([{ payload: { provider_subscription_id: 'sub_1', is_purged: true } }])
    }))

  it('is cancelled there unless it ended', async () => {
    const cancelled: string[] = []
    const run = (status: string | null, is_purged: boolean) =>
      cancelRemovedJob(() => ({
        status: async () => status,
        cancel: async (id) => void cancelled.push(`${id} now`),
        cancelAtPeriodEnd: async (id) => void cancelled.push(`${id} later`),
      })).run(
        {
          ...{ clock: systemClock, logger: createLogger('test', () => {}), signal: new AbortController().signal },
          ...{ db: { rpc: async () => ({ data: null, error: null }) }, report: async () => {} },
        },
        fakeJob('billing.cancel_removed', { provider_subscription_id: 'sub_1', is_purged }),
      )
    for (const status of ['canceled', null]) {
      expect(await run(status, true)).toEqual({ result: { is_cancelled: false } })
    }
    expect(await run('past_due', true)).toEqual({ result: { is_cancelled: true } })
    expect(await run('active', false)).toEqual({ result: { is_cancelled: true } })
    expect(cancelled).toEqual(['sub_1 now', 'sub_1 later'])
  })
})
