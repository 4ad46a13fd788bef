import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { invoices, lagos, run } from './invoices.ts'
import { planId } from './plans.ts'

/**
 * Has Stripe tell how its subscription to Professional stands, in a period that began and ends so many days from now.
 *
 * @param at when it says so, in days from now; when the period began where it is left out
 */
const told = (
  db: Database,
  organization: { id: string },
  days: readonly [number, number],
  {
    at = days[0],
    plan = 'professional',
    product = 'estate',
    ...changes
  }: { at?: number; plan?: string; product?: string; status?: string; id?: string; created?: number } = {},
) =>
  db.asOwner(async () => {
    const { id: priceId } = await db.row<{ id: string }>(
      `select id from public.billing_prices where plan_id = $1 and kind = 'flat' and billing_interval = 'month'`,
      [await planId(db, product, plan)],
    )
    const { outcome } = await db.row<{ outcome: string }>(
      `select private.mirror_stripe('subscription', $1::text::jsonb || jsonb_build_object(
         'created', seconds - 40 * 86400, 'period_starts', seconds + $2::int * 86400,
         'period_ends', seconds + $3::int * 86400, 'told', seconds + $5::int * 86400
       ) || $4::text::jsonb, to_timestamp(seconds + $5::int * 86400), null) ->> 'outcome' as outcome
       -- A cast would round, and the period begin half a second later than the days say.
       from (select floor(extract(epoch from now()))::bigint as seconds) as clock`,
      [
        JSON.stringify({
          id: 'sub_overage',
          customer: 'cus_overage',
          candidates: [organization.id],
          status: 'active',
          currency: 'ngn',
          interval: 'month',
          is_cancelled_at_period_end: false,
          is_paused: false,
          items: [{ price: 'price_overage', price_id: priceId, quantity: 1 }],
        }),
        ...days,
        JSON.stringify(changes),
        at,
      ],
    )
    // An older word counts for what it tells of its time.
    expect(['applied', 'stale']).toContain(outcome)
  })

const callsAboveLimit = (db: Database, organization: { id: string }, ago: number, count: number) =>
  db.asOwner(() =>
    db.exec(
      `insert into private.api_usage_days (organization_id, day_on, call_count, limit_count)
       values ($1, private.usage_today() - $2::int, 10000 + $3::int, 10000)`,
      [organization.id, ago, count],
    ),
  )

it('[BIL-38] [BIL-36] what is used above the limits of a plan paid at Stripe is billed by an own invoice, without its fee', () =>
  withRollback(async (db) => {
    const organization = await lagos(db)
    await told(db, organization, [-40, -10])
    await run(db)
    expect(await invoices(db, organization)).toEqual([])
    await callsAboveLimit(db, organization, 20, 2500)
    await told(db, organization, [-10, 20])
    await told(db, organization, [-10, 20])
    await run(db)
    await run(db)
    expect(await invoices(db, organization)).toMatchObject([
      { status: 'issued', subtotal_cents: '30000', tax_cents: '2250', total_cents: '32250' },
    ])
    const lines = await db.asOwner(() =>
      db.rows(`select kind, limit_key, quantity from public.billing_invoice_lines where organization_id = $1`, [
        organization.id,
      ]),
    )
    expect(lines).toEqual([{ kind: 'overage', limit_key: 'max_api_calls_daily', quantity: '2500' }])
  }))

it('[BIL-38] a period within the limits at Stripe makes no own invoice, and the last one is billed when it ends', () =>
  withRollback(async (db) => {
    const organization = await lagos(db)
    await told(db, organization, [-40, -10])
    await told(db, organization, [-10, 20])
    await run(db)
    expect(await invoices(db, organization)).toEqual([])
    await callsAboveLimit(db, organization, 5, 1)
    await db.asOwner(() =>
      db.exec(
        `update public.billing_subscriptions set access = 'ended', ended_at = now(), status = 'canceled'
         where provider_subscription_id = 'sub_overage'`,
      ),
    )
    await run(db)
    expect(await invoices(db, organization)).toMatchObject([{ subtotal_cents: '10000' }])
  }))

