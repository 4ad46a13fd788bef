import { z } from '@hono/zod-openapi'

/** A job as `claim_jobs` gives it. */
export const claimedJobSchema = z.object({
  id: z.number().int(),
  /** Proves towards the queue that we speak of this attempt. */
  lease_id: z.uuid(),
  kind: z.string(),
  queue: z.string(),
  payload: z.record(z.string(), z.unknown()),
  organization_id: z.uuid().nullable(),
  attempt: z.number().int(),
  max_attempts: z.number().int(),
  run_at: z.string(),
})

/** A job that this worker holds. */
export type ClaimedJob = z.infer<typeof claimedJobSchema>

/** Answer of the worker: what it did in its time. */
export const workerRunSchema = z
  .object({
    worker: z.string().openapi({ description: 'Name it claimed jobs under' }),
    succeeded: z.number().int(),
    failed: z.number().int().openapi({ description: 'Attempts that failed, whether they are tried again or not' }),
    lost: z.number().int().openapi({ description: 'Jobs that were cancelled or taken over meanwhile' }),
    has_more: z.boolean().openapi({ description: 'Its time was over before the work was; another one is called' }),
  })
  .openapi('WorkerRun')

/** What one invocation of the worker did. */
export type WorkerRun = z.infer<typeof workerRunSchema>
