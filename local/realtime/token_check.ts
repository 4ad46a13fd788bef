import { decodeJwt, decodeProtectedHeader } from 'jose'
import { type Claims, TokenError } from '../service.ts'
import type { Tokens } from '../tokens.ts'

/** Who a channel acts as. */
export interface ChannelCaller {
  readonly role: string
  readonly claims: Claims
  /** Seconds since 1970. */
  readonly expiresAt: number
}

/** Why a token was refused: the protocol's code and text. */
export class TokenRefused extends Error {
  readonly code: 'InvalidJWTToken' | 'MalformedJWT' | 'JwtSignatureError' | 'JwtSignerError'
  constructor(code: TokenRefused['code'], message: string) {
    super(message)
    this.name = 'TokenRefused'
    this.code = code
  }
}

/**
 * Verifies a caller's token.
 *
 * @throws {TokenRefused}
 */
export async function checkToken(tokens: Tokens, token: string): Promise<ChannelCaller> {
  let claims: Claims
  try {
    claims = await tokens.verify(token)
  } catch (cause) {
    throw refusal(tokens, token, cause)
  }
  const { role, exp } = claims
  if (typeof role !== 'string' || typeof exp !== 'number') {
    throw new TokenRefused('InvalidJWTToken', 'Fields `role` and `exp` are required in JWT')
  }
  const now = Date.now() / 1000
  if (exp <= now) throw expired(exp)
  return { role, claims, expiresAt: exp }
}

/** The caller of a socket that only has an API key: the key itself does not expire. */
export function keyCaller(role: 'anon' | 'service_role'): ChannelCaller {
  return { role, claims: { role, iss: 'supabase' }, expiresAt: Number.POSITIVE_INFINITY }
}

/** A token that ended. */
export function expired(exp: number): TokenRefused {
  const seconds = Math.max(0, Math.floor(Date.now() / 1000 - exp))
  return new TokenRefused('InvalidJWTToken', `Token has expired ${seconds} seconds ago`)
}

function refusal(tokens: Tokens, token: string, cause: unknown): TokenRefused {
  if (!(cause instanceof TokenError)) throw cause
  if (cause.reason === 'expired') return expired(decodeJwt(token).exp ?? 0)
  if (cause.reason === 'signature') {
    const { alg = '', kid } = decodeProtectedHeader(token)
    const isKnown = alg.startsWith('HS') || tokens.jwks.keys.some((key) => key.kid === kid)
    if (isKnown) return new TokenRefused('JwtSignatureError', 'Failed to validate JWT signature')
    const key = kid === undefined ? '' : ` for key ID (kid) ${JSON.stringify(kid)}`
    const hint = 'check your JWT secret or JWKS configuration'
    return new TokenRefused('JwtSignerError', `Failed to generate JWT signer${key}, ${hint}`)
  }
  if (cause.reason === 'not-yet-valid') return new TokenRefused('InvalidJWTToken', 'Token is not valid yet')
  return new TokenRefused('MalformedJWT', 'The token provided is not a valid JWT')
}
