import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { syncPrices } from './payments.ts'
import { planId, subscribe, subscription } from './plans.ts'

interface Asked {
  readonly plan?: string
  readonly interval?: string
  readonly seats?: number
}

const parameters = (id: string, { plan, interval, seats }: Asked) => [id, plan ?? null, interval ?? null, seats ?? null]
const planned = async (db: Database, id: string, asked: Asked) =>
  (
    await db.row<{ change: Record<string, unknown> }>(
      'select private.plan_subscription_change($1, $2, $3::text::public.billing_interval, $4::int) as change',
      parameters(id, asked),
    )
  ).change
const changeManual = (db: Database, id: string, asked: Asked) =>
  db.row(
    'select * from public.change_subscription($1, $2, $3::text::public.billing_interval, $4::int)',
    parameters(id, asked),
  )

const pro = { product: 'fundraising', key: 'pro', currency: 'USD' }

/** A subscription that Stripe keeps, with the prices of its day. */
const atStripe = async (db: Database, organization: { id: string }) => {
  const plan = await planId(db, pro.product, pro.key)
  const { id } = await db.asOwner(() =>
    db.row<{ id: string }>(
      `with made as (
         insert into public.billing_subscriptions (organization_id, product, plan_id, provider, provider_subscription_id,
           status, currency, current_period_starts_at, current_period_ends_at)
         values ($1, 'fundraising', $2, 'stripe', 'sub_1', 'active', 'USD', now(), now() + interval '1 month')
         returning id, organization_id, plan_id
       ), items as (
         insert into public.billing_subscription_items (organization_id, subscription_id, price_id)
         select made.organization_id, made.id, prices.id from made
         join public.billing_prices as prices on prices.plan_id = made.plan_id
           and prices.billing_interval = 'month' and prices.currency = 'USD'
       )
       select id from made`,
      [organization.id, plan],
    ),
  )
  return id
}

describe('a change of a subscription', () => {
  it('[BIL-15] asks the provider for the prices of the new plan, and for the old ones where the plan stays', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await syncPrices(db)
      const id = await atStripe(db, organization)
      const outreach = await planId(db, 'fundraising', 'outreach')
      const { price_id } = await db.row('select price_id from public.billing_subscription_items')
      await db.asOwner(() =>
        db.exec(`update public.billing_prices set ends_at = now() where id = $1`, [String(price_id)]),
      )
      await db.actAs(organization.admin)
      expect(await planned(db, id, { seats: 3 })).toMatchObject({
        seat_count: 3,
        items: [{ price_id, provider_price_id: `price_${price_id}`, quantity: 1 }],
      })
      const changed = await planned(db, id, { plan: outreach, interval: 'year' })
      expect(changed).toMatchObject({ plan_id: outreach, billing_interval: 'year', items: [{ quantity: 1 }] })
      expect(JSON.stringify(changed.items)).not.toContain(String(price_id))
      expect(await subscription(db, id)).toMatchObject({ seat_count: 1, billing_interval: 'month' })
    }))

  it('[BIL-15] asks nobody for prices where it is paid by invoice', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await subscribe(db, organization, { product: 'fundraising', key: 'pro', currency: 'USD' })
      const outreach = await planId(db, 'fundraising', 'outreach')
      const free = await planId(db, 'fundraising', 'free')
      await db.actAs(organization.owner)
      expect(await planned(db, id, { plan: outreach })).toMatchObject({ plan_id: outreach, items: null })
      await expect(planned(db, id, { plan: free })).rejects.toMatchObject({ code: 'billing_plan_is_default' })
    }))

  it('[BIL-15] is of a live subscription, to a plan that is offered in its product line', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await syncPrices(db)
      const id = await atStripe(db, organization)
      const refusal = async (product: string, key: string) => {
        const plan = await planId(db, product, key)
        return expect(planned(db, id, { plan })).rejects
      }
      await db.actAs(organization.owner)
      await (await refusal('chat', 'team')).toMatchObject({ status: 422, code: 'billing_plan_of_other_product' })
      await (await refusal('fundraising', 'free')).toMatchObject({ code: 'billing_plan_is_default' })
      await db.asOwner(() => db.exec(`update public.billing_plans set retired_at = now() where key = 'outreach'`))
      await (await refusal('fundraising', 'outreach')).toMatchObject({ code: 'billing_plan_retired' })
      await expect(changeManual(db, id, { seats: 2 })).rejects.toMatchObject({ code: 'billing_provider_decides' })
      await expect(db.row(`select public.cancel_subscription($1, 'unused')`, [id])).rejects.toMatchObject({
        status: 409,
        code: 'billing_provider_decides',
      })
      await db.actAs(organization.member)
      await expect(planned(db, id, {})).rejects.toMatchObject({ status: 404, code: 'billing_subscription_not_found' })
      await db.asOwner(() =>
        db.exec(`update public.billing_subscriptions set ended_at = now(), access = 'ended' where id = $1`, [id]),
      )
      await db.actAs(organization.owner)
      await expect(planned(db, id, {})).rejects.toMatchObject({ status: 409, code: 'billing_subscription_ended' })
    }))

  it('[BIL-15] is refused while it rests or is overdue, and below the people there are', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const id = await atStripe(db, organization)
      const outreach = await planId(db, 'fundraising', 'outreach')
      await db.asOwner(() =>
        db.exec(
          `insert into public.billing_prices (plan_id, kind, billing_interval, currency, unit_cents)
           values ($1, 'seat', 'month', 'USD', 100)`,
          [outreach],
        ),
      )
      await syncPrices(db)
      const stands = (columns: string) =>
        db.asOwner(() => db.exec(`update public.billing_subscriptions set ${columns} where id = $1`, [id]))
      await db.actAs(organization.admin)
      const refused = (code: string) =>
        expect(planned(db, id, { plan: outreach })).rejects.toMatchObject({ status: 409, code })
      // Its invoices are void meanwhile: what is changed then would never be paid.
      await stands('paused_at = now()')
      await refused('billing_subscription_paused')
      await stands(`paused_at = null, overdue_at = now(), access = 'reminded'`)
      await refused('billing_subscription_overdue')
      await stands(`overdue_at = null, access = 'full'`)
      await refused('billing_seats_too_few')
      await stands(`ended_at = now(), access = 'ended'`)
      const checkout = (seats: number) =>
        db.row(`select private.begin_checkout($1, 'stripe', 'subscription', $2, 'month', 'USD', $3::int, null, null)`, [
          organization.id,
          outreach,
          seats,
        ])
      await expect(checkout(1)).rejects.toMatchObject({ status: 409, code: 'billing_seats_too_few' })
      await checkout(100)
    }))
})
