import { z } from 'zod'
import { openSession, type SessionJson } from '../access_token.ts'
import type { Auth, Flow } from '../auth.ts'
import { isUuid } from '../caller.ts'
import { inTransaction } from '../database.ts'
import { AuthError, OAuthError } from '../errors.ts'
import { type AuthRequest, ok, type Reply } from '../http.ts'
import { writeAudit } from '../models/audit_log.ts'
import { matchesChallenge } from '../models/flow_state.ts'
import { deleteAuthorization, findAuthorization, type OAuthAuthorization } from '../models/oauth_authorization.ts'
import {
  type ClientAuthMethod,
  findOAuthClient,
  listOf,
  matchesClientSecret,
  type OAuthClient,
} from '../models/oauth_client.ts'
import { findUser, isBanned, type User } from '../models/user.ts'
import { scopesOf } from './oauth_authorize.ts'
import { rotateSession } from './refresh.ts'

const jsonParameters = z.record(z.string(), z.string().nullish())

/** Reads a parameter of the request; empty when it was not sent. */
type Parameters = (name: string) => string

/** POST /oauth/token: gives an app its tokens for a code or for its last refresh token. */
export const appToken: Flow = async (auth, request) => {
  const sent = await readParameters(request)
  const client = await authenticateClient(auth, request, sent)
  const grant = sent('grant_type')
  if (grant === '') throw new OAuthError('invalid_request', 'grant_type is required')
  if (!client) throw new OAuthError('invalid_client', 'Client authentication required')
  if (!listOf(client.grant_types).includes(grant)) {
    throw new OAuthError('unsupported_grant_type', `Client is not allowed to use grant type: ${grant}`)
  }
  return grant === 'refresh_token' ? refreshGrant(auth, request, client, sent) : codeGrant(auth, request, client, sent)
}

async function codeGrant(auth: Auth, request: AuthRequest, client: OAuthClient, sent: Parameters): Promise<Reply> {
  const code = sent('code')
  if (code === '') throw new OAuthError('invalid_request', 'code is required for authorization_code grant')
  const granted = await inTransaction(auth.pool, async (db) => {
    // Locked, so that of several exchanges at once one finds the code.
    const authorization = await findAuthorization(db, { code })
    const user = authorization?.user_id ? await findUser(db, { id: authorization.user_id }) : null
    if (!authorization || !user) throw new OAuthError('invalid_grant', 'Invalid authorization code')
    requireExchangeable(auth, authorization, client, sent)
    if (isBanned(user, auth.now())) throw new OAuthError('access_denied', 'User is banned')
    const traits = { provider_type: 'oauth_provider_authorization_code', client_id: client.id }
    await writeAudit(db, { action: 'login', actor: user, ip: request.clientIp, traits }, auth.now())
    const app = { clientId: client.id, scopes: authorization.scope }
    const session = await openSession(auth, db, request, user, 'oauth_provider/authorization_code', app)
    await deleteAuthorization(db, authorization.id)
    return { authorization, user, session }
  })
  const { authorization, user, session } = granted
  const scopes = scopesOf(authorization.scope)
  const idToken = scopes.includes('openid') ? await signIdToken(auth, client, user, scopes, authorization.nonce) : null
  return ok({ ...tokensOf(session), ...(idToken === null ? {} : { id_token: idToken }) })
}

function requireExchangeable(
  auth: Auth,
  authorization: OAuthAuthorization,
  client: OAuthClient,
  sent: Parameters,
): void {
  const refuse = (description: string) => new OAuthError('invalid_grant', description)
  if (authorization.expires_at < auth.now()) throw refuse('Authorization code has expired')
  if (authorization.client_id !== client.id) throw refuse('Authorization code was not issued for this client')
  if (sent('resource') !== '' && sent('resource') !== authorization.resource) {
    throw refuse('Authorization code resource does not match the resource parameter')
  }
  if (sent('redirect_uri') !== '' && sent('redirect_uri') !== authorization.redirect_uri) {
    throw refuse('Invalid redirect_uri')
  }
  if (!matchesChallenge(authorization, sent('code_verifier'))) {
    throw refuse('PKCE verification failed: code challenge does not match previously saved code verifier')
  }
}

