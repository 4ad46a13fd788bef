import { AppError } from '../http/mod.ts'
import { fromAuth } from './auth_errors.ts'
import { type AuthService, type AuthSession, type Credentials, refusalOf } from './auth_service.ts'
import { noSooner, type Timing } from './no_sooner.ts'
import type { SignInAttempts } from './sign_in_attempts.ts'

/** Above what comparing a password takes, which is done for accounts that exist only. */
const answerAfterMs = 500

/** What signing in needs. */
export interface LogInDeps {
  readonly auth: AuthService
  readonly attempts: SignInAttempts
  readonly timing: Timing
}

/**
 * Signs somebody in with a password. An unknown address, a wrong password, a banned account and one without a password
 * are answered alike.
 *
 * @throws {AppError} 401 `sign_in_failed`, 403 `email_not_confirmed` (only with the right password), 429 `account_locked`,
 * 400 `captcha_failed`, 503 `auth_unavailable`
 */
export async function logIn(deps: LogInDeps, credentials: Credentials): Promise<AuthSession> {
  await deps.attempts.begin(credentials.email)
  const session = await noSooner(deps.timing, answerAfterMs, async () => {
    try {
      return await deps.auth.signIn(credentials)
    } catch (error) {
      if (refusalOf(error) !== 'email_not_confirmed') throw refused(error)
      await deps.attempts.forgive(credentials.email)
      throw new AppError(403, 'email_not_confirmed', 'Cannot sign in: the address is not confirmed', {
        hint: 'Open the link in the mail, or have it sent again',
        cause: error,
      })
    }
  })
  await deps.attempts.forgive(credentials.email)
  return session
}

function refused(error: unknown): unknown {
  if (['invalid_credentials', 'user_banned', 'user_not_found', 'validation_failed'].includes(refusalOf(error) ?? '')) {
    return new AppError(401, 'sign_in_failed', 'Cannot sign in: address or password is wrong', { cause: error })
  }
  return fromAuth(error)
}
