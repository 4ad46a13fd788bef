import { createHash } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { CreateProvider, Provider } from '../providers/provider.ts'
import { type AuthorizeOptions, authorizeRoutes } from './authorize.ts'
import { readClient } from './client_authentication.ts'
import { createGrants, type ExchangeFailure, type Grant } from './grants.ts'
import type { People, Person } from './people.ts'

/** The key that the identity providers of this process sign with, made when it is first needed. */
export interface SigningKey {
  readonly jwk: JWK
  sign(token: SignJWT): Promise<string>
}

/** @returns a function that makes the key at its first call and answers the same one afterwards */
export function createSigningKey(): () => Promise<SigningKey> {
  let making: Promise<SigningKey> | null = null
  const make = async (): Promise<SigningKey> => {
    const { publicKey, privateKey } = await generateKeyPair('RS256')
    const { kty, n, e } = await exportJWK(publicKey)
    const kid = createHash('sha256').update(String(n)).digest('hex').slice(0, 16)
    return {
      jwk: { ...(kty && { kty }), ...(n && { n }), ...(e && { e }), kid, use: 'sig', alg: 'RS256' },
      sign: (token) => token.setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(privateKey),
    }
  }
  return () => {
    making ??= make()
    return making
  }
}

/** In what one OpenID provider differs from another. */
export interface OidcKind {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly paths: {
    readonly authorize: string
    readonly token: string
    readonly jwks: string
    readonly userinfo: string | null
  }
  readonly scopes: readonly string[]
  readonly accessTokenSeconds: number
  readonly authorize: Omit<AuthorizeOptions, 'title' | 'extraAnswer'>
  /** Claims beside `sub`, in the id token as in userinfo. */
  claims(person: Person, scopes: readonly string[], origin: string): Record<string, unknown>
  /** Whether this grant also brings a refresh token. */
  givesRefreshToken(grant: Grant): boolean
  exchangeError(reason: ExchangeFailure): { readonly error: string; readonly error_description?: string }
  /** The body of a failure that was dialled. */
  failure(status: number): Record<string, unknown>
  /** Fields that the authorization endpoint answers beside `code`. */
  extraAnswer?(grant: Grant): Record<string, string>
  /** Endpoints beside the usual ones; `granted` reads the bearer token. */
  addRoutes?(routes: Hono, granted: (c: Context) => Grant | null): void
  reset?(): void
}

/** An OpenID provider: discovery, keys, consent, tokens, userinfo. */
export const createOidcProvider =
  (kind: OidcKind, shared: { people: People; key: () => Promise<SigningKey> }): CreateProvider =>
  (): Provider => {
    const { people, key } = shared
    const path = `/identity/${kind.name}`
    const grants = createGrants()
    const originOf = (c: Context) => new URL(c.req.url).origin
    const routes = new Hono()

    routes.get('/.well-known/openid-configuration', (c) => {
      const issuer = originOf(c) + path
      const { authorize, token, jwks, userinfo } = kind.paths
      return c.json({
        issuer,
        authorization_endpoint: issuer + authorize,
        token_endpoint: issuer + token,
        ...(userinfo === null ? {} : { userinfo_endpoint: issuer + userinfo }),
        jwks_uri: issuer + jwks,
        response_types_supported: ['code'],
        response_modes_supported: ['query', 'fragment', 'form_post'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        scopes_supported: kind.scopes,
        token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
        code_challenge_methods_supported: ['S256', 'plain'],
        claims_supported: ['aud', 'email', 'email_verified', 'exp', 'iat', 'iss', 'name', 'picture', 'sub'],
      })
    })

    routes.get(kind.paths.jwks, async (c) => c.json({ keys: [(await key()).jwk] }))

    routes.route(
      kind.paths.authorize,
      authorizeRoutes(grants, people, {
        ...kind.authorize,
        title: kind.title,
        ...(kind.extraAnswer ? { extraAnswer: kind.extraAnswer } : {}),
      }),
    )

    routes.post(kind.paths.token, async (c) => {
      const form = new URLSearchParams(await c.req.text())
      const client = readClient(c, form)
      if (client === null) return c.json({ error: 'invalid_client', error_description: 'Client authentication' }, 401)
      if (form.get('grant_type') === 'refresh_token') {
        const grant = grants.read(form.get('refresh_token') ?? '', 'refresh')
        if (!grant || grant.clientId !== client) return c.json({ error: 'invalid_grant' }, 400)
        return c.json(await tokens(c, grant, undefined))
      }
      if (form.get('grant_type') !== 'authorization_code') return c.json({ error: 'unsupported_grant_type' }, 400)
      const code = form.get('code') ?? ''
      const claim = { redirectUri: form.get('redirect_uri') ?? '', verifier: form.get('code_verifier') }
      const grant = grants.exchange(code, { clientId: client, ...claim })
      return typeof grant === 'string' ? c.json(kind.exchangeError(grant), 400) : c.json(await tokens(c, grant, code))
    })

    const tokens = async (c: Context, grant: Grant, code: string | undefined) => {
      const origin = originOf(c)
      const lasting = code === undefined ? {} : { code }
      const access = grants.issueToken(grant, { kind: 'access', seconds: kind.accessTokenSeconds, ...lasting })
      const now = Math.floor(Date.now() / 1000)
      const claims = {
        ...kind.claims(grant.person, grant.scopes, origin),
        at_hash: createHash('sha256').update(access).digest().subarray(0, 16).toString('base64url'),
        ...(grant.nonce === null ? {} : { nonce: grant.nonce }),
      }
      const idToken = new SignJWT(claims)
        .setIssuer(origin + path)
        .setSubject(grant.person.sub)
        .setAudience(grant.clientId)
        .setIssuedAt(now)
        .setExpirationTime(now + 3600)
      return {
        access_token: access,
        token_type: 'Bearer',
        expires_in: kind.accessTokenSeconds,
        scope: grant.scopes.join(' '),
        ...(code !== undefined && kind.givesRefreshToken(grant)
          ? { refresh_token: grants.issueToken(grant, { kind: 'refresh', seconds: 180 * 86_400, code }) }
          : {}),
        ...(grant.scopes.includes('openid') || kind.name === 'apple'
          ? { id_token: await (await key()).sign(idToken) }
          : {}),
      }
    }

    const granted = (c: Context) => grants.read(bearerOf(c), 'access')
    if (kind.paths.userinfo !== null) {
      routes.get(kind.paths.userinfo, (c) => {
        const grant = granted(c)
        if (!grant) {
          const body = { error: 'invalid_token', error_description: 'The access token is missing, expired or revoked' }
          return c.json(body, 401, { 'www-authenticate': 'Bearer error="invalid_token"' })
        }
        return c.json({ sub: grant.person.sub, ...kind.claims(grant.person, grant.scopes, originOf(c)) })
      })
    }
    kind.addRoutes?.(routes, granted)

    return {
      name: kind.name,
      title: kind.title,
      description: kind.description,
      path,
      routes,
      actions: [],
      fail: (status) =>
        Response.json(kind.failure(status), { status, ...(status === 429 ? { headers: { 'retry-after': '1' } } : {}) }),
      reset() {
        grants.clear()
        kind.reset?.()
      },
    }
  }

/** The token that a request brings. */
export function bearerOf(c: Context): string {
  return /^(?:bearer|token)\s+(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
}

/** A picture as a client can load it: the sandbox's own have no host of their own. */
export function pictureUrl(person: Person, origin: string): string | null {
  return person.picture?.startsWith('/') ? origin + person.picture : person.picture
}
