import { z } from 'zod'
import type { Auth, Flow } from '../auth.ts'
import { isUuid, requireUser } from '../caller.ts'
import { type Db, inTransaction } from '../database.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { type AuthRequest, ok, redirectToProvider } from '../http.ts'
import {
  approveAuthorization,
  bindAuthorization,
  closeAuthorization,
  findAuthorization,
  findConsent,
  insertAuthorization,
  type OAuthAuthorization,
  saveConsent,
} from '../models/oauth_authorization.ts'
import { clientDetailsJson, findOAuthClient, listOf } from '../models/oauth_client.ts'

/** Scopes that Auth knows. They say what of the account an app is told, and nothing about tables. */
export const knownScopes = ['openid', 'profile', 'email', 'phone']
const defaultScope = 'email'

const consentParameters = z.object({ action: z.string() })

/** GET /oauth/authorize: where an app sends the browser; goes on to the page of the site that asks the person. */
export const authorizeApp: Flow = async (auth, request) => {
  const sent = (name: string) => request.query.get(name) ?? ''
  const [clientId, redirectUri] = [sent('client_id'), sent('redirect_uri')]
  if (clientId === '') throw validationFailed('client_id is required')
  if (redirectUri === '') throw validationFailed('redirect_uri is required')
  if (!isUuid(clientId)) throw new AuthError(400, 'oauth_client_not_found', 'invalid client_id format')
  const client = await findOAuthClient(auth.pool, clientId)
  if (!client) throw new AuthError(400, 'oauth_client_not_found', 'invalid client_id')
  // Compared as texts: whatever else is sent is not the app's, and nothing goes there, no error either.
  if (!listOf(client.redirect_uris).includes(redirectUri)) throw validationFailed('invalid redirect_uri')
  const scope = sent('scope') || defaultScope
  const state = sent('state')
  const refuse = (error: string, description: string) =>
    redirectToProvider(withParameters(redirectUri, { error, error_description: description, state }))
  const fault = whyNoRequest(sent, scope)
  if (fault) return refuse('invalid_request', fault)
  const { authorization_url_path: path } = auth.config.oauth_server
  if (path === '') return refuse('server_error', 'oauth authorization path not configured')
  const id = await insertAuthorization(
    auth.pool,
    {
      client_id: client.id,
      redirect_uri: redirectUri,
      scope,
      state: state || null,
      resource: sent('resource') || null,
      code_challenge: sent('code_challenge'),
      code_challenge_method: sent('code_challenge_method').toLowerCase() === 's256' ? 's256' : 'plain',
      nonce: sent('nonce') || null,
    },
    auth.now(),
  )
  return redirectToProvider(`${auth.consentUrl}?authorization_id=${id}`)
}

/** GET /oauth/authorizations/:id: what the page shows; or where to go on, when the person allowed it before. */
export const getAuthorization: Flow = async (auth, request) => {
  requireOwnPage(auth, request)
  const { user } = await requireUser(auth, request)
  await requirePending(auth, request)
  const seen = await inTransaction(auth.pool, async (db) => {
    const found = await lockPending(auth, db, request)
    if (found.user_id !== null) {
      if (found.user_id !== user.id) throw notFound()
      return { authorization: found, redirect: null }
    }
    await bindAuthorization(db, found.id, user.id)
    const consent = await findConsent(db, user.id, found.client_id)
    const allowed = consent?.scopes.split(' ') ?? []
    const isAllowed = consent !== null && scopesOf(found.scope).every((scope) => allowed.includes(scope))
    return { authorization: found, redirect: isAllowed ? await approve(auth, db, found) : null }
  })
  if (seen.redirect !== null) return ok({ redirect_url: seen.redirect })
  const { authorization } = seen
  const client = await findOAuthClient(auth.pool, authorization.client_id)
  if (!client) throw notFound()
  return ok({
    authorization_id: authorization.authorization_id,
    redirect_uri: authorization.redirect_uri,
    client: clientDetailsJson(client),
    user: { id: user.id, ...(user.email ? { email: user.email } : {}) },
    scope: authorization.scope,
  })
}

