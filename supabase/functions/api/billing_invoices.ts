import {
  type ApiCaller,
  type BillingDocumentKind,
  invoiceList,
  issueInvoice,
  listInvoices,
  markInvoicePaid,
  providerInvoiceAddress,
  readBillingDocument,
  readInvoice,
  voidInvoice,
} from '../_shared/api/mod.ts'
import { supabaseFileStorage } from '../_shared/files/mod.ts'
import { type App, type AppContext, linkNextPage } from '../_shared/http/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import {
  creditNotePdfRoute,
  downloadInvoiceRoute,
  invoiceRoute,
  invoicesRoute,
  issueInvoiceRoute,
  markInvoicePaidRoute,
  readInvoicePdfRoute,
  receiptPdfRoute,
  voidInvoiceRoute,
} from './billing_invoices_routes.ts'
import { database } from './database.ts'

const deps = { database }
type Vars = Pick<AppContext['var'], 'logger' | 'signal'> & { caller: ApiCaller }

/** Makes a PDF of what the database says, in the caller's name. */
async function pdfOf(vars: Vars, document: { kind: BillingDocumentKind; id: string; locale: string }) {
  const answer = await readBillingDocument(deps, vars.caller, document)
  // Fonts and the PDF engine are loaded by who needs them, not by every start of this function.
  const { renderStoredDocument } = await import('../_shared/documents/mod.ts')
  const { logger, signal } = vars
  return renderStoredDocument({ storage: supabaseFileStorage(readEnv()), logger, signal }, answer)
}

const pdfHeaders = (title: string) => ({
  'content-type': 'application/pdf',
  'content-disposition': `attachment; filename="${title.replaceAll(/[^\w.-]+/g, '-')}.pdf"; filename*=UTF-8''${encodeURIComponent(title)}.pdf`,
  'cache-control': 'no-store',
})

/** Adds the routes of invoices. */
export function addBillingInvoiceRoutes(app: App): void {
  app.openapi(invoicesRoute, async (c) => {
    const page = await listInvoices(deps, c.var.caller, invoiceList.read(c.req.valid('query')))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })
  app.openapi(invoiceRoute, async (c) =>
    c.json(await readInvoice(deps, c.var.caller, c.req.valid('param').invoice_id), 200),
  )
  for (const route of [downloadInvoiceRoute, readInvoicePdfRoute]) {
    app.openapi(route, async (c) => {
      const { invoice_id } = c.req.valid('param')
      const address = await providerInvoiceAddress(deps, c.var.caller, invoice_id)
      if (address !== null) return c.redirect(address, 303)
      const { bytes, title } = await pdfOf(c.var, { kind: 'invoice', id: invoice_id, ...c.req.valid('query') })
      return c.body(bytes, 200, pdfHeaders(title))
    })
  }
  app.openapi(creditNotePdfRoute, async (c) => {
    const { credit_note_id } = c.req.valid('param')
    const { bytes, title } = await pdfOf(c.var, { kind: 'credit_note', id: credit_note_id, ...c.req.valid('query') })
    return c.body(bytes, 200, pdfHeaders(title))
  })
  app.openapi(receiptPdfRoute, async (c) => {
    const { receipt_id } = c.req.valid('param')
    const { bytes, title } = await pdfOf(c.var, { kind: 'receipt', id: receipt_id, ...c.req.valid('query') })
    return c.body(bytes, 200, pdfHeaders(title))
  })
  app.openapi(issueInvoiceRoute, async (c) =>
    c.json(await issueInvoice(deps, c.var.caller, c.req.valid('param').invoice_id), 200),
  )
  app.openapi(voidInvoiceRoute, async (c) =>
    c.json(await voidInvoice(deps, c.var.caller, c.req.valid('param').invoice_id, c.req.valid('json')), 200),
  )
  app.openapi(markInvoicePaidRoute, async (c) =>
    c.json(await markInvoicePaid(deps, c.var.caller, c.req.valid('param').invoice_id, c.req.valid('json')), 200),
  )
}
