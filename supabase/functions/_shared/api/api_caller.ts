import { createSupabaseContext } from '@supabase/server'
import { createMiddleware } from 'hono/factory'
import type { CallerClaims } from '../database/mod.ts'
import { type AppEnv, AppError } from '../http/mod.ts'
import { auditRequest } from '../platform/mod.ts'
import { type ApiKeyResolver, apiKeyPrefix } from './api_key.ts'

/** Who asks. */
export type ApiCaller =
  | { readonly kind: 'person'; readonly id: string; readonly email: string | null; readonly claims: CallerClaims }
  | {
      readonly kind: 'service_account'
      readonly id: string
      readonly organizationId: string
      readonly keyId: string
      readonly scopes: readonly string[]
      readonly claims: CallerClaims
    }

/** What {@link apiCaller} puts into the context. */
export interface ApiEnv {
  Variables: AppEnv['Variables'] & { caller: ApiCaller }
}

/**
 * Lets callers of the REST face in: people with their access token, and integrations with an API key in the same header,
 * `Authorization: Bearer ...`, or in `X-API-Key`. The route gets `c.var.caller` with the claims to open a transaction with.
 *
 * @param keys finds API keys; null while this installation has none, and every key is then refused
 */
export function apiCaller(keys: ApiKeyResolver | null) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const token = bearerToken(c.req.raw)
    const address = auditRequest(c.req.raw).ipAddress
    // A library may put a key of the project into the other header by itself.
    const key = [token, c.req.header('x-api-key')?.trim() ?? ''].find((text) => text.startsWith(apiKeyPrefix))
    const caller = key === undefined ? await callerOfToken(c.req.raw) : await callerOfKey(keys, key, address)
    c.set('caller', caller)
    c.set('actor', { kind: caller.kind === 'person' ? 'user' : 'service_account', id: caller.id })
    if (caller.kind === 'service_account') c.set('organizationId', caller.organizationId)
    c.set(
      'limitedCaller',
      caller.kind === 'person'
        ? { userId: caller.id, address }
        : { apiKeyId: caller.keyId, organizationId: caller.organizationId, address },
    )
    await next()
  })
}

/** What stands in `Authorization: Bearer ...`, unchecked; empty for nothing. */
export function bearerToken(request: Request): string {
  return /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
}

async function callerOfToken(request: Request): Promise<ApiCaller> {
  const { data, error } = await createSupabaseContext(request, { auth: 'user' })
  if (error) throw error
  const claims = data.jwtClaims
  // Tokens for visitors or the backend itself have other roles and nobody behind them.
  if (claims?.role !== 'authenticated' || !claims.sub) {
    throw new AppError(403, 'person_required', 'Only a signed-in person may do this')
  }
  const email = claims.email || null
  return { kind: 'person', id: claims.sub, email, claims: { ...claims, role: 'authenticated' } }
}

async function callerOfKey(keys: ApiKeyResolver | null, key: string, address: string | undefined): Promise<ApiCaller> {
  const found = await keys?.resolveApiKey(key, address)
  if (!found) {
    throw new AppError(401, 'api_key_invalid', 'The API key is not valid', {
      hint: 'It may have been revoked or have expired',
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    })
  }
  if (!found.is_address_admitted) {
    throw new AppError(403, 'api_key_address_refused', 'Cannot use the API key from this address', {
      hint: 'Call from a network of its allow-list, or make a key with another one',
    })
  }
  const { key_id, service_account_id, organization_id, scopes } = found
  return {
    kind: 'service_account',
    id: service_account_id,
    organizationId: organization_id,
    keyId: key_id,
    scopes,
    // No person stands behind it, so there is no subject.
    claims: { role: 'authenticated', service_account_id, api_key_id: key_id, scopes },
  }
}

/** Guard of a route: a key must have been given the permission. What the caller may do at all is the policies' affair. */
export function requireScope(caller: ApiCaller, permission: string): void {
  if (caller.kind === 'person' || caller.scopes.includes(permission)) return
  throw new AppError(403, 'scope_missing', `Cannot do this with the API key: it lacks the scope "${permission}"`, {
    hint: 'Make a key with this scope',
  })
}
