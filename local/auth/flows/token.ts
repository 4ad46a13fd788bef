import { z } from 'zod'
import { openSession } from '../access_token.ts'
import { readPhone } from '../addresses.ts'
import type { Auth, Flow } from '../auth.ts'
import { inTransaction } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { type AuthRequest, ok, type Reply, text } from '../http.ts'
import { writeAudit } from '../models/audit_log.ts'
import { isFlowExpired, matchesChallenge, takeFlowState } from '../models/flow_state.ts'
import { deleteSessions } from '../models/session.ts'
import { findUser, isBanned, type User } from '../models/user.ts'
import { findWeakness, matchesPassword, spendComparisonTime } from '../passwords.ts'
import { idTokenGrant } from './id_token.ts'
import { requirePhoneProvider } from './phone.ts'
import { refreshSession } from './refresh.ts'

const passwordParameters = z.object({ email: text, phone: text, password: text })
const pkceParameters = z.object({ auth_code: text, code_verifier: text })
const attemptAnswer = z.object({
  decision: z.enum(['continue', 'reject']),
  message: z.string().optional(),
  should_logout_user: z.boolean().optional(),
})

/** POST /token: signs in by password or code, or refreshes a session. */
export const token: Flow = async (auth, request) => {
  switch (request.query.get('grant_type')) {
    case 'password':
      auth.limits.require('sign_in_sign_ups', request)
      return passwordGrant(auth, request)
    case 'id_token':
      auth.limits.require('sign_in_sign_ups', request)
      return idTokenGrant(auth, request)
    case 'refresh_token':
      auth.limits.require('token_refresh', { path: '/token refresh', clientIp: request.clientIp })
      return refreshSession(auth, request)
    case 'pkce':
      auth.limits.require('sign_in_sign_ups', request)
      return pkceGrant(auth, request)
    default:
      throw new AuthError(400, 'invalid_credentials', 'unsupported_grant_type')
  }
}

async function passwordGrant(auth: Auth, request: AuthRequest): Promise<Reply> {
  const { email, phone, password } = await request.json(passwordParameters)
  if (email !== '' && phone !== '') {
    throw validationFailed('Only an email address or phone number should be provided on login.')
  }
  if (email === '' && phone === '') throw validationFailed('missing email or phone')
  const isPhone = phone !== ''
  if (isPhone) requirePhoneProvider(auth, 'Phone logins are disabled')
  else if (!auth.config.email.enabled) {
    throw new AuthError(422, 'email_provider_disabled', 'Email logins are disabled')
  }
  const user = await findUser(auth.pool, isPhone ? { phone: readPhone(phone) } : { email })
  if (!user?.encrypted_password) {
    await spendComparisonTime(password)
    throw invalidCredentials()
  }
  const isValid = await matchesPassword(password, user.encrypted_password)
  await askVerificationAttempt(auth, user, isValid)
  if (!isValid) throw invalidCredentials()
  // After the comparison: who cannot give the password learns nothing about the account.
  if (isBanned(user, auth.now())) throw new AuthError(400, 'user_banned', 'User is banned')
  if (isPhone && !user.phone_confirmed_at) throw new AuthError(400, 'phone_not_confirmed', 'Phone not confirmed')
  if (!isPhone && !user.email_confirmed_at) throw new AuthError(400, 'email_not_confirmed', 'Email not confirmed')
  const session = await inTransaction(auth.pool, async (db) => {
    const traits = { provider: isPhone ? 'phone' : 'email' }
    await writeAudit(db, { action: 'login', actor: user, ip: request.clientIp, traits }, auth.now())
    return openSession(auth, db, request, user, 'password')
  })
  const weakness = findWeakness(auth.config, password)
  return ok(weakness ? { ...session, weak_password: weakness } : session)
}

async function askVerificationAttempt(auth: Auth, user: User, isValid: boolean): Promise<void> {
  if (!auth.hooks.isEnabled('password_verification_attempt')) return
  // Its own transaction: what the hook counts has to stay when the sign-in fails.
  const answer = await inTransaction(auth.pool, async (db) => {
    const payload = { user_id: user.id, valid: isValid }
    const decided = await auth.hooks.call(db, 'password_verification_attempt', payload, attemptAnswer)
    if (decided.decision === 'reject' && decided.should_logout_user) await deleteSessions(db, user.id)
    return decided
  })
  if (answer.decision === 'reject') {
    throw new AuthError(400, 'invalid_credentials', answer.message || 'Invalid login credentials')
  }
}

const invalidCredentials = () => new AuthError(400, 'invalid_credentials', 'Invalid login credentials')

async function pkceGrant(auth: Auth, request: AuthRequest): Promise<Reply> {
  const { auth_code: code, code_verifier: verifier } = await request.json(pkceParameters)
  if (code === '' || verifier === '') {
    throw validationFailed('invalid request: both auth code and code verifier should be non-empty')
  }
  const session = await inTransaction(auth.pool, async (db) => {
    const flow = await takeFlowState(db, code)
    const user = flow?.user_id ? await findUser(db, { id: flow.user_id }) : null
    if (!flow || !user) {
      throw new AuthError(404, 'flow_state_not_found', 'invalid flow state, no valid flow state found')
    }
    if (isFlowExpired(flow, auth.now())) {
      throw new AuthError(403, 'flow_state_expired', 'invalid flow state, flow state has expired')
    }
    if (!matchesChallenge(flow, verifier)) {
      throw new AuthError(400, 'bad_code_verifier', 'code challenge does not match previously saved code verifier')
    }
    if (isBanned(user, auth.now())) throw new AuthError(403, 'user_banned', 'User is banned')
    await writeAudit(db, { action: 'login', actor: user, ip: request.clientIp }, auth.now())
    const opened = await openSession(auth, db, request, user, flow.authentication_method)
    return {
      ...opened,
      ...(flow.provider_access_token ? { provider_token: flow.provider_access_token } : {}),
      ...(flow.provider_refresh_token ? { provider_refresh_token: flow.provider_refresh_token } : {}),
    }
  })
  return ok(session)
}
