import { z } from '@hono/zod-openapi'

/** Answer to a provider's call. */
export const webhookReceiptSchema = z
  .object({ received: z.number().int().openapi({ description: 'Events in the call, new ones and repeated ones' }) })
  .openapi('WebhookReceipt')
