import type { z } from 'zod'
import { AuthError, unexpectedFailure } from '../errors.ts'

const timeout = 10_000
const maximumBytes = 512 * 1024
const longestPause = 2000

/** A request to a provider. */
export interface ProviderCall<T> {
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: URLSearchParams
  readonly answer: z.ZodType<T>
  /** Message of the 500 that any failure becomes. */
  readonly failure: string
}

/**
 * Calls a provider, for at most ten seconds and half a megabyte, and checks the shape of what it says.
 *
 * A provider that limits our rate is asked once more when it names a pause of at most two seconds.
 *
 * @throws {AuthError} 503 `over_request_rate_limit` when the provider goes on limiting us; 500 with `failure` otherwise
 */
export async function fetchJson<T>(call: ProviderCall<T>): Promise<T> {
  const signal = AbortSignal.timeout(timeout)
  let response = await send(call, signal)
  if (response.status === 429) {
    const pause = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000
    await response.body?.cancel()
    if (!(pause <= longestPause)) throw limited()
    await new Promise((resolve) => setTimeout(resolve, pause))
    response = await send(call, signal)
    if (response.status === 429) {
      await response.body?.cancel()
      throw limited()
    }
  }
  if (!response.ok) {
    await response.body?.cancel()
    throw unexpectedFailure(call.failure, new Error(`The provider answered ${response.status}`))
  }
  const parsed = call.answer.safeParse(await readJson(response, call.failure))
  if (!parsed.success) throw unexpectedFailure(call.failure, parsed.error)
  return parsed.data
}

function send<T>(call: ProviderCall<T>, signal: AbortSignal): Promise<Response> {
  return fetch(call.url, {
    method: call.method ?? 'GET',
    headers: { accept: 'application/json', ...call.headers },
    redirect: 'manual',
    signal,
    ...(call.body ? { body: call.body } : {}),
  }).catch((cause: unknown) => {
    throw unexpectedFailure(call.failure, cause)
  })
}

async function readJson(response: Response, failure: string): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      if (size > maximumBytes) throw new Error('The answer is too large')
      chunks.push(chunk)
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (cause) {
    throw unexpectedFailure(failure, cause)
  }
}

const limited = () =>
  new AuthError(503, 'over_request_rate_limit', 'The provider limits the rate of sign-ins, please try again later')
