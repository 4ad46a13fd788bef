import { z } from '@hono/zod-openapi'
import { AppError } from '../http/mod.ts'
import type { Belonging, CheckoutRequest, PaymentPurpose, ProviderPayment } from '../providers/payments/mod.ts'
import type { ApiCaller } from './api_caller.ts'
import {
  askBackend,
  askDatabase,
  askProvider,
  type BillingDeps,
  billingOrganization,
  changeOptions,
  organizationField,
  providerNameSchema,
  requireOwnAddress,
} from './billing_context.ts'
import { instant } from './schemas.ts'

const currencySchema = z
  .string()
  .regex(/^[A-Z]{3}$/, 'Must be an ISO 4217 code')
  .openapi({ description: 'ISO 4217', example: 'USD' })
const seats = z.number().int().min(1).max(100_000)
const address = z.url({ protocol: /^https?$/ }).max(2000)
const returns = {
  success_url: address.openapi({
    description: 'Where people come back to; `{CHECKOUT_SESSION_ID}` in it becomes the id of the page',
    example: 'https://app.example.com/billing?paid={CHECKOUT_SESSION_ID}',
  }),
  cancel_url: address.openapi({ example: 'https://app.example.com/billing' }),
}
const common = { organization_id: organizationField, provider: providerNameSchema, ...returns }
const onceFields = {
  pack_id: z.uuid().optional().openapi({ description: 'A pack of credits' }),
  invoice_id: z.uuid().optional().openapi({ description: 'Or what is open of an invoice' }),
  currency: currencySchema.default('USD').openapi({ description: 'Of the pack; an invoice has its own' }),
}

/** Body of a new checkout page. */
export const newCheckoutSchema = z
  .discriminatedUnion('mode', [
    z.strictObject({
      mode: z.literal('subscription'),
      ...common,
      plan_id: z.uuid(),
      billing_interval: z.enum(['month', 'year']).default('month'),
      currency: currencySchema.default('USD'),
      seat_count: seats.default(1),
    }),
    z.strictObject({ mode: z.literal('payment'), ...common, ...onceFields }),
    z.strictObject({ mode: z.literal('setup'), ...common }),
  ])
  .openapi('NewCheckoutSession')

/** A checkout page on the REST face. */
export const checkoutSchema = z
  .object({
    id: z.uuid(),
    mode: z.enum(['subscription', 'payment', 'setup']),
    provider: z.string(),
    provider_session_id: z.string(),
    url: z.url().openapi({ description: 'Send the person there. Whoever has it may pay: it is kept nowhere' }),
    expires_at: instant,
  })
  .openapi('CheckoutSession')

/** Body of a new portal page. */
export const newPortalSchema = z
  .strictObject({
    organization_id: organizationField,
    provider: providerNameSchema,
    return_url: address,
    step: z.enum(['payment_method_update']).optional().openapi({ description: 'Opens one step of it directly' }),
  })
  .openapi('NewPortalSession')

/** A page of the provider's customer portal. */
export const portalSchema = z.object({ url: z.url() }).openapi('PortalSession')

/** Body of a payment without a page. */
export const newPaymentIntentSchema = z
  .strictObject({ organization_id: organizationField, provider: providerNameSchema, ...onceFields })
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
    return_url: address.optional().openapi({ description: 'Where the bank sends people back to' }),
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

const payerFields = {
  customer_id: z.string().nullable(),
  earlier_count: z.number(),
  name: z.string(),
  email: z.string().nullable(),
  currency: z.string(),
  tax_rate_id: z.string().nullable(),
}
const payerSchema = z.object(payerFields)
const subjectSchema = z.object({
  purpose: z.enum(['credit_pack', 'invoice']),
  purpose_id: z.uuid(),
  description: z.string(),
  currency: z.string(),
  amount_cents: z.number(),
})
const begunCheckoutSchema = z.object({
  ...payerFields,
  checkout_id: z.uuid(),
  purpose: z.enum(['subscription', 'credit_pack', 'invoice', 'other']),
  purpose_id: z.uuid().nullable(),
  closing_session_id: z.string().nullable(),
  items: z.array(z.object({ provider_price_id: z.string(), quantity: z.number().nullable() })).nullable(),
  trial_days: z.number(),
  subject: subjectSchema.nullable(),
})
const begunPaymentSchema = z.object({ ...payerFields, subject: subjectSchema, ended_count: z.number() })

type NewCheckout = z.output<typeof newCheckoutSchema>
type BegunCheckout = z.output<typeof begunCheckoutSchema>
type ProviderName = NewCheckout['provider']

/**
 * Opens a page of the provider on which somebody subscribes, pays once or saves a payment method.
 *
 * @throws {AppError} what `private.begin_checkout` answers, 422 `redirect_not_allowed`, and what {@link askProvider} throws
 */
