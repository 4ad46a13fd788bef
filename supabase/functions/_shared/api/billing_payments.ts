import { z } from '@hono/zod-openapi'
import { AppError, defineListing, type ListRequest } from '../http/mod.ts'
import { type ApiCaller, requireScope } from './api_caller.ts'
import { askBackend, askDatabase, askProvider, type BillingDeps, changeOptions } from './billing_context.ts'
import { billingOrganizationSchema, inBillingOrganization, listOfOrganization } from './billing_organization.ts'
import { instant } from './schemas.ts'

/** A payment on the REST face. */
export const paymentSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    provider: z.string().openapi({ example: 'stripe' }),
    purpose: z.enum(['subscription', 'credit_pack', 'invoice', 'other']),
    purpose_id: z.uuid().nullable(),
    method: z.string().openapi({ example: 'card' }),
    reference: z.string().nullable(),
    status: z.enum(['pending', 'requires_action', 'processing', 'succeeded', 'failed', 'cancelled', 'reversed']),
    currency: z.string(),
    amount_cents: z.number().int().openapi({ description: "In the currency's minor unit" }),
    refunded_cents: z.number().int(),
    failure_code: z.string().nullable(),
    failure_message: z.string().nullable(),
    receipt_url: z.string().nullable(),
    payment_method_id: z.uuid().nullable(),
    paid_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Payment')

/** A refund on the REST face. */
export const refundSchema = z
  .object({
    id: z.uuid(),
    payment_id: z.uuid(),
    status: z.enum(['pending', 'requires_action', 'succeeded', 'failed', 'cancelled']),
    currency: z.string(),
    amount_cents: z.number().int(),
    reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer', 'other']),
    comment: z.string().nullable(),
    failure_code: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Refund')

const disputeSchema = z.object({
  id: z.uuid(),
  status: z.string(),
  reason: z.string().nullable(),
  currency: z.string(),
  amount_cents: z.number().int(),
  evidence_due_at: instant.nullable(),
  closed_at: instant.nullable(),
  created_at: instant,
})
const eventSchema = z.object({
  object: z.enum(['payment', 'refund', 'dispute']),
  object_id: z.uuid(),
  status: z.string(),
  changes: z.record(z.string(), z.unknown()),
  source: z.string(),
  created_at: instant,
})

/** A payment with all that became of it. */
export const paymentDetailSchema = paymentSchema
  .extend({
    refunds: z.array(refundSchema),
    disputes: z.array(disputeSchema),
    events: z.array(eventSchema).openapi({ description: 'Every change, oldest first' }),
  })
  .openapi('PaymentDetail')

/** Body of a refund. */
export const newRefundSchema = z
  .strictObject({
    amount_cents: z.number().int().positive().optional().openapi({ description: 'All that is left without it' }),
    reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer', 'other']).default('requested_by_customer'),
    comment: z.string().trim().max(1000).nullable().default(null),
  })
  .openapi('NewRefund')

/** A saved payment method on the REST face. */
export const paymentMethodSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    provider: z.string(),
    kind: z.string().openapi({ example: 'card' }),
    brand: z.string().nullable().openapi({ example: 'visa' }),
    last4: z.string().nullable().openapi({ example: '4242' }),
    expiry_month: z.number().int().nullable(),
    expiry_year: z.number().int().nullable(),
    is_default: z.boolean(),
    created_at: instant,
  })
  .openapi('PaymentMethod')

/** Body that names the method which is used from now on. */
export const defaultMethodSchema = z.strictObject({ payment_method_id: z.uuid() }).openapi('DefaultPaymentMethod')

/** What callers may ask of the list of payments. */
export const paymentList = defineListing({
  item: paymentSchema,
  filters: {
    organization_id: ['eq'],
    status: ['eq', 'in'],
    purpose: ['eq', 'in'],
    purpose_id: ['eq'],
    provider: ['eq', 'in'],
    method: ['eq', 'in'],
    currency: ['eq'],
    created_at: ['gte', 'lt'],
  },
  sorts: ['created_at'],
  defaultSort: '-created_at',
})

/** What may be asked of saved methods. */
export const paymentMethodQuerySchema = billingOrganizationSchema.strict()

/** The saved methods of an organization. */
export const paymentMethodsSchema = z.object({ data: z.array(paymentMethodSchema) }).openapi('PaymentMethods')

type ReadDeps = Pick<BillingDeps, 'database'>

