import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { draftInvoice, invoice, issue } from './invoices.ts'

interface Payment {
  readonly id: string
  readonly refunded_cents: string
}

const open = async (db: Database, organization: { id: string }, amount: number, taxRate?: string) => {
  const { id } = await draftInvoice(db, organization, { amount, ...(taxRate ? { taxRate } : {}) })
  await issue(db, id)
  return id
}
/** Pays as an operator who saw the money. */
const pay = (
  db: Database,
  organization: { id: string },
  amount: number,
  details: { invoice?: string; reference?: string } = {},
) =>
  db.row<Payment>(`select * from public.record_manual_payment($1, 'USD', $2, $3, $4, '2026-11-01 10:00+00', $5)`, [
    organization.id,
    amount,
    details.reference ? 'bank_transfer' : 'cash',
    details.reference ?? null,
    details.invoice ?? null,
  ])
const refund = (db: Database, organization: { id: string }, payment: string, amount: number) =>
  db.asOwner(() =>
    db.exec(
      `insert into public.billing_refunds (organization_id, payment_id, status, currency, amount_cents)
       values ($1, $2, 'succeeded', 'USD', $3)`,
      [organization.id, payment, amount],
    ),
  )
const unallocated = async (db: Database, payment: string) =>
  (
    await db.asOwner(() =>
      db.row<{ left: string }>(
        'select private.unallocated_cents(payments) as left from public.billing_payments as payments where id = $1',
        [payment],
      ),
    )
  ).left
const credit = (db: Database, id: string, amount: number, settlement: string, reason = 'Outage') =>
  db.row<{ id: string; number: string; tax_cents: string; total_cents: string }>(
    'select * from public.issue_credit_note($1, $2, $3, $4::text::public.billing_credit_settlement)',
    [id, amount, reason, settlement],
  )
const scene = async (db: Database): Promise<GivenOrganization> => {
  const organization = await given.organization(db)
  await actAsOperator(db)
  return organization
}

describe('a manual payment', () => {
  it('[BIL-33] [BIL-34] [BIL-46] pays an invoice in parts, and it is paid with the last of them', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      const id = await open(db, organization, 1000)
      await pay(db, organization, 400, { invoice: id, reference: 'UTR-1' })
      expect(await invoice(db, id)).toMatchObject({ status: 'issued', paid_cents: '400', open_cents: '600' })
      await pay(db, organization, 600, { invoice: id })
      expect(await invoice(db, id)).toMatchObject({ status: 'paid', paid_cents: '1000', open_cents: '0' })
      await db.actAs(organization.admin)
      expect(
        await db.rows(
          `select method, reference, allocations.amount_cents, receipts.number is not null as has_receipt
           from public.billing_payments as payments
           join public.billing_payment_allocations as allocations on allocations.payment_id = payments.id
           join public.billing_receipts as receipts on receipts.payment_id = payments.id order by 3`,
        ),
      ).toEqual([
        { method: 'bank_transfer', reference: 'UTR-1', amount_cents: '400', has_receipt: true },
        { method: 'cash', reference: null, amount_cents: '600', has_receipt: true },
      ])
    }))

  it('[BIL-33] that is too much pays the oldest open invoices, and the next one with what is left', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      const first = await open(db, organization, 1000)
      const second = await open(db, organization, 300)
      const { id: payment } = await pay(db, organization, 2000, { invoice: second })
      expect(await invoice(db, first)).toMatchObject({ status: 'paid' })
      expect(await invoice(db, second)).toMatchObject({ status: 'paid' })
      expect(await unallocated(db, payment)).toBe('700')
      const { id: third } = await draftInvoice(db, organization, { amount: 900 })
      await db.row('select public.issue_invoice($1)', [third])
      expect(await invoice(db, third)).toMatchObject({ status: 'issued', paid_cents: '700', open_cents: '200' })
      expect(await unallocated(db, payment)).toBe('0')
    }))

  it('[BIL-34] of one reference, amount and day is written down once, whoever it is said to be from', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      await pay(db, organization, 400, { reference: 'UTR-1' })
      await expect(pay(db, organization, 400, { reference: 'UTR-1' })).rejects.toMatchObject({
        status: 409,
        code: 'billing_manual_payment_exists',
      })
      await pay(db, organization, 401, { reference: 'UTR-1' })
      await pay(db, organization, 400)
      await pay(db, organization, 400)
    }))

  it('[BIL-46] is for platform admins, and has what a payment needs', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      await expect(pay(db, organization, 0)).rejects.toMatchObject({ code: 'billing_manual_payment_invalid' })
      await expect(
        db.row(`select public.record_manual_payment($1, 'USD', 1, 'bank_transfer')`, [organization.id]),
      ).rejects.toMatchObject({ code: 'billing_manual_payment_invalid' })
      const other = await given.organization(db)
      await expect(pay(db, organization, 1, { invoice: await open(db, other, 1) })).rejects.toMatchObject({
        code: 'billing_invoice_not_found',
      })
      await db.actAs(organization.owner)
      await expect(pay(db, organization, 100)).rejects.toMatchObject({ status: 403, code: 'platform_admin_required' })
    }))

  it('is never allocated beyond itself or the invoice, nor to another currency', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      const { id: payment } = await pay(db, organization, 500)
      const id = await open(db, organization, 400)
      const allocate = (to: string, amount: number) =>
        db.asOwner(() =>
          db.exec(
            `insert into public.billing_payment_allocations (organization_id, payment_id, invoice_id, amount_cents)
             values ($1, $2, $3, $4)`,
            [organization.id, payment, to, amount],
          ),
        )
      await expect(allocate(id, 401)).rejects.toThrow('exceed the invoice')
      await allocate(id, 400)
      await expect(allocate(await open(db, organization, 400), 101)).rejects.toThrow('exceed what was paid')
      const { id: yen } = await draftInvoice(db, organization, { amount: 50, currency: 'JPY' })
      await expect(allocate(yen, 50)).rejects.toThrow('are issued')
      await issue(db, yen)
      await expect(allocate(yen, 50)).rejects.toThrow('in USD and the invoice in JPY')
    }))
})

