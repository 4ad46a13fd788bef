import { z } from '@hono/zod-openapi'
import type { CallerDatabase } from '../database/mod.ts'
import { AppError, defineListing, type ListRequest } from '../http/mod.ts'
import { type ApiCaller, requireScope } from './api_caller.ts'
import { listOfOrganization } from './billing_organization.ts'
import { instant } from './schemas.ts'

const cents = z.number().int().openapi({ description: "In the currency's minor unit" })
const partySchema = z
  .object({
    legal_name: z.string().optional(),
    line1: z.string().optional(),
    line2: z.string().optional(),
    city: z.string().optional(),
    postal_code: z.string().optional(),
    region: z.string().optional(),
    country: z.string().optional(),
    tax_number: z.string().optional(),
    email: z.string().optional(),
    payment_instructions: z.string().optional(),
  })
  .openapi('BillingParty')

/** An invoice on the REST face. */
export const invoiceSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    provider: z.enum(['own', 'stripe']),
    subscription_id: z.uuid().nullable(),
    number: z.string().nullable().openapi({ example: 'ATR-2026-000042' }),
    status: z.enum(['draft', 'issued', 'paid', 'overdue', 'void']),
    currency: z.string().openapi({ example: 'NGN' }),
    subtotal_cents: cents,
    credit_cents: cents,
    tax_name: z.string().nullable(),
    tax_rate: z.coerce.number().nullable().openapi({ description: '0.075 is 7.5 %' }),
    tax_cents: cents,
    total_cents: cents,
    paid_cents: cents,
    credited_cents: cents,
    open_cents: cents,
    period_starts_at: instant.nullable(),
    period_ends_at: instant.nullable(),
    issued_at: instant.nullable(),
    due_at: instant.nullable(),
    paid_at: instant.nullable(),
    voided_at: instant.nullable(),
    void_reason: z.string().nullable(),
    buyer: partySchema,
    seller: partySchema,
    hosted_url: z.string().nullable().openapi({ description: 'Where the payment provider shows its own' }),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Invoice')

const lineSchema = z
  .object({
    position: z.number().int(),
    kind: z.enum(['flat', 'seat', 'overage', 'one_off', 'adjustment']),
    description: z.string(),
    quantity: z.number().int(),
    unit_cents: cents,
    unit_count: z.number().int().openapi({ description: 'How many units the price is for' }),
    amount_cents: cents,
    limit_key: z.string().nullable(),
    period_starts_at: instant.nullable(),
    period_ends_at: instant.nullable(),
    usage: z.unknown().openapi({ description: 'The use that made an overage line' }),
  })
  .openapi('InvoiceLine')
const creditNoteSchema = z
  .object({
    id: z.uuid(),
    number: z.string(),
    settlement: z.enum(['invoice', 'balance', 'refund']),
    amount_cents: cents,
    tax_cents: cents,
    total_cents: cents,
    reason: z.string(),
    issued_at: instant,
  })
  .openapi('InvoiceCreditNote')
const invoicePaymentSchema = z
  .object({
    payment_id: z.uuid(),
    amount_cents: cents.openapi({ description: 'What of the payment pays this invoice' }),
    method: z.string(),
    reference: z.string().nullable(),
    paid_at: instant.nullable(),
    receipt_id: z.uuid().nullable(),
    receipt_number: z.string().nullable(),
  })
  .openapi('InvoicePayment')

/** An invoice with its lines and with what was paid and credited. */
export const invoiceDetailSchema = invoiceSchema
  .extend({
    lines: z.array(lineSchema),
    payments: z.array(invoicePaymentSchema),
    credit_notes: z.array(creditNoteSchema),
  })
  .openapi('InvoiceDetail')

/** Body of making an invoice void. */
export const voidInvoiceSchema = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(1)
      .max(500)
      .openapi({ description: 'Why, for its page and log', example: 'Never ordered' }),
    is_billed_again: z.boolean().default(false).openapi({ description: 'Whether its period is billed anew' }),
  })
  .openapi('VoidInvoice')

/** Body of marking an invoice as paid. */
export const markInvoicePaidSchema = z
  .strictObject({
    method: z.enum(['bank_transfer', 'cash', 'other']).default('bank_transfer'),
    reference: z.string().trim().min(1).max(200).nullable().default(null).openapi({ example: 'UTR 4471 0092 1183' }),
    paid_at: z.iso.datetime({ offset: true }).optional().openapi({ description: 'Now without it' }),
    amount_cents: z.number().int().positive().optional().openapi({ description: 'All that is open without it' }),
  })
  .openapi('MarkInvoicePaid')

/** What callers may ask of the list of invoices. */
export const invoiceList = defineListing({
  item: invoiceSchema,
  filters: {
    organization_id: ['eq'],
    status: ['eq', 'in'],
    provider: ['eq'],
    number: ['eq'],
    subscription_id: ['eq'],
    currency: ['eq'],
    created_at: ['gte', 'lt'],
    issued_at: ['gte', 'lt'],
    due_at: ['gte', 'lt'],
  },
  sorts: ['created_at'],
  defaultSort: '-created_at',
})