async function refreshGrant(auth: Auth, request: AuthRequest, client: OAuthClient, sent: Parameters): Promise<Reply> {
  const value = sent('refresh_token')
  if (value === '') throw new OAuthError('invalid_request', 'refresh_token is required for refresh_token grant')
  try {
    return ok(tokensOf(await rotateSession(auth, request, { value, clientId: client.id })))
  } catch (error) {
    // The error codes are for apps here, which know those of OAuth alone.
    if (error instanceof AuthError && error.status === 400) throw new OAuthError('invalid_grant', error.message)
    throw error
  }
}

/** Tokens in OAuth's form: an app is not shown the account. */
function tokensOf(session: SessionJson): Record<string, unknown> {
  const { access_token, token_type, expires_in, refresh_token } = session
  return { access_token, token_type, expires_in, refresh_token }
}

async function readParameters(request: AuthRequest): Promise<Parameters> {
  if (request.isJson) {
    const body = await request.json(jsonParameters).catch(() => {
      throw new OAuthError('invalid_request', 'Invalid JSON body')
    })
    return (name) => body[name] ?? ''
  }
  const form = await request.form()
  return (name) => form.get(name) ?? ''
}

/**
 * The app that a request proves to come from; null when it does not try.
 *
 * @throws {AuthError} 400 `invalid_credentials`, also for a way that is not the app's
 */
async function authenticateClient(auth: Auth, request: AuthRequest, sent: Parameters): Promise<OAuthClient | null> {
  const { id, secret, method } = readCredentials(request, sent)
  if (id === '') return null
  if (!isUuid(id)) throw badCredentials('Invalid client_id format')
  const client = await findOAuthClient(auth.pool, id)
  if (!client) throw badCredentials('Invalid client credentials')
  if (client.token_endpoint_auth_method !== method) {
    throw badCredentials(`client is registered for '${client.token_endpoint_auth_method}' but '${method}' was used`)
  }
  if (client.client_type === 'confidential' && !matchesClientSecret(client, secret)) {
    throw badCredentials('invalid client credentials')
  }
  return client
}

function readCredentials(
  request: AuthRequest,
  sent: Parameters,
): { id: string; secret: string; method: ClientAuthMethod } {
  const basic = /^Basic (.*)$/.exec(request.authorization)?.[1]
  if (basic !== undefined) {
    const [id = '', ...secret] = Buffer.from(basic, 'base64').toString('utf8').split(':')
    if (secret.length === 0) throw badCredentials('Invalid client credentials: invalid basic auth format')
    return { id, secret: secret.join(':'), method: 'client_secret_basic' }
  }
  const [id, secret] = [sent('client_id'), sent('client_secret')]
  if (id === '' && secret !== '') throw badCredentials('Invalid client credentials: client_id is required')
  return { id, secret, method: secret === '' ? 'none' : 'client_secret_post' }
}

const badCredentials = (message: string) => new AuthError(400, 'invalid_credentials', message)

async function signIdToken(
  auth: Auth,
  client: OAuthClient,
  user: User,
  scopes: readonly string[],
  nonce: string | null,
): Promise<string> {
  const now = Math.floor(auth.now().getTime() / 1000)
  const claims = {
    iss: auth.issuer,
    sub: user.id,
    aud: client.id,
    exp: now + 3600,
    iat: now,
    auth_time: user.last_sign_in_at ? Math.floor(user.last_sign_in_at.getTime() / 1000) : now,
    client_id: client.id,
    ...(nonce === null ? {} : { nonce }),
  }
  return auth.tokens.sign({ ...claims, ...describeUser(user, scopes, { phone: 'phone_number' }) })
}

/** What scopes let an app know of an account. @param names how the ID token and the userinfo endpoint differ */
export function describeUser(
  user: User,
  scopes: readonly string[],
  names: { phone: 'phone' | 'phone_number' },
): Record<string, unknown> {
  const told = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const meta = user.raw_user_meta_data
  const claims: Record<string, unknown> = {}
  if (scopes.includes('email') && user.email) {
    claims.email = user.email
    claims.email_verified = user.email_confirmed_at !== null
  }
  if (scopes.includes('profile')) {
    claims.name = told(meta.name) ?? told(user.email)
    claims.picture = told(meta.picture) ?? told(meta.avatar_url)
    claims.preferred_username = told(meta.preferred_username) ?? told(meta.username)
    claims.updated_at = Math.floor(user.updated_at.getTime() / 1000)
  }
  if (scopes.includes('phone') && user.phone) {
    claims[names.phone] = user.phone
    claims[`${names.phone}_verified`] = user.phone_confirmed_at !== null
  }
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
}
