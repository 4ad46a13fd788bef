// pg-boss. With one job a fetch its own loop waits for the next poll, half a second at least, after each job (it goes on
// at once only with batches, which are one call of the handler for many jobs): each slot fetches by itself instead.
import { setTimeout as delay } from 'node:timers/promises'
import { PgBoss } from 'pg-boss'
import { contend, payloadSchema } from '../support/job_contender.ts'

contend(async ({ url, concurrency }, handle) => {
  const boss = new PgBoss({ connectionString: url, max: concurrency + 1 })
  await boss.start()
  const slot = async () => {
    for (;;) {
      const jobs = await boss.fetch('bench', { batchSize: 1 })
      if (jobs.length === 0) await delay(10)
      for (const job of jobs) {
        handle(payloadSchema.parse(job.data).at)
        await boss.complete('bench', job.id)
      }
    }
  }
  for (let started = 0; started < concurrency; started += 1) void slot()
})
