import { countError, errorKind, observeEnd, runInScope, sendError } from '../observability/mod.ts'
import { isPostponement, JobError, type JobHandler } from './job_handler.ts'

/**
 * The same handler, measured: how long its jobs take and how many fail. What fails for good is reported to Sentry with the
 * steps on the way; what is tried again is only counted, for the worker's log line says the rest.
 */
export function observedJob(handler: JobHandler): JobHandler {
  const functionName = 'worker'
  return {
    kind: handler.kind,
    run(deps, job) {
      const context = {
        functionName,
        operation: handler.kind,
        jobId: job.id,
        organizationId: job.organization_id ?? undefined,
      }
      return runInScope(
        () => context,
        async () => {
          const startedAt = deps.clock.now()
          const end = (outcome: 'ok' | 'failed') => {
            const durationMs = deps.clock.now().getTime() - startedAt.getTime()
            observeEnd({ kind: 'job', name: handler.kind, functionName, startedAt, durationMs, outcome })
          }
          try {
            const outcome = await handler.run(deps, job)
            end('ok')
            return outcome
          } catch (error) {
            const isLast = job.attempt >= job.max_attempts
            // Cancelled, out of time or too early, which is nobody's fault.
            if (!deps.signal.aborted && (isLast || !isPostponement(error))) {
              end('failed')
              const kind = errorKind(error, 'job')
              countError(kind, functionName)
              if (isFinal(error) || isLast) sendError(kind, error)
            }
            throw error
          }
        },
      )
    },
  }
}

function isFinal(error: unknown): boolean {
  if (error instanceof JobError) return error.isPermanent
  return error instanceof Error && 'isRetryable' in error && error.isRetryable === false
}
