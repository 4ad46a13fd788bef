import type { ClaimedJob } from './schemas.ts'

/** The queue as a worker sees it. Every call rejects when the database cannot be reached. */
export interface JobQueue {
  /** @param pollSeconds how long the worker surely asks again, so that new jobs need not call one */
  claim(options: {
    queues: readonly string[]
    worker: string
    batchSize: number
    leaseSeconds: number
    pollSeconds: number
  }): Promise<ClaimedJob[]>
  /** @returns ids of the jobs that are still ours; of the others the work must stop */
  extendLeases(jobs: readonly ClaimedJob[], leaseSeconds: number): Promise<ReadonlySet<number>>
  /** @returns false when the job was cancelled or is somebody else's: stop */
  reportProgress(job: ClaimedJob, progress: JobProgress): Promise<boolean>
  /** @returns the state of each job that was still ours, by id; nothing of the others changed */
  finish(ends: readonly JobEnd[]): Promise<ReadonlyMap<number, string>>
  /** Has a worker called for each queue with a due job. @param leavingWorker nobody waits for this one any more */
  wakeWorker(leavingWorker: string): Promise<void>
}

/** How far a job is. */
export interface JobProgress {
  readonly done: number
  readonly total?: number
  readonly message?: string
}

/** How an attempt ended. */
export type JobEnd =
  | { readonly job: ClaimedJob; readonly outcome: 'succeeded'; readonly result?: JobData }
  | {
      readonly job: ClaimedJob
      readonly outcome: 'failed'
      readonly error: string
      readonly isPermanent: boolean
      /** It was asked to come later, which uses up no attempt while the job is young. */
      readonly isPostponement: boolean
      readonly afterSeconds: number | null
    }
  /** It stopped at a checkpoint. */
  | {
      readonly job: ClaimedJob
      readonly outcome: 'continued'
      readonly checkpoint: JobData
      readonly afterSeconds: number
    }
  /** It was not begun, or its worker was told to stop. */
  | { readonly job: ClaimedJob; readonly outcome: 'released' }

/** An object that becomes JSON. */
export type JobData = Readonly<Record<string, unknown>>

/** What of supabase-js the queue needs. */
export interface RpcClient {
  rpc(
    name: string,
    parameters: object,
  ): PromiseLike<{ data: unknown; error: { message: string; code?: string } | null }>
}

/** An end as `finish_jobs` takes it. */
export function endRow(end: JobEnd): Record<string, unknown> {
  const row = { job_id: end.job.id, lease_id: end.job.lease_id, outcome: end.outcome }
  if (end.outcome === 'succeeded') return end.result === undefined ? row : { ...row, result: end.result }
  if (end.outcome === 'failed') {
    const { error, isPermanent: is_permanent, isPostponement: is_postponement, afterSeconds } = end
    return { ...row, error, is_permanent, is_postponement, after_seconds: seconds(afterSeconds ?? 0) }
  }
  if (end.outcome === 'continued') {
    return { ...row, checkpoint: end.checkpoint, after_seconds: seconds(end.afterSeconds) }
  }
  return row
}

/** Whole seconds that the database can hold. */
const seconds = (value: number) => Math.min(Math.max(Math.ceil(value), 0), 2_147_483_647)
