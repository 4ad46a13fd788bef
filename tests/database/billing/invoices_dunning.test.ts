import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { draftInvoice, issue } from './invoices.ts'
import { subscribe, subscription } from './plans.ts'

const run = (db: Database) => db.asOwner(() => db.row('select private.keep_invoices(1000)'))
const told = async (db: Database) =>
  db.asOwner(() =>
    db.rows<{ topic: string; event: { invoice_id?: string; days?: number } }>(
      `select payload ->> 'topic' as topic, payload -> 'event' as event from private.jobs where kind = 'test.told' order by id`,
    ),
  )
const topics = async (db: Database) => (await told(db)).map(({ topic }) => topic)
const listen = (db: Database, pattern: string) =>
  db.asOwner(() => db.exec(`select private.subscribe('${pattern}', 'test.told')`))

/** An invoice of a subscription, issued so that it was due so many days ago. */
const due = async (
  db: Database,
  organization: { id: string },
  daysAgo: number,
  amount = 1000,
  ofSubscription?: string,
) => {
  const { id } = await draftInvoice(db, organization, { amount })
  await db.asOwner(() =>
    db.exec('update public.billing_invoices set subscription_id = $2 where id = $1', [id, ofSubscription ?? null]),
  )
  await db.asOwner(() =>
    db.exec(
      `update public.billing_invoices set status = 'issued', number = 'T-' || id,
         issued_at = now() - make_interval(days => 14 + $2::int), due_at = now() - make_interval(days => $2::int)
       where id = $1`,
      [id, daysAgo],
    ),
  )
  return id
}
/** So many days pass, as far as reminders know. */
const later = (db: Database, id: string, days: number) =>
  db.asOwner(() =>
    db.exec(
      `update public.billing_invoices set reminded_at = reminded_at - make_interval(days => $2::int) where id = $1`,
      [id, days],
    ),
  )

describe('an own invoice', () => {
  it('[BIL-48] is overdue after its due date, and not before', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const late = await due(db, organization, 0)
      const soon = await draftInvoice(db, organization, { amount: 1000 })
      await issue(db, soon.id)
      await listen(db, 'invoice.overdue')
      await run(db)
      await run(db)
      expect(
        await db.asOwner(() =>
          db.rows('select id, status from public.billing_invoices where organization_id = $1 order by status', [
            organization.id,
          ]),
        ),
      ).toEqual([
        { id: soon.id, status: 'issued' },
        { id: late, status: 'overdue' },
      ])
      expect(await told(db)).toMatchObject([
        { topic: 'invoice.overdue', event: { invoice_id: late, open_cents: 1000 } },
      ])
    }))

  it('is reminded of once before it is due', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await listen(db, 'invoice.due_soon')
      await due(db, organization, -4)
      await run(db)
      expect(await topics(db)).toEqual([])
      await due(db, organization, -2)
      await run(db)
      await run(db)
      expect(await topics(db)).toEqual(['invoice.due_soon'])
    }))

  it('[A2-09] is asked for as the dunning plan of its currency says: so often, so far apart, and not for little', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const save = (minimum: number) => db.exec('select public.save_dunning_plan($1, $2, 2, 5)', ['USD', minimum])
      await db.actAs(organization.owner)
      await expect(save(1500)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
      await actAsOperator(db)
      await expect(save(-1)).rejects.toMatchObject({ status: 422, code: 'billing_dunning_plan_invalid' })
      await save(1500)
      await listen(db, 'invoice.reminder')
      const id = await due(db, organization, 6, 1000)
      await run(db)
      expect(await topics(db)).toEqual([])
      // Together with another one it is enough.
      await due(db, organization, 1, 500)
      await run(db)
      expect(await told(db)).toMatchObject([{ event: { invoice_id: id, attempt: 1, attempt_count: 2 } }])
      await later(db, id, 4)
      await run(db)
      expect(await topics(db)).toHaveLength(1)
      await later(db, id, 1)
      await run(db)
      expect((await told(db)).at(-1)).toMatchObject({ event: { invoice_id: id, attempt: 2 } })
      await later(db, id, 30)
      await run(db)
      expect((await told(db)).filter(({ event }) => event.invoice_id === id)).toHaveLength(2)
    }))

  it('[BIL-48] [A2-09] that is overdue takes access step by step, and gives it back when it is paid', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await subscribe(db, organization, { product: 'fundraising', key: 'pro', currency: 'USD' })
      const invoice = await due(db, organization, 15, 1000, id)
      const small = await subscribe(db, await given.organization(db), {
        product: 'fundraising',
        key: 'pro',
        currency: 'USD',
      })
      await run(db)
      expect(await subscription(db, id)).toMatchObject({ access: 'reminded', status: 'past_due' })
      await db.asOwner(() => db.row('select private.keep_subscriptions(1000)'))
      expect(await subscription(db, id)).toMatchObject({ access: 'blocked' })
      expect(await subscription(db, small.id)).toMatchObject({ access: 'full' })
      await actAsOperator(db)
      await db.row(`select public.record_manual_payment($1, 'USD', 1000, 'cash', invoice_id => $2)`, [
        organization.id,
        invoice,
      ])
      expect(await subscription(db, id)).toMatchObject({ access: 'full', status: 'active', overdue_at: null })
      await run(db)
      expect(await subscription(db, id)).toMatchObject({ access: 'full' })
    }))

  it('of a subscription beside which another one counts takes and gives no access, and keeps nothing else waiting', () =>
    withRollback(async (db) => {
      const pro = { product: 'fundraising', key: 'pro', currency: 'USD' }
      const organization = await given.organization(db)
      const { id } = await subscribe(db, organization, pro)
      // A page at Stripe was paid after an operator had begun the one by invoice.
      await db.asOwner(() => db.exec(`update public.billing_subscriptions set access = 'none' where id = $1`, [id]))
      await db.asOwner(() =>
        db.exec(
          `insert into public.billing_subscriptions (organization_id, product, plan_id, provider, provider_subscription_id,
             status, currency, current_period_starts_at, current_period_ends_at)
           select organization_id, product, plan_id, 'stripe', 'sub_1', 'active', currency, now(), now() + interval '1 month'
           from public.billing_subscriptions where id = $1`,
          [id],
        ),
      )
      const bill = await due(db, organization, 15, 1000, id)
      const other = await given.organization(db)
      const late = await subscribe(db, other, pro)
      await due(db, other, 1, 1000, late.id)
      await run(db)
      expect(await subscription(db, late.id)).toMatchObject({ access: 'reminded' })
      expect(await subscription(db, id)).toMatchObject({ access: 'none', status: 'past_due' })
      await actAsOperator(db)
      await db.row(`select public.mark_invoice_paid($1, 'cash')`, [bill])
      expect(await subscription(db, id)).toMatchObject({ access: 'none', status: 'active', overdue_at: null })
    }))

  it('[A2-09] below the threshold of its currency takes no access', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await subscribe(db, organization, { product: 'fundraising', key: 'pro', currency: 'USD' })
      await due(db, organization, 15, 99, id)
      await run(db)
      expect(await subscription(db, id)).toMatchObject({ access: 'full', overdue_at: null })
    }))
})

