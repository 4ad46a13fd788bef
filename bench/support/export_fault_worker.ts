import postgres from 'postgres'
import { z } from 'zod'
import { openDatabase } from '../../supabase/functions/_shared/database/mod.ts'
import { runExportJobWith } from '../../supabase/functions/_shared/exports/mod.ts'
import type { FileStorage } from '../../supabase/functions/_shared/files/mod.ts'
import { postgresJobQueue, runJobs } from '../../supabase/functions/_shared/platform/mod.ts'
import { createLogger, systemClock } from '../../supabase/functions/_shared/runtime/mod.ts'
import { diskStorage } from './disk_storage.ts'

// A worker that writes exports in small steps, and stops dead in the n-th write: whoever hears of it kills it.

const input = z
  .object({ url: z.string(), worker: z.string(), folder: z.string(), haltsAt: z.number() })
  .parse(JSON.parse(process.argv[2] ?? ''))
const database = openDatabase(() => input.url)
const disk = diskStorage(input.folder)
let writeCount = 0
const storage: FileStorage = {
  ...disk,
  async write(...parameters) {
    writeCount += 1
    // Sometimes with the object there, sometimes without.
    const written = writeCount % 2 === 0 ? await disk.write(...parameters) : null
    if (writeCount >= input.haltsAt) {
      process.send?.('halted')
      await new Promise(() => {})
    }
    return written ?? disk.write(...parameters)
  },
}
const pace = { partCharacters: 10_000, batchCharacters: 4_000, firstBatchRows: 10, mostBatchRows: 20, stepMs: 100 }
await runJobs(
  {
    queue: postgresJobQueue(postgres(input.url, { max: 2, onnotice: () => {} })),
    handlers: [runExportJobWith(() => ({ database, storage }), pace)],
    db: database,
    clock: systemClock,
    logger: createLogger('worker', () => {}),
  },
  {
    ...{ worker: input.worker, queues: ['exports'], concurrency: 2, maxAhead: 0, maxJobs: 1_000_000, leaseSeconds: 2 },
    ...{ budgetMs: 300_000, graceMs: 1_000, attemptMs: 30_000, lingerMs: 300_000, pollMs: 50 },
  },
)
