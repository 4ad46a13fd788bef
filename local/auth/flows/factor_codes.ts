import { timingSafeEqual } from 'node:crypto'
import { TOTP } from 'otpauth'
import { z } from 'zod'
import { sessionJson } from '../access_token.ts'
import type { Auth, Flow } from '../auth.ts'
import { type Caller, isUuid } from '../caller.ts'
import { type Db, inTransaction } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { type AuthRequest, ok, text } from '../http.ts'
import { notify } from '../mail/notify.ts'
import {
  type Challenge,
  closeChallenge,
  type Factor,
  factorLifetime,
  findChallenge,
  insertChallenge,
  verifyFactor,
} from '../models/factor.ts'
import { createCode } from '../models/one_time_token.ts'
import {
  deleteSessions,
  deleteWeakSessions,
  findActiveToken,
  findSession,
  insertRefreshToken,
  raiseSession,
  revokeToken,
  type Session,
} from '../models/session.ts'
import { reload } from '../models/user.ts'
import { readChannel, requireSmsPause, sendSms } from '../sms/send.ts'
import { audit, factorMethods, requireEnabled, requireFactor, requireSession } from './factors.ts'

const question = z.object({ channel: text })
const answer = z.object({ challenge_id: text, code: text })
const attemptAnswer = z.object({ decision: z.enum(['continue', 'reject']), message: z.string().optional() })

/** POST /factors/:factor/challenge: asks a factor for a code, and sends it to a phone. */
export const challengeFactor: Flow = async (auth, request) => {
  const { user } = await requireSession(auth, request)
  const body = request.contentLength === 0 ? { channel: '' } : await request.json(question)
  const reply = await inTransaction(auth.pool, async (db) => {
    const now = auth.now()
    const factor = await requireFactor(db, user.id, request)
    requireEnabled(auth, factor.factor_type, 'verify')
    let code: string | null = null
    if (factor.factor_type === 'phone') {
      const { max_frequency: pause, otp_length: length, template } = auth.config.mfa.phone
      requireSmsPause(factor.last_challenged_at, pause, now)
      code = createCode(length)
      const sms = {
        phone: factor.phone ?? '',
        code,
        template,
        channel: readChannel(body.channel),
        type: 'mfa',
      } as const
      await sendSms(auth, db, user, sms)
    }
    const id = await insertChallenge(db, { factorId: factor.id, ip: request.clientIp, code }, now)
    const traits = { factor_id: factor.id, factor_status: factor.status }
    await audit(auth, db, request, user, 'challenge_created', traits)
    return { id, type: factor.factor_type, expires_at: Math.floor((now.getTime() + factorLifetime) / 1000) }
  })
  return ok(reply)
}

/** POST /factors/:factor/verify: answers a challenge; the session and its tokens then stand for two factors. */
export const verifyFactorCode: Flow = async (auth, request) => {
  const caller = await requireSession(auth, request)
  const body = await request.json(answer)
  if (body.code === '') throw validationFailed('Code needs to be non-empty')
  const { factor, challenge } = await inTransaction(auth.pool, async (db) => {
    const found = await requireFactor(db, caller.user.id, request)
    requireEnabled(auth, found.factor_type, 'verify')
    return { factor: found, challenge: await requireChallenge(auth, db, request, found, body.challenge_id) }
  })
  const isValid = isRightCode(auth, factor, challenge, body.code)
  await askVerificationAttempt(auth, caller.user.id, factor, isValid)
  if (!isValid) {
    const what = factor.factor_type === 'totp' ? 'TOTP' : 'MFA Phone'
    throw new AuthError(422, 'mfa_verification_failed', `Invalid ${what} code entered`)
  }
  const session = await inTransaction(auth.pool, async (db) => {
    // Again, now to be spent: two requests with one code must not both pass.
    const current = await requireFactor(db, caller.user.id, request)
    await requireChallenge(auth, db, request, current, challenge.id)
    return raise(auth, db, request, { caller, factor: current, challenge })
  })
  if (factor.status !== 'verified') {
    const details = { factor_type: factor.factor_type }
    await notify(auth, { kind: 'mfa_factor_enrolled', user: caller.user, details })
  }
  return ok(session)
}

