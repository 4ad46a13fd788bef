import { z } from 'zod'
import type { Auth, Flow } from '../auth.ts'
import { isUuid } from '../caller.ts'
import { AuthError, validationFailed } from '../errors.ts'
import { type AuthRequest, ok, type Reply } from '../http.ts'
import {
  type ClientAuthMethod,
  clientAuthMethods,
  deleteOAuthClient,
  findOAuthClient,
  insertOAuthClient,
  listOAuthClients,
  newClientSecret,
  type OAuthClient,
  type OAuthClientChanges,
  oauthClientJson,
  updateOAuthClient,
} from '../models/oauth_client.ts'
import { readPage } from '../paging.ts'

const grantTypes = ['authorization_code', 'refresh_token'] as const

const metadata = {
  redirect_uris: z.array(z.string()),
  grant_types: z.array(z.string()),
  client_name: z.string(),
  client_uri: z.string(),
  logo_uri: z.string(),
  token_endpoint_auth_method: z.string(),
}
const changeParameters = z.object(metadata).partial()
const registration = changeParameters.extend({ client_type: z.string().optional() })

/** Lets a flow of the OAuth 2.1 server run where config.toml switches it on. */
export function whereEnabled(flow: Flow): Flow {
  return async (auth, request) => {
    if (!auth.config.oauth_server.enabled) throw new AuthError(404, 'feature_disabled', 'OAuth server is disabled')
    return flow(auth, request)
  }
}

/** POST /admin/oauth/clients. */
export const registerClient: Flow = async (auth, request) => register(auth, request, 'manual')

/** POST /oauth/clients/register: apps that introduce themselves (RFC 7591). */
export const registerClientDynamically: Flow = async (auth, request) => {
  if (!auth.config.oauth_server.allow_dynamic_registration) {
    throw new AuthError(403, 'oauth_dynamic_client_registration_disabled', 'Dynamic client registration is not enabled')
  }
  return register(auth, request, 'dynamic')
}

/** GET /admin/oauth/clients: one page, the newest first. */
export const listClients: Flow = async (auth, request) => {
  const page = readPage(request)
  const { clients, total } = await listOAuthClients(auth.pool, page)
  return {
    status: 200,
    body: { clients: clients.map((client) => oauthClientJson(client)), aud: 'authenticated' },
    headers: page.headers('/admin/oauth/clients', total),
  }
}

/** GET /admin/oauth/clients/:client. */
export const getClient: Flow = async (auth, request) => ok(oauthClientJson(await namedClient(auth, request)))

/** PUT /admin/oauth/clients/:client: changes what is given. */
export const updateClient: Flow = async (auth, request) => {
  const client = await namedClient(auth, request)
  const given = await request.json(changeParameters)
  if (Object.values(given).every((value) => value === undefined))
    throw validationFailed('No fields provided for update')
  const checked = requireMetadata(given)
  const method = given.token_endpoint_auth_method
  if (method !== undefined && (method === 'none') !== (client.client_type === 'public')) {
    throw validationFailed(
      `token_endpoint_auth_method '${method}' is not valid for client_type '${client.client_type}'`,
    )
  }
  return ok(oauthClientJson(await change(auth, client, checked)))
}

/** DELETE /admin/oauth/clients/:client. */
export const deleteClient: Flow = async (auth, request): Promise<Reply> => {
  const client = await namedClient(auth, request)
  await deleteOAuthClient(auth.pool, client.id, auth.now())
  return { status: 204 }
}

/** POST /admin/oauth/clients/:client/regenerate_secret: the former secret is of no use from now on. */
export const regenerateClientSecret: Flow = async (auth, request) => {
  const client = await namedClient(auth, request)
  if (client.client_type === 'public') throw validationFailed('Cannot regenerate secret for public client')
  const { secret, hash } = newClientSecret()
  return ok(oauthClientJson(await change(auth, client, { client_secret_hash: hash }), secret))
}

async function register(auth: Auth, request: AuthRequest, registrationType: 'manual' | 'dynamic'): Promise<Reply> {
  const given = await request.json(registration)
  const checked = requireMetadata(given)
  if (!checked.redirect_uris) throw validationFailed('redirect_uris is required')
  const clientType = requireClientType(given.client_type, checked.token_endpoint_auth_method)
  const { secret, hash } = newClientSecret()
  const isPublic = clientType === 'public'
  const client = await insertOAuthClient(
    auth.pool,
    {
      client_type: clientType,
      client_secret_hash: isPublic ? null : hash,
      registration_type: registrationType,
      redirect_uris: checked.redirect_uris,
      grant_types: checked.grant_types ?? grantTypes.join(','),
      client_name: checked.client_name || null,
      client_uri: checked.client_uri || null,
      logo_uri: checked.logo_uri || null,
      token_endpoint_auth_method: checked.token_endpoint_auth_method ?? (isPublic ? 'none' : 'client_secret_basic'),
    },
    auth.now(),
  )
  return { status: 201, body: oauthClientJson(client, isPublic ? undefined : secret) }
}

