import { billingOrganizationSchema } from '../_shared/api/mod.ts'
import { listSubscriptions, readEntitlements, readPlans, subscriptionList } from '../_shared/billing/read_catalogue.ts'
import { type App, linkNextPage } from '../_shared/http/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { entitlementsRoute, plansRoute, subscriptionsRoute } from './billing_catalogue_routes.ts'
import { database } from './database.ts'

const deps = { database }

/** Adds the routes of the price list, subscriptions and entitlements under `/v1/billing`. */
export function addBillingCatalogueRoutes(app: App): void {
  app.openapi(plansRoute, async (c) => c.json(await readPlans(deps, c.req.valid('query')), 200))

  app.openapi(subscriptionsRoute, async (c) => {
    const query = c.req.valid('query')
    const { organization_id } = billingOrganizationSchema.parse(query)
    const page = await listSubscriptions(deps, c.var.caller, organization_id, subscriptionList.read(query))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })

  app.openapi(entitlementsRoute, async (c) =>
    c.json(await readEntitlements(deps, c.var.caller, c.req.valid('query').organization_id), 200),
  )
}
