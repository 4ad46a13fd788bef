import { randomUUID } from 'node:crypto'
import {
  type ClaimedJob,
  type JobData,
  type JobEnd,
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
  readonly ends: JobEnd[]
  readonly progress: JobProgress[]
  /** Ids of jobs that are no longer the worker's. */
  readonly lost: Set<number>
  /** How many jobs each claim asked for. */
  readonly claims: number[]
  /** How many ends came in each round trip. */
  readonly batches: number[]
  extended: number
  /** Workers that left although there was more. */
  readonly left: string[]
}

let nextId = 1

/** A job of the fake queue. */
export function fakeJob(kind: string, payload: JobData = {}, checkpoint: JobData | null = null): ClaimedJob {
  return {
    id: nextId++,
    lease_id: randomUUID(),
    kind,
    queue: 'default',
    payload,
    checkpoint,
    organization_id: null,
    attempt: 1,
    max_attempts: 8,
    run_at: new Date().toISOString(),
  }
}

/** Makes a queue that holds jobs. One that stopped at a checkpoint is given out again, as the real one does. */
export function fakeQueue(...waiting: ClaimedJob[]): FakeQueue {
  const queue: FakeQueue = {
    waiting,
    ends: [],
    progress: [],
    lost: new Set(),
    claims: [],
    batches: [],
    extended: 0,
    left: [],
    async claim({ batchSize }) {
      queue.claims.push(batchSize)
      return waiting.splice(0, batchSize)
    },
    async extendLeases(jobs) {
      queue.extended += 1
      return new Set(jobs.map(({ id }) => id).filter((id) => !queue.lost.has(id)))
    },
    async reportProgress(job, progress) {
      queue.progress.push(progress)
      return !queue.lost.has(job.id)
    },
    async finish(ends) {
      queue.batches.push(ends.length)
      const ours = ends.filter(({ job }) => !queue.lost.has(job.id))
      queue.ends.push(...ours)
      for (const end of ours) {
        if (end.outcome === 'continued') waiting.push({ ...end.job, checkpoint: end.checkpoint })
      }
      return new Map(ours.map((end) => [end.job.id, stateAfter(end)]))
    },
    async wakeWorker(worker) {
      queue.left.push(worker)
    },
  }
  return queue
}

function stateAfter(end: JobEnd): string {
  if (end.outcome === 'failed') return end.isPermanent ? 'dead' : 'failed'
  return end.outcome === 'succeeded' ? 'succeeded' : 'queued'
}

/** For handlers that need none. */
const noDatabase: RpcClient = {
  rpc: (name) => Promise.reject(new Error(`There is no function "${name}"`)),
}

/** Runs a worker that leaves when nothing is left. */
export function work(queue: JobQueue, handlers: readonly JobHandler[], options: Partial<WorkerOptions> = {}) {
  return runJobs(
    { queue, handlers, db: noDatabase, clock: systemClock, logger: createLogger('test', () => {}) },
    {
      worker: 'worker-a',
      queues: ['default'],
      concurrency: 4,
      maxAhead: 0,
      maxJobs: 1000,
      leaseSeconds: 60,
      budgetMs: 20_000,
      graceMs: 20_000,
      attemptMs: 20_000,
      lingerMs: 0,
      pollMs: 1,
      ...options,
    },
  )
}
