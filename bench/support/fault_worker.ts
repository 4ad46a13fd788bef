// One worker of the fault test: its jobs call a provider. It works until it is killed.
import postgres from 'postgres'
import { z } from 'zod'
import { defineJob, postgresJobQueue, runJobs } from '../../supabase/functions/_shared/platform/mod.ts'
import { createLogger, systemClock } from '../../supabase/functions/_shared/runtime/mod.ts'

const input = z.object({ url: z.string(), worker: z.string(), provider: z.string() })
const { url, worker, provider } = input.parse(JSON.parse(process.argv[2] ?? '{}'))
const sql = postgres(url, { max: 4, onnotice: () => {} })

const effect = defineJob('bench.effect', z.strictObject({ key: z.string() }), async ({ signal }, { key }) => {
  const answer = await fetch(provider, { method: 'POST', headers: { 'idempotency-key': key }, signal })
  if (!answer.ok) throw new Error(`The provider answered ${answer.status}`)
  return {}
})

await runJobs(
  {
    queue: postgresJobQueue(sql),
    handlers: [effect],
    db: { rpc: () => Promise.reject(new Error('No job of this test asks')) },
    clock: systemClock,
    logger: createLogger('fault', () => {}),
  },
  {
    worker,
    queues: ['bench'],
    concurrency: 8,
    maxAhead: 50,
    maxJobs: Number.POSITIVE_INFINITY,
    // Short, so that the jobs of a killed worker come back soon.
    leaseSeconds: 6,
    budgetMs: 600_000,
    graceMs: 1_000,
    attemptMs: 30_000,
    lingerMs: 600_000,
    pollMs: 100,
  },
)
