import type postgres from 'postgres'
import { z } from 'zod'
import { endRow, type JobQueue } from './job_queue.ts'
import { claimedJobSchema, finishedJobSchema } from './schemas.ts'

/** One JSON value as text. */
const answerSchema = z.tuple([z.object({ answer: z.string() })])

const json = z.string().transform((text): unknown => JSON.parse(text))
/** A job as the connection gives its columns: as text, whatever types it knows. */
const claimedRowSchema = claimedJobSchema.extend({
  id: z.coerce.number().int(),
  payload: json.pipe(claimedJobSchema.shape.payload),
  checkpoint: json.nullable().pipe(claimedJobSchema.shape.checkpoint),
})
const finishedRowSchema = finishedJobSchema.extend({ job_id: z.coerce.number().int() })

/**
 * The queue over connections of its own, without the REST service between: for workers that run beside the database. It
 * calls the same functions.
 *
 * @param sql connections as `postgres`; behind a pooler in transaction mode made with `prepare: false`
 */
export function postgresJobQueue(sql: postgres.Sql): JobQueue {
  const read = (rows: readonly object[]): unknown => JSON.parse(answerSchema.parse([...rows])[0].answer)
  return {
    claim: async ({ queues, worker, batchSize, leaseSeconds, pollSeconds }) =>
      claimedRowSchema.array().parse([
        // Columns and not one JSON value, which takes the database as long to write as the claim itself.
        ...(await sql`
          select id::text, lease_id::text, kind, queue, payload::text, checkpoint::text, organization_id::text, attempt,
            max_attempts, to_jsonb(run_at) #>> '{}' as run_at
          from public.claim_jobs(
            ${`{${queues.join(',')}}`}::text::text[], ${worker}, ${batchSize}::int, ${Math.ceil(leaseSeconds)}::int,
            ${pollSeconds}::int
          )`),
      ]),
    extendLeases: async (jobs, leaseSeconds) => {
      const ids = `{${jobs.map(({ id }) => id).join(',')}}`
      const leases = `{${jobs.map(({ lease_id }) => lease_id).join(',')}}`
      const kept = read(
        await sql`
          select coalesce(jsonb_agg(id), '[]')::text as answer
          from public.extend_job_leases(
            ${ids}::text::bigint[], ${leases}::text::uuid[], ${Math.ceil(leaseSeconds)}::int
          ) as kept (id)`,
      )
      return new Set(z.number().int().array().parse(kept))
    },
    reportProgress: async ({ id, lease_id }, { done, total, message }) =>
      z.boolean().parse(
        read(
          await sql`
            select public.report_job_progress(
              ${id}::bigint, ${lease_id}::uuid, ${done}::int, ${total ?? null}::int, ${message ?? null}::text
            )::text as answer`,
        ),
      ),
    finish: async (ends) => {
      const rows = await sql`
        select job_id::text, state from public.finish_jobs(${JSON.stringify(ends.map(endRow))}::text::jsonb)`
      return new Map(
        finishedRowSchema
          .array()
          .parse([...rows])
          .map(({ job_id, state }) => [job_id, state]),
      )
    },
    wakeWorker: async (leavingWorker) => {
      await sql`select public.wake_worker(${leavingWorker})`
    },
  }
}
