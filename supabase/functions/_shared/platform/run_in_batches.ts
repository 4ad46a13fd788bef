import { z } from 'zod'
import { type JobDeps, JobError, type JobOutcome } from './job_handler.ts'
import type { JobData } from './job_queue.ts'
import type { ClaimedJob } from './schemas.ts'

/** A second: hosted functions have two seconds of processor time for each request. */
const usualStepMs = 1_000

/** What one batch did. */
export interface Batch<Cursor> {
  /** Rows it dealt with. */
  readonly done: number
  /** Where the next batch begins; null when nothing is left. */
  readonly next: Cursor | null
}

/** How a large set is worked through. */
export interface BatchOptions<Cursor extends JobData> {
  /** Schema of the cursor, which is read back from the database. */
  readonly cursor: z.ZodType<Cursor>
  /** Counts the rows, once at the beginning; left out when that is not worth it. */
  readonly count?: () => Promise<number>
  /** Deals with some hundred rows after the cursor (null: from the beginning). Must be safe to repeat. */
  readonly work: (cursor: Cursor | null) => Promise<Batch<Cursor>>
  /** How long it goes on before it stops at a checkpoint; a second unless said. */
  readonly stepMs?: number
}

/**
 * Works through a large set in batches: about a second at a time, with progress and a checkpoint after each, so that it
 * takes as long as it needs, lets other jobs in between and repeats at most one step when a worker dies.
 *
 * @returns what the handler gives back; its result is `{ done }`
 * @throws {JobError} for a checkpoint that does not fit
 * @example
 * defineJob('member.export', z.strictObject({}), (deps, _payload, job) =>
 *   runInBatches(deps, job, {
 *     cursor: z.strictObject({ after: z.uuid() }),
 *     work: async (cursor) => {
 *       const rows = await exportMembers(deps.db, cursor?.after ?? null, 500)
 *       const last = rows.at(-1)
 *       return { done: rows.length, next: last && rows.length === 500 ? { after: last.id } : null }
 *     },
 *   }),
 * )
 */
export async function runInBatches<Cursor extends JobData>(
  deps: Pick<JobDeps, 'signal' | 'report'>,
  job: Pick<ClaimedJob, 'checkpoint'>,
  options: BatchOptions<Cursor>,
): Promise<JobOutcome> {
  const schema = z.strictObject({
    done: z.number().int().min(0),
    total: z.number().int().min(0).nullable(),
    cursor: options.cursor.nullable(),
  })
  const begin = async () => ({ done: 0, total: (await options.count?.()) ?? null, cursor: null })
  const parsed = schema.safeParse(job.checkpoint ?? (await begin()))
  if (!parsed.success) throw new JobError('Checkpoint is not valid', { isPermanent: true, cause: parsed.error })
  const { total } = parsed.data
  let { done, cursor } = parsed.data
  const until = performance.now() + (options.stepMs ?? usualStepMs)
  do {
    deps.signal.throwIfAborted()
    const batch = await options.work(cursor)
    done += batch.done
    cursor = batch.next
  } while (cursor !== null && performance.now() < until)
  await deps.report({ done, ...(total === null ? {} : { total }) })
  return cursor === null ? { result: { done } } : { continueWith: { done, total, cursor } }
}
