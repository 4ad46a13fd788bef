import { describeCaller, listOrganizations, organizationList } from '../_shared/api/mod.ts'
import { createApp, linkNextPage } from '../_shared/http/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { addAdminRoutes } from './admin.ts'
import { addAuthRoutes } from './auth.ts'
import { addBillingCatalogueRoutes } from './billing_catalogue.ts'
import { addBillingCreditRoutes } from './billing_credits.ts'
import { addBillingInvoiceRoutes } from './billing_invoices.ts'
import { addBillingOnchainRoutes } from './billing_onchain.ts'
import { addBillingPaymentRoutes } from './billing_payments.ts'
import { addBillingRazorpayRoutes } from './billing_razorpay.ts'
import { database } from './database.ts'
import { addDocumentRoutes } from './documents.ts'
import { addExportRoutes } from './exports.ts'
import { uploadMs, uploadPaths } from './file_routes.ts'
import { addFileRoutes } from './files.ts'
import { addImportRoutes } from './imports.ts'
import { addInvitationRoutes } from './invitations.ts'
import { addKeyRoutes } from './keys.ts'
import { addOrganizationRoutes } from './organizations.ts'
import { meRoute, organizationsRoute } from './routes.ts'
import { addThumbnailRoutes } from './thumbnails.ts'

/** The application, for the API document. */
export const app = createApp('api', {
  timeoutMs: 15_000,
  streamed: { paths: uploadPaths, timeoutMs: uploadMs },
  failedCalls: { client: () => database },
})

app.openapi(meRoute, async (c) => c.json(await describeCaller({ database }, c.var.caller), 200))

app.openapi(organizationsRoute, async (c) => {
  const request = organizationList.read(c.req.valid('query'))
  const page = await listOrganizations({ database }, c.var.caller, request)
  linkNextPage(c, readEnv(), page)
  return c.json(page, 200)
})
addInvitationRoutes(app)
addImportRoutes(app)
addAdminRoutes(app)
addAuthRoutes(app)
addOrganizationRoutes(app)
addKeyRoutes(app)
addThumbnailRoutes(app)
addDocumentRoutes(app)
addExportRoutes(app)
addBillingPaymentRoutes(app)
addBillingInvoiceRoutes(app)
addFileRoutes(app)
addBillingCatalogueRoutes(app)
addBillingCreditRoutes(app)
addBillingOnchainRoutes(app)
addBillingRazorpayRoutes(app)

export default { fetch: app.fetch }