describe('the metered price of a plan paid at Stripe', () => {
  /** The price list becomes dearer so many days ago. */
  const dearer = (db: Database, ago: number) =>
    db.asOwner(() =>
      db.exec(
        `with old as (
           update public.billing_prices set ends_at = now() - make_interval(days => ${ago})
           where kind = 'metered' and limit_key = 'max_api_calls_daily' returning *
         )
         insert into public.billing_prices
           (plan_id, kind, billing_interval, currency, unit_cents, unit_count, limit_key, starts_at)
         select plan_id, kind, billing_interval, currency, 15000, unit_count, limit_key, ends_at from old`,
      ),
    )
  /** Days ago since which a price for API calls was agreed. */
  const agreed = (db: Database) =>
    db.asOwner(() =>
      db.rows(
        `select plans.key, prices.unit_cents::int, round(extract(epoch from now() - agreed.agreed_at) / 86400)::int as ago,
           items.id is not null as is_item
         from private.usage_agreed_prices as agreed
         join public.billing_prices as prices on prices.id = agreed.price_id and prices.limit_key = 'max_api_calls_daily'
         join public.billing_plans as plans on plans.id = prices.plan_id
         left join public.billing_subscription_items as items
           on items.subscription_id = agreed.subscription_id and items.price_id = agreed.price_id
         order by agreed.agreed_at`,
      ),
    )

  it('[BIL-38] is that of the day on which the plan was chosen, for the days since then', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      await dearer(db, 20)
      await told(db, organization, [-31, -1])
      // Who stays keeps the price.
      expect(await agreed(db)).toEqual([{ key: 'professional', unit_cents: 10_000, ago: 40, is_item: true }])
      await told(db, organization, [-31, -1], { at: -10, plan: 'enterprise' })
      await callsAboveLimit(db, organization, 15, 2000)
      await callsAboveLimit(db, organization, 5, 1000)
      await told(db, organization, [-1, 29], { plan: 'enterprise' })
      await run(db)
      expect(await invoices(db, organization)).toMatchObject([{ subtotal_cents: String(2 * 10_000 + 15_000) }])
    }))

  it('[BIL-38] [A2-01] is the same in whatever order the changes of plan are heard of', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      await dearer(db, 20)
      const changes = [
        { at: -40, plan: 'professional' },
        { at: -25, plan: 'enterprise' },
        // Bills no use at all.
        { at: -12, plan: 'starter' },
        { at: -10, plan: 'professional' },
        { at: -4, plan: 'professional' },
      ]
      for (const change of changes.toReversed()) await told(db, organization, [-40, 0], change)
      expect(await agreed(db)).toEqual([
        { key: 'professional', unit_cents: 10_000, ago: 40, is_item: false },
        { key: 'enterprise', unit_cents: 10_000, ago: 25, is_item: false },
        { key: 'professional', unit_cents: 15_000, ago: 10, is_item: true },
      ])
    }))
})

