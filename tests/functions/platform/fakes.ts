import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type ClaimedJob,
  type JobFailure,
  type JobHandler,
  type JobProgress,
  type JobQueue,
  type RpcClient,
  runJobs,
  type WorkerOptions,
} from '../../../supabase/functions/_shared/platform/mod.ts'
import { createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'

/** A queue in memory that remembers what it was told. */
export interface FakeQueue extends JobQueue {
  readonly waiting: ClaimedJob[]
  readonly completed: { id: number; result: unknown }[]
  readonly failed: ({ id: number } & JobFailure)[]
  readonly progress: JobProgress[]
  /** Ids of jobs that are no longer the worker's. */
  readonly lost: Set<number>
  extended: number
  woken: number
}

let nextId = 1

/** A job of the fake queue. */
export function fakeJob(kind: string, payload: Record<string, unknown> = {}): ClaimedJob {
  return {
    id: nextId++,
    lease_id: randomUUID(),
    kind,
    queue: 'default',
    payload,
    organization_id: null,
    attempt: 1,
    max_attempts: 8,
    run_at: new Date().toISOString(),
  }
}

/** Makes a queue that holds jobs. */
export function fakeQueue(...waiting: ClaimedJob[]): FakeQueue {
  const queue: FakeQueue = {
    waiting,
    completed: [],
    failed: [],
    progress: [],
    lost: new Set(),
    extended: 0,
    woken: 0,
    claim: async ({ batchSize }) => waiting.splice(0, batchSize),
    async extendLease(job) {
      queue.extended += 1
      return !queue.lost.has(job.id)
    },
    async reportProgress(job, progress) {
      queue.progress.push(progress)
      return !queue.lost.has(job.id)
    },
    async complete(job, result) {
      if (queue.lost.has(job.id)) return false
      queue.completed.push({ id: job.id, result })
      return true
    },
    async fail(job, failure) {
      if (queue.lost.has(job.id)) return null
      queue.failed.push({ id: job.id, ...failure })
      return failure.isPermanent ? 'dead' : 'failed'
    },
    async wakeWorker() {
      queue.woken += 1
    },
  }
  return queue
}

/** For handlers that need none. */
const noDatabase: RpcClient = {
  rpc: (name) => Promise.reject(new Error(`There is no function "${name}"`)),
}

/** Runs a worker that leaves when nothing is left. */
export function work(queue: JobQueue, handlers: readonly JobHandler[], options: Partial<WorkerOptions> = {}) {
  return runJobs(
    {
      queue,
      handlers,
      db: noDatabase,
      clock: systemClock,
      logger: createLogger('test', () => {}),
      wait: (ms) => delay(ms),
    },
    {
      worker: 'worker-a',
      queues: ['default'],
      concurrency: 4,
      leaseSeconds: 60,
      budgetMs: 20_000,
      graceMs: 20_000,
      lingerMs: 0,
      pollMs: 1,
      ...options,
    },
  )
}
