import { z } from 'zod'
import { type ClaimedJob, claimedJobSchema } from './schemas.ts'

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
  /** @returns false when the job was cancelled or is somebody else's: stop */
  extendLease(job: ClaimedJob, leaseSeconds: number): Promise<boolean>
  /** @returns false as with {@link extendLease} */
  reportProgress(job: ClaimedJob, progress: JobProgress): Promise<boolean>
  /** @returns false when the job is no longer ours, which changed nothing */
  complete(job: ClaimedJob, result: Readonly<Record<string, unknown>> | null): Promise<boolean>
  /** @returns the job's state, or null when it is no longer ours */
  fail(job: ClaimedJob, failure: JobFailure): Promise<string | null>
  /** Has another worker called when a job is due. */
  wakeWorker(): Promise<void>
}

/** How far a job is. */
export interface JobProgress {
  readonly done: number
  readonly total?: number
  readonly message?: string
}

/** Why an attempt failed. */
export interface JobFailure {
  readonly error: string
  readonly isPermanent: boolean
  readonly retryAfterSeconds: number | null
}

/** What of supabase-js the queue needs. */
export interface RpcClient {
  rpc(
    name: string,
    parameters: object,
  ): PromiseLike<{ data: unknown; error: { message: string; code?: string } | null }>
}

/** The queue behind the API's functions, which only the secret key may call. */
export function rpcJobQueue(client: RpcClient): JobQueue {
  async function call(name: string, parameters: object = {}): Promise<unknown> {
    const { data, error } = await client.rpc(name, parameters)
    if (error) throw new Error(`Cannot call ${name}: ${error.message}`)
    return data
  }
  const lease = ({ id, lease_id }: ClaimedJob) => ({ job_id: id, lease_id })
  return {
    claim: async ({ queues, worker, batchSize, leaseSeconds, pollSeconds }) =>
      claimedJobSchema.array().parse(
        await call('claim_jobs', {
          queues,
          worker,
          batch_size: batchSize,
          lease_seconds: leaseSeconds,
          poll_seconds: pollSeconds,
        }),
      ),
    extendLease: async (job, leaseSeconds) =>
      z.boolean().parse(await call('extend_job_lease', { ...lease(job), lease_seconds: leaseSeconds })),
    reportProgress: async (job, { done, total, message }) =>
      z.boolean().parse(
        await call('report_job_progress', {
          ...lease(job),
          done_count: done,
          total_count: total ?? null,
          message: message ?? null,
        }),
      ),
    complete: async (job, result) => z.boolean().parse(await call('complete_job', { ...lease(job), result })),
    fail: async (job, { error, isPermanent, retryAfterSeconds }) =>
      z
        .string()
        .nullable()
        .parse(
          await call('fail_job', {
            ...lease(job),
            error,
            is_permanent: isPermanent,
            retry_after_seconds: retryAfterSeconds,
          }),
        ),
    wakeWorker: async () => {
      await call('wake_worker')
    },
  }
}
