import { z } from 'zod'
import { callRpc } from './call_rpc.ts'
import { endRow, type JobQueue, type RpcClient } from './job_queue.ts'
import { claimedJobSchema, finishedJobSchema } from './schemas.ts'

/** The queue behind the API's functions, which only the secret key may call. */
export function rpcJobQueue(client: RpcClient): JobQueue {
  const call = (name: string, parameters: object) => callRpc(client, name, parameters)
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
    extendLeases: async (jobs, leaseSeconds) => {
      const kept = await call('extend_job_leases', {
        job_ids: jobs.map(({ id }) => id),
        lease_ids: jobs.map(({ lease_id }) => lease_id),
        lease_seconds: leaseSeconds,
      })
      return new Set(z.number().int().array().parse(kept))
    },
    reportProgress: async ({ id, lease_id }, { done, total, message }) =>
      z.boolean().parse(
        await call('report_job_progress', {
          job_id: id,
          lease_id,
          done_count: done,
          total_count: total ?? null,
          message: message ?? null,
        }),
      ),
    finish: async (ends) => {
      const finished = finishedJobSchema.array().parse(await call('finish_jobs', { ends: ends.map(endRow) }))
      return new Map(finished.map(({ job_id, state }) => [job_id, state]))
    },
    wakeWorker: async (leavingWorker) => {
      await call('wake_worker', { leaving_worker: leavingWorker })
    },
  }
}
