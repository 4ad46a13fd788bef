import { razorpayWebhooks, stripeWebhooks } from '../_shared/billing/mod.ts'
import { standardWebhooks, type WebhookSource } from '../_shared/webhooks/mod.ts'

/** Every provider that calls us. A domain adds one line for each of its own. */
export const sources: readonly WebhookSource[] = [
  // platform
  standardWebhooks('standard', 'Any sender of Standard Webhooks', (env) => env.WEBHOOK_SECRET),
  // billing
  stripeWebhooks,
  razorpayWebhooks,
]
