import { z } from 'zod'
import type { Auth } from './auth.ts'
import { type Db, orFail } from './database.ts'
import type { AuthRequest } from './http.ts'
import { insertSession, listMethods, type Session, type SessionApp } from './models/session.ts'
import { type JsonObject, type User, updateUser } from './models/user.ts'
import { userJson } from './models/user_json.ts'

/** Tokens and user, as sign-in endpoints answer. */
export type SessionJson = JsonObject & { access_token: string; refresh_token: string }

const hookAnswer = z.object({
  claims: z.looseObject({
    aud: z.union([z.string(), z.array(z.string())]),
    exp: z.number().int(),
    iat: z.number().int(),
    sub: z.string(),
    email: z.string(),
    phone: z.string(),
    role: z.string(),
    aal: z.string(),
    session_id: z.string(),
    is_anonymous: z.boolean(),
  }),
})

/**
 * Signs a user in: a new session, its first refresh token and an access token.
 *
 * @param method how the user proved who they are, as `amr` names it
 * @param app the app of somebody else that the session is for
 */
export async function openSession(
  auth: Auth,
  db: Db,
  request: AuthRequest,
  user: User,
  method: string,
  app?: SessionApp,
): Promise<SessionJson> {
  const now = auth.now()
  const { session, refreshToken } = await orFail('Database error granting user', () =>
    insertSession(db, { userId: user.id, method, userAgent: request.userAgent, ip: request.clientIp, app }, now),
  )
  const signedIn = await orFail('Database error granting user', () =>
    updateUser(db, user.id, { last_sign_in_at: now }, now),
  )
  return sessionJson(auth, db, { user: signedIn, session, refreshToken, method })
}

/** The answer that carries a session's tokens. */
export async function sessionJson(
  auth: Auth,
  db: Db,
  grant: { user: User; session: Session; refreshToken: string; method: string },
): Promise<SessionJson> {
  const claims = await accessClaims(auth, db, grant)
  return {
    access_token: await auth.tokens.sign(claims),
    token_type: 'bearer',
    expires_in: auth.config.jwt_expiry,
    expires_at: Number(claims.exp),
    refresh_token: grant.refreshToken,
    user: userJson(grant.user),
  }
}

async function accessClaims(
  auth: Auth,
  db: Db,
  { user, session, method }: { user: User; session: Session; method: string },
): Promise<JsonObject> {
  const issuedAt = Math.floor(auth.now().getTime() / 1000)
  const claims: JsonObject = {
    iss: auth.issuer,
    sub: user.id,
    aud: user.aud,
    exp: issuedAt + auth.config.jwt_expiry,
    iat: issuedAt,
    email: user.email ?? '',
    phone: user.phone ?? '',
    app_metadata: user.raw_app_meta_data,
    user_metadata: user.raw_user_meta_data,
    role: user.role,
    aal: session.aal,
    amr: await listMethods(db, session.id),
    session_id: session.id,
    is_anonymous: user.is_anonymous,
    ...(session.oauth_client_id ? { client_id: session.oauth_client_id } : {}),
    ...(session.scopes ? { scope: session.scopes } : {}),
  }
  if (!auth.hooks.isEnabled('custom_access_token')) return claims
  const payload = { user_id: user.id, claims, authentication_method: method }
  return (await auth.hooks.call(db, 'custom_access_token', payload, hookAnswer)).claims
}

/** Adds a session and further parts to the address that the browser is sent to, where only the page can read it. */
export function withSessionFragment(
  target: string,
  session: SessionJson,
  parts: Readonly<Record<string, string>>,
): string {
  const fragment = new URLSearchParams()
  for (const key of ['access_token', 'expires_at', 'expires_in', 'refresh_token', 'token_type']) {
    fragment.set(key, String(session[key]))
  }
  for (const [key, value] of Object.entries(parts)) fragment.set(key, value)
  return `${target.split('#')[0]}#${fragment}`
}
