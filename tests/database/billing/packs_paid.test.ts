import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { balance, books, release, reserve, settle } from './credits.ts'
import { beginPurchase, type Purchase, purchase } from './packs.ts'
import { recordPayment, recordRefund, type ToldPayment } from './payments.ts'

/** Tells of a payment for a purchase as a provider does: all of the price unless it says otherwise. */
const pay = (db: Database, organization: GivenOrganization, bought: Purchase, told: ToldPayment = {}) =>
  recordPayment(db, organization, {
    cents: Number(bought.price_cents),
    ...told,
    details: { purpose: 'credit_pack', purpose_id: bought.id },
  })

const dispute = (db: Database, payment: { provider_payment_id: string | null }, status: string, cents: number) =>
  db.asOwner(() =>
    db.rows(`select private.record_dispute('stripe', 'dp_1', $1, $2, 'usd', $3::bigint, now())`, [
      payment.provider_payment_id,
      status,
      cents,
    ]),
  )

const bought = async (db: Database, organization: GivenOrganization) =>
  Number((await balance(db, organization.id)).purchased_count)

/** What a purchase brought, took back and has to take back yet. */
const counts = async (db: Database, { id }: { id: string }) => {
  const row = await purchase(db, id)
  return [row.status, Number(row.granted_count), Number(row.clawed_back_count), Number(row.owed_count)]
}

/** Spends bought credits, after those of the day. */
const spend = async (db: Database, organization: GivenOrganization, count: number) =>
  settle(db, (await reserve(db, organization, { action: 'assistant_chat_turn', quantity: 50 + count })).id)

describe('a pack that is paid', () => {
  it('[CRD-06] brings its credits once, however often and in whatever order the events come', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.exec(`select private.subscribe('credits.*', 'test.told')`)
      const order = await beginPurchase(db, organization, { credits: 500 })
      const id = `pi_${randomUUID()}`
      for (const status of ['processing', 'succeeded', 'succeeded', 'requires_action', 'succeeded']) {
        await pay(db, organization, order, { id, status })
      }
      expect(await counts(db, order)).toEqual(['paid', 500, 0, 0])
      expect(await bought(db, organization)).toBe(500)
      const entries = await db.rows(
        `select kind, account, credit_count from public.credit_entries where reference = $1`,
        [`purchase:${order.id}`],
      )
      expect(entries).toEqual([{ kind: 'purchase', account: 'sold', credit_count: '500' }])
      const told = await db.rows(
        `select payload ->> 'topic' as topic, payload -> 'event' ->> 'purchase_id' as purchase
         from private.jobs where kind = 'test.told'`,
      )
      expect(told).toEqual([{ topic: 'credits.purchased', purchase: order.id }])
      expect(await books(db)).toEqual([])
    }))

  it('[CRD-06] brings nothing while the payment is under way, nor when it fails, and all when it is tried again', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const order = await beginPurchase(db, organization)
      await pay(db, organization, order, { id: 'pi_1', status: 'requires_action' })
      expect(await counts(db, order)).toEqual(['pending', 0, 0, 0])
      await pay(db, organization, order, { id: 'pi_1', status: 'failed', at: `now() + interval '1 s'` })
      expect(await counts(db, order)).toEqual(['failed', 0, 0, 0])
      await pay(db, organization, order, { id: 'pi_2', at: `now() + interval '2 s'` })
      expect(await counts(db, order)).toEqual(['paid', 100, 0, 0])
    }))

  it('[CRD-06] ends with the pages on which nobody paid, and is paid by what is heard of later', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const order = await beginPurchase(db, organization)
      const openPage = () =>
        db.row<{ id: string }>(
          `insert into public.billing_checkout_sessions (organization_id, provider, mode, purpose, purpose_id, expires_at)
           values ($1, 'stripe', 'payment', 'credit_pack', $2, now() + interval '1 day') returning id`,
          [organization.id, order.id],
        )
      const expire = ({ id }: { id: string }) =>
        db.exec(`update public.billing_checkout_sessions set status = 'expired' where id = $1`, [id])
      const [first, second] = [await openPage(), await openPage()]
      await expire(first)
      expect(await counts(db, order)).toEqual(['pending', 0, 0, 0])
      await expire(second)
      expect(await counts(db, order)).toEqual(['failed', 0, 0, 0])
      await pay(db, organization, order)
      expect(await counts(db, order)).toEqual(['paid', 100, 0, 0])
    }))

  it('[CRD-06] brings nothing to another organization than its own', () =>
    withRollback(async (db) => {
      const [organization, other] = [await given.organization(db), await given.organization(db)]
      const order = await beginPurchase(db, organization)
      await pay(db, other, order)
      expect(await counts(db, order)).toEqual(['pending', 0, 0, 0])
      expect([await bought(db, organization), await bought(db, other)]).toEqual([0, 0])
    }))

  it('[CRD-06] twice brings its credits once, and keeps them when one payment is refunded', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const order = await beginPurchase(db, organization)
      const [first, second] = [await pay(db, organization, order), await pay(db, organization, order)]
      expect(await bought(db, organization)).toBe(100)
      await recordRefund(db, first)
      expect(await counts(db, order)).toEqual(['paid', 100, 0, 0])
      await recordRefund(db, second)
      expect(await counts(db, order)).toEqual(['refunded', 100, 100, 0])
    }))

  it('[CRD-06] moves its credits when it turns out to be for another purchase', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const [one, other] = [await beginPurchase(db, organization), await beginPurchase(db, organization)]
      const payment = await pay(db, organization, one)
      await db.exec('update public.billing_payments set purpose_id = $2 where id = $1', [payment.id, other.id])
      expect([await counts(db, one), await counts(db, other)]).toEqual([
        ['refunded', 100, 100, 0],
        ['paid', 100, 0, 0],
      ])
      await db.exec(`update public.billing_payments set purpose = 'other' where id = $1`, [payment.id])
      expect(await bought(db, organization)).toBe(0)
    }))

  it('[CRD-06] in another currency, as a token is, counts as the provider took it', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const order = await beginPurchase(db, organization)
      await pay(db, organization, order, { provider: 'onchain', currency: 'USDC', cents: 498 })
      expect(await counts(db, order)).toEqual(['paid', 100, 0, 0])
    }))
})

