import { z } from 'zod'
import type { Logger } from '../logger.ts'
import type { SchedulerDatabase } from './database.ts'

/** Sends what pg_net's functions queued. */
export interface HttpSender {
  /** Takes what is queued and starts sending. Calls while one is under way are folded into one more. */
  drain(): Promise<void>
  /** Deletes answers older than pg_net's time to live. */
  expire(): Promise<void>
  /** Resolves when no request is under way. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** As `pg_net.batch_size`: requests under way at once. */
const batchSize = 200

const requestSchema = z.object({
  id: z.string(),
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.unknown()).nullable(),
  body: z.instanceof(Uint8Array).nullable(),
  timeout_milliseconds: z.number(),
})
type QueuedRequest = z.infer<typeof requestSchema>

interface Answer {
  readonly status_code: number | null
  readonly content_type: string | null
  readonly headers: Record<string, string> | null
  readonly content: string | null
  readonly timed_out: boolean
  readonly error_msg: string | null
}

/** Makes the part of the scheduler that works on `net.http_request_queue`. */
export function createHttpSender(database: SchedulerDatabase, logger: Logger): HttpSender {
  const { sql } = database
  const underWay = new Set<Promise<void>>()
  const stop = new AbortController()
  let draining: Promise<void> | null = null
  let isAskedAgain = false

  function drain(): Promise<void> {
    isAskedAgain = true
    draining ??= takeAll().finally(() => {
      draining = null
    })
    return draining
  }

  async function takeAll(): Promise<void> {
    while (isAskedAgain && !stop.signal.aborted) {
      isAskedAgain = false
      const room = batchSize - underWay.size
      if (room === 0) return
      // Deleted before it is sent, as the real worker does: after a crash a request is rather missing than sent twice.
      const rows = requestSchema.array().parse(
        await sql`
          delete from net.http_request_queue
          where id in (
            select id from net.http_request_queue order by id limit ${room} for update skip locked
          )
          returning id::text as id, method::text as method, url, headers, body, timeout_milliseconds`,
      )
      for (const request of rows) start(request)
      if (rows.length === room) isAskedAgain = true
    }
  }

  function start(request: QueuedRequest): void {
    const sending = send(request, stop.signal)
      .then((answer) => store(request.id, answer))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) logger.error('cannot store an HTTP answer', { id: request.id, reason: String(error) })
      })
      .finally(() => {
        underWay.delete(sending)
        if (underWay.size === batchSize - 1) void drain().catch(() => {})
      })
    underWay.add(sending)
  }

  async function store(id: string, answer: Answer): Promise<void> {
    await sql`
      insert into net._http_response (id, status_code, content_type, headers, content, timed_out, error_msg)
      values (${id}, ${answer.status_code}, ${answer.content_type}, ${answer.headers && sql.json(answer.headers)},
        ${answer.content}, ${answer.timed_out}, ${answer.error_msg})`
  }

  return {
    drain,
    async expire() {
      await sql`delete from net._http_response where created < now() - interval '6 hours'`
    },
    async idle() {
      while (draining || underWay.size > 0) await Promise.all([draining, ...underWay])
    },
    async close() {
      stop.abort()
      await Promise.allSettled([draining, ...underWay])
    },
  }
}

async function send(request: QueuedRequest, stop: AbortSignal): Promise<Answer> {
  if (request.timeout_milliseconds <= 0) {
    return failed(`timeout_milliseconds must be at least 1, got ${request.timeout_milliseconds}`)
  }
  const started = performance.now()
  const timeout = AbortSignal.timeout(request.timeout_milliseconds)
  try {
    const response = await fetch(request.url, {
      method: request.method.toUpperCase(),
      headers: requestHeaders(request),
      body: request.body ? new Uint8Array(request.body) : null,
      signal: AbortSignal.any([timeout, stop]),
    })
    // A text column cannot hold a zero byte.
    const content = (await response.text()).replaceAll('\u0000', '')
    return {
      status_code: response.status,
      content_type: response.headers.get('content-type'),
      headers: Object.fromEntries(response.headers),
      content: content === '' ? null : content,
      timed_out: false,
      error_msg: null,
    }
  } catch (error) {
    if (!timeout.aborted) return failed(failureMessage(error))
    const total = (performance.now() - started).toFixed(3)
    return {
      ...failed(`Timeout of ${request.timeout_milliseconds} ms reached. Total time: ${total} ms`),
      timed_out: true,
    }
  }
}

function failed(message: string): Answer {
  return {
    status_code: null,
    content_type: null,
    headers: null,
    content: null,
    timed_out: false,
    error_msg: message,
  }
}

function requestHeaders(request: QueuedRequest): Headers {
  // The real sender neither asks for compression nor undoes it.
  const headers = new Headers({ 'user-agent': 'pg_net/0.20.0', 'accept-encoding': 'identity' })
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value !== null) headers.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  return headers
}

const failures: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Couldn't connect to server",
  ENOTFOUND: "Couldn't resolve host name",
  EAI_AGAIN: "Couldn't resolve host name",
  ECONNRESET: 'Failure when receiving data from the peer',
  UND_ERR_SOCKET: 'Server returned nothing (no headers, no data)',
}

/** The reason in curl's words where they are known; fetch hides it in `cause`. */
function failureMessage(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return failures[code] ?? (cause instanceof Error ? cause.message : String(cause))
}
