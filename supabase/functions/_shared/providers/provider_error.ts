/**
 * Why a provider did not do what it was asked.
 *
 * - `unavailable`: it cannot be reached, answers too late or has a fault
 * - `throttled`: it asks to slow down
 * - `refused`: it will never do this, such as for an address that bounced
 * - `misconfigured`: our key, sender or account is not accepted
 * - `invalid_response`: it answered something that cannot be read
 * - `aborted`: the caller gave up waiting
 */
export type ProviderFailure = 'unavailable' | 'throttled' | 'refused' | 'misconfigured' | 'invalid_response' | 'aborted'

/** The one error that adapters throw, whatever the vendor's own looks like. */
export class ProviderError extends Error {
  readonly provider: string
  readonly failure: ProviderFailure
  /** True when the same call may succeed later. */
  readonly isRetryable: boolean
  /** True when another provider may be asked instead: never after a refusal. */
  readonly mayFailOver: boolean
  /** True when the request may have been carried out although no answer came. Look it up before repeating it. */
  readonly isAmbiguous: boolean
  /** The vendor's own code, for the log. */
  readonly vendorCode: string | null
  /** How long the provider asks to wait; null when it does not say. A job waits at least as long. */
  readonly retryAfterSeconds: number | null

  /** @param message what failed, without addresses or keys */
  constructor(
    provider: string,
    failure: ProviderFailure,
    message: string,
    options: { isAmbiguous?: boolean; vendorCode?: string; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ProviderError'
    this.provider = provider
    this.failure = failure
    this.isRetryable = failure !== 'refused' && failure !== 'misconfigured'
    this.mayFailOver = failure !== 'refused' && failure !== 'aborted'
    this.isAmbiguous = options.isAmbiguous ?? false
    this.vendorCode = options.vendorCode ?? null
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
  }
}
