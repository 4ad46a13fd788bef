import { z } from '@hono/zod-openapi'
import {
  type ApiCaller,
  type BillingDatabase,
  inBillingOrganization,
  listOfOrganization,
  subscriptionAccessSchema,
} from '../api/mod.ts'
import type { CallerDatabase } from '../database/mod.ts'
import { defineListing, type ListRequest } from '../http/mod.ts'
import { callRpc } from '../platform/mod.ts'

const instant = z.iso.datetime({ offset: true })
const product = z.enum(['fundraising', 'estate', 'campaigns', 'chat']).openapi({ description: 'Product line' })
const interval = z.enum(['month', 'year'])
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .openapi({ description: 'ISO 4217', example: 'USD' })
const limitAction = z
  .enum(['block', 'overage'])
  .openapi({ description: 'What happens above the limit: it is refused, or billed at the metered price' })
const limitValue = z
  .number()
  .int()
  .nullable()
  .openapi({ description: 'How much; null means unlimited. Features are 1 for with and 0 for without' })

/** Query of the price list. */
export const plansQuerySchema = z.strictObject({ product: product.optional(), currency: currency.optional() })

/** The price list. */
export const plansSchema = z
  .object({
    data: z.array(
      z.object({
        plan_id: z.uuid(),
        product,
        key: z.string(),
        name: z.string(),
        description: z.string(),
        rank: z.number().int(),
        trial_days: z.number().int(),
        is_default: z
          .boolean()
          .openapi({ description: 'Whether it is what an organization has without a subscription' }),
        prices: z.array(
          z.object({
            price_id: z.uuid(),
            kind: z.enum(['flat', 'seat', 'metered', 'one_off']),
            billing_interval: interval.nullable(),
            currency,
            unit_cents: z
              .number()
              .int()
              .openapi({ description: 'For unit_count units, in the minor unit, before tax' }),
            unit_count: z.number().int(),
            limit_key: z.string().nullable().openapi({ description: 'The limit above which use is metered' }),
          }),
        ),
        entitlements: z
          .record(z.string(), z.object({ value: limitValue, action: limitAction }))
          .openapi({ description: 'What it allows, by the name of the limit' }),
      }),
    ),
  })
  .openapi('BillingPlans')

/** A subscription of an organization. */
export const subscriptionSchema = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    product,
    plan_id: z.uuid(),
    provider: z.string().openapi({ description: 'Who collects the money; `manual` for own invoices' }),
    status: z.string().openapi({ description: 'How the payment stands, in the words of the provider' }),
    access: subscriptionAccessSchema.openapi({ description: 'What may be done with it' }),
    seat_count: z.number().int(),
    billing_interval: interval,
    currency,
    current_period_starts_at: instant,
    current_period_ends_at: instant,
    trial_ends_at: instant.nullable(),
    is_cancelled_at_period_end: z.boolean(),
    cancel_reason: z.string().nullable(),
    cancelled_at: instant.nullable(),
    ended_at: instant.nullable(),
    paused_at: instant.nullable(),
    overdue_at: instant.nullable(),
    own_overdue_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('BillingSubscription')

/** What callers may ask of the list of subscriptions. */
export const subscriptionList = defineListing({
  item: subscriptionSchema,
  filters: { product: ['eq', 'in'], access: ['eq', 'in'], status: ['eq', 'in'], created_at: ['gte', 'lt'] },
  sorts: ['created_at'],
  defaultSort: '-created_at',
})

/** What an organization is entitled to. */
export const entitlementsSchema = z
  .object({
    organization_id: z.uuid(),
    data: z.array(
      z.object({
        key: z.string().openapi({ description: 'Name of the limit', example: 'max_projects' }),
        value: limitValue,
        action: limitAction,
        description: z.string().openapi({ description: 'What it limits' }),
      }),
    ),
  })
  .openapi('BillingEntitlements')

/** The price list, for everybody. */
export async function readPlans(
  { database }: { readonly database: CallerDatabase },
  { product: product_line, currency: wanted }: z.output<typeof plansQuerySchema>,
): Promise<z.output<typeof plansSchema>> {
  const data = await callRpc(database, 'list_plans', {
    product_line: product_line ?? null,
    currency: wanted ?? null,
  })
  return plansSchema.parse({ data })
}

/** One page of an organization's subscriptions. @throws {AppError} as {@link inBillingOrganization} */
export async function listSubscriptions(
  deps: BillingDatabase,
  caller: ApiCaller,
  organization_id: string | undefined,
  request: ListRequest,
) {
  const rows = await listOfOrganization(deps, caller, organization_id, 'public.billing_subscriptions', request)
  return subscriptionList.page(request, rows)
}

/** What an organization is entitled to. @throws {AppError} as {@link inBillingOrganization} */
export function readEntitlements(deps: BillingDatabase, caller: ApiCaller, organization_id: string | undefined) {
  const ask = { organization_id, permission: 'organization.read', isReadOnly: true }
  return inBillingOrganization(deps, caller, ask, async (sql, organizationId) => {
    const data = await sql`select * from public.get_entitlements(${organizationId})`
    return entitlementsSchema.parse({ organization_id: organizationId, data })
  })
}
