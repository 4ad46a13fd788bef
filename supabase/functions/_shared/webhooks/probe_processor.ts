import { z } from 'zod'
import { JobError } from '../platform/mod.ts'
import { defineWebhookProcessor } from './webhook_processor.ts'

/**
 * Proves that the inbox works, from the signature to the processed row: the check after a deployment sends a signed event
 * `platform.probe` to `/webhooks/standard`. `data.failures` of its attempts fail, to see that they are repeated.
 */
export const probeProcessor = defineWebhookProcessor(
  'standard',
  ['platform.probe'],
  z.object({ data: z.object({ failures: z.number().int().min(0).max(10).default(0) }) }),
  async (_deps, { data }, { attempt }) => {
    if (attempt <= data.failures) throw new JobError(`Failed as asked, attempt ${attempt} of ${data.failures}`)
    return 'processed'
  },
)
