import { z } from 'zod'
import { defineJob } from './job_handler.ts'

/**
 * Proves that the spine works and measures it: monitors and the checks after a deployment enqueue one and read the result.
 * Its `started_after_ms` is the time from when it was due to its start.
 */
export const probeJob = defineJob(
  'platform.probe',
  z.strictObject({ steps: z.number().int().min(0).max(100).default(0) }),
  async (deps, { steps }, job) => {
    const started_after_ms = deps.clock.now().getTime() - Date.parse(job.run_at)
    for (let done = 1; done <= steps; done += 1) {
      deps.signal.throwIfAborted()
      await deps.report({ done, total: steps, message: `Step ${done} of ${steps}` })
    }
    return { result: { started_after_ms, steps } }
  },
)
