import { metrics, toSentry, tracesSampleRate } from './isolate.ts'
import { addBreadcrumb, currentScope } from './scope.ts'

/** One call of an outside service, one attempt of it. */
export interface ProviderCall {
  readonly provider: string
  /** What was asked for, such as `send` or a method; no path that holds an id. */
  readonly operation: string
  readonly startedAt: Date
  readonly durationMs: number
  /** `refused`: it answered and did not want to, which says nothing about its health. */
  readonly outcome: 'ok' | 'refused' | 'failed'
}

/** Measures a call of an outside service and notes it as a step of the request or job that is running. */
export function observeProviderCall(call: ProviderCall): void {
  const { provider, operation, durationMs, outcome, startedAt } = call
  const functionName = currentScope()?.context().functionName ?? 'unknown'
  metrics.record({ kind: 'provider', name: `${provider}.${operation}`, functionName, durationMs, outcome })
  addBreadcrumb({
    category: 'provider',
    message: `${provider} ${operation}: ${outcome}`,
    startedAt,
    durationMs,
    isFailure: outcome === 'failed',
  })
}

/** A request or job that ended. */
export interface Ended {
  readonly kind: 'endpoint' | 'job'
  readonly name: string
  readonly functionName: string
  readonly startedAt: Date
  readonly durationMs: number
  readonly outcome: 'ok' | 'refused' | 'failed'
}

/** Measures a request or job that ended, and sends the trace of some of them. Call it within its scope. */
export function observeEnd(ended: Ended): void {
  const { kind, name, functionName, startedAt, durationMs, outcome } = ended
  metrics.record({ kind, name, functionName, durationMs, outcome })
  const rate = tracesSampleRate()
  if (rate === 0 || Math.random() >= rate) return
  const scope = currentScope()
  const context = { ...scope?.context(), functionName, operation: name }
  toSentry((sentry) =>
    sentry.captureTrace({
      context,
      op: kind === 'job' ? 'queue.process' : 'http.server',
      startedAt,
      durationMs,
      isFailure: outcome === 'failed',
      breadcrumbs: scope?.breadcrumbs ?? [],
    }),
  )
}
