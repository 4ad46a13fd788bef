import { billingOrganizationSchema } from '../_shared/api/mod.ts'
import {
  creditPurchaseList,
  listCreditPacks,
  listCreditPurchases,
  readCreditBalance,
  readCreditStatement,
  readUsage,
} from '../_shared/billing/mod.ts'
import { type App, linkNextPage } from '../_shared/http/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import {
  creditBalanceRoute,
  creditPacksRoute,
  creditPurchasesRoute,
  creditStatementRoute,
  usageRoute,
} from './billing_credits_routes.ts'
import { database } from './database.ts'

const deps = { database }

/** Adds the routes of credits and usage under `/v1/billing`. */
export function addBillingCreditRoutes(app: App): void {
  app.openapi(creditBalanceRoute, async (c) =>
    c.json(await readCreditBalance(deps, c.var.caller, c.req.valid('query').organization_id), 200),
  )

  app.openapi(creditStatementRoute, async (c) =>
    c.json(await readCreditStatement(deps, c.var.caller, c.req.valid('query')), 200),
  )

  app.openapi(creditPacksRoute, async (c) => c.json(await listCreditPacks(deps, c.req.valid('query').currency), 200))

  app.openapi(creditPurchasesRoute, async (c) => {
    const query = c.req.valid('query')
    const { organization_id } = billingOrganizationSchema.parse(query)
    const page = await listCreditPurchases(deps, c.var.caller, organization_id, creditPurchaseList.read(query))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(usageRoute, async (c) => c.json(await readUsage(deps, c.var.caller, c.req.valid('query')), 200))
}
