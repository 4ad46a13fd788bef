import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import { runInScope } from '../observability/mod.ts'
import type { Logger } from '../runtime/mod.ts'
import type { AppEnv } from './app_env.ts'
import { observeRequest, requestContext } from './request_observer.ts'
import { continueTrace } from './trace.ts'

/**
 * Gives each request an id and a place in its trace, tells both to the caller, and writes one log line when it is
 * answered and measured.
 *
 * @param functionName whose request it is, for measurements and error reports
 */
export function identifyAndLog(logger: Logger, functionName: string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const startedAt = performance.now()
    // The caller's own id is kept where it gives one; the platform's is known to its log explorer.
    const gatewayId = c.req.header('sb-request-id')
    const requestId = [c.req.header('x-request-id'), gatewayId].find(isRequestId) ?? crypto.randomUUID()
    const trace = continueTrace(c.req.header('traceparent'))
    c.set('requestId', requestId)
    c.set('trace', trace)
    const requestLogger = logger.with({
      request_id: requestId,
      gateway_request_id: gatewayId === requestId || !isRequestId(gatewayId) ? undefined : gatewayId,
      trace_id: trace.traceId,
      span_id: trace.spanId,
      parent_span_id: trace.parentId ?? undefined,
    })
    c.set('logger', requestLogger)
    await runInScope(
      () => requestContext(c, functionName),
      async () => {
        await next()
        c.res.headers.set('x-request-id', requestId)
        c.res.headers.set('traceparent', trace.header)
        const durationMs = Math.round(performance.now() - startedAt)
        requestLogger.info('request', {
          method: c.req.method,
          // The pattern and not the path, which may hold a name or a token.
          route: routePath(c, -1),
          status: c.res.status,
          error_code: c.var.errorCode,
          // Known for JSON; absent for what is streamed.
          answer_bytes: numberOf(c.res.headers.get('content-length')),
          duration_ms: durationMs,
        })
        observeRequest(c, functionName, durationMs)
      },
    )
  }
}

const numberOf = (text: string | null) => (text === null ? undefined : Number(text))

/** An id that may go into logs and headers as it is. */
function isRequestId(text: string | undefined): text is string {
  return text !== undefined && /^[\w-]{8,64}$/.test(text)
}
