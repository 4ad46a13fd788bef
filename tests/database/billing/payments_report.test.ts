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
