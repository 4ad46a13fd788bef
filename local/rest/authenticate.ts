import { errors } from 'jose'
import { type Claims, TokenError } from '../service.ts'
import { readClaim } from './claims.ts'
import type { RestConfig } from './config.ts'
import type { Caller } from './database/settings.ts'
import { type RestError, tokenErrors } from './errors.ts'

const noClaims: Claims = {}
/** Clocks of issuer and server may differ by this much. */
const allowedSkewSeconds = 30

/**
 * Finds out which role a request acts as.
 *
 * @param bearer the token; null without one
 * @throws {RestError} PGRST301 to PGRST303
 */
export async function authenticate(
  config: RestConfig,
  bearer: string | null,
  verify: (token: string) => Promise<Claims>,
): Promise<Caller> {
  const claims = bearer === null ? noClaims : await verified(bearer, verify)
  const role = readClaim(claims, config.roleClaim) ?? config.anonRole
  if (role === null) throw tokenErrors.required()
  return { role, claims }
}

async function verified(token: string, verify: (token: string) => Promise<Claims>): Promise<Claims> {
  if (token === '') throw tokenErrors.decode('Empty JWT is sent in Authorization header')
  const parts = token.split('.').length
  if (parts !== 3) throw tokenErrors.decode(`Expected 3 parts in JWT; got ${parts}`)
  let claims: Claims
  try {
    claims = await verify(token)
  } catch (cause) {
    throw refused(cause, token)
  }
  checkClaims(claims)
  return claims
}

const isText = (value: unknown): boolean => typeof value === 'string'

/** Checks what the token's verification leaves open. */
function checkClaims({ iat, aud }: Claims): void {
  if (iat !== undefined && typeof iat !== 'number') throw tokenErrors.claims("The JWT 'iat' claim must be a number")
  if (typeof iat === 'number' && iat > Date.now() / 1000 + allowedSkewSeconds) {
    throw tokenErrors.claims('JWT issued at future')
  }
  const isAudience = aud === undefined || aud === null || isText(aud) || (Array.isArray(aud) && aud.every(isText))
  if (!isAudience) throw tokenErrors.claims("The JWT 'aud' claim must be a string or an array of strings")
}

function isUnsigned(token: string): boolean {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8'))
    return typeof header === 'object' && header !== null && 'alg' in header && header.alg === 'none'
  } catch {
    return false
  }
}

type Reason = TokenError['reason'] | 'issued-in-future'

/** Verifiers throw what the contract says, or let the errors of the JWT library through. */
function reasonOf(cause: unknown): Reason {
  if (cause instanceof TokenError) return cause.reason
  if (cause instanceof errors.JWTExpired) return 'expired'
  if (cause instanceof errors.JWTClaimValidationFailed) {
    if (cause.claim === 'nbf') return 'not-yet-valid'
    if (cause.claim === 'aud') return 'audience'
    if (cause.claim === 'iat') return 'issued-in-future'
  }
  const isSignature =
    cause instanceof errors.JWSSignatureVerificationFailed || cause instanceof errors.JWKSNoMatchingKey
  return isSignature ? 'signature' : 'malformed'
}

function refused(cause: unknown, token: string): RestError {
  const message = cause instanceof Error ? cause.message : ''
  const claim = /"(exp|nbf|iat)" claim must be a number/.exec(message)?.[1]
  if (claim !== undefined) return tokenErrors.claims(`The JWT '${claim}' claim must be a number`)
  switch (reasonOf(cause)) {
    case 'expired':
      return tokenErrors.claims('JWT expired')
    case 'not-yet-valid':
      return tokenErrors.claims('JWT not yet valid')
    case 'issued-in-future':
      return tokenErrors.claims('JWT issued at future')
    case 'audience':
      return tokenErrors.claims('JWT not in audience')
    case 'signature':
      return tokenErrors.decode('No suitable key or wrong key type', 'None of the keys was able to decode the JWT')
    case 'malformed':
      return isUnsigned(token)
        ? tokenErrors.decode(
            'Wrong or unsupported encoding algorithm',
            "JWT is unsecured but expected 'alg' was not 'none'",
          )
        : tokenErrors.decode('JWT cryptographic operation failed')
  }
}
