import { createHash } from 'node:crypto'
import { z } from 'zod'
import { openSession } from '../access_token.ts'
import type { Auth } from '../auth.ts'
import { requireUser } from '../caller.ts'
import { inTransaction } from '../database.ts'
import { AuthError, OAuthError, validationFailed } from '../errors.ts'
import { type OidcClaims, oidcProfile } from '../external/profile.ts'
import type { OAuthProvider } from '../external/provider.ts'
import { type AuthRequest, ok, type Reply, text } from '../http.ts'
import { requireManualLinking } from './authorize.ts'
import { retryDuplicate } from './callback.ts'
import { linkExternally, notifyLinked, requireEmail, signInExternally } from './external_account.ts'

const parameters = z.object({
  id_token: text,
  access_token: text,
  nonce: text,
  provider: text,
  client_id: text,
  issuer: text,
  link_identity: z.boolean().nullish(),
})

/** POST /token?grant_type=id_token: signs in with, or links, the ID token that an app got from a provider by itself. */
export async function idTokenGrant(auth: Auth, request: AuthRequest): Promise<Reply> {
  const body = await request.json(parameters)
  if (body.id_token === '') throw new OAuthError('invalid request', 'id_token required')
  if (body.provider === '') throw new OAuthError('invalid request', 'provider or client_id and issuer required')
  const provider = auth.providers.get(body.provider)
  if (!provider) {
    if (auth.config.external[body.provider]) {
      throw new AuthError(400, 'provider_disabled', `Provider (issuer "${body.provider}") is not enabled`)
    }
    throw validationFailed(`Custom OIDC provider "${body.provider}" not allowed`)
  }
  const linkingTarget = body.link_identity ? await requireLinkingTarget(auth, request) : null
  const claims = await readClaims(provider, body)
  checkNonce(provider, claims, body.nonce)
  const account = {
    provider: provider.name,
    profile: oidcProfile(provider.name, claims),
    isEmailOptional: provider.config.email_optional,
  }
  requireEmail(account)
  const outcome = await retryDuplicate(() =>
    inTransaction(auth.pool, async (db) => {
      const result = linkingTarget
        ? await linkExternally(auth, db, request, linkingTarget, account)
        : await signInExternally(auth, db, request, account)
      return 'refusal' in result
        ? result
        : { ...result, session: await openSession(auth, db, request, result.user, 'oauth') }
    }),
  )
  if ('refusal' in outcome) throw outcome.refusal
  await notifyLinked(auth, outcome, provider.name)
  return ok(outcome.session)
}

async function requireLinkingTarget(auth: Auth, request: AuthRequest): Promise<string> {
  requireManualLinking(auth)
  return (await requireUser(auth, request)).user.id
}

async function readClaims(provider: OAuthProvider, body: z.infer<typeof parameters>): Promise<OidcClaims> {
  if (!provider.readIdToken) throw validationFailed(`Custom OIDC provider "${provider.name}" not allowed`)
  try {
    return await provider.readIdToken(body.id_token, body.access_token)
  } catch (cause) {
    if (cause instanceof AuthError) throw cause
    const isAudience = cause instanceof Error && 'claim' in cause && cause.claim === 'aud'
    throw new OAuthError('invalid request', isAudience ? 'Unacceptable audience in id_token' : 'Bad ID token')
  }
}

/** The token holds the hash of the nonce, as providers are given it; a replayed token comes without its nonce. */
function checkNonce(provider: OAuthProvider, claims: OidcClaims, nonce: string): void {
  if (provider.config.skip_nonce_check) return
  if ((claims.nonce === '') !== (nonce === '')) {
    const message = 'Passed nonce and nonce in id_token should either both exist or not.'
    throw new OAuthError('invalid request', message)
  }
  if (nonce !== '' && createHash('sha256').update(nonce).digest('hex') !== claims.nonce) {
    throw new OAuthError('invalid nonce', 'Nonces mismatch')
  }
}
