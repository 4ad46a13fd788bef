import { createRoute, z } from '@hono/zod-openapi'
import {
  cancellationSchema,
  changedSubscriptionSchema,
  changePreviewSchema,
  checkoutSchema,
  confirmationSchema,
  defaultMethodSchema,
  namedSubscriptionSchema,
  newCheckoutSchema,
  newPaymentIntentSchema,
  newPortalSchema,
  newRefundSchema,
  paymentDetailSchema,
  paymentIntentSchema,
  paymentList,
  paymentMethodQuerySchema,
  paymentMethodSchema,
  paymentMethodsSchema,
  portalSchema,
  previewedChangeSchema,
  refundSchema,
  subscriptionChangeSchema,
  subscriptionQuerySchema,
  subscriptionsSchema,
} from '../_shared/api/mod.ts'
import { errorAnswers } from '../_shared/http/mod.ts'
import { callers, headers, jsonAnswer, jsonBody, limited, once, onceInSecret, security, tooMany } from './middleware.ts'

const tags = ['REST API v1: billing']
const paymentId = z.object({ payment_id: z.uuid() })
const methodId = z.object({ payment_method_id: z.uuid() })
const errors = {
  400: 'A field is missing or wrong, or the organization was not said',
  401: 'No or no valid credentials',
  403: 'The permission or the scope is missing',
  404: 'Nothing of this id that the caller may see',
  429: tooMany,
}
const changeErrors = {
  ...errors,
  409: 'The state does not allow it, or the provider has no such thing',
  422: 'A value is not allowed, or the provider refused',
  503: 'The provider cannot be reached; try again with the same `Idempotency-Key`',
}

const get = { method: 'get', tags, security } as const
const post = { method: 'post', tags, security } as const

/** POST /api/v1/billing/checkout-sessions */
export const checkoutRoute = createRoute({
  ...post,
  path: '/v1/billing/checkout-sessions',
  summary: 'Open a checkout page',
  description:
    'To subscribe to a plan, to pay for a pack of credits or an invoice, or to save a payment method. Amounts are those of ' +
    'the price list. For each product line one page is open: another one closes it. Needs `billing.manage`.',
  middleware: [callers, limited('billing.checkout'), onceInSecret] as const,
  request: { headers, body: jsonBody(newCheckoutSchema) },
  responses: { 201: jsonAnswer('The page', checkoutSchema), ...errorAnswers(changeErrors) },
})

/** POST /api/v1/billing/portal-sessions */
export const portalRoute = createRoute({
  ...post,
  path: '/v1/billing/portal-sessions',
  summary: 'Open the customer portal',
  description: "The provider's page where cards, invoices and the plan are seen and changed. Needs `billing.manage`.",
  middleware: [callers, limited('billing.portal'), onceInSecret] as const,
  request: { headers, body: jsonBody(newPortalSchema) },
  responses: { 201: jsonAnswer('The page', portalSchema), ...errorAnswers(changeErrors) },
})

/** POST /api/v1/billing/payment-intents */
export const paymentIntentRoute = createRoute({
  ...post,
  path: '/v1/billing/payment-intents',
  summary: 'Begin a payment without a page',
  description: 'Of a pack of credits or an invoice, for clients that show their own form. Needs `billing.manage`.',
  middleware: [callers, limited('billing.payment_intents'), onceInSecret] as const,
  request: { headers, body: jsonBody(newPaymentIntentSchema) },
  responses: { 201: jsonAnswer('The payment', paymentIntentSchema), ...errorAnswers(changeErrors) },
})

/** POST /api/v1/billing/payment-intents/{payment_id}/confirm */
export const confirmRoute = createRoute({
  ...post,
  path: '/v1/billing/payment-intents/{payment_id}/confirm',
  summary: 'Confirm a payment',
  description: 'A payment that is declined is answered with status `failed`, and may be confirmed with another method.',
  middleware: [callers, limited('billing.confirm'), onceInSecret] as const,
  request: { params: paymentId, headers, body: jsonBody(confirmationSchema) },
  responses: { 200: jsonAnswer('The payment', paymentIntentSchema), ...errorAnswers(changeErrors) },
})

/** GET /api/v1/billing/payments */
export const paymentsRoute = createRoute({
  ...get,
  path: '/v1/billing/payments',
  summary: 'Payments of an organization',
  description: 'Whoever collected them: by card, transfer, in cash or on chain. Needs `billing.read`.',
  middleware: [callers, limited('billing.payments')] as const,
  request: { query: paymentList.querySchema },
  responses: { 200: jsonAnswer('A page', paymentList.pageSchema), ...errorAnswers(errors) },
})

/** GET /api/v1/billing/payments/{payment_id} */
export const paymentRoute = createRoute({
  ...get,
  path: '/v1/billing/payments/{payment_id}',
  summary: 'A payment with its refunds, disputes and log',
  middleware: [callers, limited('billing.payments')] as const,
  request: { params: paymentId },
  responses: { 200: jsonAnswer('The payment', paymentDetailSchema), ...errorAnswers(errors) },
})