describe('money that goes back', () => {
  it('is taken from the balance first, then opens the invoice again', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      const id = await open(db, organization, 1000)
      const { id: payment } = await pay(db, organization, 1200)
      await refund(db, organization, payment, 200)
      expect(await invoice(db, id)).toMatchObject({ status: 'paid', paid_cents: '1000' })
      await refund(db, organization, payment, 300)
      expect(await invoice(db, id)).toMatchObject({
        status: 'issued',
        paid_cents: '700',
        open_cents: '300',
        paid_at: null,
      })
      await pay(db, organization, 300)
      expect(await invoice(db, id)).toMatchObject({ status: 'paid' })
    }))

  it('[A2-10] leaves the invoice paid where a credit note stands for it', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      const id = await open(db, organization, 1000, '0.2')
      const { id: payment } = await pay(db, organization, 1200)
      const note = await credit(db, id, 500, 'refund')
      expect(note).toMatchObject({ tax_cents: '100', total_cents: '600' })
      await refund(db, organization, payment, 600)
      expect(await invoice(db, id)).toMatchObject({ status: 'paid', paid_cents: '600', credited_cents: '600' })
      await refund(db, organization, payment, 100)
      expect(await invoice(db, id)).toMatchObject({ status: 'issued', open_cents: '100' })
    }))

  it('by a lost dispute opens the invoice again, and pays it when that is won after all', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      const id = await open(db, organization, 1000)
      const payment = await pay(db, organization, 1200, { invoice: id })
      const dispute = (status: string, amount = 1200) =>
        db.asOwner(() =>
          db.exec(
            `insert into public.billing_disputes
               (organization_id, payment_id, provider_dispute_id, status, currency, amount_cents)
             values ($1, $2, 'dp_1', $3, 'USD', $4::bigint)
             on conflict (payment_id, provider_dispute_id) do update set status = excluded.status, amount_cents = excluded.amount_cents`,
            [organization.id, payment.id, status, amount],
          ),
        )
      await dispute('needs_response')
      expect(await invoice(db, id)).toMatchObject({ status: 'paid', paid_cents: '1000' })
      await dispute('lost', 700)
      // First from what was too much.
      expect(await invoice(db, id)).toMatchObject({ status: 'issued', paid_cents: '500', open_cents: '500' })
      await refund(db, organization, payment.id, 300)
      expect(await invoice(db, id)).toMatchObject({ status: 'issued', paid_cents: '200' })
      await dispute('lost')
      expect(await invoice(db, id)).toMatchObject({ status: 'issued', paid_cents: '0', open_cents: '1000' })
      expect(await unallocated(db, payment.id)).toBe('0')
      const next = await open(db, organization, 100)
      expect(await invoice(db, next)).toMatchObject({ paid_cents: '0' })
      await dispute('won')
      expect(await invoice(db, id)).toMatchObject({ status: 'issued', paid_cents: '900', open_cents: '100' })
    }))

  it('pays no invoice any more when it turns out to be for something else', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      const id = await open(db, organization, 1000)
      const payment = await pay(db, organization, 1000, { invoice: id })
      await db.asOwner(() =>
        db.exec(`update public.billing_payments set purpose = 'other', purpose_id = null where id = $1`, [payment.id]),
      )
      expect(await invoice(db, id)).toMatchObject({ status: 'issued', paid_cents: '0' })
    }))

  it('by a reversal opens the invoice again, which is overdue when its day is over', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      await db.asOwner(() => db.exec(`update private.settings set value = '0' where key = 'billing.invoice_due_days'`))
      const { id } = await draftInvoice(db, organization, { amount: 1000 })
      await db.row('select public.issue_invoice($1)', [id])
      const payment = await db.asOwner(() =>
        db.row<Payment>(
          `select * from private.record_payment($1, 'onchain', '0x1', 'succeeded', 'USD', 1000, now(),
             jsonb_build_object('purpose', 'invoice', 'purpose_id', $2::text))`,
          [organization.id, id],
        ),
      )
      expect(await invoice(db, id)).toMatchObject({ status: 'paid' })
      await db.asOwner(() =>
        db.exec(`update public.billing_payments set status = 'reversed' where id = $1`, [payment.id]),
      )
      expect(await invoice(db, id)).toMatchObject({ status: 'overdue', open_cents: '1000' })
    }))
})

