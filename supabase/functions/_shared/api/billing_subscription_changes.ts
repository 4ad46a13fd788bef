import { z } from '@hono/zod-openapi'
import { instant } from './schemas.ts'

// What is asked of a subscription, and what a change of it would cost.

const named = { subscription_id: z.uuid() }
const changeFields = {
  ...named,
  plan_id: z.uuid().optional(),
  billing_interval: z.enum(['month', 'year']).optional(),
  seat_count: z.number().int().min(1).max(100_000).optional(),
}

/** Body of a preview. Fields that are left out stay as they are. */
export const changePreviewSchema = z.strictObject(changeFields).openapi('SubscriptionPreview')

/** Body of a change. */
export const subscriptionChangeSchema = z
  .strictObject({
    ...changeFields,
    proration_at: z.iso.datetime({ offset: true }).optional().openapi({
      description: '`proration_at` of a preview, so that the change costs what it said; good for ten minutes',
    }),
  })
  .openapi('SubscriptionChange')

/** What a change would cost. */
export const previewedChangeSchema = z
  .object({
    currency: z.string(),
    proration_cents: z.number().int().openapi({ description: 'What the change makes; negative gives back' }),
    total_cents: z
      .number()
      .int()
      .openapi({ description: 'What is asked for: at once by a provider, else with the next invoice' }),
    proration_at: instant.openapi({ description: 'Until when the old price counts and from when the new one' }),
    lines: z
      .array(
        z.object({
          description: z.string().openapi({ description: 'What for', example: '1 × Pro' }),
          amount_cents: z.number().int().openapi({ description: 'Before tax; negative gives back' }),
          is_proration: z.boolean().openapi({ description: 'Whether it is for the rest of the period' }),
        }),
      )
      .openapi({ description: 'What stands on that invoice' }),
  })
  .openapi('PreviewedChange')

/** Body of a cancellation. */
export const cancellationSchema = z
  .strictObject({
    ...named,
    when: z
      .enum(['now', 'period_end'])
      .default('period_end')
      .openapi({ description: 'At once, or when what is paid for is over' }),
    reason: z
      .enum([
        ...(['too_expensive', 'missing_features', 'switched_service', 'unused'] as const),
        ...(['customer_service', 'too_complex', 'low_quality', 'other'] as const),
      ])
      .openapi({ description: 'Why, for the report of cancellations' }),
    comment: z.string().trim().max(2000).nullable().default(null).openapi({ description: 'What the person adds' }),
  })
  .openapi('SubscriptionCancellation')

/** Body of what needs nothing but the subscription. */
export const namedSubscriptionSchema = z.strictObject(named).openapi('NamedSubscription')
