import { type Claims, TokenError } from '../service.ts'
import type { Tokens } from '../tokens.ts'
import { accessDenied, invalidRequest } from './errors.ts'

/** Who sends a request, with what policies can read about it. */
export interface Caller {
  readonly role: string
  readonly claims: Claims
  readonly token: string
  /** Id of the person; null for keys. */
  readonly subject: string | null
  readonly method: string
  readonly path: string
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Owner columns of a row: the older one takes uuids only. */
export function ownerOf(subject: string | null): { owner: string | null; owner_id: string | null } {
  return { owner: subject !== null && uuid.test(subject) ? subject : null, owner_id: subject }
}

/** Reads the caller from the request's token. @throws {StorageError} `InvalidRequest` without one, `AccessDenied` */
export async function requireCaller(
  tokens: Tokens,
  request: { readonly bearer: string | null; readonly method: string; readonly path: string },
): Promise<Caller> {
  const { bearer, method, path } = request
  if (bearer === null) throw invalidRequest("headers must have required property 'authorization'")
  const claims = await tokens.verify(bearer).catch((cause: unknown) => {
    if (cause instanceof TokenError) throw accessDenied(tokenMessage(cause), cause)
    throw cause
  })
  return { role: claims.role ?? 'anon', claims, token: bearer, subject: claims.sub ?? null, method, path }
}

/** What the original says about a token that does not hold. */
export function tokenMessage(error: TokenError): string {
  const messages: Readonly<Record<TokenError['reason'], string>> = {
    malformed: 'Invalid Compact JWS',
    signature: 'signature verification failed',
    expired: '"exp" claim timestamp check failed',
    'not-yet-valid': '"nbf" claim timestamp check failed',
    audience: 'unexpected "aud" claim value',
  }
  return messages[error.reason]
}
