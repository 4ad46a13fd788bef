import { probeProcessor, type WebhookProcessor } from '../_shared/webhooks/mod.ts'

/** What is done with the events of providers. A domain adds one line for each of its own. */
export const webhookProcessors: readonly WebhookProcessor[] = [
  // platform
  probeProcessor,
]
