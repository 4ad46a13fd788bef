import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { openDatabase } from '../../supabase/functions/_shared/database/mod.ts'
import { runExportJobWith } from '../../supabase/functions/_shared/exports/mod.ts'
import { createLogger, systemClock } from '../../supabase/functions/_shared/runtime/mod.ts'
import { diskStorage } from '../support/disk_storage.ts'

// A process of its own, so that its memory is its own: writes one export to its end and tells what it took.

const input = z
  .object({ url: z.string(), exportId: z.string(), folder: z.string() })
  .parse(JSON.parse(process.argv[2] ?? ''))
const database = openDatabase(() => input.url)
const storage = diskStorage(input.folder)
const job = runExportJobWith(() => ({ database, storage }))
const deps = {
  clock: systemClock,
  logger: createLogger('bench', () => {}),
  signal: new AbortController().signal,
  db: database,
  report: async () => {},
}
const claimed = {
  ...{ id: 1, kind: 'export.run', queue: 'exports', payload: { export_id: input.exportId }, checkpoint: null },
  ...{ organization_id: null, attempt: 1, max_attempts: 8, run_at: new Date().toISOString() },
}
const before = process.resourceUsage().maxRSS
const startedAt = performance.now()
let mostCpuMs = 0
let steps = 0
for (;;) {
  const cpu = process.cpuUsage()
  const outcome = await job.run(deps, { ...claimed, lease_id: randomUUID() })
  const { user, system } = process.cpuUsage(cpu)
  mostCpuMs = Math.max(mostCpuMs, (user + system) / 1000)
  steps += 1
  if (outcome.continueWith) continue
  const seconds = (performance.now() - startedAt) / 1000
  const grownBytes = (process.resourceUsage().maxRSS - before) * 1024
  process.send?.({ result: outcome.result, seconds, steps, mostCpuMs, grownBytes })
  break
}
await database.close()
process.disconnect?.()
