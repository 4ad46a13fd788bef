import { z } from 'zod'
import { endRow, type JobQueue } from './job_queue.ts'
import { claimedJobSchema, finishedJobSchema } from './schemas.ts'

/** What of the `postgres` package the queue needs. */
export interface SqlClient {
  unsafe(
    statement: string,
    parameters: (string | number | null)[],
    options: { prepare: boolean },
  ): PromiseLike<object[]>
}

/**
 * The queue over a connection of its own, without the REST service between: for workers that run beside the database. It
 * calls the same functions.
 *
 * @param sql connection as `postgres`; behind a pooler in transaction mode `isPrepared` must be false
 */
export function postgresJobQueue(sql: SqlClient, { isPrepared = true } = {}): JobQueue {
  /** @param statement gives one JSON value as text, named "answer" */
  async function ask(statement: string, parameters: (string | number | null)[]): Promise<unknown> {
    const rows = await sql.unsafe(statement, parameters, { prepare: isPrepared })
    const { answer } = z.object({ answer: z.string().nullable() }).parse(rows[0])
    return answer === null ? null : JSON.parse(answer)
  }
  return {
    claim: async ({ queues, worker, batchSize, leaseSeconds, pollSeconds }) =>
      claimedJobSchema.array().parse(
        await ask(
          `select coalesce(jsonb_agg(to_jsonb(claimed)), '[]')::text as answer
           from public.claim_jobs($1::text[], $2, $3::int, $4::int, $5::int) as claimed`,
          [`{${queues.join(',')}}`, worker, batchSize, Math.ceil(leaseSeconds), pollSeconds],
        ),
      ),
    extendLeases: async (jobs, leaseSeconds) => {
      const kept = await ask(
        `select coalesce(jsonb_agg(id), '[]')::text as answer
         from public.extend_job_leases($1::bigint[], $2::uuid[], $3::int) as kept (id)`,
        [
          `{${jobs.map(({ id }) => id).join(',')}}`,
          `{${jobs.map(({ lease_id }) => lease_id).join(',')}}`,
          Math.ceil(leaseSeconds),
        ],
      )
      return new Set(z.number().int().array().parse(kept))
    },
    reportProgress: async ({ id, lease_id }, { done, total, message }) =>
      z
        .boolean()
        .parse(
          await ask('select public.report_job_progress($1::bigint, $2::uuid, $3::int, $4::int, $5)::text as answer', [
            id,
            lease_id,
            done,
            total ?? null,
            message ?? null,
          ]),
        ),
    finish: async (ends) => {
      const finished = await ask(
        `select coalesce(jsonb_agg(to_jsonb(finished)), '[]')::text as answer
         from public.finish_jobs($1::text::jsonb) as finished`,
        [JSON.stringify(ends.map(endRow))],
      )
      return new Map(
        finishedJobSchema
          .array()
          .parse(finished)
          .map(({ job_id, state }) => [job_id, state]),
      )
    },
    wakeWorker: async (leavingWorker) => {
      await ask('select public.wake_worker($1)::text as answer', [leavingWorker])
    },
  }
}
