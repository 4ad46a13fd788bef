import type { z } from 'zod'
import type { Clock, Logger } from '../runtime/mod.ts'
import type { JobData, JobProgress, RpcClient } from './job_queue.ts'
import type { ClaimedJob } from './schemas.ts'

/** What a handler gives back. */
export interface JobOutcome {
  /** Kept with the job for 14 days; ids and counts rather than content. */
  readonly result?: JobData
  /**
   * Not done yet: the job is given to a worker again, with this as its `checkpoint`. It starts anew with all its attempts,
   * because a checkpoint proves that it gets on. Small: where to go on, not what was found.
   */
  readonly continueWith?: JobData
  /** How long it waits before it goes on; at once unless said. */
  readonly afterSeconds?: number
}

/** What every handler is given beside its payload. */
export interface JobDeps {
  readonly clock: Clock
  readonly logger: Logger
  /** The API's functions with the rights of the backend. */
  readonly db: RpcClient
  /** Aborts when the job was cancelled or taken over, and when the worker's time is over. */
  readonly signal: AbortSignal
  /** Tells the organization's private channel how far the job is; aborts `signal` when the job was cancelled. */
  report(progress: JobProgress): Promise<void>
}

/** The work of one kind of job. */
export interface JobHandler {
  readonly kind: string
  /** @throws {JobError} for a payload that is not valid */
  run(deps: JobDeps, job: ClaimedJob): Promise<JobOutcome>
}

/** A failure of which the handler knows whether and when trying again helps. Other errors are tried again. */
export class JobError extends Error {
  /** Trying again cannot help: the job is dead at once. */
  readonly isPermanent: boolean
  /** The earliest time at which it may help. */
  readonly retryAfterSeconds: number | null
  /** Nothing went wrong, it was too early: uses up no attempt until 24 hours after the job was created. */
  readonly isPostponement: boolean
  constructor(
    message: string,
    options: { isPermanent?: boolean; retryAfterSeconds?: number; isPostponement?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'JobError'
    this.isPermanent = options.isPermanent ?? false
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
    this.isPostponement = options.isPostponement ?? false
  }
}

/** Whether an error says no more than "later": of a {@link JobError}, or of a provider that names a time (429). */
export function isPostponement(error: unknown): boolean {
  if (error instanceof JobError) return error.isPostponement
  if (!(error instanceof Error) || !('failure' in error) || !('retryAfterSeconds' in error)) return false
  return error.failure === 'throttled' && typeof error.retryAfterSeconds === 'number'
}

/**
 * Makes the handler of a kind. It must be safe to run again: a worker may die after the work and before the word of it.
 *
 * @param payload schema of what the job is given; a payload that does not fit is a permanent failure
 * @example
 * const welcome = defineJob('member.welcome', z.strictObject({ user_id: z.uuid() }), async (deps, { user_id }, job) => ...)
 */
export function defineJob<Schema extends z.ZodType>(
  kind: string,
  payload: Schema,
  run: (deps: JobDeps, payload: z.output<Schema>, job: ClaimedJob) => Promise<JobOutcome>,
): JobHandler {
  return {
    kind,
    async run(deps, job) {
      const parsed = payload.safeParse(job.payload)
      if (!parsed.success) {
        const [issue] = parsed.error.issues
        throw new JobError(`Payload is not valid: "${issue?.path.join('.')}" ${issue?.message}`, { isPermanent: true })
      }
      return run(deps, parsed.data, job)
    },
  }
}
