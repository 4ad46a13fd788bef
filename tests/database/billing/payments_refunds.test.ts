import { describe, expect, it } from 'vitest'
import { type Database, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { listen, paymentNow, recordPayment, recordRefund, toldTopics } from './payments.ts'

const request = (db: Database, payment: { id: string }, cents: number | null = null, reason = 'duplicate') =>
  db.row<{ id: string; status: string; amount_cents: string }>(
    'select * from public.request_refund($1, $2::bigint, $3::text::public.billing_refund_reason)',
    [payment.id, cents, reason],
  )
const jobs = (db: Database) =>
  db.asOwner(() => db.rows(`select payload ->> 'refund_id' as id from private.jobs where kind = 'billing.refund'`))

describe('a refund that is asked for', () => {
  it('[BIL-27] [BIL-28] is a row first, and then asked of the provider, in part and in full', () =>
    withRollback(async (db) => {
      const payment = await recordPayment(db, await given.organization(db))
      await actAsOperator(db)
      const part = await request(db, payment, 200)
      expect(part).toMatchObject({ status: 'pending', amount_cents: '200', reason: 'duplicate', currency: 'USD' })
      expect(await paymentNow(db, payment)).toMatchObject({ refunded_cents: '0' })
      const rest = await request(db, payment)
      expect(rest).toMatchObject({ amount_cents: '300' })
      expect(await jobs(db)).toEqual([{ id: part.id }, { id: rest.id }])
      await expect(request(db, payment)).rejects.toMatchObject({ status: 409, code: 'billing_payment_refunded' })
      // The provider's answer finds the row by our id, its webhooks by theirs.
      const details = { refund_id: part.id }
      await recordRefund(db, payment, { id: 're_1', cents: 200, status: 'pending', details })
      await recordRefund(db, payment, { id: 're_1', cents: 200 })
      expect(await paymentNow(db, payment)).toMatchObject({ refunded_cents: '200' })
      expect(await db.asOwner(() => db.rows('select id from public.billing_refunds'))).toHaveLength(2)
      await db.asOwner(() => db.row(`select public.fail_refund($1, 'charge_disputed')`, [rest.id]))
      await db.asOwner(() => db.row(`select public.fail_refund($1, 'late')`, [part.id]))
      expect(await request(db, payment)).toMatchObject({ amount_cents: '300' })
    }))

  it('[BIL-27] [TST-04] stays within what is left, of payments that succeeded', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const payment = await recordPayment(db, organization)
      const open = await recordPayment(db, organization, { status: 'processing' })
      await actAsOperator(db)
      for (const cents of [0, -1, 501]) {
        await expect(request(db, payment, cents)).rejects.toMatchObject({ status: 422, code: 'billing_refund_invalid' })
      }
      await expect(request(db, open)).rejects.toMatchObject({ status: 409, code: 'billing_payment_not_refundable' })
      await expect(request(db, organization)).rejects.toMatchObject({ status: 404, code: 'billing_payment_not_found' })
    }))

  it('leaves alone what a lost dispute gave back', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const payment = await recordPayment(db, organization)
      const lost = (cents: number) =>
        db.asOwner(() =>
          db.exec(`select private.record_dispute('stripe', 'dp_1', $1, 'lost', 'usd', $2::bigint, now())`, [
            payment.provider_payment_id,
            cents,
          ]),
        )
      await lost(300)
      await actAsOperator(db)
      await expect(request(db, payment, 201)).rejects.toMatchObject({ status: 422, code: 'billing_refund_invalid' })
      await lost(500)
      await expect(request(db, payment)).rejects.toMatchObject({ status: 409, code: 'billing_payment_refunded' })
      await lost(300)
      expect(await request(db, payment)).toMatchObject({ amount_cents: '200' })
    }))

  it('[BIL-27] is for platform admins: who paid does not decide', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const payment = await recordPayment(db, organization)
      await db.actAs(organization.owner)
      await expect(request(db, payment)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
      await actAsOperator(db)
      const { id } = await request(db, payment)
      const { actor_kind, changes } = await db.asOwner(() =>
        db.row(
          `select actor_kind::text, changes from public.audit_logs where object_type = 'billing_refunds' and object_id = $1`,
          [id],
        ),
      )
      expect(actor_kind).toBe('platform_admin')
      expect(changes).toMatchObject({ after: { status: 'pending', amount_cents: 500 } })
    }))

  it('[BIL-34] of a transfer or of cash is the record of it, without a provider', () =>
    withRollback(async (db) => {
      await listen(db)
      const organization = await given.organization(db)
      const details = { method: 'cash', purpose: 'invoice' }
      const payment = await recordPayment(db, organization, { provider: 'manual', details })
      await actAsOperator(db)
      expect(await request(db, payment, 100)).toMatchObject({ status: 'succeeded' })
      expect(await paymentNow(db, payment)).toMatchObject({ refunded_cents: '100' })
      expect(await jobs(db)).toEqual([])
      expect((await toldTopics(db)).map(({ topic }) => topic)).toEqual(['payment.succeeded', 'payment.refunded'])
    }))

  it('[TST-04] of many at once never exceeds the payment', async () => {
    const payment = await withCommit(async (db) => recordPayment(db, await given.organization(db), { cents: 1000 }))
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, () => withCommit((db) => recordRefund(db, payment, { cents: 300, status: 'pending' }))),
    )
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    const { sum } = await withRollback((db) =>
      db.row('select sum(amount_cents) from public.billing_refunds where payment_id = $1', [payment.id]),
    )
    expect(sum).toBe('900')
  })
})
