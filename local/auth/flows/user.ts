import { z } from 'zod'
import { readChallenge, readEmail, readPhone } from '../addresses.ts'
import type { Auth, Flow } from '../auth.ts'
import { type Caller, requireUser } from '../caller.ts'
import { type Db, inTransaction, orFail } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { object, ok, text } from '../http.ts'
import { notify } from '../mail/notify.ts'
import { sendEmailChange, sendReauthentication } from '../mail/tokens.ts'
import { writeAudit } from '../models/audit_log.ts'
import { insertFlowState } from '../models/flow_state.ts'
import { clearOneTimeTokens, hashCode } from '../models/one_time_token.ts'
import { deleteSessions, listMethods } from '../models/session.ts'
import { findUser, mergeMetadata, reload, type User, updateUser } from '../models/user.ts'
import { userJson } from '../models/user_json.ts'
import { hashPassword, matchesPassword, requireStrongPassword } from '../passwords.ts'
import { readChannel } from '../sms/send.ts'
import { sendPhoneCode } from '../sms/tokens.ts'
import { replacePassword } from './confirm.ts'
import { confirmPhoneChange, notifyNewPhone, phoneExists, requirePhoneProvider } from './phone.ts'
import { confirmEmailChange } from './verify_effect.ts'
import { isFresh } from './verify_token.ts'

const parameters = z.object({
  email: text,
  phone: text,
  channel: text,
  password: z.string().nullish(),
  current_password: text,
  nonce: text,
  data: object,
  app_metadata: object,
  code_challenge: text,
  code_challenge_method: text,
})
type Changes = z.infer<typeof parameters>

/** How long after its start a session may change the password without a code, where config.toml asks for one. */
const recentSignIn = 24 * 3_600_000

/** GET /user: the caller. */
export const getUser: Flow = async (auth, request) => ok(userJson((await requireUser(auth, request)).user))

/** PUT /user: changes the caller's own metadata, password or address. */
export const putUser: Flow = async (auth, request) => {
  auth.limits.require('sign_in_sign_ups', request)
  const caller = await requireUser(auth, request)
  const body = await request.json(parameters)
  const email = body.email === '' ? '' : readEmail(body.email)
  const phone = body.phone === '' ? '' : readPhone(body.phone)
  const password = body.password ?? ''
  if (body.password !== undefined && body.password !== null) requireStrongPassword(auth.config, password)
  const challenge = readChallenge(body.code_challenge, body.code_challenge_method)
  await requirePermission(auth, caller, { ...body, email, phone })
  const encryptedPassword = password === '' ? null : await checkNewPassword(auth, caller, { ...body, password })
  const isEmailChange = email !== '' && email !== caller.user.email
  if (isEmailChange && (await findUser(auth.pool, { email }))) {
    throw new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
  }
  const isPhoneChange = phone !== '' && phone !== caller.user.phone
  if (isPhoneChange && (await findUser(auth.pool, { phone }))) throw phoneExists()
  const changed = await inTransaction(auth.pool, async (db) => {
    const now = auth.now()
    const audit = { actor: caller.user, ip: request.clientIp }
    let user = await lockUser(db, caller.user.id)
    if (encryptedPassword !== null) {
      if (needsNonce(auth, caller)) await spendNonce(auth, db, user, body.nonce)
      user = await replacePassword(auth, db, user, encryptedPassword)
      await deleteSessions(db, user.id, caller.session?.id ?? null)
      await writeAudit(db, { ...audit, action: 'user_updated_password' }, now)
    }
    if (body.data) {
      const data = mergeMetadata(user.raw_user_meta_data, body.data)
      const change = { raw_user_meta_data: data }
      user = await orFail('Error updating user', () => updateUser(db, user.id, change, now))
    }
    if (isEmailChange && user.is_anonymous && !auth.config.email.enable_confirmations) {
      user = await confirmEmailChange(auth, db, { ...user, email_change: email })
    } else if (isEmailChange) {
      if (challenge) {
        const flow = { userId: user.id, provider: 'email_change', method: 'email_change', ...challenge }
        await insertFlowState(db, flow, now)
      }
      user = await sendEmailChange(auth, db, request, user, { email, isPkce: challenge !== null })
    }
    if (isPhoneChange && !auth.config.sms.enable_confirmations) {
      user = await confirmPhoneChange(auth, db, { ...user, phone_change: phone })
    } else if (isPhoneChange) {
      const sms = { phone, purpose: 'phone_change', channel: readChannel(body.channel) } as const
      user = (await sendPhoneCode(auth, db, user, sms)).user
    }
    await writeAudit(db, { ...audit, action: 'user_modified' }, now)
    return user
  })
  await notifyOwner(auth, caller.user, changed, encryptedPassword !== null)
  return ok(userJson(changed))
}

