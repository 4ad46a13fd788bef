import { z } from 'zod'
import { callRpc, defineJob, JobError, type JobHandler } from '../platform/mod.ts'
import { ProviderError } from '../providers/mod.ts'
import { type PaymentProvider, type PaymentProviderName, paymentProvider } from '../providers/payments/mod.ts'
import { readEnv } from '../runtime/mod.ts'

const payloadSchema = z.strictObject({ refund_id: z.uuid() })
const requestSchema = z.object({
  organization_id: z.uuid(),
  provider: z.enum(['stripe', 'razorpay']),
  provider_payment_id: z.string(),
  provider_refund_id: z.string().nullable(),
  status: z.string(),
  currency: z.string(),
  amount_cents: z.number(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer', 'other']),
})

/**
 * Makes the handler that asks the provider for a refund whose row is there. It may run again at any point: the row's id
 * names the refund towards the provider, and what the provider took is found by it. What the provider refuses for good is
 * written as failed; its webhooks tell what becomes of the others.
 */
export function refundPaymentJobWith(provider: (name: PaymentProviderName) => PaymentProvider | null): JobHandler {
  return defineJob('billing.refund', payloadSchema, async ({ db, clock, signal }, { refund_id }) => {
    const [request] = z.array(requestSchema).parse(await callRpc(db, 'get_refund_request', { refund_id }))
    if (!request) throw new JobError('Cannot refund: no such refund', { isPermanent: true })
    if (request.status !== 'pending' || request.provider_refund_id !== null) {
      return { result: { refund_id, status: request.status } }
    }
    const one = provider(request.provider)
    // As long as the key is missing nothing is lost: the job waits for it.
    if (!one) throw new JobError(`Cannot refund: ${request.provider} is not set up`, { retryAfterSeconds: 300 })
    try {
      const made = await one.refund(
        {
          refundId: refund_id,
          organizationId: request.organization_id,
          providerPaymentId: request.provider_payment_id,
          currency: request.currency,
          amountCents: request.amount_cents,
          reason: request.reason,
        },
        { idempotencyKey: `refund:${refund_id}`, signal },
      )
      await callRpc(db, 'record_refund', {
        provider: request.provider,
        provider_refund_id: made.providerRefundId,
        provider_payment_id: request.provider_payment_id,
        status: made.status,
        currency: made.currency,
        amount_cents: made.amountCents,
        occurred_at: clock.now().toISOString(),
        details: { refund_id, failure_code: made.failureCode, source: `${request.provider}:answer` },
      })
      return { result: { refund_id, status: made.status } }
    } catch (error) {
      if (!(error instanceof ProviderError) || error.failure !== 'refused') throw error
      await callRpc(db, 'fail_refund', { refund_id, failure_code: error.vendorCode ?? 'refused' })
      return { result: { refund_id, status: 'failed' } }
    }
  })
}

/** Asks the provider for a refund. */
export const refundPaymentJob = refundPaymentJobWith((name) => paymentProvider(readEnv(), name))
