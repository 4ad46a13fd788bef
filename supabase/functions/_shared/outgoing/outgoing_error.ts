/**
 * Why an outgoing request got no answer. `url_not_allowed` and `address_not_allowed` will not change by themselves; the
 * others may.
 */
export type OutgoingFailure =
  | 'url_not_allowed'
  | 'address_not_allowed'
  | 'name_not_found'
  | 'connection_failed'
  | 'too_many_redirects'
  | 'timed_out'

/** A request to an address that a user gave which got no answer. The message names the reason and never a secret. */
export class OutgoingError extends Error {
  readonly reason: OutgoingFailure
  constructor(reason: OutgoingFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'OutgoingError'
    this.reason = reason
  }

  /** Whether the same request may succeed later. */
  get isRetryable(): boolean {
    return this.reason !== 'url_not_allowed' && this.reason !== 'address_not_allowed'
  }
}
