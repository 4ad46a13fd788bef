import { z } from 'zod'
import { readChallenge, readEmail, readPhone } from '../addresses.ts'
import type { Auth, Flow } from '../auth.ts'
import { inTransaction } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { type AuthRequest, ok, type Reply, text } from '../http.ts'
import { sendConfirmation, sendEmailChange, sendRecovery } from '../mail/tokens.ts'
import { writeAudit } from '../models/audit_log.ts'
import { insertFlowState } from '../models/flow_state.ts'
import { findUser } from '../models/user.ts'
import { sendPhoneCode } from '../sms/tokens.ts'
import { requirePhoneProvider } from './phone.ts'

const recoverParameters = z.object({ email: text, code_challenge: text, code_challenge_method: text })
const resendParameters = z.object({ type: text, email: text, phone: text })

/** POST /recover: sends a link to set a new password. The answer is the same for an unknown address. */
export const recover: Flow = async (auth, request) => {
  const body = await request.json(recoverParameters)
  if (body.email === '') throw validationFailed('Password recovery requires an email')
  const email = readEmail(body.email)
  const challenge = readChallenge(body.code_challenge, body.code_challenge_method)
  if (!(await findUser(auth.pool, { email }))) {
    await auth.decoys.pretend('recovery', email, auth.config.email.max_frequency)
    return ok({})
  }
  const send = inTransaction(auth.pool, async (db) => {
    const user = await findUser(db, { email }, { lock: true })
    if (!user) return
    const now = auth.now()
    await writeAudit(db, { action: 'user_recovery_requested', actor: user, ip: request.clientIp }, now)
    if (challenge) {
      await insertFlowState(db, { userId: user.id, provider: 'recovery', method: 'recovery', ...challenge }, now)
    }
    await sendRecovery(auth, db, request, user, { action: 'recovery', isPkce: challenge !== null })
  })
  await auth.decoys.learn('recovery', send)
  return ok({})
}

/** POST /resend: sends a confirmation again that is still wanted. The answer is the same when none is. */
export const resend: Flow = async (auth, request) => {
  const body = await request.json(resendParameters)
  if (!['signup', 'email_change', 'sms', 'phone_change'].includes(body.type)) {
    throw validationFailed('Missing one of these types: signup, email_change, sms, phone_change')
  }
  if (body.email === '' && body.type === 'signup') {
    throw validationFailed('Type provided requires an email address')
  }
  if (body.phone === '' && body.type === 'sms') throw validationFailed('Type provided requires a phone number')
  if (body.email !== '' && body.phone !== '') {
    throw validationFailed('Only an email address or phone number should be provided.')
  }
  if (body.phone !== '') return resendBySms(auth, request, { type: body.type, phone: body.phone })
  if (body.email === '') throw validationFailed('Missing email address or phone number')
  if (!auth.config.email.enabled) throw new AuthError(400, 'email_provider_disabled', 'Email logins are disabled')
  const email = readEmail(body.email)
  const wanting = await findUser(auth.pool, { email })
  const isWanted = body.type === 'signup' ? wanting && !wanting.email_confirmed_at : wanting?.email_change
  if (!isWanted) {
    await auth.decoys.pretend('confirmation', email, auth.config.email.max_frequency)
    return ok({})
  }
  const send = inTransaction(auth.pool, async (db) => {
    const user = await findUser(db, { email }, { lock: true })
    if (!user) return
    if (body.type === 'signup' && !user.email_confirmed_at) {
      const action = 'user_confirmation_requested'
      await writeAudit(db, { action, actor: user, ip: request.clientIp }, auth.now())
      await sendConfirmation(auth, db, request, user, { isPkce: false })
    }
    if (body.type === 'email_change' && user.email_change !== '') {
      await sendEmailChange(auth, db, request, user, { email: user.email_change, isPkce: false })
    }
  })
  await auth.decoys.learn('confirmation', send)
  return ok({})
}

async function resendBySms(auth: Auth, request: AuthRequest, wanted: { type: string; phone: string }): Promise<Reply> {
  requirePhoneProvider(auth, 'Phone logins are disabled')
  const phone = readPhone(wanted.phone)
  const wanting = await findUser(auth.pool, { phone })
  const isWanted = wanted.type === 'sms' ? wanting && !wanting.phone_confirmed_at : wanting?.phone_change
  if (!isWanted) {
    await auth.decoys.pretend('sms', phone, auth.config.sms.max_frequency)
    return ok({})
  }
  const send = inTransaction(auth.pool, async (db) => {
    const user = await findUser(db, { phone }, { lock: true })
    if (!user) return null
    if (wanted.type === 'sms' && !user.phone_confirmed_at) {
      const action = 'user_recovery_requested'
      await writeAudit(db, { action, actor: user, ip: request.clientIp }, auth.now())
      return (await sendPhoneCode(auth, db, user, { phone, purpose: 'sms', channel: 'sms' })).messageId
    }
    if (wanted.type === 'phone_change' && user.phone_change !== '') {
      const sms = { phone: user.phone_change, purpose: 'phone_change', channel: 'sms' } as const
      return (await sendPhoneCode(auth, db, user, sms)).messageId
    }
    return null
  })
  const messageId = await auth.decoys.learn('sms', send)
  return ok(messageId === null ? {} : { message_id: messageId })
}
