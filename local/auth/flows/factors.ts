import { Secret, TOTP } from 'otpauth'
import { renderSVG } from 'uqr'
import { z } from 'zod'
import { readPhone } from '../addresses.ts'
import type { Auth, Flow } from '../auth.ts'
import { type Caller, isUuid, requireUser } from '../caller.ts'
import { type Db, inTransaction } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { type AuthRequest, ok, type Reply, text } from '../http.ts'
import { notify } from '../mail/notify.ts'
import { type AuditAction, writeAudit } from '../models/audit_log.ts'
import {
  deleteExpiredFactors,
  deleteFactor,
  type Factor,
  type FactorType,
  findFactor,
  insertFactor,
  listFactors,
} from '../models/factor.ts'
import { lowerSessions, type Session } from '../models/session.ts'
import { findUser, type JsonObject } from '../models/user.ts'

const enrollment = z.object({ friendly_name: text, factor_type: text, issuer: text, phone: text })

/** How a code of a factor is named in `amr`. */
export const factorMethods: Readonly<Record<FactorType, string>> = { totp: 'totp', phone: 'mfa/phone' }

/** The factor's kind as messages say it. */
const labels: Readonly<Record<FactorType, string>> = { totp: 'TOTP', phone: 'Phone' }

/** POST /factors: begins a second factor, which the first code completes. */
export const enrollFactor: Flow = async (auth, request) => {
  const caller = await requireSession(auth, request)
  const body = await request.json(enrollment)
  if (body.factor_type !== 'totp' && body.factor_type !== 'phone') {
    throw validationFailed('factor_type needs to be totp, phone, or webauthn')
  }
  requireEnabled(auth, body.factor_type, 'enroll')
  const name = body.friendly_name
  if (body.factor_type === 'totp') return enrollTotp(auth, request, caller, { name, issuer: body.issuer })
  if (body.phone === '') throw validationFailed('Phone number required to enroll Phone factor')
  return enrollPhone(auth, request, caller, { name, phone: readPhone(body.phone) })
}

/** DELETE /factors/:id: takes a factor away; a verified one only with the second factor itself. */
export const unenrollFactor: Flow = async (auth, request) => {
  const { user, session } = await requireSession(auth, request)
  const removed = await inTransaction(auth.pool, async (db) => {
    const factor = await requireFactor(db, user.id, request)
    if (factor.status === 'verified' && session.aal !== 'aal2') {
      throw new AuthError(422, 'insufficient_aal', 'AAL2 required to unenroll verified factor')
    }
    await removeFactor(auth, db, factor)
    await audit(auth, db, request, user, 'factor_unenrolled', { factor_id: factor.id, factor_status: factor.status })
    return factor
  })
  if (removed.status === 'verified') {
    await notify(auth, { kind: 'mfa_factor_unenrolled', user, details: { factor_type: removed.factor_type } })
  }
  return ok({ id: removed.id })
}

/** Removes a factor and what sessions owe to it. */
export async function removeFactor(auth: Auth, db: Db, factor: Factor): Promise<void> {
  await lowerSessions(db, factor.id, factorMethods[factor.factor_type], auth.now())
  await deleteFactor(db, factor.id)
}

/** The caller, with the session that factors belong to. @throws {AuthError} */
export async function requireSession(auth: Auth, request: AuthRequest): Promise<Caller & { session: Session }> {
  const caller = await requireUser(auth, request)
  if (!caller.session) throw new AuthError(403, 'session_not_found', 'A valid session is required for this')
  return { ...caller, session: caller.session }
}

/** The factor that the path names. @throws {AuthError} `mfa_factor_not_found` */
export async function requireFactor(db: Db, userId: string, request: AuthRequest): Promise<Factor> {
  const id = request.params.factor
  if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'factor_id must be an UUID')
  const factor = await findFactor(db, userId, id)
  if (!factor) throw new AuthError(404, 'mfa_factor_not_found', 'Factor not found')
  return factor
}

