import { describe, expect, it } from 'vitest'
import { createStripeWorld } from '../../../local/sandbox/stripe/world.ts'
import { planId } from '../../database/billing/plans.ts'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { customer, event, start, stripeWith } from './stripe_fixtures.ts'
import { objectsOf } from './stripe_life.ts'
import { processEvent, rpcOn, type StripeEvent } from './stripe_mirror.ts'

/** A world with a customer of an organization who has a card, and what is heard of it. */
async function scene(db: Database, card = 'pm_card_visa') {
  const organization = await given.organization(db)
  const plan = await planId(db, 'fundraising', 'pro')
  const { id: priceId } = await db.asOwner(() =>
    db.row<{ id: string }>(`select id from public.billing_prices where plan_id = $1 and billing_interval = 'month'`, [
      plan,
    ]),
  )
  const world = createStripeWorld({ now: start, seed: 5 })
  const product = world.products.create({ name: 'Pro' })
  const price = world.prices.create({
    ...{ product: product.id, currency: 'usd', unit_amount: 1900, metadata: { price_id: priceId } },
    recurring: { interval: 'month' },
  })
  await db.asOwner(() =>
    db.exec(
      `insert into private.billing_provider_prices (price_id, provider, provider_product_id, provider_price_id)
       values ($1, 'stripe', $2, $3)`,
      [priceId, product.id, price.id],
    ),
  )
  const buyer = world.customers.create({ email: 'ada@example.test', metadata: { organization_id: organization.id } })
  const method = world.paymentMethods.attach(card, buyer.id)
  world.customers.update(buyer.id, { invoice_settings: { default_payment_method: method.id } })
  await db.actAs('service_role')
  const rpc = rpcOn(db)
  let heard = 0
  return {
    ...{ organization, world, price, buyer, method },
    take: (one: StripeEvent) => processEvent(rpc, one, objectsOf(world)),
    /** Events that were not heard of yet. */
    news() {
      const news = world.events.slice(heard)
      heard = world.events.length
      return news
    },
    /** Hears of everything. */
    async hear() {
      for (const one of this.news()) await this.take(one)
    },
  }
}

const rows = (db: Database, table: string) =>
  db.asOwner(() => db.rows(`select * from public.${table} order by created_at, id`))
const count = async (db: Database, table: string) => (await rows(db, table)).length

