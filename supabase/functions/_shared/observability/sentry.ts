import {
  createStackParser,
  createTransport,
  type Event,
  nodeStackLineParser,
  Scope,
  ServerRuntimeClient,
} from '@sentry/core/server'
import { redact } from '../runtime/mod.ts'
import type { Breadcrumb, ErrorContext } from './scope.ts'

/** Which project to report to, and as whom. */
export interface SentryOptions {
  readonly dsn: string
  readonly environment: string
  readonly release?: string | undefined
  readonly fetch?: typeof fetch
  /** Longest time of one delivery; 2 seconds when left out. */
  readonly timeoutMs?: number
}

/** A request or job that went through, with the calls it made. */
export interface SentryTrace {
  readonly context: ErrorContext
  readonly op: 'http.server' | 'queue.process'
  readonly startedAt: Date
  readonly durationMs: number
  readonly isFailure: boolean
  readonly breadcrumbs: readonly Breadcrumb[]
}

/** Reports to Sentry. Nothing here throws. */
export interface Sentry {
  captureError(kind: string, error: unknown, context: ErrorContext, breadcrumbs: readonly Breadcrumb[]): void
  captureTrace(trace: SentryTrace): void
  /** Resolves when all was delivered or the time is over. */
  flush(timeoutMs: number): Promise<void>
}

/**
 * Makes a client of Sentry for one isolate. It has no integrations: nothing is sent that is not given here, so neither
 * headers nor addresses, bodies or the name of the host. Each event has a scope of its own, so that requests which run at
 * once do not mix. Texts are redacted as in the log.
 */
export function createSentry(options: SentryOptions): Sentry {
  const { environment, release, timeoutMs = 2000 } = options
  const client = new ServerRuntimeClient({
    dsn: options.dsn,
    environment,
    ...(release ? { release } : {}),
    platform: 'javascript',
    integrations: [],
    sendDefaultPii: false,
    sendClientReports: false,
    stackParser: createStackParser(nodeStackLineParser()),
    transport: (transport) =>
      createTransport(transport, async ({ body }) => {
        const response = await (options.fetch ?? fetch)(transport.url, {
          method: 'POST',
          headers: { 'content-type': 'text/plain;charset=UTF-8' },
          body: typeof body === 'string' ? body : new Uint8Array(body),
          signal: AbortSignal.timeout(timeoutMs),
        })
        await response.body?.cancel()
        return {
          statusCode: response.status,
          headers: {
            'x-sentry-rate-limits': response.headers.get('x-sentry-rate-limits'),
            'retry-after': response.headers.get('retry-after'),
          },
        }
      }),
    beforeSend: (event) => scrubbed(event),
  })

  function scopeOf(context: ErrorContext, kind: string | undefined, breadcrumbs: readonly Breadcrumb[]): Scope {
    const scope = new Scope()
    scope.setClient(client)
    if (context.userId) scope.setUser({ id: context.userId })
    scope.setTags(
      definedOnly({
        error_kind: kind,
        function: context.functionName,
        operation: context.operation,
        request_id: context.requestId,
        organization_id: context.organizationId,
        job_id: context.jobId,
      }),
    )
    if (context.traceId && context.spanId) {
      scope.setContext('trace', { trace_id: context.traceId, span_id: context.spanId })
    }
    for (const { category, message, startedAt, durationMs, isFailure } of breadcrumbs) {
      scope.addBreadcrumb({
        category,
        message,
        timestamp: startedAt.getTime() / 1000,
        level: isFailure ? 'warning' : 'info',
        data: { duration_ms: durationMs },
      })
    }
    return scope
  }

  return {
    captureError(kind, error, context, breadcrumbs) {
      client.captureException(error, undefined, scopeOf(context, kind, breadcrumbs))
    },
    captureTrace({ context, op, startedAt, durationMs, isFailure, breadcrumbs }) {
      const trace_id = context.traceId ?? randomHex(16)
      const span_id = context.spanId ?? randomHex(8)
      const start = startedAt.getTime() / 1000
      client.captureEvent(
        {
          type: 'transaction',
          transaction: context.operation ?? 'unknown',
          start_timestamp: start,
          timestamp: start + durationMs / 1000,
          contexts: { trace: { trace_id, span_id, op, status: isFailure ? 'internal_error' : 'ok' } },
          spans: breadcrumbs.map((step) => ({
            trace_id,
            span_id: randomHex(8),
            parent_span_id: span_id,
            op: step.category === 'provider' ? 'http.client' : 'function',
            description: step.message,
            start_timestamp: step.startedAt.getTime() / 1000,
            timestamp: (step.startedAt.getTime() + step.durationMs) / 1000,
            status: step.isFailure ? 'internal_error' : 'ok',
            data: {},
          })),
        },
        undefined,
        scopeOf({ ...context, traceId: undefined }, undefined, []),
      )
    },
    async flush(milliseconds) {
      await client.flush(milliseconds)
    },
  }
}

/** The event without what might name a person: messages of errors quote what they did not like. */
function scrubbed<T extends Event>(event: T): T {
  for (const exception of event.exception?.values ?? []) {
    if (exception.value !== undefined) exception.value = redact(exception.value)
  }
  if (event.message !== undefined) event.message = redact(event.message)
  delete event.server_name
  delete event.request
  return event
}

function definedOnly(tags: Readonly<Record<string, string | number | undefined>>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(tags).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
  )
}

function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
}
