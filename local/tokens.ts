import { randomUUID } from 'node:crypto'
import { createLocalJWKSet, errors, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import { type Claims, TokenError } from './service.ts'

/** Keys of one stack: made at first boot, kept in its data folder, never in the tree. */
export interface StackKeys {
  /** `sb_publishable_…`: role anon. */
  readonly publishableKey: string
  /** `sb_secret_…`: role service_role. */
  readonly secretKey: string
  /** Older key format: a token of role anon that does not expire. */
  readonly anonKey: string
  /** Older key format: a token of role service_role that does not expire. */
  readonly serviceRoleKey: string
  /** Private ES256 key that signs access tokens. */
  readonly signingKey: JWK
  /** HS256 secret of the older key format; also accepted on tokens, as the hosted platform does during migration. */
  readonly jwtSecret: string
}

const tenYears = 10 * 365 * 24 * 3600

/** Makes the keys of a new stack. */
export async function createKeys(now = Math.floor(Date.now() / 1000)): Promise<StackKeys> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const signingKey: JWK = { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'ES256', use: 'sig' }
  const random = (bytes: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url')
  const jwtSecret = random(48)
  const legacy = (role: string) =>
    new SignJWT({ role, iss: 'supabase-local' })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: 'legacy' })
      .setIssuedAt(now)
      .setExpirationTime(now + tenYears)
      .sign(new TextEncoder().encode(jwtSecret))
  return {
    publishableKey: `sb_publishable_${random(24)}`,
    secretKey: `sb_secret_${random(24)}`,
    anonKey: await legacy('anon'),
    serviceRoleKey: await legacy('service_role'),
    signingKey,
    jwtSecret,
  }
}

/** Signs and verifies the tokens of one stack. */
export interface Tokens {
  /** Public keys in JWKS form, as `/.well-known/jwks.json` serves them. */
  readonly jwks: { keys: JWK[] }
  /** Signs claims with ES256. `iat` and `exp` must be among them. */
  sign(claims: Record<string, unknown>): Promise<string>
  /**
   * Verifies signature and lifetime. Results are cached until the token expires.
   *
   * @param leeway seconds that clocks may differ, none unless told
   * @throws {TokenError}
   */
  verify(token: string, leeway?: number): Promise<Claims>
}

/** @param keys keys of the stack, see {@link createKeys} */
export async function createTokens(keys: StackKeys): Promise<Tokens> {
  const privateKey = await importJWK(keys.signingKey, 'ES256')
  const { d: _private, ...publicJwk } = keys.signingKey
  const publicKey: JWK = { ...publicJwk, key_ops: ['verify'] }
  const jwks = { keys: [publicKey] }
  const resolveKey = createLocalJWKSet(jwks)
  const secret = new TextEncoder().encode(keys.jwtSecret)
  const cache = new Map<string, { claims: Claims; expiresAt: number }>()

  return {
    jwks,
    sign: (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: String(keys.signingKey.kid) })
        .sign(privateKey),
    async verify(token, leeway = 0) {
      const now = Date.now() / 1000
      const cached = cache.get(token)
      if (cached && cached.expiresAt + leeway > now) return cached.claims
      try {
        const { payload } = await jwtVerify(
          token,
          (header, input) => (header.alg === 'HS256' ? secret : resolveKey(header, input)),
          { algorithms: ['ES256', 'HS256'], clockTolerance: leeway },
        )
        // Bounded, oldest first out: a flood of tokens must not grow the process.
        if (cache.size >= 1000) cache.delete(cache.keys().next().value as string)
        cache.set(token, { claims: payload, expiresAt: payload.exp ?? Number.POSITIVE_INFINITY })
        return payload
      } catch (cause) {
        cache.delete(token)
        throw toTokenError(cause)
      }
    },
  }
}

function toTokenError(cause: unknown): TokenError {
  if (cause instanceof errors.JWTExpired) return new TokenError('expired', 'JWT expired')
  if (cause instanceof errors.JWTClaimValidationFailed && cause.claim === 'nbf') {
    return new TokenError('not-yet-valid', 'JWT not yet valid')
  }
  if (cause instanceof errors.JWSSignatureVerificationFailed || cause instanceof errors.JWKSNoMatchingKey) {
    return new TokenError('signature', 'JWT signature does not match')
  }
  return new TokenError('malformed', cause instanceof Error ? cause.message : 'JWT could not be read')
}
