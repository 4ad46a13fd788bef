// The worker of this project with its handlers and one more, over connections of its own.
import postgres from 'postgres'
import { defineJob, postgresJobQueue, runJobs } from '../../supabase/functions/_shared/platform/mod.ts'
import { type Logger, systemClock } from '../../supabase/functions/_shared/runtime/mod.ts'
import { handlers } from '../../supabase/functions/worker/handlers.ts'
import { contend, payloadSchema } from '../support/job_contender.ts'

const silent: Logger = { info() {}, warn() {}, error() {}, with: () => silent }

contend(async ({ url, concurrency }, handle) => {
  const sql = postgres(url, { max: concurrency + 1, onnotice: () => {} })
  await sql`select 1`
  const bench = defineJob('bench.count', payloadSchema, async (_deps, { at }) => {
    handle(at)
    return {}
  })
  void runJobs(
    {
      queue: postgresJobQueue(sql),
      handlers: [...handlers, bench],
      db: { rpc: () => Promise.reject(new Error('No job of this bench asks')) },
      clock: systemClock,
      // As silent as the others' are made.
      logger: silent,
    },
    {
      worker: `bench-${process.pid}`,
      queues: ['bench'],
      concurrency,
      maxAhead: 500,
      maxJobs: Number.POSITIVE_INFINITY,
      leaseSeconds: 60,
      budgetMs: 600_000,
      graceMs: 1_000,
      attemptMs: 45_000,
      lingerMs: 600_000,
      pollMs: 250,
    },
  )
})
