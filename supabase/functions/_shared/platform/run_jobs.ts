import type { Clock, Logger } from '../runtime/mod.ts'
import { JobError, type JobHandler } from './job_handler.ts'
import type { JobFailure, JobQueue, RpcClient } from './job_queue.ts'
import type { ClaimedJob, WorkerRun } from './schemas.ts'

/** What a worker needs. */
export interface WorkerDeps {
  readonly queue: JobQueue
  readonly handlers: readonly JobHandler[]
  /** What handlers reach the database with. */
  readonly db: RpcClient
  readonly clock: Clock
  readonly logger: Logger
  /** Resolves after some milliseconds. */
  wait(milliseconds: number): Promise<void>
}

/** How a worker works. */
export interface WorkerOptions {
  /** Name that its leases carry. */
  readonly worker: string
  readonly queues: readonly string[]
  /** Jobs at once. */
  readonly concurrency: number
  readonly leaseSeconds: number
  /** After this long no further job is started. */
  readonly budgetMs: number
  /** How long jobs that were started may go on after that. */
  readonly graceMs: number
  /** How long it looks for further jobs when there are none, so that a fresh one starts at once. */
  readonly lingerMs: number
  readonly pollMs: number
}

/**
 * Runs jobs until none is left or the time is over; in the second case another worker is called. Any number may run side
 * by side.
 *
 * @returns what it did. Rejects only when the queue cannot be reached.
 */
export async function runJobs(deps: WorkerDeps, options: WorkerOptions): Promise<WorkerRun> {
  const { queue, clock } = deps
  const handlers = new Map(deps.handlers.map((handler) => [handler.kind, handler]))
  const running = new Set<Promise<void>>()
  const stop = new AbortController()
  const counts = { succeeded: 0, failed: 0, lost: 0 }
  const now = () => clock.now().getTime()
  const deadline = now() + options.budgetMs
  let idleSince = now()
  let hasMore = true

  function start(job: ClaimedJob): void {
    const run = runJob(deps, options, handlers.get(job.kind), job, stop.signal)
      .then((end) => {
        counts[end] += 1
      })
      .catch((error: unknown) => {
        // The queue did not hear how it ended: the job comes back when its lease ends.
        counts.lost += 1
        deps.logger.error('job_end_not_recorded', error, { job_id: job.id, kind: job.kind })
      })
      .finally(() => running.delete(run))
    running.add(run)
  }

  try {
    while (now() < deadline) {
      const room = options.concurrency - running.size
      if (room === 0) {
        await Promise.race([...running, deps.wait(deadline - now())])
        continue
      }
      const leaves = Math.min(idleSince + options.lingerMs, deadline)
      const jobs = await queue.claim({
        queues: options.queues,
        worker: options.worker,
        batchSize: room,
        leaseSeconds: options.leaseSeconds,
        pollSeconds: Math.max(0, Math.floor((leaves - now()) / 1000)),
      })
      for (const job of jobs) start(job)
      if (jobs.length > 0 || running.size > 0) idleSince = now()
      if (jobs.length === room) continue
      if (now() - idleSince >= options.lingerMs) {
        hasMore = false
        break
      }
      await Promise.race([...running, deps.wait(options.pollMs)])
    }
  } finally {
    // Gracefully: what runs may end, then it is told to stop; what does not listen comes back with its lease.
    await Promise.race([Promise.all(running), deps.wait(options.graceMs)])
    stop.abort(new JobError('The time of the worker was over'))
    await Promise.race([Promise.all(running), deps.wait(1000)])
  }
  if (hasMore) await queue.wakeWorker()
  return { worker: options.worker, ...counts, has_more: hasMore }
}

async function runJob(
  deps: WorkerDeps,
  options: WorkerOptions,
  handler: JobHandler | undefined,
  job: ClaimedJob,
  stop: AbortSignal,
): Promise<'succeeded' | 'failed' | 'lost'> {
  const { queue, logger, clock } = deps
  const fields = { job_id: job.id, kind: job.kind, attempt: job.attempt }
  const cancel = new AbortController()
  const goOn = (isOurs: boolean) => {
    if (!isOurs) cancel.abort(new JobError('The job was cancelled or taken over'))
  }
  const extend = () =>
    queue.extendLease(job, options.leaseSeconds).then(goOn, (error: unknown) => {
      // Perhaps the next try reaches the queue in time; otherwise the lease ends and the job is no longer ours.
      logger.error('job_lease_not_extended', error, fields)
    })
  const timer = setInterval(extend, (options.leaseSeconds * 1000) / 3)
  const signal = AbortSignal.any([stop, cancel.signal])
  const startedAt = clock.now().getTime()
  try {
    // A worker of an older version meets new kinds during a deployment: a newer one will know it.
    if (!handler) throw new JobError(`No handler for kind "${job.kind}"`)
    const report = async (progress: Parameters<JobQueue['reportProgress']>[1]) => {
      goOn(await queue.reportProgress(job, progress))
      signal.throwIfAborted()
    }
    const { result } = await handler.run({ clock, logger, db: deps.db, signal, report }, job)
    clearInterval(timer)
    const isOurs = await queue.complete(job, result ?? null)
    logger.info('job_succeeded', { ...fields, is_lost: !isOurs, duration_ms: clock.now().getTime() - startedAt })
    return isOurs ? 'succeeded' : 'lost'
  } catch (error) {
    clearInterval(timer)
    const state = await queue.fail(job, failureOf(error))
    logger.error('job_failed', error, { ...fields, state })
    return state === null || state === 'cancelled' ? 'lost' : 'failed'
  }
}

/** What the queue is told of an error. Providers' errors carry the same facts under their own names. */
function failureOf(error: unknown): JobFailure {
  if (error instanceof JobError) {
    return { error: error.message, isPermanent: error.isPermanent, retryAfterSeconds: error.retryAfterSeconds }
  }
  const isPermanent = error instanceof Error && 'isRetryable' in error && error.isRetryable === false
  const asked = error instanceof Error && 'retryAfterSeconds' in error ? error.retryAfterSeconds : null
  return {
    error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    isPermanent,
    retryAfterSeconds: typeof asked === 'number' ? asked : null,
  }
}