async function requireChallenge(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  factor: Factor,
  id: string,
): Promise<Challenge> {
  const challenge = isUuid(id) ? await findChallenge(db, factor.id, id) : null
  if (!challenge) {
    const message = 'MFA factor with the provided challenge ID not found'
    throw new AuthError(422, 'mfa_factor_not_found', message)
  }
  if (challenge.verified_at !== null || challenge.ip_address !== request.clientIp) {
    throw new AuthError(422, 'mfa_ip_address_mismatch', 'Challenge and verify IP addresses mismatch.')
  }
  if (challenge.created_at.getTime() + factorLifetime < auth.now().getTime()) {
    const advice = 'verify against another challenge or create a new challenge.'
    throw new AuthError(422, 'mfa_challenge_expired', `MFA challenge ${challenge.id} has expired, ${advice}`)
  }
  return challenge
}

function isRightCode(auth: Auth, factor: Factor, challenge: Challenge, code: string): boolean {
  if (factor.factor_type === 'phone') {
    const [expected, actual] = [Buffer.from(challenge.otp_code ?? ''), Buffer.from(code)]
    return expected.length > 0 && expected.length === actual.length && timingSafeEqual(expected, actual)
  }
  if (!factor.secret || !/^\d{6}$/.test(code)) return false
  // One step of 30 seconds to either side, for clocks that differ and people who type slowly.
  const timestamp = auth.now().getTime()
  return new TOTP({ secret: factor.secret }).validate({ token: code, timestamp, window: 1 }) !== null
}

async function askVerificationAttempt(auth: Auth, userId: string, factor: Factor, isValid: boolean): Promise<void> {
  if (!auth.hooks.isEnabled('mfa_verification_attempt')) return
  // Its own transaction: what the hook counts has to stay when the code was wrong.
  const decided = await inTransaction(auth.pool, async (db) => {
    const payload = { user_id: userId, factor_id: factor.id, factor_type: factor.factor_type, valid: isValid }
    const answered = await auth.hooks.call(db, 'mfa_verification_attempt', payload, attemptAnswer)
    if (answered.decision === 'reject') await deleteSessions(db, userId)
    return answered
  })
  if (decided.decision === 'reject') {
    const message = decided.message || 'Further MFA verification attempts will be rejected.'
    throw new AuthError(403, 'mfa_verification_rejected', message)
  }
}

async function raise(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  proof: { caller: Caller & { session: Session }; factor: Factor; challenge: Challenge },
) {
  const { caller, factor, challenge } = proof
  const now = auth.now()
  const method = factorMethods[factor.factor_type]
  const traits = { factor_id: factor.id, challenge_id: challenge.id, factor_type: factor.factor_type }
  await audit(auth, db, request, caller.user, 'verification_attempted', traits)
  await closeChallenge(db, challenge.id, now)
  if (factor.status !== 'verified') await verifyFactor(db, factor, now)
  await raiseSession(db, caller.session.id, { factorId: factor.id, method }, now)
  // Whoever signed in by the first factor alone has to come again.
  await deleteWeakSessions(db, caller.user.id)
  const session = await findSession(db, caller.session.id)
  if (!session) throw new AuthError(403, 'session_not_found', 'Session from session_id claim in JWT does not exist')
  const spent = await findActiveToken(db, session.id)
  if (spent) await revokeToken(db, spent.id, now)
  const token = { userId: caller.user.id, sessionId: session.id, parent: spent?.token ?? null }
  const refreshToken = await insertRefreshToken(db, token, now)
  return sessionJson(auth, db, { user: await reload(db, caller.user.id), session, refreshToken, method })
}
