import { createApp } from '../_shared/http/mod.ts'
import { observedJob, rpcJobQueue, runJobs } from '../_shared/platform/mod.ts'
import { shutdownSignal, systemClock } from '../_shared/runtime/mod.ts'
import { handlers } from './handlers.ts'
import { workRoute } from './routes.ts'

/** The application, for the API document. */
export const app = createApp('worker', { timeoutMs: 120_000 })

const observed = handlers.map(observedJob)

app.openapi(workRoute, async (c) => {
  const db = c.var.supabaseContext.supabaseAdmin
  const { queues, does_loop } = c.req.valid('json')
  const run = await runJobs(
    { queue: rpcJobQueue(db), handlers: observed, db, clock: systemClock, logger: c.var.logger },
    {
      worker: c.var.requestId,
      queues,
      concurrency: 8,
      maxAhead: 100,
      // A hosted function has two seconds of processor time; the next worker has its own.
      maxJobs: 1000,
      mostCpuMs: 1_000,
      leaseSeconds: 60,
      // Together with the grace below pg_net's wait of 90 seconds, and far below what hosted functions may take.
      budgetMs: does_loop ? 57_000 : 30_000,
      graceMs: 20_000,
      attemptMs: 45_000,
      lingerMs: does_loop ? 57_000 : 2_500,
      pollMs: does_loop ? 1_000 : 250,
      shutdown: shutdownSignal(),
    },
  )
  return c.json(run, 200)
})

export default { fetch: app.fetch }
