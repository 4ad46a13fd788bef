import { expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { subscribe } from './plans.ts'

const pay = (
  db: Database,
  organization: { id: string },
  payment: { currency: string; cents: number; at: string; purpose: string; purposeId?: string; status?: string },
) =>
  db.asOwner(() =>
    db.row<{ id: string }>(
      `select (private.record_payment($1, 'razorpay', 'pay_' || gen_random_uuid(), $2::text::public.billing_payment_status, $3,
         $4::bigint, $5::text::timestamptz, jsonb_build_object('purpose', $6::text, 'purpose_id', $7::text))).id`,
      [
        organization.id,
        payment.status ?? 'succeeded',
        payment.currency,
        payment.cents,
        payment.at,
        payment.purpose,
        payment.purposeId ?? null,
      ],
    ),
  )

const dispute = (db: Database, payment: { id: string }, status: string, cents: number, currency = 'USD') =>
  db.asOwner(() =>
    db.exec(
      `select private.record_dispute('razorpay', 'disp_' || gen_random_uuid(), provider_payment_id, $2, $3, $4::bigint, now(),
         jsonb_build_object('closed_at', case when $2::text in ('won', 'lost') then now() end))
       from public.billing_payments where id = $1`,
      [payment.id, status, currency, cents],
    ),
  )

it('[ANA-27] lost disputes are money that went back, open and won ones are not, and no more goes than was paid', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    const paid = (cents: number, currency = 'USD') =>
      pay(db, organization, { currency, cents, at: '2024-02-10T00:00:00Z', purpose: 'credit_pack' })
    const [partly, refunded] = [await paid(1000), await paid(1000)]
    await dispute(db, partly, 'lost', 400)
    await dispute(db, partly, 'won', 500)
    await dispute(db, partly, 'needs_response', 100)
    await db.exec('update public.billing_payments set refunded_cents = 300 where id = $1', [refunded.id])
    await dispute(db, refunded, 'lost', 1000)
    const elsewhere = await paid(9000, 'NGN')
    await dispute(db, elsewhere, 'lost', 600)
    const reversed = await paid(50, 'EUR')
    await dispute(db, reversed, 'lost', 50, 'EUR')
    await db.exec(`update public.billing_payments set status = 'reversed' where id = $1`, [reversed.id])
    await actAsOperator(db)
    expect(
      (await db.rows(`select * from public.get_payments_report('2024-02-01', '2024-02-29')`)).map((row) => [
        row.currency,
        ...[row.paid_cents, row.refunded_cents, row.lost_cents, row.net_cents].map(Number),
      ]),
    ).toEqual([
      ['EUR', 50, 50, 0, 0],
      ['NGN', 9000, 0, 9000, 0],
      ['USD', 2000, 300, 1100, 600],
    ])
  }))

it('[ANA-27] money that came in is told by month and purpose, each currency for itself, less what was paid back', () =>
  withRollback(async (db) => {
    const [ours, theirs] = [
      await given.organization(db, { name: 'Ours' }),
      await given.organization(db, { name: 'Theirs' }),
    ]
    await db.exec(`update public.organizations set country = 'NG' where id = $1`, [ours.id])
    const { id } = await subscribe(db, ours, { product: 'fundraising', key: 'pro', currency: 'USD' })
    await pay(db, ours, {
      currency: 'USD',
      cents: 1900,
      at: '2024-02-29T23:59:59Z',
      purpose: 'subscription',
      purposeId: id,
    })
    await pay(db, ours, { currency: 'USD', cents: 2000, at: '2024-02-10T00:00:00Z', purpose: 'credit_pack' })
    const refunded = await pay(db, theirs, {
      currency: 'USD',
      cents: 500,
      at: '2024-02-11T00:00:00Z',
      purpose: 'credit_pack',
    })
    await pay(db, theirs, { currency: 'NGN', cents: 90_000, at: '2024-03-01T00:00:00Z', purpose: 'credit_pack' })
    await pay(db, theirs, {
      currency: 'NGN',
      cents: 70_000,
      at: '2024-03-01T00:00:00Z',
      purpose: 'credit_pack',
      status: 'failed',
    })
    await db.exec('update public.billing_payments set refunded_cents = 200 where id = $1', [refunded.id])
    await actAsOperator(db)
    const told = async (groupBy: string) =>
      (await db.rows(`select * from public.get_payments_report('2024-02-01', '2024-03-31', $1)`, [groupBy])).map(
        ({ group_name, currency, purpose, payment_count, paid_cents, refunded_cents, net_cents }) =>
          [group_name, currency, purpose, payment_count, paid_cents, refunded_cents, net_cents].join(' '),
      )
    expect(await told('none')).toEqual([
      ' USD subscription 1 1900 0 1900',
      ' USD credit_pack 2 2500 200 2300',
      ' NGN credit_pack 1 90000 0 90000',
    ])
    expect(await told('organization')).toEqual(
      expect.arrayContaining(['Ours USD credit_pack 1 2000 0 2000', 'Theirs USD credit_pack 1 500 200 300']),
    )
    expect(await told('product')).toContain('fundraising USD subscription 1 1900 0 1900')
    expect(await told('country')).toContain('NG USD subscription 1 1900 0 1900')
    await db.actAs(ours.owner)
    await expect(told('none')).rejects.toMatchObject({ code: 'platform_admin_required' })
  }))
