import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { packId, purchase } from './packs.ts'

interface Opened {
  readonly checkout_id: string
  readonly provider_session_id: string | null
  readonly purpose_id: string
  readonly amount_cents: string
}

const open = async (db: Database, { id, owner }: GivenOrganization): Promise<Opened> => {
  const pack = await packId(db, 100)
  await db.actAs(owner)
  return db.row<Opened>(`select * from private.open_razorpay_order($1, null, $2, 'USD')`, [id, pack])
}
const attach = async (db: Database, opened: Opened, order: string) => {
  await db.actAs('service_role')
  return db.row<{ id: string }>('select public.attach_razorpay_order($1, $2) as id', [opened.checkout_id, order])
}
/** Tells a state of a payment of 5 dollars. */
const tell = async (
  db: Database,
  order: string,
  status: string,
  options: { second?: number; cents?: number; refunds?: object[]; dispute?: object; key?: string | null } = {},
) => {
  await db.actAs('service_role')
  const { outcome } = await db.row<{ outcome: string }>(
    `select public.record_razorpay($1, $2, timestamptz '2026-01-01T00:00:00Z' + $3::int * interval '1 second', 'razorpay:evt',
       $4::text::jsonb, $5::text::jsonb, $6::text::jsonb) as outcome`,
    [
      order,
      options.key === undefined ? `payment:pay_${order}` : options.key,
      options.second ?? 0,
      JSON.stringify({
        id: `pay_${order}`,
        status,
        currency: 'USD',
        amount_cents: options.cents ?? 500,
        method: 'upi',
        failure_code: status === 'failed' ? 'payment_failed' : null,
      }),
      JSON.stringify(options.refunds ?? null),
      JSON.stringify(options.dispute ?? null),
    ],
  )
  return outcome
}
const payments = (db: Database, order: string) =>
  db.asOwner(() =>
    db.rows<{ status: string; purpose: string; method: string; failure_code: string | null; refunded_cents: string }>(
      `select status, purpose, method, failure_code, refunded_cents from public.billing_payments
       where provider = 'razorpay' and provider_payment_id = $1`,
      [`pay_${order}`],
    ),
  )
const checkout = (db: Database, opened: Opened) =>
  db.asOwner(() =>
    db.row<{ status: string }>('select status from public.billing_checkout_sessions where id = $1', [
      opened.checkout_id,
    ]),
  )

describe('orders at Razorpay', () => {
  it('[BIL-54] are begun by who manages billing, for one thing, at the price of our own rows', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      expect(await open(db, organization)).toMatchObject({ provider_session_id: null, amount_cents: '500' })
      const pack = await packId(db, 100)
      const ask = (invoice: string | null, of: string | null) =>
        db.row(`select * from private.open_razorpay_order($1, $2, $3, 'USD')`, [organization.id, invoice, of])
      await db.actAs(organization.member)
      await expect(ask(null, pack)).rejects.toMatchObject({ status: 403 })
      await db.actAs((await given.organization(db)).owner)
      await expect(ask(null, pack)).rejects.toMatchObject({ status: 404 })
      await db.actAs(organization.owner)
      await expect(ask(null, null)).rejects.toMatchObject({ code: 'billing_purpose_invalid' })
      await expect(ask(pack, null)).rejects.toMatchObject({ code: 'billing_invoice_not_found' })
    }))

  it('[BIL-54] are one for a checkout: of two that were made the first counts', () =>
    withRollback(async (db) => {
      const opened = await open(db, await given.organization(db))
      expect(await attach(db, opened, 'order_1')).toEqual({ id: 'order_1' })
      expect(await attach(db, opened, 'order_2')).toEqual({ id: 'order_1' })
    }))
})

