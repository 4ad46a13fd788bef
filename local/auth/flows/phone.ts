import { randomUUID } from 'node:crypto'
import { openSession } from '../access_token.ts'
import type { Auth } from '../auth.ts'
import { type Db, inTransaction, isDuplicate, orFail } from '../database.ts'
import { AuthError } from '../errors.ts'
import type { AuthRequest } from '../http.ts'
import { notify } from '../mail/notify.ts'
import { writeAudit } from '../models/audit_log.ts'
import { insertIdentity, updateIdentityData } from '../models/identity.ts'
import { clearOneTimeTokens, hashCode } from '../models/one_time_token.ts'
import {
  defaultAudience,
  findUser,
  findUserForPhoneChange,
  isBanned,
  type JsonObject,
  mergeMetadata,
  type User,
  type UserColumns,
  updateUser,
} from '../models/user.ts'
import { userJson } from '../models/user_json.ts'
import { sendPhoneCode } from '../sms/tokens.ts'
import type { SmsChannel } from '../sms/twilio.ts'
import { createUser } from './new_user.ts'

/** What a sign-up by phone needs. */
export interface PhoneSignUp {
  readonly phone: string
  readonly encryptedPassword: string | null
  readonly data: JsonObject
  readonly channel: SmsChannel
}

/** How a sign-up by phone ended. */
export type PhoneOutcome =
  | { readonly kind: 'exists' }
  | { readonly kind: 'pending' | 'signed-in'; readonly body: JsonObject; readonly messageId: string }

/** @throws {AuthError} `phone_provider_disabled` */
export function requirePhoneProvider(auth: Auth, message = 'Unsupported phone provider'): void {
  if (!auth.config.sms.enable_signup) throw new AuthError(400, 'phone_provider_disabled', message)
}

/** Registers a number, or sends the code again to one that is not confirmed yet. */
export async function signUpWithPhone(auth: Auth, request: AuthRequest, signUp: PhoneSignUp): Promise<PhoneOutcome> {
  const attempt = () => inTransaction(auth.pool, (db) => registerPhone(auth, db, request, signUp))
  try {
    return await attempt()
  } catch (error) {
    if (error instanceof AuthError && isDuplicate(error.cause, 'users_phone_key')) return attempt()
    throw error
  }
}

async function registerPhone(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  { phone, encryptedPassword, data, channel }: PhoneSignUp,
): Promise<PhoneOutcome> {
  const now = auth.now()
  const audit = { ip: request.clientIp, traits: { provider: 'phone' } }
  const existing = await findUser(db, { phone }, { lock: true })
  if (existing?.phone_confirmed_at) {
    await writeAudit(db, { ...audit, action: 'user_repeated_signup', actor: existing }, now)
    return { kind: 'exists' }
  }
  let user = existing ?? (await createUser(auth, db, request, { phone, encryptedPassword, data }))
  if (!existing) {
    const metadata = { ...user.raw_user_meta_data, ...phoneIdentityData(user.id, phone) }
    user = await updateUser(db, user.id, { raw_user_meta_data: metadata }, now)
  }
  if (!auth.config.sms.enable_confirmations) {
    await writeAudit(db, { ...audit, action: 'user_signedup', actor: user }, now)
    user = await confirmPhone(auth, db, user)
    await writeAudit(db, { ...audit, action: 'login', actor: user }, now)
    return { kind: 'signed-in', body: await openSession(auth, db, request, user, 'password'), messageId: '' }
  }
  await writeAudit(db, { ...audit, action: 'user_confirmation_requested', actor: user }, now)
  const sent = await sendPhoneCode(auth, db, user, { phone, purpose: 'sms', channel })
  return { kind: 'pending', body: userJson(sent.user), messageId: sent.messageId }
}

/** Looks like a new user but for the empty list of identities, so that nobody learns who is registered. */
export function obfuscatedPhoneUser(auth: Auth, phone: string, data: JsonObject): JsonObject {
  const now = auth.now().toISOString()
  const id = randomUUID()
  return {
    id,
    aud: defaultAudience,
    role: 'authenticated',
    email: '',
    phone,
    confirmation_sent_at: now,
    app_metadata: { provider: 'phone', providers: ['phone'] },
    user_metadata: { ...data, ...phoneIdentityData(id, phone) },
    identities: [],
    created_at: now,
    updated_at: now,
    is_anonymous: false,
  }
}

