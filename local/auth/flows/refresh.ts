import { z } from 'zod'
import { type SessionJson, sessionJson } from '../access_token.ts'
import type { Auth } from '../auth.ts'
import { type Db, inTransaction } from '../database.ts'
import { AuthError, OAuthError } from '../errors.ts'
import { type AuthRequest, ok, type Reply, text } from '../http.ts'
import { writeAudit } from '../models/audit_log.ts'
import {
  findActiveToken,
  findRefreshToken,
  insertRefreshToken,
  type RefreshToken,
  revokeFamily,
  revokeToken,
  type Session,
  touchSession,
} from '../models/session.ts'
import { findUser, isBanned, type User } from '../models/user.ts'

const parameters = z.object({ refresh_token: text })

/**
 * Exchanges a refresh token for the next one and a new access token.
 *
 * Each token is good once. The parent of the token in force may come again, because a client can lose an answer, and
 * gets the token in force. Any other spent token is reuse: after the interval of config.toml it ends the family.
 */
export async function refreshSession(auth: Auth, request: AuthRequest): Promise<Reply> {
  const { refresh_token: value } = await request.json(parameters)
  if (value === '') throw new OAuthError('invalid_request', 'refresh_token required')
  return ok(await rotateSession(auth, request, { value, clientId: null }))
}

/**
 * Exchanges a refresh token of the person's own session, or of an app's.
 *
 * @param token.clientId the app that asks and proved which it is; null for a client of the person's own
 * @throws {OAuthError} `invalid_client` when the session is not the asker's
 */
export async function rotateSession(
  auth: Auth,
  request: AuthRequest,
  token: { value: string; clientId: string | null },
): Promise<SessionJson> {
  const outcome = await inTransaction(auth.pool, (db) => exchange(auth, db, request, token))
  // Thrown here, after the commit: the end of the family must not be rolled back.
  if (outcome === 'reused') {
    throw new AuthError(400, 'refresh_token_already_used', 'Invalid Refresh Token: Already Used')
  }
  return outcome
}

async function exchange(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  { value, clientId }: { value: string; clientId: string | null },
): Promise<SessionJson | 'reused'> {
  const now = auth.now()
  const found = await findRefreshToken(db, value)
  const user = found ? await findUser(db, { id: found.session.user_id }) : null
  if (!found || !user) {
    throw new AuthError(400, 'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found')
  }
  const { session, token } = found
  if (isBanned(user, now)) throw new AuthError(400, 'user_banned', 'Invalid Refresh Token: User Banned')
  requireLiveSession(auth, session, token, now)
  requireOwnSession(session, clientId)

  const active = token.revoked ? await findActiveToken(db, session.id) : null
  let next: string | null = null
  if (token.revoked) {
    const reusableUntil = token.updated_at.getTime() + auth.config.refresh_token_reuse_interval * 1000
    if (active !== null && active.parent === token.token) next = active.token
    // A family without a token in force was ended: nothing of it may be used, however short a while ago that was.
    else if (active === null || now.getTime() > reusableUntil) {
      if (auth.config.enable_refresh_token_rotation) await revokeFamily(db, session.id, now)
      await writeAudit(db, { action: 'token_revoked', actor: user, ip: request.clientIp }, now)
      return 'reused'
    }
  }
  await writeAudit(db, { action: 'token_refreshed', actor: user, ip: request.clientIp }, now)
  next ??= await swap(auth, db, request, { user, session, token })
  await touchSession(db, session.id, { userAgent: request.userAgent, ip: request.clientIp }, now)
  return sessionJson(auth, db, { user, session, refreshToken: next, method: 'token_refresh' })
}

async function swap(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  { user, session, token }: { user: User; session: Session; token: RefreshToken },
): Promise<string> {
  const now = auth.now()
  if (!token.revoked) {
    await revokeToken(db, token.id, now)
    await writeAudit(db, { action: 'token_revoked', actor: user, ip: request.clientIp }, now)
  }
  return insertRefreshToken(db, { userId: user.id, sessionId: session.id, parent: token.token }, now)
}

function requireLiveSession(auth: Auth, session: Session, token: RefreshToken, now: Date): void {
  const { timebox, inactivity_timeout: inactivity } = auth.config.sessions
  const isOver = (end: number) => now.getTime() > end
  if (
    (session.not_after !== null && isOver(session.not_after.getTime())) ||
    (timebox !== undefined && timebox > 0 && isOver(session.created_at.getTime() + timebox))
  ) {
    throw new AuthError(400, 'session_expired', 'Invalid Refresh Token: Session Expired')
  }
  const lastUse = Math.max(session.refreshed_at?.getTime() ?? session.created_at.getTime(), token.updated_at.getTime())
  if (inactivity !== undefined && inactivity > 0 && isOver(lastUse + inactivity)) {
    throw new AuthError(400, 'session_expired', 'Invalid Refresh Token: Session Expired (Inactivity)')
  }
}

function requireOwnSession(session: Session, clientId: string | null): void {
  if (session.oauth_client_id === clientId) return
  if (session.oauth_client_id === null) {
    throw new OAuthError('invalid_client', 'Client authentication not allowed for non-OAuth session')
  }
  const isOther = clientId !== null
  throw new OAuthError(
    'invalid_client',
    isOther ? "Client does not match the session's OAuth client" : 'Client authentication required for OAuth session',
  )
}
