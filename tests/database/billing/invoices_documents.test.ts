import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderStoredDocument } from '../../../supabase/functions/_shared/documents/mod.ts'
import { createLogger } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { type Database, withRollback } from '../../support/database.ts'
import { fakeStorage } from '../../support/fake_storage.ts'
import { given } from '../../support/given.ts'
import { readPdf } from '../../support/read_pdf.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { draftInvoice, issue } from './invoices.ts'

const seed = await readFile(join(import.meta.dirname, '..', '..', '..', 'supabase', 'seed.sql'), 'utf8')
const company = '5eed0000-0000-4000-8000-0000000000a1'
const id = '5eed0000-0000-4000-8000-000000000001'
const ada = { id, email: 'ada@atrium.test', claims: { sub: id, role: 'authenticated' } }

const documentOf = async (db: Database, kind: string, id: string, locale = 'en') =>
  (await db.row<{ answer: unknown }>('select public.get_billing_document($1, $2, $3) as answer', [kind, id, locale]))
    .answer
const render = async (answer: unknown) => {
  const { bytes, ...rendered } = await renderStoredDocument(
    { storage: fakeStorage(), logger: createLogger('test', () => {}) },
    answer,
  )
  return { ...rendered, bytes, text: (await readPdf(bytes)).pages.map(({ text }) => text).join('\n') }
}
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('the PDF', () => {
  it('[BIL-43] of an invoice says seller, buyer, lines, tax, total and how to pay, and is the same bytes when it is paid', () =>
    withRollback(async (db) => {
      await db.exec(seed)
      await db.actAs(ada)
      const [open] = await db.rows<{ id: string; number: string }>(
        `select id, number from public.billing_invoices where organization_id = $1 and status = 'issued'`,
        [company],
      )
      const id = open?.id ?? ''
      const first = await render(await documentOf(db, 'invoice', id))
      expect(first.title).toBe(`Invoice ${open?.number}`)
      expect(first.missingCharacters).toEqual([])
      for (const words of [
        'Atrium Nigeria Ltd',
        'Analytical Estates Ltd',
        'Tax number 87654321-0001',
        'Import of the estates of a fourth site',
        '₦75,000.00',
        'VAT 7.5 %',
        'Total (NGN)',
        // 75,000 less the credit of 10,000, with 7.5 %.
        '₦69,875.00',
        'First Bank of Lagos',
      ]) {
        expect(first.text).toContain(words)
      }
      await actAsOperator(db)
      await db.row(`select public.mark_invoice_paid($1, 'cash')`, [id])
      await db.actAs(ada)
      const second = await render(await documentOf(db, 'invoice', id))
      expect(sha256(second.bytes)).toBe(sha256(first.bytes))
    }))

  it('[BIL-43] is in French for who asks, and in English where there is no template', () =>
    withRollback(async (db) => {
      await db.exec(seed)
      await db.actAs(ada)
      const { id } = await db.row<{ id: string }>(
        `select id from public.billing_invoices where organization_id = $1 and status = 'paid'`,
        [company],
      )
      const french = await render(await documentOf(db, 'invoice', id, 'fr'))
      expect(french.text).toContain('Règlement')
      expect(french.title).toMatch(/^Facture ATR-/)
      const german = await render(await documentOf(db, 'invoice', id, 'de'))
      expect(german.title).toMatch(/^Invoice ATR-/)
      // Dates and amounts too: not a word or number is in another language than the rest.
      expect(sha256(german.bytes)).toBe(sha256((await render(await documentOf(db, 'invoice', id))).bytes))
    }))

  it.each([
    ['credit_note', 'billing_credit_notes', ['Credit note ATR-CN-', 'One of the sites', '₦10,000.00', 'next invoice']],
    ['receipt', 'billing_receipts', ['Receipt ATR-R-', 'UTR 4471 0092 1183', 'Bank transfer', '₦268,750.00']],
  ])('[A2-10] [BIL-33] of a %s says what it stands for', (kind, table, words) =>
    withRollback(async (db) => {
      await db.exec(seed)
      await db.actAs(ada)
      const { id } = await db.row<{ id: string }>(`select id from public.${table} where organization_id = $1`, [
        company,
      ])
      const { text, missingCharacters } = await render(await documentOf(db, kind, id))
      for (const word of words) expect(text).toContain(word)
      expect(missingCharacters).toEqual([])
    }),
  )

  it.each([
    ['JPY', 1_234, '¥1,234'],
    ['KWD', 12_345, '12.345'],
  ])('writes amounts of %s in its own minor unit', (currency, amount, written) =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await draftInvoice(db, organization, { amount, currency })
      await issue(db, id)
      await db.asOwner(() => db.exec(`update public.organizations set name = 'Buyer' where id = $1`, [organization.id]))
      await db.actAs(organization.admin)
      const answer = await documentOf(db, 'invoice', id)
      const text = JSON.stringify(answer)
      expect(text).toContain(`"total_cents": ${amount}`.replace(' ', ''))
      const parties = { seller: { legal_name: 'Seller' }, buyer: { legal_name: 'Buyer' } }
      const filled = { ...Object(answer), merge_data: { ...Object(answer).merge_data, ...parties } }
      expect((await render({ ...filled, organization: { ...filled.organization, name: 'Seller' } })).text).toContain(
        written,
      )
    }),
  )

  it('is for who reads billing, of own invoices alone', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await draftInvoice(db, organization, { amount: 100 })
      const stripes = await db.asOwner(() =>
        db.row<{ id: string }>(
          `select id from private.record_provider_invoice($1, 'stripe', 'in_9', 'open', 'usd', now())`,
          [organization.id],
        ),
      )
      await db.actAs(organization.member)
      await expect(documentOf(db, 'invoice', id)).rejects.toMatchObject({
        status: 404,
        code: 'billing_document_not_found',
      })
      await db.actAs(organization.owner)
      await expect(documentOf(db, 'invoice', stripes.id)).rejects.toMatchObject({ code: 'billing_document_not_found' })
      await expect(documentOf(db, 'letter', id)).rejects.toMatchObject({ code: 'billing_document_not_found' })
    }))
})

it('[BIL-46] operators list invoices of all organizations, and see how far the job is', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    const { id } = await draftInvoice(db, organization, { amount: 100 })
    const list = () => db.rows<{ id: string }>(`select id from public.list_invoices('draft', $1)`, [organization.id])
    await db.actAs(organization.owner)
    await expect(list()).rejects.toMatchObject({ status: 403 })
    await actAsOperator(db)
    expect(await list()).toEqual([{ id }])
    expect(await db.row('select public.get_invoicing_progress() as progress')).toMatchObject({
      progress: { draft_count: 1, waiting_count: 0 },
    })
  }))