describe('what is refunded', () => {
  it.each([
    [500, 100, 'refunded'],
    [250, 50, 'paid'],
    // 66.6 credits are paid for: 67 stay.
    [167, 33, 'paid'],
    [1, 0, 'paid'],
  ])('[CRD-06] of %i of 500 cents takes %i of 100 credits back', (cents, count, status) =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const order = await beginPurchase(db, organization)
      await recordRefund(db, await pay(db, organization, order), { cents })
      expect(await counts(db, order)).toEqual([status, 100, count, 0])
      expect(await bought(db, organization)).toBe(100 - count)
      expect(await books(db)).toEqual([])
    }),
  )

  it('[CRD-06] is a share of what was paid with tax', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const order = await beginPurchase(db, organization)
      const payment = await pay(db, organization, order, { cents: 600 })
      await recordRefund(db, payment, { cents: 300 })
      expect(await counts(db, order)).toEqual(['paid', 100, 50, 0])
    }))

  it('[CRD-06] comes back when the refund fails in the end', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const order = await beginPurchase(db, organization)
      const payment = await pay(db, organization, order)
      await recordRefund(db, payment, { id: 're_1' })
      expect(await bought(db, organization)).toBe(0)
      await recordRefund(db, payment, { id: 're_1', status: 'failed' })
      expect(await counts(db, order)).toEqual(['paid', 100, 0, 0])
      const entries = await db.rows(
        'select kind, account, credit_count from public.credit_entries where reference = $1 order by id',
        [`purchase:${order.id}`],
      )
      expect(entries.map((entry) => Object.values(entry))).toEqual([
        ['purchase', 'sold', '100'],
        ['clawback', 'clawed_back', '-100'],
        ['clawback', 'clawed_back', '100'],
      ])
      expect(await books(db)).toEqual([])
    }))

  it('[CRD-06] is what a lost dispute takes, beside refunds, and comes back when it is won after all', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const order = await beginPurchase(db, organization)
      const payment = await pay(db, organization, order)
      await dispute(db, payment, 'needs_response', 400)
      expect(await counts(db, order)).toEqual(['paid', 100, 0, 0])
      await recordRefund(db, payment, { cents: 100 })
      await dispute(db, payment, 'lost', 400)
      await dispute(db, payment, 'lost', 400)
      expect(await counts(db, order)).toEqual(['refunded', 100, 100, 0])
      await dispute(db, payment, 'won', 400)
      expect(await counts(db, order)).toEqual(['paid', 100, 20, 0])
    }))

  it('[CRD-06] after the credits were spent is owed, and taken from the next that are bought', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.exec(`select private.subscribe('credits.clawed_back', 'test.told')`)
      const order = await beginPurchase(db, organization)
      const payment = await pay(db, organization, order)
      await spend(db, organization, 70)
      await recordRefund(db, payment)
      expect(await counts(db, order)).toEqual(['refunded', 100, 30, 70])
      expect(await bought(db, organization)).toBe(0)
      const told = await db.rows(
        `select payload -> 'event' ->> 'owed_count' as owed from private.jobs where kind = 'test.told'`,
      )
      expect(told).toEqual([{ owed: '70' }])
      const owed = () => db.rows('select id, owed_count from public.list_owed_credit_purchases()')
      await db.actAs(organization.owner)
      await expect(owed()).rejects.toMatchObject({ status: 403 })
      await actAsOperator(db)
      expect(await owed()).toEqual([{ id: order.id, owed_count: '70' }])
      const next = await beginPurchase(db, organization, { credits: 500 })
      await pay(db, organization, next)
      expect(await counts(db, order)).toEqual(['refunded', 100, 100, 0])
      expect(await counts(db, next)).toEqual(['paid', 500, 0, 0])
      expect(await bought(db, organization)).toBe(430)
      expect(await books(db)).toEqual([])
    }))

  it('[CRD-06] while credits are set aside is taken when these come back', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const order = await beginPurchase(db, organization)
      const payment = await pay(db, organization, order)
      const held = await reserve(db, organization, { action: 'assistant_chat_turn', quantity: 110 })
      await recordRefund(db, payment)
      expect(await counts(db, order)).toEqual(['refunded', 100, 40, 60])
      const collect = () => db.asOwner(() => db.row('select private.collect_all_owed_credits(100) as count'))
      expect(await collect()).toEqual({ count: 0 })
      await release(db, held.id)
      expect(await collect()).toEqual({ count: 1 })
      expect(await counts(db, order)).toEqual(['refunded', 100, 100, 0])
      expect(await balance(db, organization.id)).toMatchObject({ available_count: '50', purchased_count: '0' })
      expect(await books(db)).toEqual([])
    }))
})