/** POST /oauth/authorizations/:id/consent: the person's answer, and where the browser goes with it. */
export const answerAuthorization: Flow = async (auth, request) => {
  requireOwnPage(auth, request)
  const { user } = await requireUser(auth, request)
  const { action } = await request.json(consentParameters)
  if (action !== 'approve' && action !== 'deny') throw validationFailed("action must be 'approve' or 'deny'")
  await requirePending(auth, request)
  const target = await inTransaction(auth.pool, async (db) => {
    const authorization = await lockPending(auth, db, request)
    // Only who looked at it: nobody is made to answer what somebody else began and was shown.
    if (authorization.user_id !== user.id) throw notFound()
    if (action === 'deny') {
      await closeAuthorization(db, authorization.id, 'denied')
      return withParameters(authorization.redirect_uri, {
        error: 'access_denied',
        error_description: 'User denied the request',
        state: authorization.state ?? '',
      })
    }
    const consent = { userId: user.id, clientId: authorization.client_id }
    await saveConsent(db, { ...consent, scopes: scopesOf(authorization.scope).join(' ') }, auth.now())
    return approve(auth, db, authorization)
  })
  return ok({ redirect_url: target })
}

/** Scopes of a request. */
export const scopesOf = (scope: string): string[] => scope.split(/\s+/).filter((part) => part !== '')

async function approve(auth: Auth, db: Db, authorization: OAuthAuthorization): Promise<string> {
  const code = await approveAuthorization(db, authorization.id, auth.now())
  return withParameters(authorization.redirect_uri, { code, state: authorization.state ?? '' })
}

/** Refuses requests of pages that are not the site's. */
function requireOwnPage(auth: Auth, request: AuthRequest): void {
  if (request.origin !== '' && !auth.redirects.allows(request.origin)) {
    throw validationFailed('unauthorized request origin')
  }
}

const notFound = () => new AuthError(404, 'oauth_authorization_not_found', 'authorization not found')

/** Marks a request whose time is over, in a transaction of its own, because the refusal ends the other one. */
async function requirePending(auth: Auth, request: AuthRequest): Promise<void> {
  const authorization = await findAuthorization(auth.pool, { id: request.params.id ?? '' })
  if (!authorization) throw notFound()
  if (authorization.expires_at < auth.now()) {
    if (authorization.status === 'pending') await closeAuthorization(auth.pool, authorization.id, 'expired')
    throw notFound()
  }
}

async function lockPending(auth: Auth, db: Db, request: AuthRequest): Promise<OAuthAuthorization> {
  const authorization = await findAuthorization(db, { id: request.params.id ?? '', lock: true })
  if (!authorization || authorization.expires_at < auth.now()) throw notFound()
  if (authorization.status !== 'pending') throw validationFailed('authorization request cannot be processed')
  return authorization
}

/** What is wrong with a request of a known app, which is told so. */
function whyNoRequest(sent: (name: string) => string, scope: string): string | null {
  if (!['', 'code'].includes(sent('response_type'))) return 'only response_type=code is supported'
  const unknown = scopesOf(scope).find((part) => !knownScopes.includes(part))
  if (unknown !== undefined) return `unsupported scope: ${unknown}`
  const resource = sent('resource')
  if (resource !== '' && (!URL.canParse(resource) || /[?#]/.test(resource))) {
    return 'resource must be an absolute URI without query and fragment'
  }
  const [challenge, method] = [sent('code_challenge'), sent('code_challenge_method')]
  if (challenge === '' || method === '') {
    return 'PKCE flow requires both code_challenge and code_challenge_method'
  }
  if (!/^(s256|plain)$/i.test(method)) return "code_challenge_method must be 'S256' or 'plain'"
  if (challenge.length < 43 || challenge.length > 128) return 'code_challenge must be between 43 and 128 characters'
  return null
}

/** An address with further parameters; empty ones are left out. */
function withParameters(address: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(address)
  for (const [name, value] of Object.entries(parameters)) if (value !== '') url.searchParams.set(name, value)
  return url.toString()
}
