import type { z } from 'zod'
import { observeProviderCall, type ProviderCall } from '../observability/mod.ts'
import { type Clock, systemClock } from '../runtime/mod.ts'
import { measuredCall } from './measured_call.ts'
import { ProviderError, type ProviderFailure } from './provider_error.ts'
import { readLimited } from './read_limited.ts'

/** One call of a provider's HTTP API. */
export interface ProviderRequest<Schema extends z.ZodType> {
  /** Name for errors and logs, such as `postmark`. */
  readonly provider: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string | URL
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is, instead of `json`. A stream can be sent once only: it goes with `maxAttempts: 1`. */
  readonly body?: string | Uint8Array<ArrayBuffer> | URLSearchParams | FormData | ReadableStream<Uint8Array>
  /** Gives up for the caller, such as when a job is cancelled. */
  readonly signal: AbortSignal
  /** Longest time of one attempt, its answer read to the end; 10 seconds when left out. */
  readonly timeoutMs?: number
  /** Attempts in all; 3 when left out. 1 where a job tries again anyway. */
  readonly maxAttempts?: number
  /** Names the request towards the provider, so that a repeated one is the same: makes every method safe to repeat. */
  readonly idempotency?: { readonly header: string; readonly key: string }
  /** Largest answer that is read; 1 MiB when left out. */
  readonly maxResponseBytes?: number
  /** What the answer is read as; `json` when left out, where an empty answer is null. */
  readonly reads?: 'json' | 'text' | 'bytes'
  /** Statuses beside 200 to 299 that are answers and no failures. */
  readonly answerStatuses?: readonly number[]
  /** What the answer must be; only the fields that are used. */
  readonly schema: Schema
  /** What the provider's own error codes mean, where its HTTP status does not say it. */
  explain?(answer: FailedAnswer): { readonly failure?: ProviderFailure; readonly vendorCode?: string }
}

/** An answer that is no success. */
export interface FailedAnswer {
  readonly status: number
  /** Parsed where it is JSON, else null. Read it with a schema. */
  readonly body: unknown
}

/** An answer that was taken. */
export interface ProviderAnswer<Body> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** What a request needs of the machine. */
export interface ProviderDeps {
  readonly fetch: typeof fetch
  readonly clock: Clock
  /** From 0 up to 1. */
  random(): number
  /** Resolves after some milliseconds, rejects when the signal aborts. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>
  /** Told of each attempt. */
  observe?(call: ProviderCall): void
}

const defaultTimeoutMs = 10_000
const defaultMaxAttempts = 3
const defaultMaxResponseBytes = 1024 * 1024
const firstDelayMs = 250
const longestDelayMs = 2_000
/** A provider that asks for a longer pause is asked again by the job and not by us. */
const longestRetryAfterSeconds = 5

/**
 * Calls the API of a provider: the one way out of this backend, so that no call is without a time limit, none grows
 * without bounds and all fail alike.
 *
 * Repeats after faults of the network, 429 and 5xx, with growing random pauses that are never shorter than `Retry-After`;
 * a POST or PATCH without an idempotency key only when it surely was not carried out. Redirects are not followed: they
 * would carry our key elsewhere.
 *
 * @throws {ProviderError} and nothing else; its message tells neither addresses nor contents
 * @example
 * const { body } = await requestProvider({
 *   provider: 'postmark', method: 'POST', url: `${apiUrl}/email`, headers: { 'x-postmark-server-token': token },
 *   json: mail, schema: z.object({ MessageID: z.string() }), signal,
 * })
 */
export async function requestProvider<Schema extends z.ZodType>(
  request: ProviderRequest<Schema>,
  deps: ProviderDeps = systemDeps,
): Promise<ProviderAnswer<z.output<Schema>>> {
  const isSafe = request.idempotency !== undefined || !['POST', 'PATCH'].includes(request.method)
  const maxAttempts = request.maxAttempts ?? defaultMaxAttempts
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await measuredCall({ ...deps, ...request, operation: request.method }, () => attemptOnce(request, deps))
    } catch (error) {
      if (!(error instanceof ProviderError) || attempt >= maxAttempts) throw error
      const isWorthIt = error.failure === 'unavailable' || error.failure === 'throttled'
      const asked = error.retryAfterSeconds ?? 0
      if (!isWorthIt || asked > longestRetryAfterSeconds || (error.isAmbiguous && !isSafe)) throw error
      const growing = Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs)
      await pause(request, deps, Math.max(growing * deps.random(), asked * 1000))
    }
  }
}

const systemDeps: ProviderDeps = {
  fetch: (input, init) => fetch(input, init),
  clock: systemClock,
  random: () => Math.random(),
  observe: observeProviderCall,
  wait: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        reject(signal.reason)
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop)
        resolve()
      }, milliseconds)
      signal.addEventListener('abort', stop, { once: true })
    }),
}

/**
 * The `fetch` that vendors' own libraries are given, where one is used instead of {@link requestProvider}: each call ends
 * after a time, whatever the library does.
 *
 * @param timeoutMs longest time of one call, its answer read to the end
 */
export function fetchWithin(timeoutMs: number): typeof fetch {
  return (input, init) => fetch(input, { ...init, signal: within(timeoutMs, init?.signal) })
}

