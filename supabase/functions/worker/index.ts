import { createApp } from '../_shared/http/mod.ts'
import { rpcJobQueue, runJobs } from '../_shared/platform/mod.ts'
import { systemClock } from '../_shared/runtime/mod.ts'
import { handlers } from './handlers.ts'
import { workRoute } from './routes.ts'

/** The application, for the API document. */
export const app = createApp('worker', { timeoutMs: 120_000 })

app.openapi(workRoute, async (c) => {
  const db = c.var.supabaseContext.supabaseAdmin
  const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
  const run = await runJobs(
    { queue: rpcJobQueue(db), handlers, db, clock: systemClock, logger: c.var.logger, wait },
    {
      worker: c.var.requestId,
      queues: ['default'],
      concurrency: 8,
      leaseSeconds: 60,
      // Together with the grace below pg_net's wait of a minute, and far below what hosted functions may take.
      budgetMs: 30_000,
      graceMs: 20_000,
      lingerMs: 2_500,
      pollMs: 250,
    },
  )
  return c.json(run, 200)
})

export default { fetch: app.fetch }
