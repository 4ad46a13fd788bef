import { z } from '@hono/zod-openapi'

/** A job as `claim_jobs` gives it. */
export const claimedJobSchema = z.object({
  id: z.number().int(),
  /** Proves towards the queue that we speak of this attempt. */
  lease_id: z.uuid(),
  kind: z.string(),
  queue: z.string(),
  payload: z.record(z.string(), z.unknown()),
  /** Where the handler said it goes on; null at the beginning. */
  checkpoint: z.record(z.string(), z.unknown()).nullable(),
  organization_id: z.uuid().nullable(),
  attempt: z.number().int(),
  max_attempts: z.number().int(),
  /** ISO 8601, with an offset. */
  run_at: z.string(),
})

/** A job that this worker holds. */
export type ClaimedJob = z.infer<typeof claimedJobSchema>

/** A row of `finish_jobs`. */
export const finishedJobSchema = z.object({ job_id: z.number().int(), state: z.string() })

/** What a worker is called with. */
export const workerCallSchema = z
  .strictObject({
    queues: z
      .array(z.string().regex(/^[a-z]+(_[a-z]+)*$/))
      .min(1)
      .max(20)
      .default(['default'])
      .openapi({ description: 'Queues to take jobs from, the first one first' }),
    does_loop: z.boolean().default(false).openapi({
      description: 'Look for jobs for a minute, because the schedule comes only once a minute',
    }),
  })
  .openapi('WorkerCall')

/** Answer of the worker: what it did in its time. */
export const workerRunSchema = z
  .object({
    worker: z.string().openapi({ description: 'Name it claimed jobs under' }),
    succeeded: z.number().int(),
    failed: z.number().int().openapi({ description: 'Attempts that failed, whether they are tried again or not' }),
    continued: z.number().int().openapi({ description: 'Attempts that stopped at a checkpoint' }),
    lost: z.number().int().openapi({ description: 'Jobs that were cancelled or taken over meanwhile' }),
    has_more: z.boolean().openapi({ description: 'Its time was over before the work was; another one is called' }),
  })
  .openapi('WorkerRun')

/** What one invocation of the worker did. */
export type WorkerRun = z.infer<typeof workerRunSchema>
