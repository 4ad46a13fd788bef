import { setTimeout as delay } from 'node:timers/promises'
import { z } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import { type BegunRequest, type IdempotencyKeys, type KeptAnswer, rpcIdempotencyKeys } from '../platform/mod.ts'
import type { AppContext, AppEnv } from './app_env.ts'
import { AppError } from './app_error.ts'
import { callerOf } from './rate_limit.ts'

/** Options of {@link idempotent}. */
export interface IdempotencyOptions {
  /** Whose keys they are, such as `user:<id>`; the API key or the signed-in person when left out. */
  caller?(c: AppContext): string
  /** Where keys are kept; the database when left out. */
  keys?(c: AppContext): IdempotencyKeys
  /** After so long, work that was not finished counts as crashed; longer than the route may take, 60 when left out. */
  readonly leaseSeconds?: number
  /** How long a duplicate waits for the first one's answer; 2 seconds when left out. */
  readonly waitMs?: number
  /** Whether answers hold a secret, which is not kept: the same request again gets 409 `idempotency_answer_not_kept`. */
  readonly isSecret?: boolean
  /**
   * Whether the route reads its body as a stream, which is then not compared: its length and the rest of the request say
   * whether it is the same.
   */
  readonly isStreamed?: boolean
}

/** Header of a route that is idempotent, for its `request` in the API document. */
export const idempotencyKeyHeader = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .openapi({
      description:
        'Up to 255 visible characters of your choice, such as a UUID. The same request with the same key is done once ' +
        'and answered alike for 24 hours.',
      example: '0f8b3f0e-8a55-4f0e-9d0a-6a8a5a4c2b1e',
    }),
})

const keyPattern = /^[\x21-\x7e]{1,255}$/
const largestBodyBytes = 256 * 1024
/** What belongs to the answer itself; everything else is set anew for each request. */
const keptHeaders = [
  'content-type',
  'content-disposition',
  'content-language',
  'etag',
  'last-modified',
  'link',
  'location',
]
/** Besides faults of ours: the caller is asked to try the same again. */
const passingStatuses = [408, 425, 429]
const bodilessStatuses = [204, 205, 304]

/**
 * Makes a route safe to call again: a request with an `Idempotency-Key` is done once, and the same request with the same
 * key gets the same answer for 24 hours, with `idempotency-replayed: true`. Requests without the header pass.
 *
 * Answers of 5xx, 408, 425 and 429 are not kept: trying again does the work again. So does trying again after the
 * process died in the middle, once the lease is over; work that must not even then be done twice needs a key of its own.
 *
 * Stands after the middleware that finds out who is calling, and after `rateLimit`.
 *
 * @throws {AppError} 400 `invalid_idempotency_key`, 409 `idempotency_in_progress`, 409 `idempotency_answer_not_kept`,
 * 422 `idempotency_key_reused`
 * @throws {Error} when nobody is signed in and no `caller` is given, which is a mistake of the route
 * @example middleware: [withSupabase({ auth: 'user' }), idempotent()]
 */
export function idempotent({
  caller = ownerOf,
  keys = keysOf,
  leaseSeconds = 60,
  waitMs = 2_000,
  isSecret = false,
  isStreamed = false,
}: IdempotencyOptions = {}) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const key = c.req.header('idempotency-key')
    if (key === undefined || c.req.method === 'GET' || c.req.method === 'HEAD') return next()
    if (!keyPattern.test(key)) {
      throw new AppError(400, 'invalid_idempotency_key', 'Cannot read header Idempotency-Key: it is not valid', {
        hint: 'Send 1 to 255 visible ASCII characters, such as a UUID',
      })
    }
    const store = keys(c)
    const request = { caller: caller(c), key, hash: await hashOf(c, isStreamed), leaseSeconds }
    const begun = await beginOrWait(store, request, waitMs)
    if (begun.outcome !== 'started') return answerAgain(begun)
    const finish = async (answer: KeptAnswer | null) => {
      const end = () => store.finish({ caller: request.caller, key, leaseId: begun.leaseId, answer })
      try {
        await end().catch(end)
      } catch (cause) {
        // The work is done, and its answer is worth more to the caller than the one we would give instead.
        c.var.logger.error('idempotency_answer_lost', cause)
      }
    }
    try {
      await next()
    } catch (error) {
      await finish(null)
      throw error
    }
    const isFinal = c.res.status < 500 && !passingStatuses.includes(c.res.status)
    await finish(isFinal ? await answerOf(c.res, isSecret) : null)
  })
}

