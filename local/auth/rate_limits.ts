import type { AuthConfig } from './config.ts'
import { AuthError } from './errors.ts'

/** What is counted, each with its own limit, most of them of config.toml. */
export type RateLimitName =
  | 'email_sent'
  | 'sms_sent'
  | 'anonymous_users'
  | 'token_refresh'
  | 'sign_in_sign_ups'
  | 'token_verifications'
  | 'web3'
  | 'mfa_challenges'
  | 'mfa_verifications'

const minute = 60_000
const periods: Readonly<Record<RateLimitName, number>> = {
  email_sent: 60 * minute,
  sms_sent: 60 * minute,
  anonymous_users: 60 * minute,
  token_refresh: 5 * minute,
  sign_in_sign_ups: 5 * minute,
  token_verifications: 5 * minute,
  web3: 5 * minute,
  mfa_challenges: minute,
  mfa_verifications: minute,
}

/** Limits that config.toml has no key for; those of the hosted service. */
const fixedLimits: Partial<Record<RateLimitName, number>> = { mfa_challenges: 15, mfa_verifications: 15 }

/** Keys kept at most; the one longest unused goes first. */
const maximumKeys = 10_000

/** Counts requests in token buckets that refill over their period. */
export interface RateLimits {
  /** Takes one from a bucket. @returns false when it is empty */
  take(name: RateLimitName, key: string): boolean
  /** Takes one for a route and the address of its client. @throws {AuthError} 429 `over_request_rate_limit` */
  require(name: RateLimitName, request: { readonly path: string; readonly clientIp: string }): void
}

/** @param options.isEnabled false lets everything pass, as the CLI's own containers do for requests on one machine */
export function createRateLimits(options: { config: AuthConfig; now: () => Date; isEnabled: boolean }): RateLimits {
  const buckets = new Map<string, { left: number; at: number }>()
  const take = (name: RateLimitName, key: string): boolean => {
    if (!options.isEnabled) return true
    const capacity = fixedLimits[name] ?? Number(options.config.rate_limit[name])
    const at = options.now().getTime()
    const id = `${name} ${key}`
    const bucket = buckets.get(id) ?? { left: capacity, at }
    const left = Math.min(capacity, bucket.left + ((at - bucket.at) * capacity) / periods[name])
    buckets.delete(id)
    buckets.set(id, { left: left >= 1 ? left - 1 : left, at })
    if (buckets.size > maximumKeys) {
      const oldest = buckets.keys().next().value
      if (oldest !== undefined) buckets.delete(oldest)
    }
    return left >= 1
  }
  return {
    take,
    require(name, request) {
      if (!take(name, `${request.path} ${request.clientIp}`))
        throw new AuthError(429, 'over_request_rate_limit', 'Request rate limit reached')
    },
  }
}
