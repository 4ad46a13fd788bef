import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createStripeWorld, type StripeWorld } from '../../../local/sandbox/stripe/world.ts'
import { describeReport } from '../../../scripts/stripe_sync.ts'
import { type StripeSource, syncStripeJob } from '../../../supabase/functions/_shared/billing/mod.ts'
import { listedKinds } from '../../../supabase/functions/_shared/providers/payments/stripe_listing.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { planId } from '../../database/billing/plans.ts'
import { actAsOperator } from '../../database/platform/operator_session.ts'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { fakeJob } from '../platform/fakes.ts'
import { objectsOf } from './stripe_life.ts'
import { processEvent, rpcOn } from './stripe_mirror.ts'

const kindAtStripe = { customer: 'customer', subscription: 'subscription', invoice: 'invoice' } as const
const isListed = (kind: string): kind is keyof typeof kindAtStripe => kind in kindAtStripe

/** Stripe as the sync sees it, two to a page. */
function sourceOf(world: StripeWorld): StripeSource {
  const page = (objects: readonly { id: string }[], after: string | null) => {
    const from = after === null ? 0 : objects.findIndex(({ id }) => id === after) + 1
    const some = objects.slice(from, from + 2)
    return { objects: structuredClone(some), next: from + 2 < objects.length ? (some.at(-1)?.id ?? null) : null }
  }
  return {
    kinds: listedKinds,
    ...objectsOf(world),
    events: async (since, after) => page(world.events.filter(({ created }) => created >= since).toReversed(), after),
    objects: async (kind, after) => {
      if (isListed(kind)) return page(world.core.store.all(kindAtStripe[kind]), after)
      return kind === 'payment_intent' ? page(world.core.store.all(kind), after) : { objects: [], next: null }
    },
  }
}

/** A world in which an organization subscribed, of which nobody has told us yet. */
async function scene(db: Database) {
  const organization = await given.organization(db)
  const plan = await planId(db, 'fundraising', 'pro')
  const { id: priceId } = await db.asOwner(() =>
    db.row<{ id: string }>(`select id from public.billing_prices where plan_id = $1 and billing_interval = 'month'`, [
      plan,
    ]),
  )
  const world = createStripeWorld({ now: Date.UTC(2026, 10, 1) / 1000, seed: 3 })
  const product = world.products.create({ name: 'Pro' })
  const price = world.prices.create({
    ...{ product: product.id, currency: 'usd', unit_amount: 1900, metadata: { price_id: priceId } },
    recurring: { interval: 'month' },
  })
  const customer = world.customers.create({ email: 'ada@example.test', metadata: { organization_id: organization.id } })
  const card = world.paymentMethods.attach('pm_card_visa', customer.id)
  world.customers.update(customer.id, { invoice_settings: { default_payment_method: card.id } })
  const subscription = world.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await db.actAs('service_role')
  return { organization, world, customer, subscription }
}

const reportSchema = z.object({
  ...{ id: z.string(), mode: z.string(), is_dry_run: z.boolean(), since_at: z.string().nullable() },
  ...{ seen_count: z.number(), differed_count: z.number(), last_error: z.string().nullable() },
  finished_at: z.string().nullable(),
  differences: z.array(
    z.object({ object_key: z.string(), kind: z.string(), details: z.record(z.string(), z.unknown()) }),
  ),
})

/** Runs a sync to its end, as the worker does. */
async function sync(db: Database, world: StripeWorld, request: object) {
  const rpc = rpcOn(db)
  const { data } = await rpc.rpc('request_stripe_sync', request)
  const runId = z.string().parse(data)
  const handler = syncStripeJob(() => sourceOf(world))
  // Each look at it is a minute later, so that every page is an attempt of its own.
  let minutes = 0
  const clock = { now: () => new Date(Date.UTC(2026, 10, 21) + 60_000 * minutes++) }
  const deps = {
    ...{ db: rpc, clock, logger: createLogger('test', () => {}), signal: new AbortController().signal },
    report: async () => {},
  }
  let steps = 0
  for (let checkpoint = null; steps < 200; steps += 1) {
    const { continueWith } = await handler.run(deps, {
      ...fakeJob('billing.sync_stripe', { run_id: runId }),
      checkpoint,
    })
    if (!continueWith) break
    checkpoint = continueWith
    // A worker that died repeats a step, which changes nothing.
    if (steps % 3 === 0) await handler.run(deps, { ...fakeJob('billing.sync_stripe', { run_id: runId }), checkpoint })
  }
  return reportSchema.parse((await rpc.rpc('get_stripe_sync', { run_id: runId })).data)
}

const subscriptions = (db: Database) =>
  db.asOwner(() => db.rows('select status, access from public.billing_subscriptions order by started_at'))
