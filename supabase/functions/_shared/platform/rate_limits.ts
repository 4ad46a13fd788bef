import { z } from 'zod'
import type { RpcClient } from './job_queue.ts'

/** A call as the rules of `private.rate_limit_rules` see it. */
export interface LimitedCall {
  /** Subject and verb, such as `messages.send`; rules for one endpoint name it. */
  readonly endpoint: string
  /** How many calls it counts as; 1 when left out. */
  readonly cost?: number
  readonly userId?: string | null | undefined
  readonly apiKeyId?: string | null | undefined
  /** Whose tier limits the hour and the day; the caller alone when left out. */
  readonly organizationId?: string | null | undefined
  readonly address?: string | null | undefined
  /** What somebody tries to sign in to, from {@link accountSubject}. */
  readonly account?: string | null | undefined
}

/** Who is counted; what is not known is left out. */
export type LimitedCaller = Omit<LimitedCall, 'endpoint' | 'cost'>

/** The answer to a call, with the tightest of its windows. */
export interface RateLimitDecision {
  readonly isAdmitted: boolean
  /** Rule of the window; null when nothing limits the call. */
  readonly rule: string | null
  readonly limit: number | null
  /** Calls that the window has left. */
  readonly remaining: number | null
  /** Seconds until the window ends. */
  readonly resetSeconds: number | null
  /** Seconds before which another call is refused too; null unless refused. */
  readonly retryAfterSeconds: number | null
}

/** Counts calls, over all instances. */
export interface RateLimits {
  /** Counts the call in all its windows or, when one is full, in none. @throws {Error} when the counts cannot be reached */
  check(call: LimitedCall): Promise<RateLimitDecision>
}

const decisionSchema = z
  .tuple([
    z.object({
      is_admitted: z.boolean(),
      rule: z.string().nullable(),
      limit_count: z.number().nullable(),
      remaining_count: z.number().nullable(),
      reset_seconds: z.number().nullable(),
      retry_after_seconds: z.number().nullable(),
    }),
  ])
  .transform(([row]) => ({
    isAdmitted: row.is_admitted,
    rule: row.rule,
    limit: row.limit_count,
    remaining: row.remaining_count,
    resetSeconds: row.reset_seconds,
    retryAfterSeconds: row.retry_after_seconds,
  }))

/** The limits behind the API's functions. @param client with the secret key */
export function rpcRateLimits(client: RpcClient): RateLimits {
  return {
    async check(call) {
      const { data, error } = await client.rpc('check_rate_limit', {
        endpoint: call.endpoint,
        cost: call.cost ?? 1,
        user_id: call.userId ?? null,
        api_key_id: call.apiKeyId ?? null,
        organization_id: call.organizationId ?? null,
        address: call.address ?? null,
        account: call.account ?? null,
      })
      if (error) throw new Error(`Cannot check rate limit of "${call.endpoint}": ${error.message}`)
      return decisionSchema.parse(data)
    },
  }
}

/**
 * What somebody signs in to, as a subject of limits: the same for all spellings of an address, and not the address.
 *
 * @param identifier e-mail address or phone number as it was typed
 */
export async function accountSubject(identifier: string): Promise<string> {
  const normal = new TextEncoder().encode(identifier.normalize('NFKC').trim().toLowerCase())
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', normal))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
