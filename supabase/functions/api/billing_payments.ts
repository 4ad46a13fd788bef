import {
  type BillingDeps,
  cancelSubscription,
  changeSubscription,
  confirmPaymentIntent,
  createPaymentIntent,
  getSubscriptions,
  listPaymentMethods,
  listPayments,
  openCheckout,
  openPortal,
  pauseSubscription,
  paymentList,
  previewSubscriptionChange,
  readPayment,
  refundPayment,
  removePaymentMethod,
  resumeSubscription,
  setDefaultPaymentMethod,
} from '../_shared/api/mod.ts'
import { type App, linkNextPage } from '../_shared/http/mod.ts'
import { readEnv, systemClock } from '../_shared/runtime/mod.ts'
import {
  cancelRoute,
  changeRoute,
  checkoutRoute,
  confirmRoute,
  defaultMethodRoute,
  pauseRoute,
  paymentIntentRoute,
  paymentMethodsRoute,
  paymentRoute,
  paymentsRoute,
  portalRoute,
  previewRoute,
  refundRoute,
  removeMethodRoute,
  resumeRoute,
  subscriptionRoute,
} from './billing_payments_routes.ts'
import { database } from './database.ts'

/** What a request of billing needs: the caller's key names it, or else its id. */
function depsOf(c: {
  req: { header(name: string): string | undefined }
  var: { requestId: string; signal: AbortSignal }
}): BillingDeps {
  return {
    database,
    async provider(name) {
      // The vendors' libraries are loaded by who needs them, not by every start of this function.
      const { paymentProvider } = await import('../_shared/providers/payments/mod.ts')
      return paymentProvider(readEnv(), name)
    },
    clock: systemClock,
    signal: c.var.signal,
    requestKey: c.req.header('idempotency-key') ?? c.var.requestId,
    origins: readEnv().CORS_ALLOWED_ORIGINS,
  }
}

/** Adds the routes of payments and subscriptions. */
export function addBillingPaymentRoutes(app: App): void {
  app.openapi(checkoutRoute, async (c) => c.json(await openCheckout(depsOf(c), c.var.caller, c.req.valid('json')), 201))
  app.openapi(portalRoute, async (c) => c.json(await openPortal(depsOf(c), c.var.caller, c.req.valid('json')), 201))
  app.openapi(paymentIntentRoute, async (c) =>
    c.json(await createPaymentIntent(depsOf(c), c.var.caller, c.req.valid('json')), 201),
  )
  app.openapi(confirmRoute, async (c) => {
    const { payment_id } = c.req.valid('param')
    return c.json(await confirmPaymentIntent(depsOf(c), c.var.caller, payment_id, c.req.valid('json')), 200)
  })
  app.openapi(paymentsRoute, async (c) => {
    const page = await listPayments({ database }, c.var.caller, paymentList.read(c.req.valid('query')))
    linkNextPage(c, readEnv(), page)
    return c.json(page, 200)
  })
  app.openapi(paymentRoute, async (c) =>
    c.json(await readPayment({ database }, c.var.caller, c.req.valid('param').payment_id), 200),
  )
  app.openapi(refundRoute, async (c) => {
    const { payment_id } = c.req.valid('param')
    return c.json(await refundPayment({ database }, c.var.caller, payment_id, c.req.valid('json')), 201)
  })
  app.openapi(paymentMethodsRoute, async (c) =>
    c.json(await listPaymentMethods({ database }, c.var.caller, c.req.valid('query').organization_id), 200),
  )
  app.openapi(removeMethodRoute, async (c) => {
    await removePaymentMethod(depsOf(c), c.var.caller, c.req.valid('param').payment_method_id)
    return c.body(null, 204)
  })
  app.openapi(defaultMethodRoute, async (c) =>
    c.json(await setDefaultPaymentMethod(depsOf(c), c.var.caller, c.req.valid('json').payment_method_id), 200),
  )
  app.openapi(subscriptionRoute, async (c) =>
    c.json(await getSubscriptions({ database }, c.var.caller, c.req.valid('query')), 200),
  )
  app.openapi(previewRoute, async (c) =>
    c.json(await previewSubscriptionChange(depsOf(c), c.var.caller, c.req.valid('json')), 200),
  )
  app.openapi(changeRoute, async (c) =>
    c.json(await changeSubscription(depsOf(c), c.var.caller, c.req.valid('json')), 200),
  )
  app.openapi(cancelRoute, async (c) =>
    c.json(await cancelSubscription(depsOf(c), c.var.caller, c.req.valid('json')), 200),
  )
  app.openapi(resumeRoute, async (c) =>
    c.json(await resumeSubscription(depsOf(c), c.var.caller, c.req.valid('json').subscription_id), 200),
  )
  app.openapi(pauseRoute, async (c) =>
    c.json(await pauseSubscription(depsOf(c), c.var.caller, c.req.valid('json').subscription_id), 200),
  )
}
