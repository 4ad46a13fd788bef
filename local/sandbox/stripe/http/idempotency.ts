import { StripeError } from '../errors.ts'

/** An answer that is given again to the same key. */
export interface KeptAnswer {
  readonly status: number
  readonly body: string
  readonly requestId: string
}

interface Entry {
  readonly request: string
  readonly until: number
  answer: KeptAnswer | null
}

/** How long a key is kept, in milliseconds. */
const keptMs = 24 * 3_600_000

/** The keys of requests that change something. */
export interface IdempotencyKeys {
  /**
   * Claims a key for a request.
   *
   * @returns the answer that the same request got before; null when it is the first
   * @throws {StripeError} 409 while the first is on its way, 400 when the request is another
   */
  claim(key: string, request: string): KeptAnswer | null
  /** Keeps the answer; null lets the key go, since nothing was done. */
  settle(key: string, answer: KeptAnswer | null): void
}

/** Makes an empty set of keys. */
export function createIdempotencyKeys(now: () => number = Date.now): IdempotencyKeys {
  const entries = new Map<string, Entry>()
  return {
    claim(key, request) {
      if (key.length > 255) {
        throw new StripeError(400, 'Idempotency keys can have up to 255 characters', { type: 'idempotency_error' })
      }
      const entry = entries.get(key)
      if (!entry || entry.until < now()) {
        entries.set(key, { request, until: now() + keptMs, answer: null })
        return null
      }
      if (entry.request !== request) {
        throw new StripeError(
          400,
          `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
          { type: 'idempotency_error' },
        )
      }
      if (entry.answer) return entry.answer
      throw new StripeError(
        409,
        `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}`,
        { type: 'idempotency_error', code: 'idempotency_key_in_use' },
      )
    },
    settle(key, answer) {
      const entry = entries.get(key)
      if (!entry) return
      if (answer) entry.answer = answer
      else entries.delete(key)
    },
  }
}
