import Stripe from 'stripe'
import { ProviderError, type ProviderFailure } from '../mod.ts'

const provider = 'stripe'

/** Makes one call of Stripe, and a {@link ProviderError} of whatever goes wrong. @param what for the message, such as `refund` */
export async function stripeCall<T>(what: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw stripeError(what, error, signal)
  }
}

/** What Stripe's library threw, in our words; its message stays in the cause, for it may quote what people entered. */
export function stripeError(what: string, cause: unknown, signal: AbortSignal): ProviderError {
  if (cause instanceof ProviderError) return cause
  const { failure, reason } = signal.aborted ? { failure: 'aborted' as const, reason: 'given up' } : explain(cause)
  const error = cause instanceof Stripe.errors.StripeError ? cause : undefined
  const vendorCode = error?.decline_code ?? error?.code ?? error?.type
  return new ProviderError(provider, failure, `Cannot call ${provider} (${what}): ${reason}`, {
    // Without an answer nobody knows. The idempotency key makes a repeated call the same call.
    isAmbiguous: error?.statusCode === undefined || error.statusCode >= 500,
    ...(vendorCode === undefined ? {} : { vendorCode }),
    cause,
  })
}

function explain(cause: unknown): { failure: ProviderFailure; reason: string } {
  if (cause instanceof Stripe.errors.StripeRateLimitError) {
    return { failure: 'throttled', reason: 'it asks to slow down' }
  }
  if (
    cause instanceof Stripe.errors.StripeAuthenticationError ||
    cause instanceof Stripe.errors.StripePermissionError
  ) {
    return { failure: 'misconfigured', reason: 'it does not accept the key' }
  }
  if (cause instanceof Stripe.errors.StripeCardError) {
    return { failure: 'refused', reason: `declined (${cause.decline_code ?? cause.code ?? 'no reason'})` }
  }
  const status = cause instanceof Stripe.errors.StripeError ? cause.statusCode : undefined
  // 409: another request with the same key, or a lock on the object, is still at work.
  if (status === 409) return { failure: 'unavailable', reason: 'it is at work on the same object' }
  if (status === 429) return { failure: 'throttled', reason: 'it asks to slow down' }
  if (status !== undefined && status >= 400 && status < 500)
    return { failure: 'refused', reason: `it answered ${status}` }
  return { failure: 'unavailable', reason: status === undefined ? 'no answer' : `it answered ${status}` }
}

/** Whether Stripe refused with this code. */
export const isStripeCode = (error: unknown, code: string): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && error.code === code

/** Whether Stripe says that there is no such object. */
export const isMissing = (error: unknown): boolean => isStripeCode(error, 'resource_missing')
