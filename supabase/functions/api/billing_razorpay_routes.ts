import { createRoute } from '@hono/zod-openapi'
import {
  newRazorpayOrderSchema,
  razorpayOrderSchema,
  razorpayPaymentStateSchema,
  razorpayVerificationSchema,
} from '../_shared/billing/razorpay_orders.ts'
import { errorAnswers } from '../_shared/http/mod.ts'
import { callers, headers, jsonAnswer, jsonBody, limited, once, security, tooMany } from './middleware.ts'

const tags = ['REST API v1: Razorpay']
const errors = {
  400: 'A field is missing or wrong',
  401: 'No or no valid credentials',
  403: 'Permission "billing.manage" is missing',
  404: 'Nothing of this id that the caller may see',
  409: 'Nothing of the invoice is open',
  422: 'A value is not allowed, Razorpay refuses it, or the signature does not match',
  429: tooMany,
  503: 'Razorpay cannot be reached now, or is not set up',
}

/** POST /api/v1/billing/razorpay/orders */
export const createRazorpayOrderRoute = createRoute({
  method: 'post',
  path: '/v1/billing/razorpay/orders',
  tags,
  summary: 'Begin a payment by Razorpay',
  description:
    "The answer opens Razorpay's checkout in the browser. For an invoice whose order is still open, that order is answered " +
    'again. Needs `billing.manage`.',
  security,
  middleware: [callers, limited('billing_razorpay.orders'), once] as const,
  request: { headers, body: jsonBody(newRazorpayOrderSchema) },
  responses: { 201: jsonAnswer('The order', razorpayOrderSchema), ...errorAnswers(errors) },
})

/** POST /api/v1/billing/razorpay/verify */
export const verifyRazorpayRoute = createRoute({
  method: 'post',
  path: '/v1/billing/razorpay/verify',
  tags,
  summary: 'Hand over what the checkout answered',
  description:
    'The signature is checked with our own order, and Razorpay is asked how the payment stands; `succeeded` means that the ' +
    'money is there. Without this call the same becomes known by the webhook. Needs `billing.manage`.',
  security,
  middleware: [callers, limited('billing_razorpay.verify'), once] as const,
  request: { headers, body: jsonBody(razorpayVerificationSchema) },
  responses: { 200: jsonAnswer('How the payment stands', razorpayPaymentStateSchema), ...errorAnswers(errors) },
})
