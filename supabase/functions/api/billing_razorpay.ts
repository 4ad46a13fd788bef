import { createRazorpayOrder, verifyRazorpayPayment } from '../_shared/billing/razorpay_orders.ts'
import type { App } from '../_shared/http/mod.ts'
import { razorpayClient } from '../_shared/providers/payments/razorpay_client.ts'
import { readEnv, systemClock } from '../_shared/runtime/mod.ts'
import { createRazorpayOrderRoute, verifyRazorpayRoute } from './billing_razorpay_routes.ts'
import { database } from './database.ts'

const depsOf = (signal: AbortSignal) => {
  const env = readEnv()
  return { database, env, clock: systemClock, razorpay: razorpayClient(env, signal) }
}

/** Adds the routes of payments by Razorpay. */
export function addBillingRazorpayRoutes(app: App): void {
  app.openapi(createRazorpayOrderRoute, async (c) =>
    c.json(await createRazorpayOrder(depsOf(c.var.signal), c.var.caller, c.req.valid('json')), 201),
  )

  app.openapi(verifyRazorpayRoute, async (c) =>
    c.json(await verifyRazorpayPayment(depsOf(c.var.signal), c.var.caller, c.req.valid('json')), 200),
  )
}
