import { createLogger, type Logger } from '../runtime/mod.ts'
import { metrics, toSentry } from './isolate.ts'
import { currentScope, type ErrorContext } from './scope.ts'

/**
 * Class of an error: what alert rules count and Sentry is searched by. `request` and `job` are those that have no class of
 * their own.
 */
export type ErrorKind =
  | 'request'
  | 'job'
  | 'payment'
  | 'mail'
  | 'rate_limit'
  | 'database'
  | 'websocket'
  | 'provider'
  | 'alert'

const fallbackLogger = createLogger('errors')

/**
 * Reports an error of ours: to the log always, to Sentry where it is set up, and to the counters that alert rules look at.
 * Ids of the request or job that is running are added. Never throws, never waits.
 *
 * @param context further ids; none of a person but the account's
 * @param logger of the request, which knows its ids
 * @example reportError('payment', error, { organizationId })
 */
export function reportError(kind: ErrorKind, error: unknown, context: ErrorContext = {}, logger?: Logger): void {
  const whole = { ...currentScope()?.context(), ...context }
  const fields = {
    ...(context.jobId === undefined ? {} : { job_id: context.jobId }),
    ...(whole.operation === undefined ? {} : { operation: whole.operation }),
    ...(whole.organizationId === undefined ? {} : { organization_id: whole.organizationId }),
    ...(whole.userId === undefined ? {} : { user_id: whole.userId }),
  }
  ;(logger ?? fallbackLogger.with({ request_id: whole.requestId })).error(`${kind}_failed`, error, fields)
  countError(kind, whole.functionName)
  sendError(kind, error, context)
}

/** Sends an error to Sentry alone: for one that is logged and counted elsewhere. */
export function sendError(kind: ErrorKind, error: unknown, context: ErrorContext = {}): void {
  const scope = currentScope()
  const whole = { ...scope?.context(), ...context }
  const breadcrumbs = [...(scope?.breadcrumbs ?? [])]
  toSentry((sentry) => sentry.captureError(kind, error, whole, breadcrumbs))
}

/** Counts an error that needs neither a log line nor Sentry, such as a request that a rate limit refused. */
export function countError(kind: ErrorKind, functionName: string | undefined): void {
  metrics.record({ kind: 'error', name: kind, functionName: functionName ?? 'unknown', outcome: 'failed' })
}

/** The class of an error that tells it by itself; else the one that is given. */
export function errorKind(error: unknown, otherwise: ErrorKind): ErrorKind {
  if (!(typeof error === 'object' && error !== null)) return otherwise
  if (error instanceof Error && error.name === 'ProviderError') {
    const provider = 'provider' in error ? String(error.provider) : ''
    return mailProviders.has(provider) ? 'mail' : paymentProviders.has(provider) ? 'payment' : 'provider'
  }
  // Drivers name themselves; PostgREST's errors have the code of Postgres, or one of its own.
  const code = 'code' in error ? String(error.code) : ''
  const isDatabase = (error instanceof Error && error.name === 'PostgresError') || /^([0-9A-Z]{5}|PGRST\d+)$/.test(code)
  return isDatabase ? 'database' : otherwise
}

const mailProviders = new Set(['smtp', 'postmark', 'ses', 'sendgrid'])
const paymentProviders = new Set(['stripe', 'razorpay'])