describe('an own invoice for use above the limits of a plan paid at Stripe', () => {
  /** Owes for use of the last period, since so many days. */
  const owing = async (db: Database, ago: number) => {
    const organization = await lagos(db)
    await told(db, organization, [-40, -10])
    await callsAboveLimit(db, organization, 20, 250_000)
    await db.asOwner(() => db.exec(`update private.settings set value = '0' where key = 'billing.invoice_due_days'`))
    await told(db, organization, [-10, 20])
    await run(db)
    const [{ id } = { id: '' }] = await invoices(db, organization)
    await keep(db)
    await later(db, ago)
    await keep(db)
    return { organization, id }
  }
  const keep = (db: Database) =>
    db.asOwner(async () => {
      await db.row('select private.keep_invoices(1000)')
      await db.row('select private.keep_subscriptions(1000)')
    })
  /** So many days pass for what is owed to us. */
  const later = (db: Database, days: number) =>
    db.asOwner(() =>
      db.exec(
        `update public.billing_subscriptions set own_overdue_at = own_overdue_at - make_interval(days => ${days})`,
      ),
    )
  const standing = (db: Database) =>
    db.asOwner(() =>
      db.row<{ access: string; status: string }>(
        `select access, subscriptions.status, own_overdue_at is not null as owes, organizations.suspension_reason as reason
         from public.billing_subscriptions as subscriptions
         join public.organizations on organizations.id = subscriptions.organization_id`,
      ),
    )
  const settle = (db: Database, { organization, id }: { organization: { id: string }; id: string }, how: string) =>
    db.asOwner(() =>
      how === 'void'
        ? db.exec(
            `update public.billing_invoices set status = 'void', voided_at = now(), void_reason = 'Goodwill' where id = $1`,
            [id],
          )
        : db.exec(
            `select private.record_payment(organization_id, 'manual', null, 'succeeded', currency, total_cents, now(),
               jsonb_build_object('purpose', 'invoice', 'purpose_id', id))
             from public.billing_invoices where id = $1 and organization_id = $2`,
            [id, organization.id],
          ),
    )

  it.each(['paid', 'void'])(
    '[A2-08] that is overdue takes access step by step, cancels nothing there, and gives it back when it is %s',
    (how) =>
      withRollback(async (db) => {
        const debt = await owing(db, 1)
        expect(await standing(db)).toMatchObject({ access: 'reminded', status: 'active', owes: true, reason: null })
        await later(db, 9)
        await keep(db)
        expect(await standing(db)).toMatchObject({ access: 'noticed' })
        await later(db, 4)
        await keep(db)
        const blocked = { access: 'blocked', status: 'active', reason: 'billing: unpaid' }
        expect(await standing(db)).toMatchObject(blocked)
        await later(db, 30)
        await keep(db)
        expect(await standing(db)).toMatchObject(blocked)
        expect(
          await db.asOwner(() => db.rows(`select from private.jobs where kind = 'billing.cancel_unpaid'`)),
        ).toEqual([])
        await settle(db, debt, how)
        expect(await standing(db)).toEqual({ access: 'full', status: 'active', owes: false, reason: null })
      }),
  )

  it('[A2-08] leaves the worse of it and of what Stripe says, whatever Stripe says when', () =>
    withRollback(async (db) => {
      const debt = await owing(db, 12)
      expect(await standing(db)).toMatchObject({ access: 'noticed' })
      const access = async (status: string, at: number) => {
        await told(db, debt.organization, [-10, 20], { status, at })
        const heard = (await standing(db)).access
        await keep(db)
        return [heard, (await standing(db)).access]
      }
      // At Stripe the debt is as old as the period: ten days.
      expect(await access('past_due', -9)).toEqual(['noticed', 'noticed'])
      expect(await access('unpaid', -8)).toEqual(['blocked', 'blocked'])
      expect(await access('active', -7)).toEqual(['noticed', 'noticed'])
      await later(db, 5)
      expect(await access('past_due', -6)).toEqual(['blocked', 'blocked'])
      await settle(db, debt, 'paid')
      // What is owed there stays owed.
      expect(await standing(db)).toMatchObject({ access: 'noticed', status: 'past_due', owes: false })
      expect(await access('active', -5)).toEqual(['full', 'full'])
    }))
})

it('[A2-02] a subscription that is reminded and moves to another product line leaves the one that counts there alone', () =>
  withRollback(async (db) => {
    const organization = await lagos(db)
    await told(db, organization, [-10, 20])
    await told(db, organization, [-10, 20], { at: -9, status: 'past_due' })
    await db.asOwner(() => db.row('select private.keep_subscriptions(1000)'))
    // The newer one counts.
    const created = Math.floor(Date.now() / 1000) - 8 * 86_400
    await told(db, organization, [-8, 20], { id: 'sub_other', product: 'fundraising', plan: 'pro', created })
    const standing = () =>
      db.asOwner(() =>
        db.rows(
          `select provider_subscription_id as id, product::text, access::text from public.billing_subscriptions
           where organization_id = $1 order by provider_subscription_id desc`,
          [organization.id],
        ),
      )
    expect(await standing()).toEqual([
      { id: 'sub_overage', product: 'estate', access: 'noticed' },
      { id: 'sub_other', product: 'fundraising', access: 'full' },
    ])
    await told(db, organization, [-10, 20], { at: -7, product: 'fundraising', plan: 'pro' })
    expect(await standing()).toEqual([
      { id: 'sub_overage', product: 'fundraising', access: 'none' },
      { id: 'sub_other', product: 'fundraising', access: 'full' },
    ])
  }))
