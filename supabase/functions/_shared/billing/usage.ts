import { z } from '@hono/zod-openapi'
import { type ApiCaller, type BillingDatabase, billingOrganizationSchema, inBillingOrganization } from '../api/mod.ts'

const count = z.number().int()

/** Query of the usage page. */
export const usageQuerySchema = billingOrganizationSchema.extend({
  from_on: z.iso
    .date()
    .optional()
    .openapi({ description: 'First day, in UTC; that of the present month', example: '2026-11-01' }),
  to_on: z.iso
    .date()
    .optional()
    .openapi({ description: 'Last day; that of the month of the first', example: '2026-11-30' }),
})

/** What an organization used, and how that stands to its limits. */
export const usageSchema = z
  .object({
    organization_id: z.uuid(),
    metrics: z.array(
      z.object({
        metric: z.string().openapi({ description: 'What is counted', example: 'api_calls' }),
        kind: z.enum(['counter', 'gauge']).openapi({ description: 'Whether it is what happened, or what there is' }),
        unit: z.string().openapi({ description: 'Of what', example: 'calls' }),
        description: z.string().openapi({ description: 'For people' }),
        limit_key: z.string().nullable().openapi({ description: 'The entitlement that limits it; null for none' }),
        limit_count: count.nullable().openapi({ description: 'Null for unlimited, or none' }),
        limit_action: z
          .enum(['block', 'overage'])
          .nullable()
          .openapi({ description: 'Whether more is refused or billed' }),
        limit_span: z.enum(['moment', 'day', 'month']).nullable().openapi({ description: 'What the limit is for' }),
        used_count: count.openapi({ description: 'What the limit is held against now' }),
        used_percent: count.nullable().openapi({ description: 'That, of the limit; null without one' }),
        quantity: count.openapi({ description: 'Sum over the range; of a gauge what there is at its end' }),
        peak_count: count.openapi({ description: 'The most that there was at once' }),
        overage_count: count.openapi({ description: 'What was above a limit that bills more' }),
        overage_cents: count.nullable().openapi({ description: 'Its price so far, in the minor unit of `currency`' }),
        forecast_count: count.nullable().openapi({ description: 'If the rest of the range goes on like this' }),
        forecast_overage_count: count.nullable().openapi({ description: 'What would be above the limit then' }),
        forecast_overage_cents: count.nullable().openapi({ description: 'And what that would cost' }),
        currency: z.string().nullable().openapi({ description: 'ISO 4217' }),
        days: z.array(z.object({ day_on: z.iso.date(), quantity: count, peak_count: count, overage_count: count })),
      }),
    ),
  })
  .openapi('Usage')

/** What an organization used. @throws {AppError} 422 `usage_range_invalid` */
export function readUsage(
  deps: BillingDatabase,
  caller: ApiCaller,
  { organization_id, from_on, to_on }: z.output<typeof usageQuerySchema>,
) {
  const ask = { organization_id, permission: 'billing.read', isReadOnly: true }
  return inBillingOrganization(deps, caller, ask, async (sql, organizationId) =>
    usageSchema.parse({
      organization_id: organizationId,
      metrics: await sql`
        select * from public.get_usage(${organizationId}, ${from_on ?? null}::date, ${to_on ?? null}::date)`,
    }),
  )
}
