import { stripeProcessors } from '../_shared/billing/mod.ts'
import { stripeLookUp } from '../_shared/providers/payments/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { probeProcessor, type WebhookProcessor } from '../_shared/webhooks/mod.ts'
import { paymentProcessors } from './payments.ts'

/** What is done with the events of providers. A domain adds one line for each of its own. */
export const webhookProcessors: readonly WebhookProcessor[] = [
  // platform
  probeProcessor,
  ...paymentProcessors,
  // billing
  ...stripeProcessors((signal) => stripeLookUp(readEnv(), { signal })),
]
