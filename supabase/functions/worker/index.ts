import { createApp } from '../_shared/http/mod.ts'
import { probeJob, rpcJobQueue, runJobs } from '../_shared/platform/mod.ts'
import { systemClock } from '../_shared/runtime/mod.ts'
import { workRoute } from './routes.ts'

/** The application, for the API document. */
export const app = createApp('worker')

/** Every kind of job there is; a domain adds its own. */
const handlers = [probeJob]

app.openapi(workRoute, async (c) => {
  const queue = rpcJobQueue(c.var.supabaseContext.supabaseAdmin)
  const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
  const run = await runJobs(
    { queue, handlers, clock: systemClock, logger: c.var.logger, wait },
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