const storedEvents = (db: Database) =>
  db.asOwner(() => db.rows<{ id: string }>('select provider_event_id as id from private.webhook_events order by id'))

describe('the events of Stripe that never came', () => {
  it('[BIL-30] [A2-04] are pulled, stored and processed as if they had come', () =>
    withRollback(async (db) => {
      const { world } = await scene(db)
      const report = await sync(db, world, { mode: 'events', since_at: '2026-10-31T00:00:00Z' })
      expect(report).toMatchObject({ seen_count: world.events.length, last_error: null })
      expect(report.finished_at).not.toBeNull()
      // Those that nobody processes are left.
      const wanted = world.events.filter(({ type }) => !/^(product|price)\./.test(type))
      expect((await storedEvents(db)).map(({ id }) => id).toSorted()).toEqual(wanted.map(({ id }) => id).toSorted())
      expect(report.differences.map(({ object_key }) => object_key).toSorted()).toEqual(
        wanted.map(({ id }) => id).toSorted(),
      )
      for (const event of wanted) await processEvent(rpcOn(db), event, sourceOf(world))
      expect(await subscriptions(db)).toEqual([{ status: 'active', access: 'full' }])
    }))

  it('[A2-04] are pulled from where the last run ended, and none is reported twice', () =>
    withRollback(async (db) => {
      const { world, subscription } = await scene(db)
      await sync(db, world, { mode: 'events', since_at: '2026-10-31T00:00:00Z' })
      world.advanceTo(world.now() + 5 * 86_400)
      world.subscriptions.update(subscription.id, { cancel_at_period_end: true })
      const report = await sync(db, world, {})
      expect(report.since_at).toBe('2026-10-31T22:00:00+00:00')
      expect(report.differences).toMatchObject([{ details: { event_type: 'customer.subscription.updated' } }])
    }))

  it('[A2-04] are only reported by a dry run', () =>
    withRollback(async (db) => {
      const { world } = await scene(db)
      const report = await sync(db, world, { mode: 'events', since_at: '2026-10-31T00:00:00Z', is_dry_run: true })
      expect(report.differed_count).toBeGreaterThan(0)
      expect(await storedEvents(db)).toEqual([])
      expect(describeReport(report)).toContain('(dry run: nothing changed)')
    }))
})

describe('a comparison of all objects', () => {
  it('[BIL-30] takes over what is missing, and finds nothing the second time', () =>
    withRollback(async (db) => {
      const { world, subscription, customer } = await scene(db)
      const first = await sync(db, world, { mode: 'full' })
      expect(first.differences).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ object_key: `customer:${customer.id}`, kind: 'missing' }),
          expect.objectContaining({ object_key: `subscription:${subscription.id}`, kind: 'missing' }),
        ]),
      )
      expect(await subscriptions(db)).toEqual([{ status: 'active', access: 'full' }])
      expect((await sync(db, world, { mode: 'full' })).differences).toEqual([])
    }))

  it('[BIL-30] names the columns that differed, and puts them right', () =>
    withRollback(async (db) => {
      const { world, subscription } = await scene(db)
      await sync(db, world, { mode: 'full' })
      world.subscriptions.update(subscription.id, { cancel_at_period_end: true })
      const expected = {
        object_key: `subscription:${subscription.id}`,
        kind: 'changed',
        details: { changed: ['cancelled_at', 'is_cancelled_at_period_end'] },
      }
      expect((await sync(db, world, { mode: 'full', is_dry_run: true })).differences).toEqual([expected])
      const { differences } = await sync(db, world, { mode: 'full' })
      expect(differences).toEqual([expected])
      expect((await sync(db, world, { mode: 'full' })).differences).toEqual([])
    }))

  it('[A2-05] finds a customer that was deleted, with which its subscription ended', () =>
    withRollback(async (db) => {
      const { world, customer } = await scene(db)
      await sync(db, world, { mode: 'full' })
      world.customers.delete(customer.id)
      await sync(db, world, { mode: 'full' })
      expect(await subscriptions(db)).toEqual([{ status: 'canceled', access: 'ended' }])
      expect(
        await db.asOwner(() => db.rows('select deleted_at is null as is_live from public.billing_customers')),
      ).toEqual([{ is_live: false }])
    }))

  it('[BIL-30] is shown to operators', () =>
    withRollback(async (db) => {
      const { world } = await scene(db)
      await sync(db, world, { mode: 'full' })
      await actAsOperator(db)
      const [run] = await db.rows<{ run: unknown }>('select public.list_stripe_syncs() as run')
      expect(reportSchema.parse(run?.run)).toMatchObject({ mode: 'full', last_error: null })
    }))
})