describe('a payment at Stripe', () => {
  it('[BIL-22] [BIL-47] of a subscription is mirrored with its invoice, its lines, its receipt and its fee', () =>
    withRollback(async (db) => {
      const at = await scene(db)
      at.world.subscriptions.create({ customer: at.buyer.id, items: [{ price: at.price.id }] })
      await at.hear()
      const [subscription] = await rows(db, 'billing_subscriptions')
      expect(subscription).toMatchObject({ status: 'active', access: 'full' })
      expect(await rows(db, 'billing_payments')).toMatchObject([
        {
          ...{ provider: 'stripe', status: 'succeeded', currency: 'USD', amount_cents: '1900', method: 'card' },
          ...{ purpose: 'subscription', purpose_id: subscription?.id, paid_at: new Date(start * 1000) },
          ...{ receipt_url: expect.stringContaining('receipts'), fee_cents: expect.stringMatching(/^\d+$/) },
        },
      ])
      const [invoice] = await rows(db, 'billing_invoices')
      expect(invoice).toMatchObject({
        ...{ provider: 'stripe', status: 'paid', total_cents: '1900', paid_cents: '1900', currency: 'USD' },
        ...{ subscription_id: subscription?.id, number: expect.any(String), hosted_url: expect.any(String) },
      })
      expect(await rows(db, 'billing_invoice_lines')).toMatchObject([
        { invoice_id: invoice?.id, kind: 'flat', amount_cents: '1900', unit_cents: '1900', quantity: '1' },
      ])
    }))

  it('[BIL-22] [BIL-26] names the saved method that was used, whichever of both is heard of first, and no other card', () =>
    withRollback(async (db) => {
      const at = await scene(db)
      at.world.subscriptions.create({ customer: at.buyer.id, items: [{ price: at.price.id }] })
      const payment = async () => (await rows(db, 'billing_payments'))[0]
      const events = at.news()
      for (const one of events) if (!one.type.startsWith('payment_method.')) await at.take(one)
      // A card that nobody saved is the same to us: its id alone.
      expect(await payment()).toMatchObject({ payment_method_id: null, provider_payment_method_id: at.method.id })
      for (const one of events) if (one.type.startsWith('payment_method.')) await at.take(one)
      const [method] = await rows(db, 'billing_payment_methods')
      expect(await payment()).toMatchObject({ status: 'succeeded', payment_method_id: method?.id })
      // The other order.
      at.world.advanceTo(start + 32 * 86_400)
      await at.hear()
      expect((await rows(db, 'billing_payments')).map((one) => one.payment_method_id)).toEqual([method?.id, method?.id])
    }))

  it('[TST-09] of each renewal is mirrored, and the period goes on', () =>
    withRollback(async (db) => {
      const at = await scene(db)
      at.world.subscriptions.create({ customer: at.buyer.id, items: [{ price: at.price.id }] })
      at.world.advanceTo(start + 32 * 86_400)
      await at.hear()
      expect(await count(db, 'billing_payments')).toBe(2)
      expect(await rows(db, 'billing_invoices')).toMatchObject([{ status: 'paid' }, { status: 'paid' }])
      expect(await rows(db, 'billing_subscriptions')).toMatchObject([
        {
          current_period_starts_at: new Date(Date.UTC(2026, 1, 10)),
          current_period_ends_at: new Date(Date.UTC(2026, 2, 10)),
        },
      ])
    }))

  it('[BIL-24] that fails makes the subscription overdue since its invoice, and paying ends that', () =>
    withRollback(async (db) => {
      const at = await scene(db)
      at.world.subscriptions.create({ customer: at.buyer.id, items: [{ price: at.price.id }] })
      at.world.failNextRenewal()
      at.world.advanceTo(start + 31 * 86_400 + 7200)
      // Heard of backwards: since when it is overdue says the invoice, whatever comes first.
      for (const one of at.news().toReversed()) await at.take(one)
      const open = at.world.core.store.all('invoice').find(({ status }) => status === 'open')
      const issuedAt = new Date((open?.status_transitions.finalized_at ?? 0) * 1000)
      expect(await rows(db, 'billing_subscriptions')).toMatchObject([
        { status: 'past_due', access: 'reminded', overdue_at: issuedAt },
      ])
      at.world.invoices.pay(open?.id ?? '')
      await at.hear()
      expect(await rows(db, 'billing_subscriptions')).toMatchObject([
        { status: 'active', access: 'full', overdue_at: null },
      ])
    }))

  it('[BIL-22] keeps what it is for when that is said in its metadata, and why it failed', () =>
    withRollback(async (db) => {
      const at = await scene(db, 'pm_card_chargeCustomerFail')
      const purposeId = '0b6cbd5c-94e3-4a3d-9d2b-3b3c6d1f9a10'
      at.world.paymentIntents.create({
        ...{
          amount: 500,
          currency: 'jpy',
          customer: at.buyer.id,
          metadata: { purpose: 'other', purpose_id: purposeId },
        },
      })
      const [intent] = at.world.core.store.all('payment_intent')
      at.world.paymentIntents.confirm(intent?.id ?? '', { method: at.method.id, offSession: true })
      await at.hear()
      expect(await rows(db, 'billing_payments')).toMatchObject([
        {
          ...{ status: 'failed', currency: 'JPY', amount_cents: '500', purpose: 'other', purpose_id: purposeId },
          ...{ failure_code: 'generic_decline', failure_message: expect.stringContaining('declined'), paid_at: null },
        },
      ])
    }))
})