async function change(auth: Auth, client: OAuthClient, changes: OAuthClientChanges): Promise<OAuthClient> {
  const changed = await updateOAuthClient(auth.pool, client.id, changes, auth.now())
  if (!changed) throw noSuchClient()
  return changed
}

async function namedClient(auth: Auth, request: AuthRequest): Promise<OAuthClient> {
  const id = request.params.client
  if (!isUuid(id)) throw validationFailed('invalid client_id format')
  const client = await findOAuthClient(auth.pool, id)
  if (!client) throw noSuchClient()
  return client
}

const noSuchClient = () => new AuthError(404, 'oauth_client_not_found', 'OAuth client not found')

function requireMetadata(given: z.infer<typeof changeParameters>): OAuthClientChanges {
  const { redirect_uris: redirects, grant_types: grants, token_endpoint_auth_method: method } = given
  const { client_name: name, client_uri: site, logo_uri: logo } = given
  if (redirects) requireRedirectUris(redirects)
  if (grants && (grants.length === 0 || !grants.every((grant) => grantTypes.some((known) => known === grant)))) {
    throw validationFailed("grant_types must only contain 'authorization_code' and/or 'refresh_token'")
  }
  if ((name ?? '').length > 1024) throw validationFailed('client_name cannot exceed 1024 characters')
  requireAddress('client_uri', site)
  requireAddress('logo_uri', logo)
  return {
    ...(name === undefined ? {} : { client_name: name }),
    ...(site === undefined ? {} : { client_uri: site }),
    ...(logo === undefined ? {} : { logo_uri: logo }),
    ...(redirects ? { redirect_uris: redirects.join(',') } : {}),
    ...(grants ? { grant_types: grants.join(',') } : {}),
    ...(method === undefined ? {} : { token_endpoint_auth_method: requireAuthMethod(method) }),
  }
}

function requireAddress(name: string, uri = ''): void {
  if (uri.length > 2048) throw validationFailed(`${name} cannot exceed 2048 characters`)
  if (uri !== '' && !URL.canParse(uri)) throw validationFailed(`${name} must be a valid URL`)
}

function requireAuthMethod(given: string): ClientAuthMethod {
  const method = clientAuthMethods.find((known) => known === given)
  if (!method) throw validationFailed(`token_endpoint_auth_method must be one of: [${clientAuthMethods.join(' ')}]`)
  return method
}

function requireClientType(
  given: string | undefined,
  method: ClientAuthMethod | undefined,
): OAuthClient['client_type'] {
  const inferred = method === 'none' ? 'public' : 'confidential'
  if (!given) return inferred
  if (given !== 'public' && given !== 'confidential') {
    throw validationFailed("client_type must be 'public' or 'confidential'")
  }
  if (method !== undefined && given !== inferred) {
    throw validationFailed(
      `client_type '${given}' is inconsistent with token_endpoint_auth_method '${method}' (expected client_type '${inferred}')`,
    )
  }
  return given
}

function requireRedirectUris(uris: readonly string[]): void {
  if (uris.length === 0) throw validationFailed('redirect_uris cannot be empty')
  if (uris.length > 10) throw validationFailed('redirect_uris cannot exceed 10 items')
  for (const uri of uris) {
    const reason = whyNoRedirectUri(uri)
    if (reason) throw validationFailed(`invalid redirect_uri '${uri}': ${reason}`)
  }
}

function whyNoRedirectUri(uri: string): string | null {
  if (uri === '') return 'redirect URI cannot be empty'
  // A comma would end the address in the column that holds them all.
  if (!URL.canParse(uri) || uri.includes(',')) return 'invalid URL format'
  const url = new URL(uri)
  if (url.host === '') return 'must have scheme and host'
  if (uri.includes('#')) return 'fragment not allowed in redirect URI'
  const isLocal = url.hostname === 'localhost' || url.hostname === '127.0.0.1'
  if (url.protocol === 'http:') return isLocal ? null : 'HTTP scheme only allowed for localhost'
  return url.protocol === 'https:' ? null : 'scheme must be HTTPS or HTTP (localhost only)'
}