async function beginOrWait(
  store: IdempotencyKeys,
  request: Parameters<IdempotencyKeys['begin']>[0],
  waitMs: number,
): Promise<BegunRequest> {
  const deadline = performance.now() + waitMs
  for (let pauseMs = 50; ; pauseMs *= 2) {
    const begun = await store.begin(request)
    if (begun.outcome !== 'in_progress' || performance.now() + pauseMs > deadline) return begun
    await delay(pauseMs)
  }
}

function answerAgain(begun: Exclude<BegunRequest, { outcome: 'started' }>): Response {
  switch (begun.outcome) {
    case 'reused':
      throw new AppError(
        422,
        'idempotency_key_reused',
        'Cannot use this Idempotency-Key: it stood for another request',
        {
          hint: 'Use a new key for each new request, and the same path and body with the same key',
        },
      )
    case 'in_progress':
      throw new AppError(
        409,
        'idempotency_in_progress',
        'The request with this Idempotency-Key is still being answered',
        {
          hint: 'Try again with the same key in a moment',
          headers: { 'retry-after': '1' },
        },
      )
    case 'completed': {
      const { status, headers, body } = begun.answer
      if (body === null) {
        throw new AppError(409, 'idempotency_answer_not_kept', `The request was answered with ${status} before`, {
          hint: 'The answer was too large or too secret to keep; read what was made instead',
        })
      }
      return new Response(bodilessStatuses.includes(status) ? null : body, {
        status,
        headers: { ...headers, 'idempotency-replayed': 'true' },
      })
    }
  }
}

async function answerOf(response: Response, isSecret: boolean): Promise<KeptAnswer> {
  const headers = Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = response.headers.get(name)
      return value === null ? [] : [[name, value]]
    }),
  )
  // A refusal holds none.
  const isKept = !isSecret || !response.ok
  return { status: response.status, headers, body: isKept ? await textOf(response) : null }
}

/** The body, null when it is too large or no text. Streams of events are not read: they may not end. */
async function textOf(response: Response): Promise<string | null> {
  if (response.body === null) return ''
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream') || !/^(text\/|application\/([\w.-]+\+)?json\b)/.test(type)) return null
  const bytes = await response.clone().arrayBuffer()
  return bytes.byteLength > largestBodyBytes ? null : new TextDecoder().decode(bytes)
}

async function hashOf(c: AppContext, isStreamed: boolean): Promise<string> {
  const { pathname, search } = new URL(c.req.url)
  const head = new TextEncoder().encode(`${c.req.method} ${pathname}${search}\n`)
  // Read through Hono, which keeps it for the route.
  const body = isStreamed
    ? new TextEncoder().encode(c.req.header('content-length') ?? '')
    : new Uint8Array(await c.req.arrayBuffer())
  const whole = new Uint8Array(head.length + body.length)
  whole.set(head)
  whole.set(body, head.length)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', whole))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function ownerOf(c: AppContext): string {
  const { apiKeyId, userId } = callerOf(c)
  if (apiKeyId) return `key:${apiKeyId}`
  if (userId) return `user:${userId}`
  throw new Error('idempotent() needs a signed-in person, an API key or a caller of its own')
}

function keysOf(c: AppContext): IdempotencyKeys {
  return rpcIdempotencyKeys(c.var.supabaseContext.supabaseAdmin)
}
