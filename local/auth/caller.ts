import type { Claims } from '../service.ts'
import { TokenError } from '../service.ts'
import type { Auth } from './auth.ts'
import { AuthError, validationFailed } from './errors.ts'
import type { AuthRequest } from './http.ts'
import { findSession, type Session } from './models/session.ts'
import { defaultAudience, findUser, type User } from './models/user.ts'

/** The user whose token a request carries. */
export interface Caller {
  readonly user: User
  /** Null for tokens that were made elsewhere and name no session. */
  readonly session: Session | null
  readonly claims: Claims
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** True for a text that Postgres reads as uuid. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && uuid.test(value)
}

/** @throws {AuthError} `no_authorization`, `bad_jwt`, `user_not_found`, `session_not_found` */
export async function requireUser(auth: Auth, request: AuthRequest): Promise<Caller> {
  const claims = await readClaims(auth, request)
  if (!claims.sub) throw new AuthError(403, 'bad_jwt', 'invalid claim: missing sub claim')
  if (!isUuid(claims.sub)) throw new AuthError(400, 'bad_jwt', 'invalid claim: sub claim must be a UUID')
  if (claims.aud !== defaultAudience) {
    throw validationFailed("Token audience doesn't match request audience")
  }
  const sessionId = claims.session_id ?? ''
  const [user, session] = await Promise.all([
    findUser(auth.pool, { id: claims.sub }),
    isUuid(sessionId) ? findSession(auth.pool, sessionId) : null,
  ])
  if (!user) throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist')
  if (sessionId !== '' && session?.user_id !== user.id) {
    throw new AuthError(403, 'session_not_found', 'Session from session_id claim in JWT does not exist')
  }
  return { user, session, claims }
}

/** Lets the holder of the secret key pass. @throws {AuthError} `no_authorization`, `bad_jwt`, `not_admin` */
export async function requireAdmin(auth: Auth, request: AuthRequest): Promise<void> {
  const claims = await readClaims(auth, request)
  if (claims.role !== 'service_role' && claims.role !== 'supabase_admin') {
    throw new AuthError(403, 'not_admin', 'User not allowed')
  }
}

async function readClaims(auth: Auth, request: AuthRequest): Promise<Claims> {
  if (!request.bearer) {
    throw new AuthError(401, 'no_authorization', 'This endpoint requires a valid Bearer token')
  }
  try {
    return await auth.tokens.verify(request.bearer)
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    const reasons: Readonly<Record<TokenError['reason'], string>> = {
      malformed: 'token is malformed',
      signature: 'token signature is invalid',
      expired: 'token has invalid claims: token is expired',
      'not-yet-valid': 'token has invalid claims: token is not valid yet',
      audience: 'token has invalid claims: token has invalid audience',
    }
    const message = `invalid JWT: unable to parse or verify signature, ${reasons[cause.reason]}`
    throw new AuthError(403, 'bad_jwt', message, { cause })
  }
}
