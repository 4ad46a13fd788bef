import type { MiddlewareHandler } from 'hono'
import { cors as honoCors } from 'hono/cors'
import { readEnv } from '../runtime/mod.ts'
import type { AppEnv } from './app_env.ts'

const exposedHeaders = [
  'x-request-id',
  'traceparent',
  'etag',
  'link',
  'retry-after',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'idempotency-replayed',
  'deprecation',
  'sunset',
  'content-disposition',
]

/**
 * Lets the pages of `CORS_ALLOWED_ORIGINS` read answers, and no others. Credentials of the browser (cookies, client
 * certificates) are never allowed: callers authenticate with a header that a foreign page does not know, which is also
 * what keeps forged requests out.
 */
export function cors(): MiddlewareHandler<AppEnv> {
  return honoCors({
    origin: (origin) => {
      if (origin === '') return null
      const allowed = readEnv().CORS_ALLOWED_ORIGINS
      if (allowed.includes('*')) return '*'
      return allowed.includes(origin) ? origin : null
    },
    allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposeHeaders: exposedHeaders,
    maxAge: 3600,
  })
}