describe('payments by Razorpay', () => {
  it('[BIL-54] are one row for captured and paid, in any order and number, and fulfil what they are for once', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const opened = await open(db, organization)
      await attach(db, opened, 'order_a')
      expect(await tell(db, 'order_a', 'succeeded', { second: 5 })).toBe('processed')
      expect(await tell(db, 'order_a', 'succeeded', { second: 5 })).toBe('processed')
      expect(await tell(db, 'order_a', 'processing', { second: 4 })).toBe('stale')
      expect(await payments(db, 'order_a')).toMatchObject([
        { status: 'succeeded', purpose: 'credit_pack', method: 'upi' },
      ])
      expect(await checkout(db, opened)).toEqual({ status: 'complete' })
      expect(await purchase(db, opened.purpose_id)).toMatchObject({ status: 'paid', granted_count: '100' })
    }))

  it('[BIL-54] that failed may be authorised late, and one that was there does not fail any more', () =>
    withRollback(async (db) => {
      const opened = await open(db, await given.organization(db))
      await attach(db, opened, 'order_b')
      await tell(db, 'order_b', 'failed', { second: 1 })
      expect(await payments(db, 'order_b')).toMatchObject([{ status: 'failed', failure_code: 'payment_failed' }])
      await tell(db, 'order_b', 'processing', { second: 2 })
      expect(await payments(db, 'order_b')).toMatchObject([{ status: 'processing' }])
      await tell(db, 'order_b', 'succeeded', { second: 3 })
      await tell(db, 'order_b', 'failed', { second: 3 })
      expect(await payments(db, 'order_b')).toMatchObject([{ status: 'succeeded', failure_code: null }])
    }))

  it('[BIL-54] of less than was asked for are kept, and fulfil nothing', () =>
    withRollback(async (db) => {
      const opened = await open(db, await given.organization(db))
      await attach(db, opened, 'order_c')
      await tell(db, 'order_c', 'succeeded', { cents: 499 })
      expect(await payments(db, 'order_c')).toMatchObject([{ status: 'succeeded', purpose: 'other' }])
      expect(await checkout(db, opened)).toEqual({ status: 'open' })
      expect(await purchase(db, opened.purpose_id)).toMatchObject({ status: 'pending' })
    }))

  it('[BIL-54] are refunded and disputed, and of orders of others nothing is written', () =>
    withRollback(async (db) => {
      const opened = await open(db, await given.organization(db))
      await attach(db, opened, 'order_d')
      const refund = { id: 'rfnd_1', status: 'succeeded', currency: 'USD', amount_cents: 200 }
      const dispute = { id: 'disp_1', status: 'open', currency: 'USD', amount_cents: 300, reason: 'fraud' }
      await tell(db, 'order_d', 'succeeded', { key: 'refund:rfnd_1', refunds: [refund] })
      await tell(db, 'order_d', 'succeeded', { key: 'refund:rfnd_1', refunds: [refund] })
      await tell(db, 'order_d', 'succeeded', { key: 'dispute:disp_1', dispute })
      expect(await payments(db, 'order_d')).toMatchObject([{ refunded_cents: '200' }])
      const disputes = await db.asOwner(() =>
        db.rows(`select status from public.billing_disputes where provider_dispute_id = 'disp_1'`),
      )
      expect(disputes).toEqual([{ status: 'open' }])
      expect(await tell(db, 'order_of_others', 'succeeded', { key: null })).toBe('ignored')
    }))
})

it('[BIL-54] orders that are open for 15 minutes are looked at by a job, each once an hour', () =>
  withRollback(async (db) => {
    const opened = await open(db, await given.organization(db))
    const reconcile = () =>
      db.asOwner(async () => {
        const { count } = await db.row<{ count: number }>('select private.reconcile_razorpay(100) as count')
        return count
      })
    expect(await reconcile()).toBe(0)
    await db.asOwner(() =>
      db.exec(
        `update private.razorpay_orders set created_at = now() - interval '16 minutes' where checkout_session_id = $1::uuid`,
        [opened.checkout_id],
      ),
    )
    expect(await reconcile()).toBe(1)
    expect(await reconcile()).toBe(0)
    expect(
      await db.asOwner(() =>
        db.rows(`select payload from private.jobs where kind = 'razorpay.reconcile_order' and dedupe_key = $1`, [
          opened.checkout_id,
        ]),
      ),
    ).toEqual([{ payload: { checkout_id: opened.checkout_id } }])
  }))