async function notifyOwner(auth: Auth, before: User, after: User, hasNewPassword: boolean): Promise<void> {
  if (hasNewPassword) await notify(auth, { kind: 'password_changed', user: after })
  if (before.phone !== after.phone) await notifyNewPhone(auth, before, after)
}

/** GET /reauthenticate: sends the code that a change of password asks for. */
export const reauthenticate: Flow = async (auth, request) => {
  const { user } = await requireUser(auth, request)
  if (!user.email && !user.phone) {
    throw validationFailed('Reauthentication requires the user to have an email or a phone number')
  }
  if (!user.email && !user.phone_confirmed_at) {
    throw new AuthError(422, 'phone_not_confirmed', 'Please verify your phone first.')
  }
  if (user.email && !user.email_confirmed_at) {
    throw new AuthError(422, 'email_not_confirmed', 'Please verify your email first.')
  }
  await inTransaction(auth.pool, async (db) => {
    const locked = await lockUser(db, user.id)
    const action = 'user_reauthenticate_requested'
    await writeAudit(db, { action, actor: locked, ip: request.clientIp }, auth.now())
    if (locked.email) await sendReauthentication(auth, db, request, locked)
    else {
      requirePhoneProvider(auth)
      const sms = { phone: locked.phone ?? '', purpose: 'reauthentication', channel: 'sms' } as const
      await sendPhoneCode(auth, db, locked, sms)
    }
  })
  return ok({})
}

async function lockUser(db: Db, id: string): Promise<User> {
  return (await findUser(db, { id }, { lock: true })) ?? reload(db, id)
}

async function requirePermission(auth: Auth, { user, session }: Caller, changes: Changes): Promise<void> {
  if (changes.app_metadata) {
    throw new AuthError(403, 'not_admin', 'Updating app_metadata requires admin privileges')
  }
  const changesEmail = changes.email !== '' && changes.email !== user.email
  const changesSecret =
    Boolean(changes.password) || changesEmail || (changes.phone !== '' && changes.phone !== user.phone)
  const hasFactor = user.factors.some(({ status }) => status === 'verified')
  if (hasFactor && changesSecret && session?.aal !== 'aal2') {
    const message = 'AAL2 session is required to update email or password when MFA is enabled.'
    throw new AuthError(401, 'insufficient_aal', message)
  }
  if (user.is_anonymous && changes.password && changes.email === '' && changes.phone === '' && !user.email) {
    const message = 'Updating password of an anonymous user without an email or phone is not allowed'
    throw new AuthError(422, 'validation_failed', message)
  }
  if (user.is_sso_user && (changesSecret || changes.nonce !== '')) {
    const message = 'Updating email, phone, password of a SSO account only possible via SSO'
    throw new AuthError(422, 'user_sso_managed', message)
  }
  if (changes.phone !== '' && changes.phone !== user.phone) requirePhoneProvider(auth)
  if (changes.password && changes.nonce === '' && needsNonce(auth, { session })) {
    throw new AuthError(400, 'reauthentication_needed', 'Password update requires reauthentication')
  }
}

function needsNonce(auth: Auth, { session }: Pick<Caller, 'session'>): boolean {
  if (!auth.config.email.secure_password_change) return false
  return !session || session.created_at.getTime() + recentSignIn < auth.now().getTime()
}

async function checkNewPassword(
  auth: Auth,
  { user, session }: Caller,
  changes: Changes & { password: string },
): Promise<string> {
  const hasPassword = Boolean(user.encrypted_password)
  if (hasPassword && auth.config.email.require_current_password) {
    const methods = session ? await listMethods(auth.pool, session.id) : []
    const cameByMail = methods.some(({ method }) => method !== 'password')
    if (!cameByMail) await requireCurrentPassword(user, changes.current_password)
  }
  if (hasPassword && (await matchesPassword(changes.password, user.encrypted_password))) {
    const message = 'New password should be different from the old password.'
    throw new AuthError(422, 'same_password', message)
  }
  return hashPassword(changes.password)
}

async function requireCurrentPassword(user: User, password: string): Promise<void> {
  if (password === '') {
    throw new AuthError(400, 'current_password_required', 'Current password required when setting new password.')
  }
  if (!(await matchesPassword(password, user.encrypted_password))) {
    throw new AuthError(400, 'current_password_mismatch', 'Current password does not match.')
  }
}

async function spendNonce(auth: Auth, db: Db, user: User, nonce: string): Promise<void> {
  const isMatch =
    user.reauthentication_token !== '' &&
    user.reauthentication_token === hashCode(user.email || user.phone || '', nonce)
  if (!isMatch || !isFresh(auth, user.reauthentication_sent_at)) {
    throw new AuthError(422, 'reauthentication_not_valid', 'Nonce has expired or is invalid')
  }
  await clearOneTimeTokens(db, user.id, 'reauthentication_token')
}
