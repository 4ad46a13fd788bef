import { z } from '@hono/zod-openapi'
import { AppError } from '../http/mod.ts'
import type { CheckoutRequest } from '../providers/payments/mod.ts'
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
import {
  currencySchema,
  customerOf,
  onceFields,
  pageAddress,
  payerFields,
  payerSchema,
  subjectSchema,
} from './billing_payer.ts'
import { instant } from './schemas.ts'

const seats = z.number().int().min(1).max(100_000)
const returns = {
  success_url: pageAddress.openapi({
    description: 'Where people come back to; `{CHECKOUT_SESSION_ID}` in it becomes the id of the page',
    example: 'https://app.example.com/billing?paid={CHECKOUT_SESSION_ID}',
  }),
  cancel_url: pageAddress.openapi({
    description: 'Where who does not pay is sent back to',
    example: 'https://app.example.com/billing',
  }),
}
const common = { ...billingOrganizationSchema.shape, provider: providerNameSchema, ...returns }
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
    ...billingOrganizationSchema.shape,
    provider: providerNameSchema,
    return_url: pageAddress.openapi({ description: 'Where the page leads back to' }),
    step: z.enum(['payment_method_update']).optional().openapi({ description: 'Opens one step of it directly' }),
  })
  .openapi('NewPortalSession')

/** A page of the provider's customer portal. */
export const portalSchema = z
  .object({ url: z.url().openapi({ description: 'Send the person there, soon: it does not work for long' }) })
  .openapi('PortalSession')

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
type NewCheckout = z.output<typeof newCheckoutSchema>
type BegunCheckout = z.output<typeof begunCheckoutSchema>

/**
 * Opens a page of the provider on which somebody subscribes, pays once or saves a payment method.
 *
 * @throws {AppError} what `private.begin_checkout` answers, 422 `redirect_not_allowed`, and what {@link askProvider} throws
 */
export async function openCheckout(deps: BillingDeps, caller: ApiCaller, input: NewCheckout) {
  requireOwnAddress(deps, input.success_url, input.cancel_url)
  await requireProvider(deps, input.provider, 'openCheckout')
  const organizationId = await managedOrganization(deps, caller, input.organization_id)
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

/** Opens the provider's customer portal. @throws {AppError} 409 `billing_customer_missing`, 422 `redirect_not_allowed` */
export async function openPortal(deps: BillingDeps, caller: ApiCaller, input: z.output<typeof newPortalSchema>) {
  requireOwnAddress(deps, input.return_url)
  await requireProvider(deps, input.provider, 'openPortal')
  const organizationId = await managedOrganization(deps, caller, input.organization_id)
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
