import type { Auth } from '../auth.ts'
import type { Db } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { hashCode, pkcePrefix } from '../models/one_time_token.ts'
import { findUser, findUserForEmailChange, isBanned, type User } from '../models/user.ts'

/** What a verification does, once it is known which of the tokens of type `email` was meant. */
export type VerificationType = 'signup' | 'invite' | 'recovery' | 'magiclink' | 'email_change'

/** A token that was accepted. */
export interface VerifiedToken {
  readonly user: User
  readonly type: VerificationType
  /** Hash that the user's row holds. */
  readonly tokenHash: string
}

/**
 * Finds the user whose link this is.
 *
 * @throws {AuthError} `otp_expired` for a token that is spent, unknown or too old; `user_banned`
 */
export async function verifyTokenHash(auth: Auth, db: Db, type: string, tokenHash: string): Promise<VerifiedToken> {
  const found = await findByHash(db, type, tokenHash)
  if (!found) throw new AuthError(403, 'otp_expired', 'Email link is invalid or has expired')
  const { user } = found
  if (isBanned(user, auth.now())) throw new AuthError(403, 'user_banned', 'User is banned')
  if (!isFresh(auth, sentAt(user, found.type))) {
    throw new AuthError(403, 'otp_expired', 'Email link is invalid or has expired')
  }
  return { user, type: found.type, tokenHash }
}

async function findByHash(
  db: Db,
  type: string,
  tokenHash: string,
): Promise<{ user: User; type: VerificationType } | null> {
  const lock = { lock: true }
  const withType = (user: User | null, as: VerificationType) => (user ? { user, type: as } : null)
  switch (type) {
    case 'signup':
    case 'invite':
      return withType(await findUser(db, { confirmationToken: tokenHash }, lock), type)
    case 'recovery':
    case 'magiclink':
      return withType(await findUser(db, { recoveryToken: tokenHash }, lock), type)
    case 'email_change':
      return withType(await findUser(db, { emailChangeToken: tokenHash }, lock), type)
    case 'email':
      return (
        withType(await findUser(db, { confirmationToken: tokenHash }, lock), 'signup') ??
        withType(await findUser(db, { recoveryToken: tokenHash }, lock), 'magiclink')
      )
    default:
      throw validationFailed('Invalid email verification type')
  }
}

/**
 * Checks a code that was typed for an address.
 *
 * @throws {AuthError} `otp_expired` whatever is wrong, so that nobody learns which addresses are registered
 */
export async function verifyCode(
  auth: Auth,
  db: Db,
  attempt: { type: string; email: string; code: string },
): Promise<VerifiedToken> {
  const { type, email, code } = attempt
  if (!['signup', 'invite', 'recovery', 'magiclink', 'email_change', 'email'].includes(type)) {
    throw validationFailed('Invalid email verification type')
  }
  const hash = hashCode(email, code)
  const user =
    type === 'email_change'
      ? await findUserForEmailChange(db, email, hash)
      : await findUser(db, { email }, { lock: true })
  if (!user) throw wrongCode()
  if (isBanned(user, auth.now())) throw new AuthError(403, 'user_banned', 'User is banned')
  for (const candidate of candidates(user, type)) {
    const isMatch = candidate.token === hash || candidate.token === `${pkcePrefix}${hash}`
    if (isMatch && isFresh(auth, sentAt(user, candidate.type))) {
      return { user, type: candidate.type, tokenHash: candidate.token }
    }
  }
  throw wrongCode()
}

function candidates(user: User, type: string): { type: VerificationType; token: string }[] {
  switch (type) {
    case 'signup':
    case 'invite':
      return [{ type, token: user.confirmation_token }]
    case 'recovery':
    case 'magiclink':
      return [{ type, token: user.recovery_token }]
    case 'email_change':
      return [
        { type, token: user.email_change_token_current },
        { type, token: user.email_change_token_new },
      ]
    default:
      return [
        { type: 'signup', token: user.confirmation_token },
        { type: 'magiclink', token: user.recovery_token },
      ]
  }
}

function sentAt(user: User, type: VerificationType): Date | null {
  if (type === 'email_change') return user.email_change_sent_at
  return type === 'recovery' || type === 'magiclink' ? user.recovery_sent_at : user.confirmation_sent_at
}

/** True while a code or link that was sent then may still be used. */
export function isFresh(auth: Auth, sent: Date | null): boolean {
  return sent !== null && sent.getTime() + auth.config.email.otp_expiry * 1000 >= auth.now().getTime()
}

const wrongCode = () => new AuthError(403, 'otp_expired', 'Token has expired or is invalid')
