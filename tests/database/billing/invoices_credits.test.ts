import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { invoices, lagos, lastMonth, renew, run, starting } from './invoices.ts'

describe('what a change of plan left', () => {
  const leave = (db: Database, organization: { id: string }, subscription: string, amount: number) =>
    db.asOwner(() =>
      db.exec(
        `insert into public.billing_pending_lines
           (organization_id, subscription_id, description, currency, amount_cents, period_starts_at, period_ends_at)
         values ($1, $2, 'Unused time', 'NGN', $3, '2026-10-05', '2026-11-05')`,
        [organization.id, subscription, amount],
      ),
    )
  const waiting = (db: Database, organization: { id: string }) =>
    db.asOwner(() =>
      db.rows(
        'select amount_cents from public.billing_pending_lines where organization_id = $1 and invoice_id is null',
        [organization.id],
      ),
    )

  it('[BIL-36] takes an invoice to zero and not below, and the rest waits for the next one', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      const { id } = await starting(db, organization, lastMonth)
      await leave(db, organization, id, -6_000_000)
      await run(db)
      expect(await invoices(db, organization)).toMatchObject([
        { status: 'paid', subtotal_cents: '0', total_cents: '0' },
      ])
      expect(await waiting(db, organization)).toEqual([{ amount_cents: '-1500000' }])
      await renew(db)
      await run(db)
      expect((await invoices(db, organization))[1]).toMatchObject({ status: 'issued', subtotal_cents: '3000000' })
      expect(await waiting(db, organization)).toEqual([])
    }))

  it('[BIL-46] is left again when its invoice is made void', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      const { id } = await starting(db, organization, lastMonth)
      await leave(db, organization, id, -1_000_000)
      await run(db)
      const [first] = await invoices(db, organization)
      expect(first).toMatchObject({ subtotal_cents: '3500000' })
      await actAsOperator(db)
      await db.row(`select public.void_invoice($1, 'Wrong plan', true)`, [first?.id ?? ''])
      await run(db)
      expect((await invoices(db, organization)).map((one) => one.subtotal_cents)).toEqual(['3500000', '3500000'])
      expect(await waiting(db, organization)).toEqual([])
    }))
})

describe('money credits', () => {
  const creditNote = async (db: Database, organization: { id: string }, invoice: string, amount: number) => {
    await actAsOperator(db)
    await db.row('select public.record_manual_payment($1, $2, 4837500, $3)', [organization.id, 'NGN', 'cash'])
    return db.row('select * from public.issue_credit_note($1, $2, $3, $4)', [invoice, amount, 'Outage', 'balance'])
  }

  it('[BIL-36] [A2-11] are taken before tax by the next invoice, never below zero, and what is left by the one after', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      await starting(db, organization, lastMonth)
      await run(db)
      const [first] = await invoices(db, organization)
      expect(await creditNote(db, organization, first?.id ?? '', 1_000_001)).toMatchObject({
        amount_cents: '1000001',
        tax_cents: '0',
        settlement: 'balance',
      })
      await renew(db)
      await run(db)
      const [, second] = await invoices(db, organization)
      // 7.5 % of 3,499,999 is 262,499.925.
      expect(second).toMatchObject({ credit_cents: '1000001', tax_cents: '262500', total_cents: '3762499' })
    }))

  it('[BIL-46] are given back by an invoice that is made void, whose period is billed again when that is asked for', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      await starting(db, organization, lastMonth)
      await run(db)
      const [first] = await invoices(db, organization)
      await creditNote(db, organization, first?.id ?? '', 1_000_000)
      await renew(db)
      await run(db)
      const [, second] = await invoices(db, organization)
      await actAsOperator(db)
      await db.row(`select public.void_invoice($1, 'Wrong seats', true)`, [second?.id ?? ''])
      const balance = () =>
        db.asOwner(() =>
          db.row('select used_cents from public.billing_credit_notes where organization_id = $1', [organization.id]),
        )
      expect(await balance()).toEqual({ used_cents: '0' })
      await run(db)
      expect(await invoices(db, organization)).toMatchObject([
        { status: 'paid' },
        { status: 'void', number: second?.number },
        { status: 'issued', credit_cents: '1000000' },
      ])
      expect(await balance()).toEqual({ used_cents: '1000000' })
    }))

  it('[BIL-36] cover an invoice wholly, which is then paid at once', () =>
    withRollback(async (db) => {
      const organization = await lagos(db)
      await starting(db, organization, lastMonth)
      await run(db)
      const [first] = await invoices(db, organization)
      await creditNote(db, organization, first?.id ?? '', 4_500_000)
      await db.asOwner(() =>
        db.exec(
          `update public.billing_subscriptions set plan_id = (select id from public.billing_plans
          where product = 'estate' and key = 'starter') where organization_id = $1`,
          [organization.id],
        ),
      )
      await renew(db)
      await run(db)
      expect((await invoices(db, organization))[1]).toMatchObject({
        subtotal_cents: '1500000',
        credit_cents: '1500000',
        total_cents: '0',
        status: 'paid',
      })
      expect(
        await db.asOwner(() =>
          db.row('select used_cents from public.billing_credit_notes where organization_id = $1', [organization.id]),
        ),
      ).toEqual({ used_cents: '1500000' })
    }))
})
