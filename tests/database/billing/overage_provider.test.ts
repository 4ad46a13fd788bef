import { expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { invoices, lagos, run } from './invoices.ts'
import { planId } from './plans.ts'

/** Has Stripe tell how its subscription to Professional stands, in a period that began and ends so many days from now. */
const told = (db: Database, organization: { id: string }, days: readonly [number, number], changes: object = {}) =>
  db.asOwner(async () => {
    const { id: priceId } = await db.row<{ id: string }>(
      `select id from public.billing_prices where plan_id = $1 and kind = 'flat' and billing_interval = 'month'`,
      [await planId(db, 'estate', 'professional')],
    )
    const { outcome } = await db.row<{ outcome: string }>(
      `select private.mirror_stripe('subscription', $1::text::jsonb || jsonb_build_object(
         'created', extract(epoch from now() - interval '40 days')::bigint,
         'period_starts', extract(epoch from now() + make_interval(days => $2::int))::bigint,
         'period_ends', extract(epoch from now() + make_interval(days => $3::int))::bigint
       ) || $4::text::jsonb, now() + make_interval(days => $2::int), null) ->> 'outcome' as outcome`,
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
      ],
    )
    expect(outcome).toBe('applied')
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