type Deps = { readonly database: CallerDatabase }

/** One page of an organization's invoices. @throws {AppError} 404 `organization_not_found`, 403 `permission_missing` */
export async function listInvoices(deps: Deps, caller: ApiCaller, request: ListRequest) {
  const said = request.filters.find(({ field }) => field === 'organization_id')?.value
  const mine = z.uuid().optional().parse(said)
  return invoiceList.page(request, await listOfOrganization(deps, caller, mine, 'public.billing_invoices', request))
}

/** An invoice with its lines. @throws {AppError} 404 `billing_invoice_not_found` */
export function readInvoice(deps: Deps, caller: ApiCaller, invoiceId: string) {
  requireScope(caller, 'billing.read')
  return deps.database.asCaller(
    caller.claims,
    async (sql) => {
      const [invoice] = await sql`select * from public.billing_invoices where id = ${invoiceId}`
      if (!invoice) throw new AppError(404, 'billing_invoice_not_found', 'Cannot read invoice: no such invoice')
      const lines = await sql`
        select * from public.billing_invoice_lines where invoice_id = ${invoiceId} order by position`
      const payments = await sql`
        select allocations.payment_id, allocations.amount_cents, payments.method, payments.reference, payments.paid_at,
          receipts.id as receipt_id, receipts.number as receipt_number
        from public.billing_payment_allocations as allocations
        join public.billing_payments as payments on payments.id = allocations.payment_id
        left join public.billing_receipts as receipts on receipts.payment_id = payments.id
        where allocations.invoice_id = ${invoiceId} order by payments.paid_at, allocations.id`
      const credit_notes = await sql`
        select * from public.billing_credit_notes where invoice_id = ${invoiceId} order by issued_at, id`
      return invoiceDetailSchema.parse({ ...invoice, lines, payments, credit_notes })
    },
    { isReadOnly: true },
  )
}

/** Issues a draft. @throws {AppError} what `issue_invoice` answers */
export function issueInvoice(deps: Deps, caller: ApiCaller, invoiceId: string) {
  requireScope(caller, 'billing.manage')
  return deps.database.asCaller(caller.claims, async (sql) => {
    const [invoice] = await sql`select * from public.issue_invoice(${invoiceId})`
    return invoiceSchema.parse(invoice)
  })
}

/** Makes an invoice void. @throws {AppError} what `void_invoice` answers */
export function voidInvoice(
  deps: Deps,
  caller: ApiCaller,
  invoiceId: string,
  { reason, is_billed_again }: z.output<typeof voidInvoiceSchema>,
) {
  requireScope(caller, 'billing.manage')
  return deps.database.asCaller(caller.claims, async (sql) => {
    const [invoice] = await sql`select * from public.void_invoice(${invoiceId}, ${reason}, ${is_billed_again})`
    return invoiceSchema.parse(invoice)
  })
}

/** Writes down what was paid by transfer or in cash. @throws {AppError} what `mark_invoice_paid` answers */
export function markInvoicePaid(
  deps: Deps,
  caller: ApiCaller,
  invoiceId: string,
  { method, reference, paid_at, amount_cents }: z.output<typeof markInvoicePaidSchema>,
) {
  requireScope(caller, 'billing.manage')
  return deps.database.asCaller(caller.claims, async (sql) => {
    const [invoice] = await sql`
      select * from public.mark_invoice_paid(
        ${invoiceId}, ${method}, ${reference}, ${paid_at ?? null}, ${amount_cents ?? null}
      )`
    return invoiceSchema.parse(invoice)
  })
}

/** What has a PDF. */
export type BillingDocumentKind = 'invoice' | 'credit_note' | 'receipt'

/** What a PDF is made of. @throws {AppError} 404 `billing_document_not_found` */
export function readBillingDocument(
  deps: Deps,
  caller: ApiCaller,
  { kind, id, locale }: { kind: BillingDocumentKind; id: string; locale: string },
): Promise<unknown> {
  requireScope(caller, 'billing.read')
  return deps.database.asCaller(
    caller.claims,
    async (sql) => {
      const [row] = await sql`select public.get_billing_document(${kind}, ${id}, ${locale}) as document`
      return row?.document
    },
    { isReadOnly: true },
  )
}

/** Where the payment provider shows an invoice of its own; null for ours. @throws {AppError} 404, 409 `billing_provider_decides` */
export async function providerInvoiceAddress(deps: Deps, caller: ApiCaller, invoiceId: string): Promise<string | null> {
  const { provider, hosted_url } = await readInvoice(deps, caller, invoiceId)
  if (provider === 'own') return null
  if (hosted_url !== null) return hosted_url
  throw new AppError(409, 'billing_provider_decides', 'Cannot download invoice: the payment provider keeps it', {
    hint: 'It is in the customer portal',
  })
}
