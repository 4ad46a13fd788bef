import type { ProviderCall } from '../observability/mod.ts'
import type { Clock } from '../runtime/mod.ts'
import { ProviderError } from './provider_error.ts'

/** What is measured, and who is told. */
export interface Measurement {
  readonly provider: string
  /** What was asked, such as `POST` or `send`. */
  readonly operation: string
  readonly signal: AbortSignal
  readonly clock: Clock
  observe?(call: ProviderCall): void
}

/** Makes one call of a provider and tells how long it took and how it ended. */
export async function measuredCall<T>(
  { provider, operation, signal, clock, observe }: Measurement,
  call: () => Promise<T>,
): Promise<T> {
  const startedAt = clock.now()
  const end = (outcome: ProviderCall['outcome']) => {
    const durationMs = clock.now().getTime() - startedAt.getTime()
    observe?.({ provider, operation, startedAt, durationMs, outcome })
  }
  try {
    const answer = await call()
    end('ok')
    return answer
  } catch (error) {
    // Who was told to stop waiting knows nothing about the provider.
    if (!signal.aborted) end(error instanceof ProviderError && error.failure === 'refused' ? 'refused' : 'failed')
    throw error
  }
}