describe('a credit note', () => {
  it('[A2-10] lowers what is open, has a number of its own, and never exceeds the invoice', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      const id = await open(db, organization, 999, '0.075')
      expect(await invoice(db, id)).toMatchObject({ tax_cents: '75', total_cents: '1074' })
      const first = await credit(db, id, 333, 'invoice')
      expect(first).toMatchObject({ tax_cents: '25', total_cents: '358' })
      expect(first.number).toMatch(/^ATR-CN-\d{4}-\d{6}$/)
      await expect(credit(db, id, 667, 'invoice')).rejects.toMatchObject({ code: 'billing_credit_note_invalid' })
      await expect(credit(db, id, 100, 'balance')).rejects.toThrow('was not paid')
      await expect(credit(db, id, 100, 'invoice', ' ')).rejects.toThrow('say why')
      await credit(db, id, 333, 'invoice')
      // The last one takes the tax that rounding left: 75 - 25 - 25.
      expect(await credit(db, id, 333, 'invoice')).toMatchObject({ tax_cents: '25' })
      expect(await invoice(db, id)).toMatchObject({ status: 'paid', credited_cents: '1074', paid_cents: '0' })
      await expect(credit(db, id, 1, 'invoice')).rejects.toThrow('0 are left')
    }))

  it('[A2-10] stays within the invoice and as it is, whoever writes', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      const id = await open(db, organization, 1000)
      await db.actAs('postgres')
      await expect(
        db.exec(
          `insert into public.billing_credit_notes (organization_id, invoice_id, seller_id, number, settlement, currency,
             amount_cents, total_cents, reason)
           select organization_id, id, seller_id, 'CN', 'invoice', currency, 1001, 1001, 'Too much' from public.billing_invoices where id = $1`,
          [id],
        ),
      ).rejects.toThrow('exceed the invoice')
      await actAsOperator(db)
      const note = await credit(db, id, 1000, 'invoice')
      await db.actAs('postgres')
      await expect(
        db.exec(`update public.billing_credit_notes set reason = 'Other' where id = $1`, [note.id]),
      ).rejects.toThrow('never changes')
      await expect(db.exec('delete from public.billing_credit_notes where id = $1', [note.id])).rejects.toThrow(
        'never changes',
      )
    }))

  it('is told by topic credit_note.issued', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      await db.asOwner(() => db.exec(`select private.subscribe('credit_note.*', 'test.told')`))
      const note = await credit(db, await open(db, organization, 1000), 10, 'invoice')
      expect(
        await db.asOwner(() => db.rows(`select payload -> 'event' as told from private.jobs where kind = 'test.told'`)),
      ).toMatchObject([
        { told: { credit_note_id: note.id, number: note.number, total_cents: 10, settlement: 'invoice' } },
      ])
    }))
})

describe('an operator', () => {
  it('[BIL-46] writes an invoice for something single, issues it, and makes it void with a reason', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      const draft = (lines: object) =>
        db.row<{ id: string }>(`select * from public.draft_invoice($1, 'USD', $2::text::jsonb)`, [
          organization.id,
          JSON.stringify(lines),
        ])
      await expect(draft([])).rejects.toMatchObject({ status: 422, code: 'billing_invoice_invalid' })
      await expect(draft([{ description: 'Discount', unit_cents: -1 }])).rejects.toThrow('below zero')
      const { id } = await draft([
        { description: 'Setting up', unit_cents: 5000, quantity: 2 },
        { description: 'Goodwill', unit_cents: -1000, kind: 'adjustment' },
      ])
      expect(await invoice(db, id)).toMatchObject({ status: 'draft', subtotal_cents: '9000' })
      await db.row('select public.issue_invoice($1)', [id])
      await db.row('select public.issue_invoice($1)', [id])
      expect(await invoice(db, id)).toMatchObject({ status: 'issued', open_cents: '9000' })
      await expect(db.row(`select public.void_invoice($1, ' ')`, [id])).rejects.toMatchObject({
        code: 'billing_invoice_invalid',
      })
      await db.row(`select public.void_invoice($1, 'Never ordered')`, [id])
      expect(await invoice(db, id)).toMatchObject({ status: 'void', void_reason: 'Never ordered', open_cents: '0' })
      await expect(db.row('select public.issue_invoice($1)', [id])).rejects.toMatchObject({
        code: 'billing_invoice_not_open',
      })
      await db.actAs(organization.owner)
      await expect(draft([{ description: 'Mine', unit_cents: 1 }])).rejects.toMatchObject({ status: 403 })
    }))

  it('does not make void what is paid in part', () =>
    withRollback(async (db) => {
      const organization = await scene(db)
      const id = await open(db, organization, 1000)
      await pay(db, organization, 1)
      await expect(db.row(`select public.void_invoice($1, 'Wrong')`, [id])).rejects.toMatchObject({
        status: 409,
        code: 'billing_invoice_not_open',
      })
    }))
})
