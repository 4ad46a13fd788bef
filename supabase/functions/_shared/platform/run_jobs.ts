import { type Clock, type Logger, processorTime } from '../runtime/mod.ts'
import { batchEnds } from './batch_ends.ts'
import { JobError, type JobHandler } from './job_handler.ts'
import type { JobEnd, JobProgress, JobQueue, RpcClient } from './job_queue.ts'
import { runAttempt } from './run_attempt.ts'
import type { ClaimedJob, WorkerRun } from './schemas.ts'

/** What a worker needs. */
export interface WorkerDeps {
  readonly queue: JobQueue
  readonly handlers: readonly JobHandler[]
  /** What handlers reach the database with. */
  readonly db: RpcClient
  readonly clock: Clock
  readonly logger: Logger
}

/** How a worker works. */
export interface WorkerOptions {
  /** Name that its leases carry. */
  readonly worker: string
  readonly queues: readonly string[]
  /** Jobs at once. */
  readonly concurrency: number
  /** Jobs that are at most claimed beyond those, while they are quickly done. */
  readonly maxAhead: number
  /** Jobs after which it leaves the rest to the next worker: a hosted function may use little processor time. */
  readonly maxJobs: number
  readonly leaseSeconds: number
  /** After this long no further job is started. */
  readonly budgetMs: number
  /** How long jobs that were started may go on after that. */
  readonly graceMs: number
  /** How long one attempt may take. */
  readonly attemptMs: number
  /** How long it looks for further jobs when there are none, so that a fresh one starts at once. */
  readonly lingerMs: number
  /** Longest pause between two looks. */
  readonly pollMs: number
  /**
   * Processor time after which it leaves the rest to the next worker once a job stopped at a checkpoint: steps of bulk work
   * fit a hosted function each, but not many of them one.
   */
  readonly mostCpuMs?: number
  /** Aborts when the process is about to end. */
  readonly shutdown?: AbortSignal
}

/** A job from its claim until the queue heard of its end. */
interface HeldJob {
  readonly job: ClaimedJob
  readonly controller: AbortController
  readonly claimedAt: number
  startedAt?: number
}

/** Claims that fail in a row before a worker gives up, with pauses of 0.2 s doubled each time between. */
const maxFailedClaims = 6
/** Jobs that were not begun for so long are given back: others may be free. */
const maxWaitMs = 2_000

/**
 * Runs jobs until none is left or the time is over; in the second case another worker is called. Any number may run side
 * by side.
 *
 * Durations are of a clock that never jumps and leases of the database's clock: a wrong clock here does no harm.
 *
 * @returns what it did. Rejects only when the queue cannot be reached.
 */
