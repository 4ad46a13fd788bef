import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Person } from './people.ts'

/** What a person has granted to a client. */
export interface Grant {
  readonly clientId: string
  readonly redirectUri: string
  readonly person: Person
  readonly scopes: readonly string[]
  readonly nonce: string | null
  readonly challenge: { readonly value: string; readonly method: 'S256' | 'plain' } | null
}

/** Why a code was not exchanged. */
export type ExchangeFailure = 'unknown' | 'used' | 'expired' | 'client' | 'redirect' | 'verifier'

/** What a client says when it exchanges a code. */
export interface ExchangeClaim {
  readonly clientId: string
  /** Null where the provider does not insist on it. */
  readonly redirectUri: string | null
  readonly verifier: string | null
}

/** Codes and tokens of one provider. */
export interface Grants {
  /** @returns a code that can be exchanged once */
  issueCode(grant: Grant): string
  exchange(code: string, claim: ExchangeClaim): Grant | ExchangeFailure
  /** @param code the code it was issued for: using that again takes the tokens back */
  issueToken(grant: Grant, options: { kind: 'access' | 'refresh'; seconds: number; code?: string }): string
  /** The grant that a token stands for; null when it is unknown, expired or taken back. */
  read(token: string, kind: 'access' | 'refresh'): Grant | null
  clear(): void
}

interface IssuedCode {
  readonly grant: Grant
  readonly expiresAt: number
  isUsed: boolean
  readonly tokens: string[]
}

const codeLifeMs = 10 * 60_000
const keptCodes = 10_000

/** Makes an empty register. @param now milliseconds, for tests */
export function createGrants(now: () => number = Date.now): Grants {
  const codes = new Map<string, IssuedCode>()
  const tokens = new Map<string, { grant: Grant; kind: 'access' | 'refresh'; expiresAt: number }>()
  return {
    issueCode(grant) {
      const oldest = codes.size >= keptCodes ? codes.keys().next().value : undefined
      if (oldest !== undefined) codes.delete(oldest)
      const code = randomBytes(32).toString('base64url')
      codes.set(code, { grant, expiresAt: now() + codeLifeMs, isUsed: false, tokens: [] })
      return code
    },
    exchange(code, { clientId, redirectUri, verifier }) {
      const issued = codes.get(code)
      if (!issued) return 'unknown'
      if (issued.isUsed) {
        // Two holders of one code: nobody can tell who is the right one, so neither keeps anything.
        for (const token of issued.tokens) tokens.delete(token)
        return 'used'
      }
      const { grant } = issued
      if (issued.expiresAt < now()) return 'expired'
      if (grant.clientId !== clientId) return 'client'
      if (redirectUri !== null && grant.redirectUri !== redirectUri) return 'redirect'
      if (!isVerified(grant.challenge, verifier)) return 'verifier'
      issued.isUsed = true
      return grant
    },
    issueToken(grant, { kind, seconds, code }) {
      const token = randomBytes(32).toString('base64url')
      tokens.set(token, { grant, kind, expiresAt: now() + seconds * 1000 })
      if (code !== undefined) codes.get(code)?.tokens.push(token)
      return token
    },
    read(token, kind) {
      const known = tokens.get(token)
      return known && known.kind === kind && known.expiresAt > now() ? known.grant : null
    },
    clear() {
      codes.clear()
      tokens.clear()
    },
  }
}

/** A verifier without a challenge is a mix-up as well: somebody has taken the challenge away on the way. */
function isVerified(challenge: Grant['challenge'], verifier: string | null): boolean {
  if (challenge === null || verifier === null) return challenge === null && verifier === null
  const made = challenge.method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url')
  const [a, b] = [Buffer.from(made), Buffer.from(challenge.value)]
  return a.length === b.length && timingSafeEqual(a, b)
}
