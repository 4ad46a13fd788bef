import { Hono } from 'hono'
import { checkoutEndpoints } from './checkout/checkout_endpoints.ts'
import { checkoutRoutes } from './checkout/checkout_routes.ts'
import { settleVisit } from './checkout/pay.ts'
import { challengeRoutes } from './pages/challenge_routes.ts'
import { invoiceRoutes } from './pages/invoice_routes.ts'
import { receiptRoutes } from './pages/receipt_routes.ts'
import { portalEndpoints } from './portal/portal_endpoints.ts'
import { portalRoutes } from './portal/portal_routes.ts'
import type { StripeExtension } from './stripe.ts'
import type { StripeWorld } from './world.ts'

/** Checkout, portal, and all pages that a customer of a shop sees. */
export function hostedPages({ core }: StripeWorld): StripeExtension {
  return {
    endpoints: [...checkoutEndpoints, ...portalEndpoints],
    pages: new Hono()
      .route('/checkout', checkoutRoutes(core))
      .route('/portal', portalRoutes(core))
      .route('/invoices', invoiceRoutes(core))
      .route('/receipts', receiptRoutes(core))
      .route(
        '/three-d-secure',
        challengeRoutes(core, (intent) => settleVisit(core, intent)),
      ),
  }
}
