import type { Env } from '../../runtime/mod.ts'
import { isSigned } from '../../webhooks/mod.ts'
import { ProviderError } from '../mod.ts'
import { definePaymentProvider, type PaymentProvider } from './port.ts'
import { type RazorpayEnv, razorpayClient } from './razorpay_client.ts'
import { razorpayRefundStatus } from './razorpay_shapes.ts'

/**
 * Razorpay behind the port: refunds. A payment begins with an order and goes through a checkout in the browser, which the
 * port has no form for; see docs/domains/billing/razorpay.md.
 */
export function createRazorpayProvider(env: RazorpayEnv): PaymentProvider {
  return definePaymentProvider('razorpay', {
    async refund({ refundId, organizationId, providerPaymentId, amountCents }, { idempotencyKey, signal }) {
      const client = razorpayClient(env, signal)
      if (!client) {
        throw new ProviderError('razorpay', 'misconfigured', 'Cannot call razorpay: RAZORPAY_KEY_ID is not set')
      }
      const notes = { refund_id: refundId, organization_id: organizationId }
      const refund = await client.refund(providerPaymentId, { amount: amountCents, notes }, idempotencyKey)
      return {
        providerRefundId: refund.id,
        status: razorpayRefundStatus(refund.status),
        currency: refund.currency.toUpperCase(),
        amountCents: refund.amount,
        failureCode: null,
      }
    },
  })
}

/**
 * Whether the values that a checkout handed to the browser come from Razorpay. They say that the bank did not refuse, not
 * that the money is there.
 *
 * @param orderId from our own row, never from the browser: another order's signature would be right too
 */
export function isCheckoutSignature(
  env: Pick<Env, 'RAZORPAY_KEY_SECRET'>,
  orderId: string,
  { paymentId, signature }: { readonly paymentId: string; readonly signature: string },
): boolean {
  const hmac = { algorithm: 'sha256', encoding: 'hex' } as const
  return isSigned(signature, env.RAZORPAY_KEY_SECRET, hmac, `${orderId}|${paymentId}`)
}
