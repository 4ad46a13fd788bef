import { AppError } from '../http/mod.ts'
import { ProviderError } from '../providers/mod.ts'
import { refusalOf } from './auth_service.ts'

/**
 * What Auth refused, as the caller may see it: only what tells nothing of other people's accounts. Anything else is
 * passed on as it is.
 */
export function fromAuth(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error
  const options = { cause: error }
  switch (refusalOf(error)) {
    case 'weak_password':
      return new AppError(422, 'password_weak', 'The password is too weak', {
        ...options,
        hint: 'Take a longer one, with letters and digits, that was in no known leak',
      })
    case 'same_password':
      return new AppError(422, 'password_unchanged', 'The new password is the present one', options)
    case 'captcha_failed':
      return new AppError(400, 'captcha_failed', 'The captcha was not solved', {
        ...options,
        hint: 'Send captcha_token from the widget, each time a new one',
      })
    case 'insufficient_aal':
      return new AppError(403, 'second_factor_required', 'This session lacks the second factor', {
        ...options,
        hint: 'Verify your second factor and try again',
      })
    case 'reauthentication_needed':
      return new AppError(403, 'reauthentication_needed', 'This session is too old for a new password', {
        ...options,
        hint: 'Sign in again and repeat the request',
      })
    case 'PT403':
      return new AppError(409, 'impersonation_exists', 'A platform admin sees the product as this person just now', {
        ...options,
        hint: 'Try again when the impersonation has ended, after half an hour at most',
      })
    case 'over_request_rate_limit':
      return new AppError(429, 'rate_limit_exceeded', 'Too many requests', {
        ...options,
        headers: { 'retry-after': String(Math.ceil(error.retryAfterSeconds ?? 60)) },
      })
    case 'session_not_found':
    case 'session_expired':
    case 'refresh_token_not_found':
    case 'refresh_token_already_used':
    case 'bad_jwt':
    case 'no_authorization':
    case 'user_not_found':
      return new AppError(401, 'session_invalid', 'The session has ended', { ...options, hint: 'Sign in again' })
    case null:
      return new AppError(503, 'auth_unavailable', 'Sign-in cannot be reached now', {
        ...options,
        hint: 'Try again in a moment',
        headers: { 'retry-after': '5' },
      })
    default:
      return error
  }
}
