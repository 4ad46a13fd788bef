import { createHash, timingSafeEqual } from 'node:crypto'
import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'
import { AuthError, unexpectedFailure } from '../errors.ts'
import { fetchJson } from './fetch_json.ts'
import { type OidcClaims, oidcClaims, oidcProfile } from './profile.ts'
import type { OAuthProvider, ProviderConfig } from './provider.ts'

const discovery = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
  userinfo_endpoint: z.url().nullish(),
})
type Discovery = z.infer<typeof discovery>

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z
    .string()
    .nullish()
    .transform((value) => value ?? ''),
  id_token: z.string().nullish(),
})

const appleUser = z.object({ name: z.object({ firstName: z.string().optional(), lastName: z.string().optional() }) })

/** How long a provider's description of itself is believed. */
const discoveryLifetime = 10 * 60_000

const scopes: Readonly<Record<string, readonly string[]>> = { apple: ['openid', 'name', 'email'] }
const defaultScopes = ['openid', 'profile', 'email']

/** A provider that speaks OpenID Connect. @param options.issuer where its discovery document starts */
export function oidcProvider(
  name: string,
  config: ProviderConfig,
  options: { issuer: string; now: () => Date },
): OAuthProvider {
  const { now } = options
  const describe = describer(options.issuer, now)
  const clientIds = config.client_id.split(',').map((id) => id.trim())
  const clientId = clientIds[0] ?? ''
  const readIdToken = async (token: string, accessToken: string): Promise<OidcClaims> => {
    const { issuer, keys } = await describe()
    const verified = await jwtVerify(token, keys, {
      issuer,
      audience: clientIds,
      algorithms: ['RS256', 'ES256', 'PS256', 'EdDSA'],
      requiredClaims: ['sub', 'exp'],
      clockTolerance: 30,
      currentDate: now(),
    })
    const claims = oidcClaims.parse(verified.payload)
    if (
      accessToken !== '' &&
      claims.at_hash !== '' &&
      !matchesHash(verified.protectedHeader.alg, accessToken, claims)
    ) {
      throw new Error('at_hash does not match the access token')
    }
    return claims
  }
  return {
    name,
    config,
    readIdToken,
    async authorizationUrl(visit) {
      const { authorization_endpoint: endpoint } = await describe()
      const url = new URL(endpoint)
      const parameters = {
        ...visit.extra,
        ...(name === 'apple' ? { response_mode: 'form_post' } : {}),
        client_id: clientId,
        redirect_uri: visit.redirectUri,
        response_type: 'code',
        scope: [...new Set([...(scopes[name] ?? defaultScopes), ...visit.scopes])].join(' '),
        state: visit.state,
      }
      for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value)
      return url.href
    },
    async exchange(grant) {
      const provider = await describe()
      // A callback that says it comes from elsewhere: someone tries to pass one provider's code off as another's.
      if (grant.issuer !== '' && grant.issuer !== provider.issuer) {
        throw new AuthError(400, 'bad_oauth_callback', 'OAuth callback names another issuer than the flow began with')
      }
      const token = await fetchJson({
        url: provider.token_endpoint,
        method: 'POST',
        body: new URLSearchParams({
          client_id: clientId,
          client_secret: config.secret,
          code: grant.code,
          redirect_uri: grant.redirectUri,
          grant_type: 'authorization_code',
        }),
        answer: tokenAnswer,
        failure: 'Unable to exchange external code',
      })
      const claims = await readClaims(provider, token)
      const named = { ...claims, ...nameFromApple(grant.appleUser, claims) }
      return {
        profile: oidcProfile(name, named),
        accessToken: token.access_token,
        refreshToken: token.refresh_token,
      }
    },
  }

  async function readClaims(provider: Discovery, token: z.infer<typeof tokenAnswer>): Promise<OidcClaims> {
    const failure = 'Error getting user profile from external provider'
    const fromToken = token.id_token
      ? await readIdToken(token.id_token, token.access_token).catch((cause: unknown) => {
          throw cause instanceof AuthError ? cause : unexpectedFailure(failure, cause)
        })
      : null
    if (fromToken && (fromToken.email !== '' || !provider.userinfo_endpoint)) return fromToken
    if (!provider.userinfo_endpoint) throw unexpectedFailure(failure, new Error('The provider sent no ID token'))
    const answer = await fetchJson({
      url: provider.userinfo_endpoint,
      headers: { authorization: `Bearer ${token.access_token}` },
      answer: oidcClaims,
      failure,
    })
    if (fromToken && answer.sub !== fromToken.sub) throw unexpectedFailure(failure, new Error('The subjects differ'))
    const known = Object.fromEntries(Object.entries(fromToken ?? {}).filter(([, value]) => value !== ''))
    return { ...answer, ...known, iss: provider.issuer, email: answer.email, email_verified: answer.email_verified }
  }
}

/** Reads a provider's description of itself when it is first needed, and again after ten minutes. */
function describer(issuer: string, now: () => Date): () => Promise<Discovery & { keys: JWTVerifyGetKey }> {
  let current: { at: number; value: Promise<Discovery & { keys: JWTVerifyGetKey }> } | null = null
  return () => {
    if (current && now().getTime() - current.at < discoveryLifetime) return current.value
    const value = fetchJson({
      url: `${issuer}/.well-known/openid-configuration`,
      answer: discovery,
      failure: 'The provider cannot be reached',
    }).then((answer) => {
      if (answer.issuer.replace(/\/+$/, '') !== issuer) {
        throw unexpectedFailure('The provider cannot be reached', new Error(`It calls itself ${answer.issuer}`))
      }
      return { ...answer, keys: createRemoteJWKSet(new URL(answer.jwks_uri), { timeoutDuration: 5000 }) }
    })
    const entry = { at: now().getTime(), value }
    current = entry
    value.catch(() => {
      if (current === entry) current = null
    })
    return value
  }
}

function matchesHash(algorithm: string, accessToken: string, claims: OidcClaims): boolean {
  const size = algorithm.slice(2)
  const digest = createHash(['256', '384', '512'].includes(size) ? `sha${size}` : 'sha512')
    .update(accessToken)
    .digest()
  const [expected, actual] = [
    Buffer.from(claims.at_hash),
    Buffer.from(digest.subarray(0, digest.length / 2).toString('base64url')),
  ]
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

function nameFromApple(value: string, claims: OidcClaims): Partial<OidcClaims> {
  if (value === '' || claims.name !== '') return {}
  let raw: unknown
  try {
    raw = JSON.parse(value)
  } catch {
    return {}
  }
  const parsed = appleUser.safeParse(raw)
  if (!parsed.success) return {}
  const { firstName = '', lastName = '' } = parsed.data.name
  return { given_name: firstName, family_name: lastName }
}
