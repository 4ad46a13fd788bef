import { expect, it } from 'vitest'
import { refundPaymentJobWith } from '../../../supabase/functions/_shared/billing/mod.ts'
import { ProviderError, type ProviderFailure } from '../../../supabase/functions/_shared/providers/mod.ts'
import {
  definePaymentProvider,
  type NewRefund,
  type PaymentProvider,
} from '../../../supabase/functions/_shared/providers/payments/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { fakeJob } from '../platform/fakes.ts'

const refund_id = '6f0c8f0e-2e8a-4a51-9d0e-3f1f0d6f7a11'
const pending = {
  organization_id: '0b7f4f67-6d3b-4f0c-9a36-6b2a6d0f3c22',
  provider: 'stripe',
  provider_payment_id: 'pi_1',
  provider_refund_id: null,
  status: 'pending',
  currency: 'USD',
  amount_cents: 200,
  reason: 'duplicate',
}

/** Runs the job over a database that holds one refund. @returns what the provider and the database were asked */
async function run(request: object | null, provider: PaymentProvider | null) {
  const calls: { name: string; parameters: Record<string, unknown> }[] = []
  const deps = {
    clock: systemClock,
    logger: createLogger('test', () => {}),
    signal: AbortSignal.timeout(10_000),
    report: async () => {},
    db: {
      async rpc(name: string, parameters: object) {
        calls.push({ name, parameters: { ...parameters } })
        return { data: name === 'get_refund_request' ? [request].filter((row) => row !== null) : null, error: null }
      },
    },
  }
  const job = refundPaymentJobWith(() => provider)
  const ended = await job.run(deps, fakeJob('billing.refund', { refund_id })).catch((error: unknown) => ({ error }))
  return { ended, calls: calls.slice(1) }
}

/** A provider that remembers what it was asked to give back. */
function giving(failure?: ProviderFailure) {
  const asked: { refund: NewRefund; key: string }[] = []
  const provider = definePaymentProvider('stripe', {
    async refund(refund, { idempotencyKey: key }) {
      asked.push({ refund, key })
      if (failure) throw new ProviderError('stripe', failure, 'Cannot refund', { vendorCode: 'charge_disputed' })
      return {
        providerRefundId: 're_1',
        status: 'succeeded',
        currency: refund.currency,
        amountCents: refund.amountCents,
        failureCode: null,
      }
    },
  })
  return { provider, asked }
}

it('[BIL-27] [TST-04] asks the provider once for the row, under its name, and writes what it answers', async () => {
  const { provider, asked } = giving()
  const { ended, calls } = await run(pending, provider)
  expect(ended).toEqual({ result: { refund_id, status: 'succeeded' } })
  expect(asked).toEqual([
    { refund: expect.objectContaining({ refundId: refund_id, amountCents: 200 }), key: `refund:${refund_id}` },
  ])
  expect(calls).toMatchObject([
    { name: 'record_refund', parameters: { provider_refund_id: 're_1', status: 'succeeded', details: { refund_id } } },
  ])
})

it.each([
  { ...pending, provider_refund_id: 're_1' },
  { ...pending, status: 'succeeded' },
  { ...pending, status: 'failed' },
])('[BIL-27] does nothing where the answer is there: $status $provider_refund_id', async (request) => {
  const { provider, asked } = giving()
  const { calls } = await run(request, provider)
  expect({ asked, calls }).toEqual({ asked: [], calls: [] })
})

it('[BIL-28] [TST-04] writes what the provider refuses for good as failed', async () => {
  const { ended, calls } = await run(pending, giving('refused').provider)
  expect(ended).toEqual({ result: { refund_id, status: 'failed' } })
  expect(calls).toEqual([{ name: 'fail_refund', parameters: { refund_id, failure_code: 'charge_disputed' } }])
})

it.each(['unavailable', 'throttled', 'misconfigured', 'invalid_response'] as const)(
  '[TST-04] leaves the row pending where the provider is %s',
  async (failure) => {
    const { ended, calls } = await run(pending, giving(failure).provider)
    expect(ended).toMatchObject({ error: { failure } })
    expect(calls).toEqual([])
  },
)

it('[TST-04] waits for a provider that is not set up, and gives up on a row that is not there', async () => {
  expect((await run(pending, null)).ended).toMatchObject({ error: { isPermanent: false, retryAfterSeconds: 300 } })
  expect((await run(null, giving().provider)).ended).toMatchObject({ error: { isPermanent: true } })
})
