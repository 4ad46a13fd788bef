// graphile-worker, as it comes or with what its documentation calls batching options.
import { Logger, run } from 'graphile-worker'
import { contend, payloadSchema } from '../support/job_contender.ts'

contend(async ({ url, isBatched, concurrency }, handle) => {
  await run({
    preset: {
      worker: {
        connectionString: url,
        concurrentJobs: concurrency,
        maxPoolSize: concurrency + 1,
        logger: new Logger(() => () => {}),
        ...(isBatched ? { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } : {}),
      },
    },
    taskList: {
      count: async (payload) => {
        handle(payloadSchema.parse(payload).at)
      },
    },
  })
})