/** POST /api/v1/billing/payments/{payment_id}/refunds */
export const refundRoute = createRoute({
  ...post,
  path: '/v1/billing/payments/{payment_id}/refunds',
  summary: 'Refund a payment, in full or in part',
  description:
    'For platform admins with a second factor: who paid does not decide. The refund is pending until the provider took it; ' +
    'of a payment by transfer or in cash it is the record of what was sent back.',
  middleware: [callers, limited('billing.refunds'), once] as const,
  request: { params: paymentId, headers, body: jsonBody(newRefundSchema) },
  responses: { 201: jsonAnswer('The refund', refundSchema), ...errorAnswers(changeErrors) },
})

/** GET /api/v1/billing/payment-methods */
export const paymentMethodsRoute = createRoute({
  ...get,
  path: '/v1/billing/payment-methods',
  summary: 'Saved payment methods',
  description: 'The default first. Needs `billing.read`.',
  middleware: [callers, limited('billing.payment_methods')] as const,
  request: { query: paymentMethodQuerySchema },
  responses: { 200: jsonAnswer('The methods', paymentMethodsSchema), ...errorAnswers(errors) },
})

/** DELETE /api/v1/billing/payment-methods/{payment_method_id} */
export const removeMethodRoute = createRoute({
  method: 'delete',
  tags,
  security,
  path: '/v1/billing/payment-methods/{payment_method_id}',
  summary: 'Remove a saved payment method',
  description: 'At its provider too. Needs `billing.manage`.',
  middleware: [callers, limited('billing.payment_methods.change'), once] as const,
  request: { params: methodId, headers },
  responses: { 204: { description: 'Gone' }, ...errorAnswers(changeErrors) },
})

/** PUT /api/v1/billing/payment-methods/default */
export const defaultMethodRoute = createRoute({
  method: 'put',
  tags,
  security,
  path: '/v1/billing/payment-methods/default',
  summary: 'Make a saved payment method the default',
  description: 'Renewals are paid with it. Needs `billing.manage`.',
  middleware: [callers, limited('billing.payment_methods.change'), once] as const,
  request: { headers, body: jsonBody(defaultMethodSchema) },
  responses: { 200: jsonAnswer('The method', paymentMethodSchema), ...errorAnswers(changeErrors) },
})

/** GET /api/v1/billing/subscription */
export const subscriptionRoute = createRoute({
  ...get,
  path: '/v1/billing/subscription',
  summary: 'The present subscriptions of an organization',
  description: 'One for each product line at most. Needs `billing.read`.',
  middleware: [callers, limited('billing.subscription')] as const,
  request: { query: subscriptionQuerySchema },
  responses: { 200: jsonAnswer('The subscriptions', subscriptionsSchema), ...errorAnswers(errors) },
})

/** POST /api/v1/billing/subscription/preview */
export const previewRoute = createRoute({
  ...post,
  path: '/v1/billing/subscription/preview',
  summary: 'What a change of the subscription would cost',
  description: 'Changes nothing. Needs `billing.manage`.',
  middleware: [callers, limited('billing.preview'), once] as const,
  request: { headers, body: jsonBody(changePreviewSchema) },
  responses: { 200: jsonAnswer('The cost', previewedChangeSchema), ...errorAnswers(changeErrors) },
})

const changedAnswer = jsonAnswer('The subscription, and how it stands at the provider', changedSubscriptionSchema)

/** POST /api/v1/billing/subscription/change */
export const changeRoute = createRoute({
  ...post,
  path: '/v1/billing/subscription/change',
  summary: 'Change plan, interval or seats',
  description:
    'Fields that are left out stay as they are, and with the same plan the prices do. Needs `billing.manage`.',
  middleware: [callers, limited('billing.change'), once] as const,
  request: { headers, body: jsonBody(subscriptionChangeSchema) },
  responses: { 200: changedAnswer, ...errorAnswers(changeErrors) },
})

/** POST /api/v1/billing/subscription/cancel */
export const cancelRoute = createRoute({
  ...post,
  path: '/v1/billing/subscription/cancel',
  summary: 'Cancel a subscription',
  description: 'At the end of the period, or now; with the reason. Needs `billing.manage`.',
  middleware: [callers, limited('billing.change'), once] as const,
  request: { headers, body: jsonBody(cancellationSchema) },
  responses: { 200: changedAnswer, ...errorAnswers(changeErrors) },
})

/** POST /api/v1/billing/subscription/resume */
export const resumeRoute = createRoute({
  ...post,
  path: '/v1/billing/subscription/resume',
  summary: 'Take back a cancellation, or end a pause',
  middleware: [callers, limited('billing.change'), once] as const,
  request: { headers, body: jsonBody(namedSubscriptionSchema) },
  responses: { 200: changedAnswer, ...errorAnswers(changeErrors) },
})

/** POST /api/v1/billing/subscription/pause */
export const pauseRoute = createRoute({
  ...post,
  path: '/v1/billing/subscription/pause',
  summary: 'Pause a subscription',
  description: 'Nothing is collected, and it entitles to nothing, until it is resumed. Needs `billing.manage`.',
  middleware: [callers, limited('billing.change'), once] as const,
  request: { headers, body: jsonBody(namedSubscriptionSchema) },
  responses: { 200: changedAnswer, ...errorAnswers(changeErrors) },
})