/** @throws {AuthError} `mfa_totp_enroll_not_enabled` and its like */
export function requireEnabled(auth: Auth, type: FactorType, purpose: 'enroll' | 'verify'): void {
  const { enroll_enabled: enrolls, verify_enabled: verifies } = auth.config.mfa[type]
  if (purpose === 'enroll' ? enrolls : verifies) return
  const what = purpose === 'enroll' ? 'enroll' : 'verification'
  throw new AuthError(422, `mfa_${type}_${purpose}_not_enabled`, `MFA ${what} is disabled for ${labels[type]}`)
}

/** Writes an event of a factor into the audit trail. */
export function audit(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  user: Caller['user'],
  action: AuditAction,
  traits: JsonObject,
): Promise<void> {
  return writeAudit(db, { action, actor: user, ip: request.clientIp, traits }, auth.now())
}

async function enrollTotp(
  auth: Auth,
  request: AuthRequest,
  caller: Caller & { session: Session },
  { name, issuer }: { name: string; issuer: string },
): Promise<Reply> {
  const { user } = caller
  const secret = new Secret({ size: 20 })
  const uri = new TOTP({
    issuer: issuer || new URL(auth.config.site_url).host,
    label: user.email || user.phone || user.id,
    secret,
  }).toString()
  const id = await inTransaction(auth.pool, async (db) => {
    await requireRoom(auth, db, caller, name)
    const factor = { userId: user.id, type: 'totp', name, secret: secret.base32, phone: null } as const
    const factorId = await insertFactor(db, factor, auth.now())
    await audit(auth, db, request, user, 'factor_in_progress', { factor_id: factorId })
    return factorId
  })
  // Without its data URI's head: clients put that before it.
  const totp = { qr_code: renderSVG(uri, { ecc: 'M', border: 2 }), secret: secret.base32, uri }
  return ok({ id, type: 'totp', friendly_name: name, totp })
}

async function enrollPhone(
  auth: Auth,
  request: AuthRequest,
  caller: Caller & { session: Session },
  { name, phone }: { name: string; phone: string },
): Promise<Reply> {
  const { user } = caller
  const id = await inTransaction(auth.pool, async (db) => {
    await findUser(db, { id: user.id }, { lock: true })
    const same = (await listFactors(db, user.id)).find((factor) => factor.phone === phone)
    if (same?.status === 'verified') {
      const message = 'A verified phone factor already exists, unenroll the existing factor to continue'
      throw new AuthError(422, 'mfa_verified_factor_exists', message)
    }
    if (same) await deleteFactor(db, same.id)
    await requireRoom(auth, db, caller, name)
    const factor = { userId: user.id, type: 'phone', name, secret: null, phone } as const
    const factorId = await insertFactor(db, factor, auth.now())
    await audit(auth, db, request, user, 'factor_in_progress', { factor_id: factorId, factor_type: 'phone' })
    return factorId
  })
  return ok({ id, type: 'phone', friendly_name: name, phone })
}

async function requireRoom(
  auth: Auth,
  db: Db,
  { user, session }: Caller & { session: Session },
  name: string,
): Promise<void> {
  // Locked, so that two enrolments at once cannot pass the limit together.
  await findUser(db, { id: user.id }, { lock: true })
  await deleteExpiredFactors(db, auth.now())
  const factors = await listFactors(db, user.id)
  if (factors.some((factor) => (factor.friendly_name ?? '') === name)) {
    const message = `A factor with the friendly name "${name}" for this user already exists`
    throw new AuthError(422, 'mfa_factor_name_conflict', message)
  }
  if (factors.length >= auth.config.mfa.max_enrolled_factors) {
    const message = 'Maximum number of verified factors reached, unenroll to continue'
    throw new AuthError(422, 'too_many_enrolled_mfa_factors', message)
  }
  if (factors.some(({ status }) => status === 'verified') && session.aal !== 'aal2') {
    throw new AuthError(403, 'insufficient_aal', 'AAL2 required to enroll a new factor')
  }
}
