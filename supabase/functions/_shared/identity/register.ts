import type { z } from 'zod'
import { AppError } from '../http/mod.ts'
import { fromAuth } from './auth_errors.ts'
import type { registerSchema } from './auth_schemas.ts'
import { type AuthService, refusalOf } from './auth_service.ts'
import { noSooner, type Timing } from './no_sooner.ts'

/** What an address that is known is answered with too, so that nobody learns who has an account. */
const silentRefusals = ['user_already_exists', 'email_exists', 'over_email_send_rate_limit']
/** Above what sending the mail takes, which only a new address gets. */
const answerAfterMs = 1_000

/**
 * Registers somebody: Auth sends the mail whose link confirms the address. Whether the address is known makes no
 * difference that the caller could see.
 *
 * @throws {AppError} 422 `password_weak`, `email_invalid`, `registration_refused`, 403 `registration_closed`,
 * 400 `captcha_failed`, 429 `rate_limit_exceeded`, 503 `auth_unavailable`
 */
export async function register(
  deps: { auth: AuthService; timing: Timing },
  input: z.output<typeof registerSchema>,
): Promise<{ status: 'confirmation_sent' }> {
  const { email, password, captcha_token, redirect_to, ...profile } = input
  await noSooner(deps.timing, answerAfterMs, async () => {
    try {
      await deps.auth.signUp({ email, password, captchaToken: captcha_token, redirectTo: redirect_to, data: profile })
    } catch (error) {
      if (!silentRefusals.includes(refusalOf(error) ?? '')) throw refused(error)
    }
  })
  return { status: 'confirmation_sent' }
}

function refused(error: unknown): unknown {
  const known = fromAuth(error)
  if (known instanceof AppError) return known
  switch (refusalOf(error)) {
    case 'signup_disabled':
    case 'email_provider_disabled':
      return new AppError(403, 'registration_closed', 'Nobody can register at the moment', { cause: error })
    case 'email_address_invalid':
    case 'validation_failed':
      return new AppError(422, 'email_invalid', 'No account can be made for this address', { cause: error })
    default:
      return new AppError(422, 'registration_refused', 'No account can be made with this', { cause: error })
  }
}
