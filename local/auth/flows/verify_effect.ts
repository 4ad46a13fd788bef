import type { Auth } from '../auth.ts'
import { type Db, orFail } from '../database.ts'
import type { AuthRequest } from '../http.ts'
import { writeAudit } from '../models/audit_log.ts'
import { emailIdentityData, insertIdentity, updateIdentityData } from '../models/identity.ts'
import { clearOneTimeTokens } from '../models/one_time_token.ts'
import { mergeMetadata, type User, updateUser } from '../models/user.ts'
import { hashPassword, randomPassword } from '../passwords.ts'
import { confirmUser } from './confirm.ts'
import type { VerifiedToken } from './verify_token.ts'

/** What the first of two addresses of a change is told. */
export const singleConfirmationAccepted =
  'Confirmation link accepted. Please proceed to confirm link sent to the other email'

/**
 * Does what an accepted token stands for.
 *
 * @returns the user to sign in, or null when a change of address still waits for the other one
 */
export function applyVerification(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  verified: VerifiedToken,
): Promise<User | null> {
  switch (verified.type) {
    case 'signup':
    case 'invite':
      return acceptSignUp(auth, db, request, verified)
    case 'recovery':
    case 'magiclink':
      return acceptRecovery(auth, db, request, verified.user)
    case 'email_change':
      return acceptEmailChange(auth, db, request, verified)
  }
}

async function acceptSignUp(auth: Auth, db: Db, request: AuthRequest, { user, type }: VerifiedToken): Promise<User> {
  const now = auth.now()
  const action = type === 'invite' ? 'invite_accepted' : 'user_signedup'
  await writeAudit(db, { action, actor: user, ip: request.clientIp }, now)
  // An invited user has no password yet; with one that nobody knows a sign-up cannot take the account over.
  if (!user.encrypted_password && user.invited_at) {
    await updateUser(db, user.id, { encrypted_password: await hashPassword(randomPassword()) }, now)
  }
  return confirmUser(auth, db, user)
}

async function acceptRecovery(auth: Auth, db: Db, request: AuthRequest, user: User): Promise<User> {
  const now = auth.now()
  const recovered = await orFail('Database error updating user', async () => {
    await clearOneTimeTokens(db, user.id, 'recovery_token')
    return updateUser(db, user.id, { recovery_token: '' }, now)
  })
  if (recovered.email_confirmed_at) {
    await writeAudit(db, { action: 'login', actor: recovered, ip: request.clientIp }, now)
    return recovered
  }
  await writeAudit(db, { action: 'user_signedup', actor: recovered, ip: request.clientIp }, now)
  return confirmUser(auth, db, recovered)
}

async function acceptEmailChange(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  { user, tokenHash }: VerifiedToken,
): Promise<User | null> {
  const now = auth.now()
  const waitsForOther = auth.config.email.double_confirm_changes && user.email_change_confirm_status === 0
  if (waitsForOther && user.email) {
    const isCurrent = tokenHash === user.email_change_token_current
    await orFail('Database error updating user', async () => {
      const type = isCurrent ? 'email_change_token_current' : 'email_change_token_new'
      await clearOneTimeTokens(db, user.id, type)
      await updateUser(db, user.id, { [type]: '', email_change_confirm_status: 1 }, now)
    })
    return null
  }
  await writeAudit(db, { action: 'user_modified', actor: user, ip: request.clientIp }, now)
  return confirmEmailChange(auth, db, user)
}

/** Gives a user the address they asked for; an anonymous user becomes a permanent one by it. */
export function confirmEmailChange(auth: Auth, db: Db, user: User): Promise<User> {
  const now = auth.now()
  const email = user.email_change
  return orFail('Error confirm email', async () => {
    await clearOneTimeTokens(db, user.id)
    const providers = [...new Set([...user.identities.map(({ provider }) => provider), 'email'])]
    const data = emailIdentityData(user.id, email, true)
    if (!(await updateIdentityData(db, user.id, 'email', { email, email_verified: true }, now))) {
      await insertIdentity(db, { userId: user.id, provider: 'email', providerId: user.id, data }, now)
    }
    const appMetadata = user.is_anonymous ? { provider: 'email', providers } : { providers }
    return updateUser(
      db,
      user.id,
      {
        email,
        email_change: '',
        email_change_token_current: '',
        email_change_token_new: '',
        email_change_confirm_status: 0,
        email_confirmed_at: user.email_confirmed_at ?? now,
        is_anonymous: false,
        raw_app_meta_data: mergeMetadata(user.raw_app_meta_data, appMetadata),
        raw_user_meta_data: mergeMetadata(user.raw_user_meta_data, { email, email_verified: true }),
      },
      now,
    )
  })
}