function within(timeoutMs: number, signal: AbortSignal | null | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs)
  return signal ? AbortSignal.any([signal, timeout]) : timeout
}

async function attemptOnce<Schema extends z.ZodType>(
  request: ProviderRequest<Schema>,
  deps: ProviderDeps,
): Promise<ProviderAnswer<z.output<Schema>>> {
  if (request.signal.aborted) throw failure(request, 'aborted', 'given up before it began')
  let response: Response
  let bytes: Uint8Array<ArrayBuffer> | null
  try {
    response = await deps.fetch(request.url, {
      method: request.method,
      headers: headersOf(request),
      body: request.json === undefined ? (request.body ?? null) : JSON.stringify(request.json),
      redirect: 'manual',
      ...(request.body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
      signal: within(request.timeoutMs ?? defaultTimeoutMs, request.signal),
    })
    bytes = await readLimited(response, request.maxResponseBytes ?? defaultMaxResponseBytes)
  } catch (cause) {
    throw noAnswer(request, cause)
  }
  if (!response.ok && !request.answerStatuses?.includes(response.status))
    throw failedAnswer(request, response, bytes ?? new Uint8Array(), deps.clock)
  // A success that cannot be read was carried out all the same.
  if (bytes === null) throw failure(request, 'invalid_response', 'its answer is too large', { isAmbiguous: true })
  const parsed = request.schema.safeParse(decode(bytes, request.reads ?? 'json'))
  if (!parsed.success) {
    throw failure(request, 'invalid_response', 'its answer is not as documented', { isAmbiguous: true })
  }
  return { status: response.status, headers: response.headers, body: parsed.data }
}

function headersOf({ headers, json, idempotency }: ProviderRequest<z.ZodType>): Headers {
  const all = new Headers(headers)
  if (json !== undefined) all.set('content-type', 'application/json')
  if (idempotency) all.set(idempotency.header, idempotency.key)
  return all
}

function decode(bytes: Uint8Array<ArrayBuffer>, as: 'json' | 'text' | 'bytes'): unknown {
  if (as === 'bytes') return bytes
  const text = new TextDecoder().decode(bytes)
  if (as === 'text') return text
  if (text.trim() === '') return null
  try {
    return JSON.parse(text)
  } catch {
    // Fits no schema that asks for something.
    return undefined
  }
}

function failedAnswer(
  request: ProviderRequest<z.ZodType>,
  response: Response,
  bytes: Uint8Array<ArrayBuffer>,
  clock: Clock,
): ProviderError {
  const { status } = response
  const explained = request.explain?.({ status, body: decode(bytes, 'json') ?? null })
  const retryAfterSeconds = readRetryAfter(response.headers.get('retry-after'), clock)
  return failure(request, explained?.failure ?? failureOfStatus(status), `it answered ${status}`, {
    // A gateway's 5xx does not tell whether the service behind it did the work.
    isAmbiguous: status >= 500 && request.method !== 'GET',
    vendorCode: explained?.vendorCode ?? String(status),
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
  })
}

function failureOfStatus(status: number): ProviderFailure {
  if (status === 429) return 'throttled'
  if (status === 401 || status === 403) return 'misconfigured'
  if (status === 408 || status === 425 || status >= 500) return 'unavailable'
  return status < 400 ? 'invalid_response' : 'refused'
}

function noAnswer(request: ProviderRequest<z.ZodType>, cause: unknown): ProviderError {
  const isTimeout = cause instanceof Error && cause.name === 'TimeoutError'
  const reason = explainCause(cause)
  const options = {
    // Nobody was there to carry it out.
    isAmbiguous: request.method !== 'GET' && !/refused|ENOTFOUND|EAI_AGAIN|dns error/i.test(reason),
    cause: new Error(reason),
  }
  if (request.signal.aborted) return failure(request, 'aborted', 'given up while waiting', options)
  return failure(request, 'unavailable', isTimeout ? 'no answer in time' : 'the connection failed', options)
}

/** The runtime's own words without the URL that they quote, which may hold a name or a key. */
function explainCause(cause: unknown): string {
  const words: string[] = []
  for (let error = cause; error instanceof Error; error = error.cause) {
    words.push(error.message)
    if ('code' in error && typeof error.code === 'string') words.push(error.code)
  }
  return words.join(': ').replace(/\(?https?:\/\/\S+/g, '[address]')
}

/** Seconds that `Retry-After` asks for, as a number or a date. */
function readRetryAfter(header: string | null, clock: Clock): number | null {
  if (header === null) return null
  const seconds = /^\d{1,9}$/.test(header.trim())
    ? Number(header)
    : Math.ceil((Date.parse(header) - clock.now().getTime()) / 1000)
  return Number.isNaN(seconds) ? null : Math.max(0, seconds)
}

async function pause(request: ProviderRequest<z.ZodType>, deps: ProviderDeps, milliseconds: number): Promise<void> {
  try {
    await deps.wait(milliseconds, request.signal)
  } catch {
    throw failure(request, 'aborted', 'given up between two attempts')
  }
}

function failure(
  { provider, method }: ProviderRequest<z.ZodType>,
  kind: ProviderFailure,
  reason: string,
  options: ConstructorParameters<typeof ProviderError>[3] = {},
): ProviderError {
  return new ProviderError(provider, kind, `Cannot call ${provider} (${method}): ${reason}`, options)
}
