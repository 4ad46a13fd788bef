import type { Auth } from '../auth.ts'
import { type Db, orFail } from '../database.ts'
import { AuthError } from '../errors.ts'
import { identityData, type ProviderProfile, primaryEmail } from '../external/profile.ts'
import type { AuthRequest } from '../http.ts'
import { notify } from '../mail/notify.ts'
import { sendConfirmation } from '../mail/tokens.ts'
import { writeAudit } from '../models/audit_log.ts'
import { deleteOtherIdentities, findIdentity, insertIdentity, replaceIdentityData } from '../models/identity.ts'
import { findUser, isBanned, mergeMetadata, reload, type User, updateUser } from '../models/user.ts'
import { confirmUser } from './confirm.ts'
import { decideLinking } from './linking.ts'
import { createUser } from './new_user.ts'
import { requireOpenSignUp } from './sign_up.ts'

/** A provider's account and where it is from. */
export interface ExternalAccount {
  readonly provider: string
  readonly profile: ProviderProfile
  /** Whether people without an address may sign in. */
  readonly isEmailOptional: boolean
}

/** The user to sign in, or a refusal whose changes (a mail that was sent) stay. */
export type ExternalOutcome = { readonly user: User; readonly isLinked?: boolean } | { readonly refusal: AuthError }

/** Tells a person that an account was linked to theirs. */
export async function notifyLinked(auth: Auth, outcome: ExternalOutcome, provider: string): Promise<void> {
  if ('refusal' in outcome || !outcome.isLinked) return
  await notify(auth, { kind: 'identity_linked', user: outcome.user, details: { provider } })
}

/** @throws {AuthError} 500 when a provider tells no address and config.toml wants one */
export function requireEmail({ profile, isEmailOptional }: ExternalAccount): void {
  if (profile.emails.length > 0 || isEmailOptional) return
  throw new AuthError(500, 'unexpected_failure', 'Error getting user email from external provider')
}

/** Finds or makes the user of a provider's account. */
export async function signInExternally(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  account: ExternalAccount,
): Promise<ExternalOutcome> {
  const { provider, profile } = account
  const now = auth.now()
  const data = identityData(profile)
  const decision = await decideLinking(auth, db, provider, profile)
  let user: User
  if (decision.kind === 'create') {
    requireOpenSignUp(auth)
    user = await createUser(auth, db, request, {
      ...(decision.email ? { email: decision.email.email } : {}),
      encryptedPassword: null,
      data,
      external: { provider, providerId: profile.subject, data },
    })
  } else {
    if (decision.kind === 'known') await replaceIdentityData(db, decision.identityId, data, now)
    else await insertIdentity(db, { userId: decision.user.id, provider, providerId: profile.subject, data }, now)
    user = await refreshUser(auth, db, await reload(db, decision.user.id), data)
  }
  if (isBanned(user, now)) throw new AuthError(403, 'user_banned', 'User is banned')
  const hasAddress = !account.isEmailOptional || Boolean(user.email)
  if (!hasAddress || user.email_confirmed_at) {
    await writeAudit(db, { action: 'login', actor: user, ip: request.clientIp, traits: { provider } }, now)
    return { user, isLinked: decision.kind === 'link' }
  }
  return confirmExternally(auth, db, request, account, user)
}

/** Lists the providers of a user's identities, and puts what the provider told on top of the metadata. */
function refreshUser(auth: Auth, db: Db, user: User, data: Record<string, unknown>): Promise<User> {
  const providers = [...new Set(user.identities.map((identity) => identity.provider))]
  const provider = user.raw_app_meta_data.provider ?? providers[0]
  return orFail('Database error updating user', () =>
    updateUser(
      db,
      user.id,
      {
        raw_app_meta_data: mergeMetadata(user.raw_app_meta_data, { provider, providers }),
        raw_user_meta_data: mergeMetadata(user.raw_user_meta_data, data),
      },
      auth.now(),
    ),
  )
}

