import type { Context } from 'hono'
import { routePath } from 'hono/route'
import { countError, type ErrorContext, observeEnd } from '../observability/mod.ts'
import type { AppEnv } from './app_env.ts'

/** The ids of a request, as far as they are known by now. */
export function requestContext(c: Context<AppEnv>, functionName: string): ErrorContext {
  const { requestId, trace, supabaseContext, organizationId } = c.var
  return {
    functionName,
    operation: operationOf(c),
    requestId,
    traceId: trace?.traceId,
    spanId: trace?.spanId,
    // Set once a route has let somebody in.
    userId: supabaseContext?.jwtClaims?.sub,
    organizationId,
  }
}

/** Measures a request that was answered. */
export function observeRequest(c: Context<AppEnv>, functionName: string, durationMs: number): void {
  const { status } = c.res
  observeEnd({
    kind: 'endpoint',
    name: operationOf(c),
    functionName,
    startedAt: new Date(Date.now() - durationMs),
    durationMs,
    outcome: status >= 500 ? 'failed' : status >= 400 ? 'refused' : 'ok',
  })
  if (status === 429) countError('rate_limit', functionName)
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** The pattern and not the path: one name for all invoices, and no id or token in it. */
function operationOf(c: Context<AppEnv>): string {
  return `${methods.has(c.req.method) ? c.req.method : 'OTHER'} ${routePath(c, -1)}`
}