/**
 * Does what a code that came by SMS stands for.
 *
 * @returns the user to sign in, and as it was before
 * @throws {AuthError} `otp_expired` whatever is wrong, so that nobody learns which numbers are registered
 */
export async function verifyPhoneCode(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  attempt: { type: string; phone: string; code: string },
): Promise<{ user: User; before: User }> {
  const { type, phone, code } = attempt
  const now = auth.now()
  const hash = hashCode(phone, code)
  const isChange = type === 'phone_change'
  const user = isChange ? await findUserForPhoneChange(db, phone, hash) : await findUser(db, { phone }, { lock: true })
  if (!user) throw wrongCode()
  if (isBanned(user, now)) throw new AuthError(403, 'user_banned', 'User is banned')
  const [token, sentAt] = isChange
    ? [user.phone_change_token, user.phone_change_sent_at]
    : [user.confirmation_token, user.confirmation_sent_at]
  const isFresh = sentAt !== null && sentAt.getTime() + auth.config.sms.otp_expiry * 1000 >= now.getTime()
  if (token !== hash || !isFresh) throw wrongCode()
  if (isChange) {
    await writeAudit(db, { action: 'user_modified', actor: user, ip: request.clientIp }, now)
    return { user: await confirmPhoneChange(auth, db, user), before: user }
  }
  const action = user.phone_confirmed_at ? 'login' : 'user_signedup'
  await writeAudit(db, { action, actor: user, ip: request.clientIp, traits: { provider: 'phone' } }, now)
  return { user: await confirmPhone(auth, db, user), before: user }
}

/** Marks a user's number as confirmed and takes the code away that did so. */
export function confirmPhone(auth: Auth, db: Db, user: User): Promise<User> {
  const now = auth.now()
  return orFail('Error confirming user', async () => {
    await clearOneTimeTokens(db, user.id)
    await updateIdentityData(db, user.id, 'phone', { phone_verified: true }, now)
    const data = { ...user.raw_user_meta_data, phone_verified: true }
    const columns = { confirmation_token: '', phone_confirmed_at: now, raw_user_meta_data: data }
    return updateUser(db, user.id, columns, now)
  })
}

/** Gives a user the number they asked for; an anonymous user becomes a permanent one by it. */
export async function confirmPhoneChange(auth: Auth, db: Db, user: User): Promise<User> {
  const now = auth.now()
  const phone = user.phone_change
  try {
    return await orFail('Error confirm phone', async () => {
      await clearOneTimeTokens(db, user.id, 'phone_change_token')
      if (!(await updateIdentityData(db, user.id, 'phone', { phone, phone_verified: true }, now))) {
        const data = { ...phoneIdentityData(user.id, phone), phone_verified: true }
        await insertIdentity(db, { userId: user.id, provider: 'phone', providerId: user.id, data }, now)
      }
      const providers = [...new Set([...user.identities.map(({ provider }) => provider), 'phone'])]
      const provider = user.raw_app_meta_data.provider ?? 'phone'
      const columns: Partial<UserColumns> = {
        phone,
        phone_change: '',
        phone_change_token: '',
        phone_confirmed_at: now,
        is_anonymous: false,
        raw_app_meta_data: mergeMetadata(user.raw_app_meta_data, { provider, providers }),
        raw_user_meta_data: mergeMetadata(user.raw_user_meta_data, { phone_verified: true }),
      }
      return updateUser(db, user.id, columns, now)
    })
  } catch (error) {
    if (error instanceof AuthError && isDuplicate(error.cause, 'users_phone_key')) throw phoneExists()
    throw error
  }
}

/** Tells a person by mail that the number of their account is another one now. */
export function notifyNewPhone(auth: Auth, before: User, after: User): Promise<void> {
  return notify(auth, { kind: 'phone_changed', user: after, details: { old_phone: before.phone ?? '' } })
}

/** 422 `phone_exists`. */
export const phoneExists = (): AuthError =>
  new AuthError(422, 'phone_exists', 'A user with this phone number has already been registered')

const wrongCode = () => new AuthError(403, 'otp_expired', 'Token has expired or is invalid')

function phoneIdentityData(userId: string, phone: string): JsonObject {
  return { sub: userId, phone, email_verified: false, phone_verified: false }
}
