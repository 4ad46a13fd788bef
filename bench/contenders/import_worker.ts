// Works on one import until it ends, with the jobs of the product, and tells its own memory and processor time.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { contactsImport } from '../../supabase/functions/_shared/campaigns/mod.ts'
import { openDatabase } from '../../supabase/functions/_shared/database/mod.ts'
import type { FileStorage } from '../../supabase/functions/_shared/files/mod.ts'
import { importJobs } from '../../supabase/functions/_shared/imports/mod.ts'
import { rpcJobQueue, runJobs } from '../../supabase/functions/_shared/platform/mod.ts'
import { createLogger, systemClock } from '../../supabase/functions/_shared/runtime/mod.ts'

const input = z.object({ url: z.string(), path: z.string() })
const { url, path } = input.parse(JSON.parse(process.argv[2] ?? '{}'))
const database = openDatabase(() => url)

/** One file on disk, read by ranges as Storage gives them. */
const storage: FileStorage = {
  open: async (_bucket, _path, range = {}) => {
    const stream = Readable.toWeb(createReadStream(path, { ...range, highWaterMark: 65_536 }))
    return stream.pipeThrough(
      new TransformStream({ transform: (part, controller) => controller.enqueue(new Uint8Array(part)) }),
    )
  },
  stat: async () => ({ sizeBytes: (await stat(path)).size, mediaType: 'text/csv' }),
  write: () => Promise.reject(new Error('Not of this bench')),
  remove: () => Promise.reject(new Error('Not of this bench')),
  sign: () => Promise.reject(new Error('Not of this bench')),
}

const before = process.cpuUsage()
const startedAt = performance.now()
await runJobs(
  {
    queue: rpcJobQueue(database),
    handlers: importJobs({ definitions: [contactsImport], storage: () => storage, database: () => database }),
    db: database,
    clock: systemClock,
    logger: createLogger('bench', () => {}),
  },
  {
    worker: `bench-${process.pid}`,
    queues: ['imports'],
    concurrency: 1,
    maxAhead: 0,
    maxJobs: Number.POSITIVE_INFINITY,
    leaseSeconds: 60,
    budgetMs: 3_600_000,
    graceMs: 5_000,
    attemptMs: 60_000,
    lingerMs: 0,
    pollMs: 20,
  },
)
const { user, system } = process.cpuUsage(before)
process.send?.({
  seconds: (performance.now() - startedAt) / 1000,
  cpuSeconds: (user + system) / 1_000_000,
  peakMegabytes: process.resourceUsage().maxRSS / 1024,
})
await database.close()
process.disconnect?.()
