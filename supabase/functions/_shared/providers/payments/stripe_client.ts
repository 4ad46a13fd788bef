import Stripe from 'stripe'
import { observeProviderCall } from '../../observability/mod.ts'
import { type Env, systemClock } from '../../runtime/mod.ts'
import { fetchWithin, ProviderError } from '../mod.ts'

/** What the client needs of the environment. */
export type StripeEnv = Pick<Env, 'STRIPE_SECRET_KEY' | 'STRIPE_API_URL'>

const provider = 'stripe'
/** Longest time of one attempt. */
const timeoutMs = 20_000
/** The address that the library calls; it takes no path in front of its own. */
const libraryOrigin = 'https://api.stripe.com'

/**
 * Stripe's own library, towards `STRIPE_API_URL` (the sandbox of the local stack, else Stripe), with a time limit on each
 * of at most three attempts. Every attempt is measured.
 *
 * @param options.signal gives up for the caller, such as when a job is cancelled
 * @throws {ProviderError} `misconfigured` without a key
 */
export function stripeClient(env: StripeEnv, options: { signal?: AbortSignal } = {}): Stripe {
  if (!env.STRIPE_SECRET_KEY) {
    throw new ProviderError(provider, 'misconfigured', 'Cannot call stripe: STRIPE_SECRET_KEY is not set')
  }
  return new Stripe(env.STRIPE_SECRET_KEY, {
    maxNetworkRetries: 2,
    timeout: timeoutMs,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient(measuredFetch(env.STRIPE_API_URL, options.signal)),
  })
}

function measuredFetch(apiUrl: string, signal: AbortSignal | undefined): typeof fetchOf {
  const base = apiUrl.replace(/\/+$/, '')
  return async (input, init) => {
    const operation = init?.method ?? 'GET'
    const startedAt = systemClock.now()
    const end = (outcome: 'ok' | 'refused' | 'failed') =>
      observeProviderCall({
        provider,
        operation,
        startedAt,
        durationMs: systemClock.now().getTime() - startedAt.getTime(),
        outcome,
      })
    const signals = [signal, init?.signal].filter((one) => one instanceof AbortSignal)
    try {
      const response = await fetchOf(addressOf(input).replace(libraryOrigin, base), {
        ...init,
        signal: AbortSignal.any(signals),
      })
      end(outcomeOf(response.status))
      return response
    } catch (error) {
      // Who was told to stop waiting knows nothing about Stripe.
      if (!signal?.aborted) end('failed')
      throw error
    }
  }
}

const fetchOf = fetchWithin(timeoutMs)

const addressOf = (input: string | URL | Request) => (input instanceof Request ? input.url : String(input))

/** 402 and the like are answers of a Stripe that is well. */
function outcomeOf(status: number): 'ok' | 'refused' | 'failed' {
  if (status < 400) return 'ok'
  return status === 429 || status >= 500 ? 'failed' : 'refused'
}