export async function runJobs(deps: WorkerDeps, options: WorkerOptions): Promise<WorkerRun> {
  const { queue, logger } = deps
  const handlers = new Map(deps.handlers.map((handler) => [handler.kind, handler]))
  const counts = { succeeded: 0, failed: 0, continued: 0, lost: 0 }
  const held = new Map<number, HeldJob>()
  const finish = batchEnds(queue, logger)
  const now = () => performance.now()
  const deadline = now() + options.budgetMs
  const mostHeld = 2 * (options.concurrency + options.maxAhead)
  let waiting: HeldJob[] = []
  let runningCount = 0
  let claimedCount = 0
  let ahead = 0
  let changed = Promise.withResolvers<void>()

  const isShutDown = () => options.shutdown?.aborted === true
  const cpuBefore = processorTime()
  const isSpent = () => counts.continued > 0 && processorTime() - cpuBefore > (options.mostCpuMs ?? Infinity)
  const mayClaim = () => now() < deadline && claimedCount < options.maxJobs && !isShutDown() && !isSpent()

  /** Waits until a job ends or the time is over. */
  async function change(milliseconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    changed = Promise.withResolvers()
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(milliseconds, 0))
    })
    await Promise.race([changed.promise, timeout])
    clearTimeout(timer)
  }

  function startWaiting(): void {
    while (runningCount < options.concurrency) {
      const next = waiting.shift()
      if (!next) return
      runningCount += 1
      void run(next)
    }
  }

  async function run(one: HeldJob): Promise<void> {
    const { job, controller } = one
    one.startedAt = now()
    const report = async (progress: JobProgress) => {
      if (!(await queue.reportProgress(job, progress))) controller.abort(takenAway())
      controller.signal.throwIfAborted()
    }
    const handlerDeps = { clock: deps.clock, logger, db: deps.db, signal: controller.signal, report }
    const attempt = await runAttempt(
      job,
      handlers.get(job.kind),
      (handler) => handler.run(handlerDeps, job),
      controller.signal,
    )
    runningCount -= 1
    startWaiting()
    // Not the job's fault: it costs no attempt.
    const end: JobEnd = attempt.error && isShutDown() ? { job, outcome: 'released' } : attempt.end
    await record(end, attempt.error, Math.round(now() - one.startedAt))
  }

  async function record(end: JobEnd, error: unknown, durationMs: number): Promise<void> {
    const { id, kind, attempt } = end.job
    const fields = { job_id: id, kind, attempt, duration_ms: durationMs }
    try {
      const state = await finish(end)
      if (state === null || state === 'cancelled') counts.lost += 1
      else if (end.outcome !== 'released') counts[end.outcome] += 1
      if (end.outcome === 'failed' && end.isPostponement && state !== 'dead') logger.info('job_postponed', fields)
      else if (end.outcome === 'failed') logger.error('job_failed', error, { ...fields, state })
      else logger.info(`job_${end.outcome}`, { ...fields, is_lost: state === null })
    } catch (problem) {
      // The queue did not hear how it ended: the job comes back when its lease ends.
      counts.lost += 1
      logger.error('job_end_not_recorded', problem, fields)
    } finally {
      held.delete(id)
      changed.resolve()
    }
  }

  function release(jobs: readonly HeldJob[]): void {
    for (const { job } of jobs) void record({ job, outcome: 'released' }, undefined, 0)
  }

  async function extendLeases(): Promise<void> {
    if (held.size === 0) return
    const jobs = [...held.values()]
    try {
      const kept = await queue.extendLeases(
        jobs.map(({ job }) => job),
        options.leaseSeconds,
      )
      for (const { job, controller } of jobs) if (!kept.has(job.id)) controller.abort(takenAway())
      waiting = waiting.filter((one) => kept.has(one.job.id) || !held.delete(one.job.id))
    } catch (error) {
      // Perhaps the next try reaches the queue in time; otherwise the leases end and the jobs are no longer ours.
      logger.error('job_leases_not_extended', error, { count: jobs.length })
    }
  }

  function abortLateAttempts(): void {
    for (const { startedAt, controller } of held.values()) {
      if (startedAt !== undefined && now() - startedAt > options.attemptMs) {
        controller.abort(new JobError(`The attempt took longer than ${options.attemptMs / 1000} s`))
      }
    }
  }

  function abortAll(reason: string): void {
    for (const { controller } of held.values()) controller.abort(new JobError(reason))
  }

  /** @returns what was claimed, or null when the queue was not reached */
  async function claim(batchSize: number, pollMs: number): Promise<number | null> {
    try {
      const jobs = await queue.claim({
        queues: options.queues,
        worker: options.worker,
        batchSize,
        leaseSeconds: options.leaseSeconds,
        pollSeconds: Math.max(0, Math.floor(pollMs / 1000)),
      })
      for (const job of jobs) {
        const one = { job, controller: new AbortController(), claimedAt: now() }
        held.set(job.id, one)
        waiting.push(one)
      }
      claimedCount += jobs.length
      startWaiting()
      return jobs.length
    } catch (error) {
      failedClaims += 1
      logger.error('jobs_not_claimed', error, { failures: failedClaims })
      if (failedClaims >= maxFailedClaims) throw error
      return null
    }
  }

  /** Claims until nothing is left or the time is over. @returns whether there may be more */
  async function claimAll(): Promise<boolean> {
    let idleSince = now()
    let claimedAt = Number.NEGATIVE_INFINITY
    while (mayClaim()) {
      const [oldest] = waiting
      if (oldest && now() - oldest.claimedAt > maxWaitMs) {
        ahead = 0
        release(waiting.splice(0))
      }
      const most = options.concurrency + ahead
      const room = Math.min(most - runningCount - waiting.length, options.maxJobs - claimedCount)
      // Jobs whose end is on its way leave room, until the queue falls behind.
      if (room <= 0 || held.size > mostHeld || (waiting.length > 0 && room < most / 2)) {
        await change(Math.min(deadline - now(), maxWaitMs))
        continue
      }
      const leaves = Math.min(idleSince + options.lingerMs, deadline)
      const count = await claim(room, leaves - now())
      if (count === null) {
        await change(Math.min(200 * 2 ** (failedClaims - 1), deadline - now()))
        continue
      }
      failedClaims = 0
      if (count > 0 || held.size > 0) idleSince = now()
      if (count === room) {
        // Jobs that are quickly done are claimed ahead, slow ones are left to whoever is free.
        const sinceMs = now() - claimedAt
        ahead = sinceMs < 250 ? Math.min(ahead * 2 + options.concurrency, options.maxAhead) : Math.floor(ahead / 2)
        claimedAt = now()
        continue
      }
      if (held.size === 0 && now() - idleSince >= options.lingerMs) return false
      // Often right after the last job and ever less while nothing comes.
      await change(Math.min(options.pollMs, 10 + (now() - idleSince) / 4, deadline - now()))
    }
    return true
  }

  async function settle(milliseconds: number): Promise<void> {
    const end = now() + milliseconds
    while (held.size > 0 && now() < end) await change(end - now())
  }

  let failedClaims = 0
  const onShutdown = () => {
    abortAll('The worker is shut down')
    changed.resolve()
  }
  options.shutdown?.addEventListener('abort', onShutdown, { once: true })
  const leaseTimer = setInterval(extendLeases, (options.leaseSeconds * 1000) / 3)
  const lateTimer = setInterval(abortLateAttempts, Math.min(options.attemptMs, 1000))
  let hasMore = true
  try {
    hasMore = await claimAll()
  } finally {
    // Gracefully: what runs may end, then it is told to stop.
    release(waiting.splice(0))
    if (isShutDown()) onShutdown()
    await settle(options.graceMs)
    abortAll('The time of the worker was over')
    await settle(5_000)
    clearInterval(leaseTimer)
    clearInterval(lateTimer)
    options.shutdown?.removeEventListener('abort', onShutdown)
    for (const { job } of held.values()) logger.warn('job_abandoned', { job_id: job.id, kind: job.kind })
  }
  if (hasMore) await queue.wakeWorker(options.worker)
  return { worker: options.worker, ...counts, has_more: hasMore }
}

const takenAway = () => new JobError('The job was cancelled or taken over')