export async function openCheckout(deps: BillingDeps, caller: ApiCaller, input: NewCheckout) {
  requireOwnAddress(deps, input.success_url, input.cancel_url)
  const organizationId = await billingOrganization(deps, caller, input.organization_id)
  const plan = input.mode === 'subscription' ? input : null
  const once = input.mode === 'payment' ? input : null
  const { begun } = await askDatabase(
    deps,
    caller,
    z.object({ begun: begunCheckoutSchema }),
    (sql) => sql`
      select private.begin_checkout(
        ${organizationId}, ${input.provider}, ${input.mode}, ${plan?.plan_id ?? null}, ${plan?.billing_interval ?? null},
        ${plan?.currency ?? once?.currency ?? null}, ${plan?.seat_count ?? null}, ${once?.pack_id ?? null},
        ${once?.invoice_id ?? null}
      ) as begun`,
  )
  try {
    const page = await askProvider(deps, input.provider, 'openCheckout', async (provider) => {
      const { closing_session_id: closing } = begun
      if (closing !== null) {
        const end = await provider.closeCheckout(closing, changeOptions(deps, `checkout.close:${closing}`))
        if (end === 'complete') {
          throw new AppError(409, 'billing_subscription_exists', 'Cannot subscribe: the page before was just paid', {
            hint: 'Wait for the subscription to appear',
          })
        }
      }
      const customerId = await customerOf(deps, organizationId, input.provider, begun)
      return provider.openCheckout(
        pageOf(input, begun, organizationId, customerId),
        changeOptions(deps, `checkout:${begun.checkout_id}`),
      )
    })
    await askBackend(deps, 'settle_checkout', {
      checkout_id: begun.checkout_id,
      provider_session_id: page.sessionId,
      expires_at: page.expiresAt.toISOString(),
    })
    return checkoutSchema.parse({
      id: begun.checkout_id,
      mode: input.mode,
      provider: input.provider,
      provider_session_id: page.sessionId,
      url: page.url,
      expires_at: page.expiresAt.toISOString(),
    })
  } catch (error) {
    // Nobody can pay on a page that was not opened: the next one need not wait for it.
    await askBackend(deps, 'settle_checkout', { checkout_id: begun.checkout_id })
    throw error
  }
}

function pageOf(input: NewCheckout, begun: BegunCheckout, organizationId: string, customerId: string): CheckoutRequest {
  const page = {
    belonging: { organizationId, purpose: begun.purpose, purposeId: begun.purpose_id },
    customerId,
    successUrl: input.success_url,
    cancelUrl: input.cancel_url,
  }
  switch (input.mode) {
    case 'setup':
      return { ...page, mode: 'setup', currency: begun.currency }
    case 'payment': {
      const { description = '', currency = begun.currency, amount_cents: amountCents = 0 } = begun.subject ?? {}
      return {
        ...page,
        mode: 'payment',
        item: { description, currency, amountCents },
        // An invoice has its tax in its total.
        providerTaxRateId: begun.purpose === 'credit_pack' ? begun.tax_rate_id : null,
      }
    }
    case 'subscription':
      return {
        ...page,
        mode: 'subscription',
        items: (begun.items ?? []).map((item) => ({
          providerPriceId: item.provider_price_id,
          quantity: item.quantity,
        })),
        trialDays: begun.trial_days,
        providerTaxRateId: begun.tax_rate_id,
      }
  }
}

/** Id of the organization at the provider; makes it a customer there where it is none yet. */
async function customerOf(
  deps: BillingDeps,
  organizationId: string,
  provider: ProviderName,
  payer: z.output<typeof payerSchema>,
): Promise<string> {
  if (payer.customer_id !== null) return payer.customer_id
  const { customerId } = await askProvider(deps, provider, 'createCustomer', (one) =>
    one.createCustomer(
      { organizationId, name: payer.name, email: payer.email },
      // Two requests at once make one customer; after one that was deleted there is another.
      changeOptions(deps, `customer:${organizationId}:${payer.earlier_count}`),
    ),
  )
  await askBackend(deps, 'record_customer', {
    organization_id: organizationId,
    provider,
    provider_customer_id: customerId,
    occurred_at: deps.clock.now().toISOString(),
    details: { name: payer.name, email: payer.email },
  })
  return customerId
}

/** Opens the provider's customer portal. @throws {AppError} 409 `billing_customer_missing`, 422 `redirect_not_allowed` */
export async function openPortal(deps: BillingDeps, caller: ApiCaller, input: z.output<typeof newPortalSchema>) {
  requireOwnAddress(deps, input.return_url)
  const organizationId = await billingOrganization(deps, caller, input.organization_id)
  const { payer } = await askDatabase(
    deps,
    caller,
    z.object({ payer: payerSchema.extend({ customer_id: z.string() }) }),
    (sql) => sql`select private.begin_portal(${organizationId}, ${input.provider}) as payer`,
  )
  return askProvider(deps, input.provider, 'openPortal', (provider) =>
    provider.openPortal(
      {
        customerId: payer.customer_id,
        returnUrl: input.return_url,
        ...(input.step === undefined ? {} : { step: input.step }),
      },
      changeOptions(deps, `portal:${organizationId}:${deps.requestKey}`),
    ),
  )
}

/** Begins a payment without a page. @throws {AppError} what `private.begin_payment` answers */
export async function createPaymentIntent(
  deps: BillingDeps,
  caller: ApiCaller,
  { organization_id, provider: name, pack_id, invoice_id, currency }: z.output<typeof newPaymentIntentSchema>,
) {
  const organizationId = await billingOrganization(deps, caller, organization_id)
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
  provider: ProviderName,
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