describe('money that goes back', () => {
  it('is mirrored when the refund is heard of before its payment', () =>
    withRollback(async (db) => {
      const at = await scene(db)
      at.world.subscriptions.create({ customer: at.buyer.id, items: [{ price: at.price.id }] })
      const [charge] = at.world.core.store.all('charge')
      at.world.refunds.create({ charge: charge?.id ?? '', amount: 900 })
      const refund = at.news().find(({ type }) => type === 'refund.created')
      if (!refund) throw new Error('Expected a refund')
      expect(await at.take(refund)).toBe('processed')
      expect(await rows(db, 'billing_refunds')).toMatchObject([
        { status: 'succeeded', amount_cents: '900', currency: 'USD' },
      ])
      expect(await rows(db, 'billing_payments')).toMatchObject([{ status: 'succeeded', refunded_cents: '900' }])
    }))

  it('may fail and be sent again, which is understood in the wrong order, too', () =>
    withRollback(async (db) => {
      const at = await scene(db)
      at.world.subscriptions.create({ customer: at.buyer.id, items: [{ price: at.price.id }] })
      await at.hear()
      const [charge] = at.world.core.store.all('charge')
      const first = at.world.refunds.create({ charge: charge?.id ?? '' })
      await at.hear()
      at.world.refunds.fail(first.id)
      at.world.refunds.create({ charge: charge?.id ?? '' })
      for (const one of at.news().toReversed()) await at.take(one)
      expect((await rows(db, 'billing_refunds')).map(({ status }) => status).toSorted()).toEqual([
        'failed',
        'succeeded',
      ])
      expect(await rows(db, 'billing_payments')).toMatchObject([{ refunded_cents: '1900' }])
    }))

  it('because of a dispute is told with its end', () =>
    withRollback(async (db) => {
      const at = await scene(db)
      at.world.subscriptions.create({ customer: at.buyer.id, items: [{ price: at.price.id }] })
      const [charge] = at.world.core.store.all('charge')
      const dispute = at.world.disputes.open(charge?.id ?? '')
      await at.hear()
      expect(await rows(db, 'billing_disputes')).toMatchObject([{ status: 'needs_response', closed_at: null }])
      at.world.advanceTo(start + 86_400)
      at.world.disputes.close(dispute.id, 'lost')
      await at.hear()
      expect(await rows(db, 'billing_disputes')).toMatchObject([
        { status: 'lost', closed_at: new Date((start + 86_400) * 1000) },
      ])
    }))
})

describe('a card at Stripe', () => {
  it('is the default as the customer says, whichever is heard of first, and is removed with its customer', () =>
    withRollback(async (db) => {
      const at = await scene(db)
      const other = at.world.paymentMethods.attach('pm_card_mastercard', at.buyer.id)
      at.world.customers.update(at.buyer.id, { invoice_settings: { default_payment_method: other.id } })
      for (const one of at.news().toReversed()) await at.take(one)
      const methods = async () =>
        (await rows(db, 'billing_payment_methods')).map(({ brand, is_default, removed_at }) => ({
          ...{ brand, is_default, isRemoved: removed_at !== null },
        }))
      expect(await methods()).toEqual(
        expect.arrayContaining([
          { brand: 'mastercard', is_default: true, isRemoved: false },
          { brand: 'visa', is_default: false, isRemoved: false },
        ]),
      )
      at.world.customers.delete(at.buyer.id)
      await at.hear()
      expect(await methods()).toEqual(
        expect.arrayContaining([
          { brand: 'mastercard', is_default: false, isRemoved: true },
          { brand: 'visa', is_default: false, isRemoved: true },
        ]),
      )
    }))

  it('was removed when it was detached, whatever is heard first, and stays so long after that was forgotten', () =>
    withRollback(async (db) => {
      const at = await scene(db)
      at.world.paymentMethods.attach('pm_card_mastercard', at.buyer.id)
      at.world.paymentMethods.detach(at.method.id)
      const removals = async () =>
        Object.fromEntries(
          (await rows(db, 'billing_payment_methods')).map(({ brand, removed_at }) => [brand, removed_at]),
        )
      const news = at.news()
      at.world.advanceTo(start + 1)
      at.world.customers.delete(at.buyer.id)
      // The deletion is seen before its event comes, with the time of the one that asked: that of the detachment.
      for (const one of news.toReversed()) await at.take(one)
      await at.hear()
      const removed = { visa: new Date(start * 1000), mastercard: new Date((start + 1) * 1000) }
      expect(await removals()).toEqual(removed)
      // Marks are kept for half a year; the deletion is told again after that.
      await db.asOwner(() => db.exec('delete from private.webhook_objects'))
      await at.take(event('customer.deleted', { ...at.buyer }, start + 1))
      expect(await removals()).toEqual(removed)
    }))
})

