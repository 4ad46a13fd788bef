import type { Logger } from '../runtime/mod.ts'
import type { JobEnd, JobQueue } from './job_queue.ts'

/** How often an end is told before its job is left to the end of its lease, and the first of the pauses between. */
const tries = 5
const firstPauseMs = 200

interface Entry {
  readonly end: JobEnd
  readonly resolve: (state: string | null) => void
  readonly reject: (error: unknown) => void
}

/**
 * Tells the queue how attempts ended, many in one round trip: an end is sent at once when none is under way, and those
 * that come meanwhile go together. Tries again while the database is away; the lease keeps that from harm.
 *
 * @returns a function that gives the job's state, or null when it was no longer ours. It rejects when the queue was not
 * reached in the end.
 */
export function batchEnds(queue: Pick<JobQueue, 'finish'>, logger: Logger): (end: JobEnd) => Promise<string | null> {
  let waiting: Entry[] = []
  let isSending = false

  async function sendAll(): Promise<void> {
    isSending = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        const states = await finish(batch.map(({ end }) => end))
        for (const { end, resolve } of batch) resolve(states.get(end.job.id) ?? null)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isSending = false
  }

  async function finish(ends: readonly JobEnd[]): Promise<ReadonlyMap<number, string>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await queue.finish(ends)
      } catch (error) {
        if (attempt >= tries) throw error
        logger.warn('job_ends_not_recorded_yet', { count: ends.length, attempt })
        await new Promise((resolve) => setTimeout(resolve, firstPauseMs * 2 ** (attempt - 1)))
      }
    }
  }

  return (end) =>
    new Promise((resolve, reject) => {
      waiting.push({ end, resolve, reject })
      // After the current turn, so that what ends in it goes together.
      if (!isSending && waiting.length === 1) queueMicrotask(() => void (isSending || sendAll()))
    })
}
