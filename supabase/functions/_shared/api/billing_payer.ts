import { z } from '@hono/zod-openapi'
import type { PaymentProviderName } from '../providers/payments/mod.ts'
import { askBackend, askProvider, type BillingDeps, changeOptions } from './billing_context.ts'

/** A currency in requests. */
export const currencySchema = z
  .string()
  .regex(/^[A-Z]{3}$/, 'Must be an ISO 4217 code')
  .openapi({ description: 'ISO 4217', example: 'USD' })
/** The address of a page in requests. */
export const pageAddress = z.url({ protocol: /^https?$/ }).max(2000)
/** What is paid for once, in requests. */
export const onceFields = {
  pack_id: z.uuid().optional().openapi({ description: 'A pack of credits' }),
  invoice_id: z.uuid().optional().openapi({ description: 'Or what is open of an invoice' }),
  currency: currencySchema.default('USD').openapi({ description: 'Of the pack; an invoice has its own' }),
}

/** Who pays, as `private.payer` tells it. */
export const payerFields = {
  customer_id: z.string().nullable(),
  earlier_count: z.number(),
  name: z.string(),
  email: z.string().nullable(),
  currency: z.string(),
  tax_rate_id: z.string().nullable(),
}
/** The same as a row. */
export const payerSchema = z.object(payerFields)

/** What is paid for, as `private.payment_subject` tells it. */
export const subjectSchema = z.object({
  purpose: z.enum(['credit_pack', 'invoice']),
  purpose_id: z.uuid(),
  description: z.string(),
  currency: z.string(),
  amount_cents: z.number(),
})

/**
 * Id of the organization at the provider. Makes it a customer there where it is none yet, or none any more: it may be
 * deleted there, or the key may be of another account by now.
 */
export async function customerOf(
  deps: BillingDeps,
  organizationId: string,
  provider: PaymentProviderName,
  payer: z.output<typeof payerSchema>,
): Promise<string> {
  const record = (customerId: string, details: object) =>
    askBackend(deps, 'record_customer', {
      organization_id: organizationId,
      provider,
      provider_customer_id: customerId,
      occurred_at: deps.clock.now().toISOString(),
      details,
    })
  const { customer_id: known } = payer
  if (known !== null) {
    const isThere = await askProvider(deps, provider, 'hasCustomer', (one) =>
      one.hasCustomer(known, { signal: deps.signal }),
    )
    if (isThere) return known
    await record(known, { deleted_at: deps.clock.now().toISOString() })
  }
  const earlier = payer.earlier_count + (known === null ? 0 : 1)
  const { customerId } = await askProvider(deps, provider, 'createCustomer', (one) =>
    one.createCustomer(
      { organizationId, name: payer.name, email: payer.email },
      // Two requests at once make one customer; after one that was deleted there is another.
      changeOptions(deps, `customer:${organizationId}:${earlier}`),
    ),
  )
  await record(customerId, { name: payer.name, email: payer.email })
  return customerId
}