describe('a checkout at Stripe', () => {
  it('[BIL-19] that was completed brings the subscription with it, and ends our page', () =>
    withRollback(async (db) => {
      const at = await scene(db)
      const subscription = at.world.subscriptions.create({ customer: at.buyer.id, items: [{ price: at.price.id }] })
      await db.asOwner(() =>
        db.exec(
          `insert into public.billing_checkout_sessions
             (organization_id, provider, provider_session_id, mode, purpose, product, expires_at)
           values ($1, 'stripe', 'cs_1', 'subscription', 'subscription', 'fundraising', now() + interval '1 day')`,
          [at.organization.id],
        ),
      )
      const session = {
        ...{ id: 'cs_1', object: 'checkout.session', created: start, status: 'complete', payment_status: 'paid' },
        ...{ mode: 'subscription', customer: at.buyer.id, client_reference_id: at.organization.id, metadata: {} },
        ...{ subscription: subscription.id, payment_intent: null, invoice: null },
      }
      // Nothing else was heard of.
      expect(await at.take(event('checkout.session.completed', session, start))).toBe('processed')
      expect(await rows(db, 'billing_subscriptions')).toMatchObject([
        { organization_id: at.organization.id, access: 'full' },
      ])
      expect(await rows(db, 'billing_checkout_sessions')).toMatchObject([{ status: 'complete' }])
    }))
})

describe('an event whose organization nobody knows yet', () => {
  it('[A2-03] is processed again once the customer is known', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs('service_role')
      const rpc = rpcOn(db)
      const unknown = event('customer.updated', customer('cus_1', null), start)
      await rpc.rpc('store_webhook_events', {
        provider: 'stripe',
        events: [{ event_id: unknown.id, event_type: unknown.type, object_key: 'customer:cus_1', payload: unknown }],
      })
      expect(await processEvent(rpc, unknown, stripeWith(customer('cus_1', null)))).toMatchObject({
        outcome: 'ignored',
      })
      const states = () =>
        db.asOwner(() => db.row(`select state, last_error from private.webhook_events where provider = 'stripe'`))
      // As the worker ends the job.
      await db.asOwner(() =>
        db.exec(
          `update private.jobs set state = 'running', lease_id = gen_random_uuid(), lease_until = now() + interval '1 hour',
             worker = 'w', started_at = now() where kind = 'webhook_event.process'`,
        ),
      )
      await db.asOwner(() =>
        db.exec(
          `update private.jobs set state = 'succeeded', finished_at = now(), lease_id = null, lease_until = null,
             result = '{"outcome": "ignored", "reason": "organization_unknown"}' where kind = 'webhook_event.process'`,
        ),
      )
      expect(await states()).toEqual({ state: 'ignored', last_error: 'organization_unknown' })
      await processEvent(rpc, event('customer.updated', customer('cus_1', organization), start + 1), stripeWith())
      expect(await states()).toEqual({ state: 'received', last_error: null })
    }))
})
