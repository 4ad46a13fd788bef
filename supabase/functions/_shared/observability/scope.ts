import { AsyncLocalStorage } from 'node:async_hooks'

/** What an error happened to: ids alone, never names or contents. */
export interface ErrorContext {
  readonly functionName?: string
  /** Method and route, or kind of a job. */
  readonly operation?: string | undefined
  readonly requestId?: string | undefined
  readonly traceId?: string | undefined
  readonly spanId?: string | undefined
  readonly userId?: string | undefined
  readonly organizationId?: string | undefined
  readonly jobId?: number | undefined
}

/** A step on the way: who was called and how that went, without addresses and bodies. */
export interface Breadcrumb {
  readonly category: 'provider' | 'step'
  readonly message: string
  readonly startedAt: Date
  readonly durationMs: number
  readonly isFailure: boolean
}

/** One request or job, for whatever is reported while it runs. */
export interface Scope {
  /** Asked when something is reported: who is calling is known only after authentication. */
  context(): ErrorContext
  readonly breadcrumbs: Breadcrumb[]
}

const storage = new AsyncLocalStorage<Scope>()
const mostBreadcrumbs = 30

/** Runs a request or job so that errors reported in it carry its ids and steps. */
export function runInScope<T>(context: () => ErrorContext, work: () => T): T {
  return storage.run({ context, breadcrumbs: [] }, work)
}

/** The request or job that is running; undefined outside of any. */
export function currentScope(): Scope | undefined {
  return storage.getStore()
}

/** Notes a step of the request or job that is running; the oldest of more than 30 is forgotten. */
export function addBreadcrumb(breadcrumb: Breadcrumb): void {
  const breadcrumbs = currentScope()?.breadcrumbs
  if (!breadcrumbs) return
  breadcrumbs.push(breadcrumb)
  if (breadcrumbs.length > mostBreadcrumbs) breadcrumbs.shift()
}