describe('the end of a trial', () => {
  const trial = async (db: Database, days: number) => {
    const organization = await given.organization(db)
    const { id } = await subscribe(db, organization, { product: 'fundraising', key: 'pro', currency: 'USD' })
    await db.asOwner(() =>
      db.exec(
        `update public.billing_subscriptions set status = 'trialing', trial_ends_at = now() + make_interval(days => $2::int) - interval '1 hour',
           current_period_ends_at = now() + make_interval(days => $2::int) - interval '1 hour' where id = $1`,
        [id, days],
      ),
    )
    return id
  }
  const ends = (db: Database, id: string, days: number) =>
    db.asOwner(() =>
      db.exec(
        `update public.billing_subscriptions set trial_ends_at = now() + make_interval(days => $2::int) where id = $1`,
        [id, days],
      ),
    )

  it('[BIL-49] is told 3 days and 1 day before, once each', () =>
    withRollback(async (db) => {
      await listen(db, 'subscription.trial_ending')
      const early = await trial(db, 5)
      const id = await trial(db, 3)
      await run(db)
      await run(db)
      expect(await told(db)).toMatchObject([{ event: { subscription_id: id, days: 3, product: 'fundraising' } }])
      await db.asOwner(() =>
        db.exec(`update private.billing_trial_reminders set trial_ends_at = now() + interval '1 hour'`),
      )
      await db.asOwner(() =>
        db.exec(`update public.billing_subscriptions set trial_ends_at = now() + interval '1 hour' where id = $1`, [
          id,
        ]),
      )
      await run(db)
      await run(db)
      expect((await told(db)).map(({ event }) => event.days)).toEqual([3, 1])
      await ends(db, early, 0)
      await run(db)
      expect(await topics(db)).toHaveLength(2)
    }))

  it('[BIL-49] is told by its nearest day alone after an outage, and anew when the trial is longer', () =>
    withRollback(async (db) => {
      await listen(db, 'subscription.trial_ending')
      const id = await trial(db, 1)
      await run(db)
      await run(db)
      expect((await told(db)).map(({ event }) => event.days)).toEqual([1])
      await ends(db, id, 3)
      await run(db)
      expect((await told(db)).map(({ event }) => event.days)).toEqual([1, 3])
    }))
})
