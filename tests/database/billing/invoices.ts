import type { Database } from '../../support/database.ts'

/** An own invoice as a draft, with one line. */
export const draftInvoice = (
  db: Database,
  organization: { id: string },
  invoice: { amount: number; currency?: string; taxRate?: string },
) =>
  db.asOwner(() =>
    db.row<{ id: string }>(
      `with made as (
         insert into public.billing_invoices
           (organization_id, provider, seller_id, currency, subtotal_cents, tax_rate, tax_cents, total_cents)
         select $1, 'own', sellers.id, $3, $2::bigint, $4::numeric, private.invoice_tax($2::bigint, $4::numeric),
           $2::bigint + private.invoice_tax($2::bigint, $4::numeric)
         from public.billing_sellers as sellers where sellers.key = 'default'
         returning *
       ), line as (
         insert into public.billing_invoice_lines (organization_id, invoice_id, position, kind, description, unit_cents, amount_cents)
         select organization_id, id, 1, 'one_off', 'Setting up', subtotal_cents, subtotal_cents from made
       )
       select id from made`,
      [organization.id, invoice.amount, invoice.currency ?? 'USD', invoice.taxRate ?? null],
    ),
  )

/** Issues a draft as the database does it: takes its number and sets its dates. */
export const issue = (db: Database, id: string) =>
  db.asOwner(() =>
    db.row<{ number: string }>(
      `update public.billing_invoices set status = 'issued', issued_at = now(), due_at = now() + interval '14 days',
         number = private.next_billing_number(seller_id, 'invoice', now())
       where id = $1 returning number`,
      [id],
    ),
  )

/** How an invoice stands. */
export const invoice = (db: Database, id: string) =>
  db.asOwner(() => db.row('select * from public.billing_invoices where id = $1', [id]))

/** Checks now what is checked at commit. */
export async function atCommit(db: Database): Promise<void> {
  await db.exec('set constraints all immediate')
  await db.exec('set constraints all deferred')
}
