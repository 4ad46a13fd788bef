import { Buffer } from 'node:buffer'
import { Client } from 'undici'
import { type CheckedTarget, checkTarget, systemResolve, type TargetRules } from './check_target.ts'
import { OutgoingError } from './outgoing_error.ts'
import { pinnedConnect } from './pinned_connect.ts'

/** What {@link safeFetch} asks, and its limits. */
export interface SafeFetchOptions {
  readonly method?: 'GET' | 'HEAD' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** For everything together: name, connection, redirects and answer. 15 seconds when left out. */
  readonly timeoutMs?: number
  /** How much of the answer's body is read; the rest is cut off. 64 kB when left out. */
  readonly maxResponseBytes?: number
  /** How many redirects a GET or HEAD follows, each checked like the first URL. None when left out, 3 at most. */
  readonly maxRedirects?: number
  readonly signal?: AbortSignal
  /** `OUTGOING_ALLOWED_HOSTS` of the environment. */
  readonly allowedHosts: readonly string[]
  /** The name service, for tests. */
  readonly resolve?: TargetRules['resolve']
}

/** An answer, of whatever status. */
export interface SafeResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
  /** Whether the body was longer than was read. */
  readonly isCut: boolean
  /** The URL that answered, after redirects. */
  readonly url: string
}

/**
 * Requests a URL that a user gave: https only, known ports, and never an address inside our own network. The name is
 * resolved once, all its addresses are checked, and the connection goes to one of those.
 *
 * @throws {OutgoingError} when it is not allowed or no answer came; a status is never an error
 * @example
 * const answer = await safeFetch(url, { allowedHosts: env.OUTGOING_ALLOWED_HOSTS, maxRedirects: 3 })
 */
export async function safeFetch(url: string, options: SafeFetchOptions): Promise<SafeResponse> {
  const rules: TargetRules = { allowedHosts: options.allowedHosts, resolve: options.resolve ?? systemResolve }
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 15_000)
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout
  const method = options.method ?? 'GET'
  const maxRedirects = method === 'POST' ? 0 : Math.min(options.maxRedirects ?? 0, 3)
  let next = url
  let headers = options.headers ?? {}
  for (let redirects = 0; ; redirects += 1) {
    const target = await within(signal, checkTarget(rules, next))
    const answer = await send(target, { ...options, method, headers, signal })
    const location = [301, 302, 303, 307, 308].includes(answer.status) ? answer.headers.get('location') : undefined
    if (maxRedirects === 0 || location === undefined) return answer
    if (redirects >= maxRedirects) {
      throw new OutgoingError('too_many_redirects', `Cannot call "${target.url.hostname}": it redirects too often`)
    }
    next = URL.parse(location, target.url.href)?.href ?? location
    if (URL.parse(next)?.origin !== target.url.origin) headers = withoutCredentials(headers)
  }
}

async function send(
  { url, addresses }: CheckedTarget,
  options: Omit<SafeFetchOptions, 'method' | 'signal'> & { method: 'GET' | 'HEAD' | 'POST'; signal: AbortSignal },
): Promise<SafeResponse> {
  const { signal, method, body = null } = options
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const client = new Client(url.origin, { connect: pinnedConnect(hostname, addresses), maxHeaderSize: 16_384 })
  try {
    const answer = await client.request({
      path: `${url.pathname}${url.search}`,
      method,
      // Packed bodies would have to be unpacked, and a small one can become very large.
      headers: { ...options.headers, 'accept-encoding': 'identity' },
      body,
      signal,
    })
    const read = await readUpTo(answer.body, options.maxResponseBytes ?? 65_536)
    return { status: answer.statusCode, headers: toMap(answer.headers), ...read, url: url.href }
  } catch (cause) {
    throw toOutgoingError(cause, signal, hostname)
  } finally {
    await client.destroy()
  }
}

async function readUpTo(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ body: Uint8Array; isCut: boolean }> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxBytes) break
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes), isCut: size > maxBytes }
}

function toMap(headers: Readonly<Record<string, string | string[] | undefined>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]))
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(authorization|cookie)$/i.test(name)))
}

/** Waits for something that cannot be told to stop. */
async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(toOutgoingError(signal.reason, signal, 'the URL'))
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', stop)
    // Nobody waits for the loser of the race.
    work.catch(() => {})
  }
}

function toOutgoingError(cause: unknown, signal: AbortSignal, hostname: string): OutgoingError {
  if (cause instanceof OutgoingError) return cause
  if (signal.aborted) return new OutgoingError('timed_out', `Cannot call "${hostname}": no answer in time`, cause)
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new OutgoingError('connection_failed', `Cannot call "${hostname}": ${reason}`, cause)
}
