import { z } from 'zod'
import { readChallenge, readEmail, readPhone } from '../addresses.ts'
import type { Auth, Flow } from '../auth.ts'
import { inTransaction } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { type AuthRequest, object, ok, type Reply, text } from '../http.ts'
import { sendRecovery } from '../mail/tokens.ts'
import { writeAudit } from '../models/audit_log.ts'
import { insertFlowState } from '../models/flow_state.ts'
import { findUser, type JsonObject } from '../models/user.ts'
import { hashPassword, randomPassword } from '../passwords.ts'
import { readChannel } from '../sms/send.ts'
import { sendPhoneCode } from '../sms/tokens.ts'
import { requirePhoneProvider, signUpWithPhone } from './phone.ts'
import { requireOpenSignUp, signUpWithEmail } from './sign_up.ts'

const parameters = z.object({
  email: text,
  phone: text,
  channel: text,
  create_user: z
    .boolean()
    .nullish()
    .transform((value) => value ?? true),
  data: object,
  code_challenge: text,
  code_challenge_method: text,
})

/** POST /otp: sends a link and code to sign in with; makes the user unless told not to. */
export const otp: Flow = async (auth, request) => {
  const body = await request.json(parameters)
  if (body.email !== '' && body.phone !== '') {
    throw validationFailed('Only an email address or phone number should be provided')
  }
  if (body.email !== '' && body.channel !== '') {
    throw validationFailed('Channel should only be specified with Phone OTP')
  }
  if (body.phone !== '') return sendPhoneOtp(auth, request, body)
  if (body.email === '') throw validationFailed('One of email or phone must be set')
  const challenge = readChallenge(body.code_challenge, body.code_challenge_method)
  const email = readEmail(body.email)
  if (!body.create_user && !(await findUser(auth.pool, { email }))) {
    throw new AuthError(422, 'otp_disabled', 'Signups not allowed for otp')
  }
  return sendMagicLink(auth, request, { email, data: body.data ?? {}, challenge })
}

async function sendPhoneOtp(auth: Auth, request: AuthRequest, body: z.infer<typeof parameters>): Promise<Reply> {
  requirePhoneProvider(auth)
  const phone = readPhone(body.phone)
  const channel = readChannel(body.channel)
  const known = await findUser(auth.pool, { phone })
  if (!known && !body.create_user) throw new AuthError(422, 'otp_disabled', 'Signups not allowed for otp')
  if (!known?.phone_confirmed_at) {
    requireOpenSignUp(auth)
    const encryptedPassword = await hashPassword(randomPassword())
    const signUp = { phone, encryptedPassword, data: body.data ?? {}, channel }
    const outcome = await signUpWithPhone(auth, request, signUp)
    // The code that was sent signs in as well. Without confirmations there was none, so it follows.
    if (outcome.kind === 'pending') return ok({ message_id: outcome.messageId })
  }
  const messageId = await inTransaction(auth.pool, async (db) => {
    const user = await findUser(db, { phone }, { lock: true })
    if (!user) return ''
    const traits = { channel }
    const action = 'user_recovery_requested'
    await writeAudit(db, { action, actor: user, ip: request.clientIp, traits }, auth.now())
    return (await sendPhoneCode(auth, db, user, { phone, purpose: 'sms', channel })).messageId
  })
  return ok({ message_id: messageId })
}

/** POST /magiclink: the older name of {@link otp} for e-mail. */
export const magicLink: Flow = async (auth, request) => {
  const body = await request.json(parameters)
  if (body.email === '') throw validationFailed('Password recovery requires an email')
  const challenge = readChallenge(body.code_challenge, body.code_challenge_method)
  return sendMagicLink(auth, request, { email: readEmail(body.email), data: body.data ?? {}, challenge })
}

async function sendMagicLink(
  auth: Auth,
  request: AuthRequest,
  link: { email: string; data: JsonObject; challenge: { challenge: string; challengeMethod: string } | null },
): Promise<Reply> {
  if (!auth.config.email.enabled) throw new AuthError(422, 'email_provider_disabled', 'Email logins are disabled')
  const user = await findUser(auth.pool, { email: link.email })
  if (!user?.email_confirmed_at) {
    requireOpenSignUp(auth)
    const encryptedPassword = await hashPassword(randomPassword())
    await signUpWithEmail(auth, request, { ...link, encryptedPassword })
    // The confirmation that was sent signs in as well. Without confirmations there was none, so the link follows.
    if (auth.config.email.enable_confirmations) return ok({})
  }
  await inTransaction(auth.pool, async (db) => {
    const now = auth.now()
    const locked = await findUser(db, { email: link.email }, { lock: true })
    if (!locked) return
    await writeAudit(db, { action: 'user_recovery_requested', actor: locked, ip: request.clientIp }, now)
    if (link.challenge) {
      const flow = { userId: locked.id, provider: 'magiclink', method: 'magiclink', ...link.challenge }
      await insertFlowState(db, flow, now)
    }
    await sendRecovery(auth, db, request, locked, { action: 'magiclink', isPkce: link.challenge !== null })
  })
  return ok({})
}
