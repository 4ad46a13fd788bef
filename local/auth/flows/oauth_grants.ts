import type { Flow } from '../auth.ts'
import { isUuid, requireUser } from '../caller.ts'
import { inTransaction } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { ok } from '../http.ts'
import { writeAudit } from '../models/audit_log.ts'
import { findConsent, listConsents, revokeConsent } from '../models/oauth_authorization.ts'
import { clientDetailsJson, findOAuthClient } from '../models/oauth_client.ts'
import { scopesOf } from './oauth_authorize.ts'
import { describeUser } from './oauth_token.ts'

/** GET /user/oauth/grants: the apps that the person allowed. */
export const listGrants: Flow = async (auth, request) => {
  const { user } = await requireUser(auth, request)
  const consents = await listConsents(auth.pool, user.id)
  const grants = await Promise.all(
    consents.map(async (consent) => {
      const client = await findOAuthClient(auth.pool, consent.client_id)
      return client
        ? [{ client: clientDetailsJson(client), scopes: scopesOf(consent.scopes), granted_at: consent.granted_at }]
        : []
    }),
  )
  return ok(grants.flat())
}

/** DELETE /user/oauth/grants: takes back what an app was allowed and ends its sessions. */
export const revokeGrant: Flow = async (auth, request) => {
  const { user } = await requireUser(auth, request)
  const clientId = request.query.get('client_id') ?? ''
  if (clientId === '') throw validationFailed('client_id query parameter is required')
  if (!isUuid(clientId)) throw validationFailed('invalid client_id format')
  await inTransaction(auth.pool, async (db) => {
    if (!(await findConsent(db, user.id, clientId))) {
      throw new AuthError(404, 'oauth_consent_not_found', 'No active grant found for this client')
    }
    await revokeConsent(db, user.id, clientId, auth.now())
    const traits = { oauth_client_id: clientId, action: 'revoke_oauth_grant' }
    await writeAudit(db, { action: 'token_revoked', actor: user, ip: request.clientIp, traits }, auth.now())
  })
  return { status: 204 }
}

/** GET /oauth/userinfo: what the scopes of the token's session let an app know of the person. */
export const userInfo: Flow = async (auth, request) => {
  const { user, session } = await requireUser(auth, request)
  const scopes = scopesOf(session?.scopes ?? '')
  const told = describeUser(user, scopes, { phone: 'phone' })
  return ok({
    sub: user.id,
    ...told,
    ...(scopes.includes('profile') ? { user_metadata: user.raw_user_meta_data } : {}),
  })
}
