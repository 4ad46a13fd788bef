import { createMiddleware } from 'hono/factory'
import { auditRequest, type LimitedCaller, type RateLimits, rpcRateLimits } from '../platform/mod.ts'
import type { AppContext, AppEnv } from './app_env.ts'
import { AppError } from './app_error.ts'

/** Options of {@link rateLimit}. */
export interface RateLimitOptions {
  /** Subject and verb, such as `messages.send`. */
  readonly endpoint: string
  /** How many calls one request counts as; 1 when left out. */
  readonly cost?: number
  /** Who is counted; `c.var.limitedCaller`, else the signed-in person and the address, when left out. */
  caller?(c: AppContext): LimitedCaller | Promise<LimitedCaller>
  /** Where calls are counted; the database when left out. */
  limits?(c: AppContext): RateLimits
}

/** Below what a caller waits for an answer, and far above what a count takes. */
const patienceMs = 2_000

/**
 * Limits how often a route may be called, over all instances: counts the call in every window of the rules that fit and
 * tells the tightest in `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset`.
 *
 * When the counts cannot be reached, reads are answered without them, because a fault of the limiter should not become
 * an outage; everything else is refused with 503, because what costs, sends or guesses passwords must not be unlimited.
 *
 * Stands after the middleware that finds out who is calling.
 *
 * @throws {AppError} 429 `rate_limit_exceeded`, 503 `rate_limit_unavailable`
 * @example middleware: [withSupabase({ auth: 'user' }), rateLimit({ endpoint: 'messages.send' })]
 */
export function rateLimit({ endpoint, cost = 1, caller = callerOf, limits = limitsOf }: RateLimitOptions) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const call = { endpoint, cost, ...(await caller(c)) }
    const decision = await inTime(() => limits(c).check(call)).catch((cause: unknown) => {
      c.var.logger.error('rate_limit_unavailable', cause, { endpoint })
      if (c.req.method === 'GET' || c.req.method === 'HEAD') return null
      throw new AppError(
        503,
        'rate_limit_unavailable',
        `Cannot ${c.req.method} this path: calls cannot be counted now`,
        {
          hint: 'Try again in a moment',
          headers: { 'retry-after': '5' },
          cause,
        },
      )
    })
    if (decision === null || decision.limit === null) return next()
    const headers = {
      'ratelimit-limit': String(decision.limit),
      'ratelimit-remaining': String(decision.remaining ?? 0),
      'ratelimit-reset': String(decision.resetSeconds ?? 0),
    }
    if (!decision.isAdmitted) {
      const seconds = decision.retryAfterSeconds ?? 1
      c.var.logger.warn('rate_limit_exceeded', { endpoint, rule: decision.rule })
      throw new AppError(429, 'rate_limit_exceeded', `Cannot call this path: limit "${decision.rule}" is reached`, {
        hint: `Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`,
        headers: { ...headers, 'retry-after': String(seconds) },
      })
    }
    await next()
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value)
  })
}

async function inTime<T>(work: () => Promise<T>): Promise<T> {
  const expired = Promise.withResolvers<never>()
  const timer = setTimeout(() => expired.reject(new Error(`No answer in ${patienceMs} ms`)), patienceMs)
  try {
    return await Promise.race([work(), expired.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Who is calling, as far as the middleware before found out. */
export function callerOf(c: AppContext): LimitedCaller {
  return (
    c.get('limitedCaller') ?? {
      userId: c.get('supabaseContext')?.userClaims?.id,
      address: auditRequest(c.req.raw).ipAddress,
    }
  )
}

function limitsOf(c: AppContext): RateLimits {
  return rpcRateLimits(c.var.supabaseContext.supabaseAdmin)
}
