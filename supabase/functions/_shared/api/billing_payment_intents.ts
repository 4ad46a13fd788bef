import { z } from '@hono/zod-openapi'
import type { Belonging, PaymentProviderName, PaymentPurpose, ProviderPayment } from '../providers/payments/mod.ts'
import type { ApiCaller } from './api_caller.ts'
import {
  askBackend,
  askDatabase,
  askProvider,
  type BillingDeps,
  changeOptions,
  providerNameSchema,
  requireOwnAddress,
  requireProvider,
} from './billing_context.ts'
import { billingOrganizationSchema, managedOrganization } from './billing_organization.ts'
import { customerOf, onceFields, pageAddress, payerFields, subjectSchema } from './billing_payer.ts'

/** Body of a payment without a page. */
export const newPaymentIntentSchema = z
  .strictObject({ ...billingOrganizationSchema.shape, provider: providerNameSchema, ...onceFields })
  .openapi('NewPaymentIntent')

/** Body of a confirmation. */
export const confirmationSchema = z
  .strictObject({
    payment_method_id: z.uuid().optional().openapi({ description: 'A saved method of ours' }),
    provider_method_id: z
      .string()
      .max(200)
      .optional()
      .openapi({ description: "Or one that the provider's library made in the browser", example: 'pm_1' }),
    return_url: pageAddress.optional().openapi({ description: 'Where the bank sends people back to' }),
    proof: z
      .record(z.string().max(100), z.string().max(2000))
      .default({})
      .openapi({ description: 'What the provider gave the client, such as ids with their signature' }),
  })
  .openapi('PaymentConfirmation')

/** A payment that the client goes on with. */
export const paymentIntentSchema = z
  .object({
    id: z.uuid(),
    provider: z.string(),
    provider_payment_id: z.string(),
    status: z.enum(['pending', 'requires_action', 'processing', 'succeeded', 'failed', 'cancelled', 'reversed']),
    purpose: z.enum(['subscription', 'credit_pack', 'invoice', 'other']),
    purpose_id: z.uuid().nullable(),
    currency: z.string(),
    amount_cents: z.number().int(),
    failure_code: z.string().nullable(),
    failure_message: z.string().nullable(),
    client_data: z
      .record(z.string(), z.string())
      .openapi({ description: 'What the client needs to go on, such as `client_secret` or `redirect_url`' }),
  })
  .openapi('PaymentIntent')

const begunPaymentSchema = z.object({ ...payerFields, subject: subjectSchema, ended_count: z.number() })

/** Begins a payment without a page. @throws {AppError} what `private.begin_payment` answers */
export async function createPaymentIntent(
  deps: BillingDeps,
  caller: ApiCaller,
  { organization_id, provider: name, pack_id, invoice_id, currency }: z.output<typeof newPaymentIntentSchema>,
) {
  await requireProvider(deps, name, 'createPayment')
  const organizationId = await managedOrganization(deps, caller, organization_id)
  const { begun } = await askDatabase(
    deps,
    caller,
    z.object({ begun: begunPaymentSchema }),
    (sql) => sql`
      select private.begin_payment(
        ${organizationId}, ${name}, ${pack_id ?? null}, ${currency}, ${invoice_id ?? null}
      ) as begun`,
  )
  const { subject } = begun
  const belonging: Belonging = { organizationId, purpose: subject.purpose, purposeId: subject.purpose_id }
  const made = await askProvider(deps, name, 'createPayment', async (provider) =>
    provider.createPayment(
      {
        belonging,
        customerId: provider.can('createCustomer') ? await customerOf(deps, organizationId, name, begun) : null,
        description: subject.description,
        currency: subject.currency,
        amountCents: subject.amount_cents,
      },
      // What is open of an invoice may change: then it is another payment.
      changeOptions(deps, `payment:${subject.purpose_id}:${subject.amount_cents}:${begun.ended_count}`),
    ),
  )
  return recordPayment(deps, name, belonging, made)
}

const confirmableSchema = z.object({
  organization_id: z.uuid(),
  provider: z.enum(['stripe', 'razorpay', 'onchain']),
  provider_payment_id: z.string(),
  provider_method_id: z.string().nullable(),
  purpose: z.enum(['subscription', 'credit_pack', 'invoice', 'other']),
  purpose_id: z.uuid().nullable(),
})

/** Confirms a payment; one that is declined is answered as failed. @throws {AppError} what `private.payment_to_confirm` answers */
export async function confirmPaymentIntent(
  deps: BillingDeps,
  caller: ApiCaller,
  paymentId: string,
  { payment_method_id, provider_method_id, return_url, proof }: z.output<typeof confirmationSchema>,
) {
  if (return_url !== undefined) requireOwnAddress(deps, return_url)
  const { payment } = await askDatabase(
    deps,
    caller,
    z.object({ payment: confirmableSchema }),
    (sql) => sql`select private.payment_to_confirm(${paymentId}, ${payment_method_id ?? null}) as payment`,
  )
  const made = await askProvider(deps, payment.provider, 'confirmPayment', (provider) =>
    provider.confirmPayment(
      {
        providerPaymentId: payment.provider_payment_id,
        providerMethodId: payment.provider_method_id ?? provider_method_id ?? null,
        returnUrl: return_url ?? null,
        proof,
      },
      changeOptions(deps, `payment.confirm:${paymentId}:${deps.requestKey}`),
    ),
  )
  const belonging = {
    organizationId: payment.organization_id,
    purpose: payment.purpose,
    purposeId: payment.purpose_id,
  }
  return recordPayment(deps, payment.provider, belonging, made)
}

const recordedSchema = z.array(z.object({ id: z.uuid(), status: z.string() })).min(1)

/** Writes a provider's answer down, in case its webhook is late, and answers the client. */
async function recordPayment(
  deps: BillingDeps,
  provider: PaymentProviderName,
  { organizationId, purpose, purposeId }: { organizationId: string; purpose: PaymentPurpose; purposeId: string | null },
  made: ProviderPayment,
) {
  const [row] = recordedSchema.parse(
    await askBackend(deps, 'record_payment', {
      organization_id: organizationId,
      provider,
      provider_payment_id: made.providerPaymentId,
      status: made.status,
      currency: made.currency,
      amount_cents: made.amountCents,
      occurred_at: deps.clock.now().toISOString(),
      details: {
        purpose,
        purpose_id: purposeId,
        method: made.method,
        failure_code: made.failureCode,
        failure_message: made.failureMessage,
        receipt_url: made.receiptUrl,
        source: `${provider}:answer`,
      },
    }),
  )
  return paymentIntentSchema.parse({
    id: row?.id,
    provider,
    provider_payment_id: made.providerPaymentId,
    status: row?.status,
    purpose,
    purpose_id: purposeId,
    currency: made.currency,
    amount_cents: made.amountCents,
    failure_code: made.failureCode,
    failure_message: made.failureMessage,
    client_data: made.clientData,
  })
}