async function confirmExternally(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  { provider, profile }: ExternalAccount,
  unconfirmed: User,
): Promise<ExternalOutcome> {
  const now = auth.now()
  const user = await dropUnconfirmed(auth, db, unconfirmed, { provider, profile })
  // Only an address that the provider vouches for, and that is this user's, counts as confirmed.
  const own = profile.emails.find(({ email }) => email === user.email)
  if (own && (own.isVerified || !auth.config.email.enable_confirmations)) {
    const traits = { provider }
    await writeAudit(db, { action: 'user_signedup', actor: user, ip: request.clientIp, traits }, now)
    return { user: await confirmUser(auth, db, user) }
  }
  const refuse = (advice: string) => {
    const message = `Unverified email with ${provider}. ${advice}`
    return { refusal: new AuthError(422, 'provider_email_needs_verification', message) }
  }
  if (!user.email) return refuse(`Verify the email with ${provider} in order to sign in`)
  await sendConfirmation(auth, db, request, user, { isPkce: false })
  return refuse(`A confirmation email has been sent to your ${provider} email`)
}

/**
 * Takes the password and the other identities of a user away whose address was never confirmed: whoever registered it
 * first may not be who owns it.
 */
export async function dropUnconfirmed(
  auth: Auth,
  db: Db,
  user: User,
  { provider, profile }: { provider: string; profile: ProviderProfile },
): Promise<User> {
  await deleteOtherIdentities(db, user.id, { provider, providerId: profile.subject })
  const columns = {
    encrypted_password: null,
    raw_user_meta_data: identityData(profile),
    raw_app_meta_data: mergeMetadata(user.raw_app_meta_data, { provider, providers: [provider] }),
  }
  return orFail('Error updating user', () => updateUser(db, user.id, columns, auth.now()))
}

/** Adds a provider's account to a user who is signed in; an anonymous user becomes a permanent one by it. */
export async function linkExternally(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  userId: string,
  account: ExternalAccount,
): Promise<ExternalOutcome> {
  const { provider, profile } = account
  const now = auth.now()
  const target = await findUser(db, { id: userId }, { lock: true })
  if (!target) throw new AuthError(404, 'user_not_found', 'Linking target user not found')
  if (isBanned(target, now)) throw new AuthError(403, 'user_banned', 'User is banned')
  const existing = await findIdentity(db, { provider, providerId: profile.subject })
  if (existing) {
    const suffix = existing.user_id === target.id ? '' : ' to another user'
    throw new AuthError(422, 'identity_already_exists', `Identity is already linked${suffix}`)
  }
  const data = identityData(profile)
  await insertIdentity(db, { userId: target.id, provider, providerId: profile.subject, data }, now)
  let user = await refreshUser(auth, db, await reload(db, target.id), data)
  const email = primaryEmail(profile)
  if (!user.email && email) {
    const holder = await findUser(db, { email: email.email })
    if (holder) {
      throw new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
    }
    user = await updateUser(db, user.id, { email: email.email }, now)
    if (!email.isVerified && auth.config.email.enable_confirmations) {
      await sendConfirmation(auth, db, request, user, { isPkce: false })
      const message = `Unverified email with ${provider}. A confirmation email has been sent to your ${provider} email`
      return { refusal: new AuthError(422, 'email_not_confirmed', message) }
    }
    user = await confirmUser(auth, db, user)
  }
  if (user.is_anonymous) user = await updateUser(db, user.id, { is_anonymous: false }, now)
  return { user, isLinked: true }
}

/** Accepts an invitation by an account that holds the invited address. */
export async function acceptInvite(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  token: string,
  account: ExternalAccount,
): Promise<ExternalOutcome> {
  const { provider, profile } = account
  const now = auth.now()
  const invited = await findUser(db, { confirmationToken: token }, { lock: true })
  if (!invited) throw new AuthError(404, 'invite_not_found', 'Invite not found')
  if (!profile.emails.some(({ email }) => email === invited.email)) {
    throw new AuthError(400, 'validation_failed', 'Invited email does not match emails from external provider')
  }
  const data = identityData(profile)
  await insertIdentity(db, { userId: invited.id, provider, providerId: profile.subject, data }, now)
  const user = await dropUnconfirmed(auth, db, await reload(db, invited.id), account)
  await writeAudit(db, { action: 'invite_accepted', actor: user, ip: request.clientIp, traits: { provider } }, now)
  return { user: await confirmUser(auth, db, user) }
}
