import { z } from 'zod'
import { readEmail } from '../addresses.ts'
import type { Auth, Flow } from '../auth.ts'
import { type Db, inTransaction } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { type AuthRequest, object, ok, text } from '../http.ts'
import { verificationLink } from '../mail/send.ts'
import { sendInvite } from '../mail/tokens.ts'
import { adminActor, writeAudit } from '../models/audit_log.ts'
import { createCode, hashCode, type OneTimeTokenType, saveOneTimeToken } from '../models/one_time_token.ts'
import { findUser, type JsonObject, mergeMetadata, type User, type UserColumns, updateUser } from '../models/user.ts'
import { userJson } from '../models/user_json.ts'
import { hashPassword, randomPassword, requireStrongPassword } from '../passwords.ts'
import { createSignUp, createUser } from './new_user.ts'

const inviteParameters = z.object({ email: text, data: object })
const linkParameters = z.object({
  type: z.enum(['signup', 'invite', 'magiclink', 'recovery', 'email_change_current', 'email_change_new']),
  email: text,
  new_email: text,
  password: text,
  data: object,
  redirect_to: text,
})
type LinkParameters = z.infer<typeof linkParameters>

const emailExists = () =>
  new AuthError(422, 'email_exists', 'A user with this email address has already been registered')

/** POST /invite: makes a user and mails them a link to accept. */
export const invite: Flow = async (auth, request) => {
  const body = await request.json(inviteParameters)
  const email = readEmail(body.email)
  const user = await inTransaction(auth.pool, async (db) => {
    const invited = await findOrInvite(auth, db, request, { email, data: body.data ?? {} })
    return sendInvite(auth, db, request, invited)
  })
  return ok(userJson(user))
}

/** POST /admin/generate_link: what a mail would hold, without the mail. */
export const generateLink: Flow = async (auth, request) => {
  const body = await request.json(linkParameters)
  const email = readEmail(body.email)
  const redirectTo = auth.redirects.choose(body.redirect_to, request.redirectTo, request.referrer)
  const known = await findUser(auth.pool, { email })
  const type = body.type === 'magiclink' && !known ? 'signup' : body.type
  if (!known && type !== 'signup' && type !== 'invite') {
    throw new AuthError(404, 'user_not_found', 'User with this email not found')
  }
  const password = body.type === 'magiclink' ? randomPassword() : body.password
  if (type === 'signup' && !known) {
    if (password === '') throw validationFailed('Signup requires a valid password')
    requireStrongPassword(auth.config, password)
  }
  const encryptedPassword = type === 'signup' && !known ? await hashPassword(password) : null
  const code = createCode(auth.config.email.otp_length)
  const { user, tokenHash } = await inTransaction(auth.pool, async (db) => {
    const current = await userForLink(auth, db, request, { ...body, type, email }, encryptedPassword)
    return storeLink(auth, db, request, current, { ...body, type, email }, code)
  })
  const linkType = type.startsWith('email_change') ? 'email_change' : type
  return ok({
    ...userJson(user),
    action_link: verificationLink(auth, { tokenHash, type: linkType, redirectTo }),
    email_otp: code,
    hashed_token: tokenHash,
    verification_type: type,
    redirect_to: redirectTo,
  })
}

async function userForLink(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  link: LinkParameters,
  encryptedPassword: string | null,
): Promise<User> {
  const data = link.data ?? {}
  if (link.type === 'invite') return findOrInvite(auth, db, request, { email: link.email, data })
  const user = await findUser(db, { email: link.email }, { lock: true })
  if (!user) return createSignUp(auth, db, request, { email: link.email, encryptedPassword, data })
  if (link.type !== 'signup') return user
  if (user.email_confirmed_at) throw emailExists()
  const columns = { raw_user_meta_data: mergeMetadata(user.raw_user_meta_data, data) }
  return updateUser(db, user.id, columns, auth.now())
}

async function findOrInvite(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  { email, data }: { email: string; data: JsonObject },
): Promise<User> {
  const existing = await findUser(db, { email }, { lock: true })
  if (existing?.email_confirmed_at) throw emailExists()
  const user = existing ?? (await createUser(auth, db, request, { email, encryptedPassword: null, data }))
  const traits = { user_id: user.id, user_email: email }
  await writeAudit(db, { action: 'user_invited', actor: adminActor, ip: request.clientIp, traits }, auth.now())
  return user
}

async function storeLink(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  user: User,
  link: LinkParameters,
  code: string,
): Promise<{ user: User; tokenHash: string }> {
  const now = auth.now()
  const store = async (type: OneTimeTokenType, address: string, columns: Partial<UserColumns>) => {
    const tokenHash = hashCode(address, code)
    const updated = await updateUser(db, user.id, { ...columns, [type]: tokenHash }, now)
    await saveOneTimeToken(db, { userId: user.id, type, hash: tokenHash, relatesTo: address })
    return { user: updated, tokenHash }
  }
  switch (link.type) {
    case 'signup':
      return store('confirmation_token', link.email, { confirmation_sent_at: now })
    case 'invite':
      return store('confirmation_token', link.email, { confirmation_sent_at: now, invited_at: now })
    case 'magiclink':
    case 'recovery':
      await writeAudit(db, { action: 'user_recovery_requested', actor: user, ip: request.clientIp }, now)
      return store('recovery_token', link.email, { recovery_sent_at: now })
    case 'email_change_current':
    case 'email_change_new': {
      const isCurrent = link.type === 'email_change_current'
      if (isCurrent && !auth.config.email.double_confirm_changes) {
        throw validationFailed('Enable secure email change to generate link for current email')
      }
      const email = readEmail(link.new_email)
      const holder = await findUser(db, { email })
      if (holder && holder.id !== user.id) throw emailExists()
      const columns = { email_change: email, email_change_sent_at: now, email_change_confirm_status: 0 }
      return isCurrent
        ? store('email_change_token_current', link.email, columns)
        : store('email_change_token_new', email, columns)
    }
  }
}
