import type { Context } from 'hono'
import type { z } from 'zod'
import { SandboxError } from './errors.ts'
import type { LiveEvent, LiveEvents } from './live_events.ts'

const largestBody = 256 * 1024

/** @throws {SandboxError} `invalid_query` */
export function parseQuery<T>(c: Context, schema: z.ZodType<T>): T {
  return parseWith(schema, c.req.query(), 'invalid_query', 'Cannot read the query')
}

/**
 * Reads a JSON body. Asking for the content type also keeps other web pages out: they cannot send it without a preflight.
 *
 * @throws {SandboxError} `invalid_body`
 */
export async function parseBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) {
    throw new SandboxError(415, 'invalid_body', 'Cannot read the body: it is not JSON', {
      hint: 'Send it with "content-type: application/json"',
    })
  }
  const text = await c.req.text()
  if (text.length > largestBody) throw new SandboxError(413, 'body_too_large', 'Cannot read the body: it is too large')
  const body = parseJson(text)
  return parseWith(schema, body, 'invalid_body', 'Cannot read the body')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function parseWith<T>(schema: z.ZodType<T>, input: unknown, code: string, message: string): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '))
  throw new SandboxError(400, code, message, { details: issues.join('; ') })
}

/**
 * Waits for the next live event that `pick` finds something in.
 *
 * @returns what `pick` found, or null when time is up or the client has gone
 */
export function nextEvent<T>(
  events: LiveEvents,
  pick: (event: LiveEvent) => T | null,
  timeout: number,
  signal: AbortSignal,
): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<T | null>()
  const unsubscribe = events.subscribe((event) => {
    const found = pick(event)
    if (found !== null) resolve(found)
  })
  const timer = setTimeout(() => resolve(null), timeout)
  const stop = () => resolve(null)
  signal.addEventListener('abort', stop)
  return promise.finally(() => {
    unsubscribe()
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  })
}
