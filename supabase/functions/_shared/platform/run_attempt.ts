import { isPostponement, JobError, type JobHandler, type JobOutcome } from './job_handler.ts'
import type { JobEnd } from './job_queue.ts'
import type { ClaimedJob } from './schemas.ts'

/** How long a handler may take to stop after it was told to. */
const stopMs = 1_000

/**
 * Runs one attempt. Ends a second after the signal aborts, even when the handler does not listen.
 *
 * @param run calls the handler
 * @returns how it ended; never rejects
 */
export async function runAttempt(
  job: ClaimedJob,
  handler: JobHandler | undefined,
  run: (handler: JobHandler) => Promise<JobOutcome>,
  signal: AbortSignal,
): Promise<{ end: JobEnd; error?: unknown }> {
  try {
    // A worker of an older version meets new kinds during a deployment: a newer one will know it.
    if (!handler) throw new JobError(`No handler for kind "${job.kind}"`)
    const { result, continueWith, afterSeconds } = await endingWith(signal, run(handler))
    if (continueWith) {
      return { end: { job, outcome: 'continued', checkpoint: continueWith, afterSeconds: afterSeconds ?? 0 } }
    }
    return { end: { job, outcome: 'succeeded', ...(result ? { result } : {}) } }
  } catch (error) {
    return { end: { job, outcome: 'failed', ...failureOf(error) }, error }
  }
}

function endingWith<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    work.then(resolve, reject)
    const stop = () => setTimeout(() => reject(signal.reason), stopMs)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/** What the queue is told of an error. Providers' errors carry the same facts under their own names. */
function failureOf(error: unknown): Omit<Extract<JobEnd, { outcome: 'failed' }>, 'job' | 'outcome'> {
  if (error instanceof JobError) {
    const { message, isPermanent, isPostponement, retryAfterSeconds } = error
    return { error: message, isPermanent, isPostponement, afterSeconds: retryAfterSeconds }
  }
  const isPermanent = error instanceof Error && 'isRetryable' in error && error.isRetryable === false
  const asked = error instanceof Error && 'retryAfterSeconds' in error ? error.retryAfterSeconds : null
  return {
    error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    isPermanent,
    isPostponement: isPostponement(error),
    afterSeconds: typeof asked === 'number' ? asked : null,
  }
}
