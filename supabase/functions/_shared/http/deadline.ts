import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app_env.ts'
import { AppError } from './app_error.ts'

/**
 * Answers 504 `request_timeout` when a route has not begun to answer in time, and tells it to stop through
 * `c.var.signal`. A stream that has begun may go on.
 *
 * @param timeoutMs from the arrival of the request's head
 */
export function deadline(timeoutMs: number): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const expiry = new AbortController()
    const expired = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      const error = new AppError(504, 'request_timeout', 'Request was not answered in time', {
        hint: 'Try again later; what was asked for may still happen',
      })
      expiry.abort(error)
      expired.reject(error)
    }, timeoutMs)
    c.set('signal', AbortSignal.any([c.req.raw.signal, expiry.signal]))
    try {
      await Promise.race([next(), expired.promise])
    } finally {
      clearTimeout(timer)
    }
  }
}