/** One page of an organization's payments. @throws {AppError} 404 `organization_not_found`, 403 `permission_missing` */
export async function listPayments(deps: ReadDeps, caller: ApiCaller, request: ListRequest) {
  const said = request.filters.find(({ field }) => field === 'organization_id')?.value
  const mine = z.uuid().optional().parse(said)
  return paymentList.page(request, await listOfOrganization(deps, caller, mine, 'public.billing_payments', request))
}

/** A payment with its refunds, disputes and log. @throws {AppError} 404 `billing_payment_not_found` */
export function readPayment(deps: ReadDeps, caller: ApiCaller, paymentId: string) {
  requireScope(caller, 'billing.read')
  return deps.database.asCaller(
    caller.claims,
    async (sql) => {
      const [payment] = await sql`select * from public.billing_payments where id = ${paymentId}`
      if (!payment) throw new AppError(404, 'billing_payment_not_found', 'Cannot read payment: no such payment')
      const refunds =
        await sql`select * from public.billing_refunds where payment_id = ${paymentId} order by created_at, id`
      const disputes = await sql`
        select * from public.billing_disputes where payment_id = ${paymentId} order by created_at, id`
      const events = await sql`select * from public.billing_payment_events where payment_id = ${paymentId} order by id`
      return paymentDetailSchema.parse({ ...payment, refunds, disputes, events })
    },
    { isReadOnly: true },
  )
}

/** Asks for a refund; a job then asks the provider. @throws {AppError} what `request_refund` answers */
export function refundPayment(
  deps: ReadDeps,
  caller: ApiCaller,
  paymentId: string,
  { amount_cents, reason, comment }: z.output<typeof newRefundSchema>,
) {
  requireScope(caller, 'billing.manage')
  return deps.database.asCaller(caller.claims, async (sql) => {
    const [row] = await sql`
      select * from public.request_refund(${paymentId}, ${amount_cents ?? null}, ${reason}, ${comment})`
    return refundSchema.parse(row)
  })
}

/** The saved methods of an organization that can be used, the default first. @throws {AppError} 403 `permission_missing` */
export async function listPaymentMethods(deps: ReadDeps, caller: ApiCaller, organization: string | undefined) {
  const ask = { organization_id: organization, permission: 'billing.read', isReadOnly: true }
  const data = await inBillingOrganization(
    deps,
    caller,
    ask,
    (sql, organizationId) => sql`
      select * from public.billing_payment_methods
      where organization_id = ${organizationId} and removed_at is null order by is_default desc, created_at desc, id`,
  )
  return paymentMethodsSchema.parse({ data })
}

const managedMethodSchema = z.object({
  organization_id: z.uuid(),
  provider: z.enum(['stripe', 'razorpay']),
  provider_method_id: z.string(),
  customer_id: z.string().nullable(),
})

async function managedMethod(deps: BillingDeps, caller: ApiCaller, methodId: string) {
  const { method } = await askDatabase(
    deps,
    caller,
    z.object({ method: managedMethodSchema }),
    (sql) => sql`select private.managed_payment_method(${methodId}) as method`,
  )
  return method
}

/** Removes a saved method at its provider and here. @throws {AppError} 404 `billing_method_not_found` */
export async function removePaymentMethod(deps: BillingDeps, caller: ApiCaller, methodId: string): Promise<void> {
  const method = await managedMethod(deps, caller, methodId)
  await askProvider(deps, method.provider, 'removeMethod', (provider) =>
    provider.removeMethod(method.provider_method_id, changeOptions(deps, `method.remove:${methodId}`)),
  )
  await recordMethod(deps, method, { removed_at: deps.clock.now().toISOString() })
}

/** Makes a saved method the one that is used unless another is named. @throws {AppError} 404 `billing_method_not_found` */
export async function setDefaultPaymentMethod(deps: BillingDeps, caller: ApiCaller, methodId: string) {
  const method = await managedMethod(deps, caller, methodId)
  await askProvider(deps, method.provider, 'setDefaultMethod', (provider) =>
    provider.setDefaultMethod(
      method.customer_id ?? '',
      method.provider_method_id,
      changeOptions(deps, `method.default:${methodId}:${deps.requestKey}`),
    ),
  )
  const [row] = z.array(z.unknown()).parse(await recordMethod(deps, method, { is_default: true }))
  return paymentMethodSchema.parse(row)
}

const recordMethod = (
  deps: BillingDeps,
  { organization_id, provider, provider_method_id }: z.output<typeof managedMethodSchema>,
  details: object,
) =>
  askBackend(deps, 'record_payment_method', {
    ...{ organization_id, provider, provider_method_id, details },
    occurred_at: deps.clock.now().toISOString(),
  })
