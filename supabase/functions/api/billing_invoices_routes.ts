import { createRoute, z } from '@hono/zod-openapi'
import {
  invoiceDetailSchema,
  invoiceList,
  invoiceSchema,
  markInvoicePaidSchema,
  voidInvoiceSchema,
} from '../_shared/api/mod.ts'
import { errorAnswers } from '../_shared/http/mod.ts'
import { callers, headers, jsonAnswer, jsonBody, limited, once, security, tooMany } from './middleware.ts'

const tags = ['REST API v1: billing']
const invoiceId = z.object({ invoice_id: z.uuid() })
const localeQuery = z.strictObject({
  locale: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/)
    .default('en')
    .openapi({ description: 'Language of the document; English where there is no template in it', example: 'fr' }),
})
const errors = {
  400: 'A field is missing or wrong, or the organization was not said',
  401: 'No or no valid credentials',
  403: 'The permission or the scope is missing',
  404: 'Nothing of this id that the caller may see',
  429: tooMany,
}
const changeErrors = { ...errors, 409: 'The state does not allow it', 422: 'A value is not allowed' }
const pdf = {
  200: {
    description: 'The PDF, the same bytes each time',
    content: { 'application/pdf': { schema: z.string().openapi({ format: 'binary' }) } },
  },
}
const pdfOrRedirect = { ...pdf, 303: { description: 'Where the payment provider shows its own' } }

/** GET /api/v1/billing/invoices */
export const invoicesRoute = createRoute({
  method: 'get',
  path: '/v1/billing/invoices',
  tags,
  summary: 'Invoices of an organization',
  description: 'Our own, and those that a payment provider made. Needs `billing.read`.',
  security,
  middleware: [callers, limited('billing.invoices')] as const,
  request: { query: invoiceList.querySchema },
  responses: { 200: jsonAnswer('A page', invoiceList.pageSchema), ...errorAnswers(errors) },
})

/** GET /api/v1/billing/invoices/{invoice_id} */
export const invoiceRoute = createRoute({
  method: 'get',
  path: '/v1/billing/invoices/{invoice_id}',
  tags,
  summary: 'An invoice with its lines, payments and credit notes',
  security,
  middleware: [callers, limited('billing.invoice')] as const,
  request: { params: invoiceId },
  responses: { 200: jsonAnswer('The invoice', invoiceDetailSchema), ...errorAnswers(errors) },
})

const downloads = {
  ...pdfOrRedirect,
  ...errorAnswers({ ...errors, 409: 'The provider keeps it and shows it nowhere' }),
}

/** POST /api/v1/billing/invoices/{invoice_id}/download */
export const downloadInvoiceRoute = createRoute({
  method: 'post',
  path: '/v1/billing/invoices/{invoice_id}/download',
  tags,
  summary: 'An invoice as PDF',
  description: "The provider's own is shown at the provider: the answer leads there.",
  security,
  middleware: [callers, limited('billing.download')] as const,
  request: { params: invoiceId, query: localeQuery },
  responses: downloads,
})

/** GET /api/v1/billing/invoices/{invoice_id}/download */
export const readInvoicePdfRoute = createRoute({
  method: 'get',
  path: '/v1/billing/invoices/{invoice_id}/download',
  tags,
  summary: 'An invoice as PDF',
  description: "The provider's own is shown at the provider: the answer leads there.",
  security,
  middleware: [callers, limited('billing.download')] as const,
  request: { params: invoiceId, query: localeQuery },
  responses: downloads,
})

/** GET /api/v1/billing/credit-notes/{credit_note_id}/download */
export const creditNotePdfRoute = createRoute({
  method: 'get',
  path: '/v1/billing/credit-notes/{credit_note_id}/download',
  tags,
  summary: 'A credit note as PDF',
  security,
  middleware: [callers, limited('billing.download')] as const,
  request: { params: z.object({ credit_note_id: z.uuid() }), query: localeQuery },
  responses: { ...pdf, ...errorAnswers(errors) },
})

/** GET /api/v1/billing/receipts/{receipt_id}/download */
export const receiptPdfRoute = createRoute({
  method: 'get',
  path: '/v1/billing/receipts/{receipt_id}/download',
  tags,
  summary: 'A receipt as PDF',
  security,
  middleware: [callers, limited('billing.download')] as const,
  request: { params: z.object({ receipt_id: z.uuid() }), query: localeQuery },
  responses: { ...pdf, ...errorAnswers(errors) },
})

/** POST /api/v1/billing/invoices/{invoice_id}/issue */
export const issueInvoiceRoute = createRoute({
  method: 'post',
  path: '/v1/billing/invoices/{invoice_id}/issue',
  tags,
  summary: 'Issue a draft',
  description: 'For platform admins with a second factor.',
  security,
  middleware: [callers, limited('billing.invoice_administration'), once] as const,
  request: { params: invoiceId, headers },
  responses: { 200: jsonAnswer('The invoice', invoiceSchema), ...errorAnswers(changeErrors) },
})

/** POST /api/v1/billing/invoices/{invoice_id}/void */
export const voidInvoiceRoute = createRoute({
  method: 'post',
  path: '/v1/billing/invoices/{invoice_id}/void',
  tags,
  summary: 'Make an invoice void',
  description: 'For platform admins with a second factor. What is paid is corrected by a credit note.',
  security,
  middleware: [callers, limited('billing.invoice_administration'), once] as const,
  request: { params: invoiceId, headers, body: jsonBody(voidInvoiceSchema) },
  responses: { 200: jsonAnswer('The invoice', invoiceSchema), ...errorAnswers(changeErrors) },
})

/** POST /api/v1/billing/invoices/{invoice_id}/mark-paid */
export const markInvoicePaidRoute = createRoute({
  method: 'post',
  path: '/v1/billing/invoices/{invoice_id}/mark-paid',
  tags,
  summary: 'Write down that an invoice was paid by transfer or in cash',
  description: 'For platform admins with a second factor. A part of what is open may be paid; a receipt follows.',
  security,
  middleware: [callers, limited('billing.invoice_administration'), once] as const,
  request: { params: invoiceId, headers, body: jsonBody(markInvoicePaidSchema) },
  responses: { 200: jsonAnswer('The invoice', invoiceSchema), ...errorAnswers(changeErrors) },
})
