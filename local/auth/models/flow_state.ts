import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Db } from '../database.ts'

/** A sign-in that ends with a code the client exchanges (PKCE). */
export interface FlowState {
  readonly id: string
  readonly user_id: string | null
  /** Null when the flow ends with a session instead of a code. */
  readonly code_challenge: string | null
  readonly code_challenge_method: 's256' | 'plain' | null
  readonly provider_type: string
  readonly authentication_method: string
  readonly created_at: Date
  readonly auth_code_issued_at: Date | null
  readonly provider_access_token: string | null
  readonly provider_refresh_token: string | null
  /** Where the browser goes at the end; checked when the flow began. */
  readonly referrer: string | null
  readonly invite_token: string | null
  /** User that the identity is to be linked to. */
  readonly linking_target_id: string | null
}

const columns = [
  'id',
  'user_id',
  'code_challenge',
  'code_challenge_method',
  'provider_type',
  'authentication_method',
  'created_at',
  'auth_code_issued_at',
  'provider_access_token',
  'provider_refresh_token',
  'referrer',
  'invite_token',
  'linking_target_id',
]

/** How long a flow may take from its start, or from the click on its link, to the exchange. */
export const flowStateLifetime = 5 * 60_000

/** How long a flow that nobody ended is kept. */
const keptFor = 24 * 3_600_000

/** Remembers the challenge of a flow. */
export async function insertFlowState(
  db: Db,
  flow: { userId: string | null; provider: string; method: string; challenge: string; challengeMethod: string },
  now: Date,
): Promise<void> {
  const row = {
    id: randomUUID(),
    user_id: flow.userId,
    auth_code: randomUUID(),
    code_challenge: flow.challenge,
    code_challenge_method: flow.challengeMethod.toLowerCase(),
    provider_type: flow.provider,
    authentication_method: flow.method,
    created_at: now,
    updated_at: now,
  }
  await db`insert into auth.flow_state ${db(row)}`
}

/** Starts the time in which the code of a user's latest flow may be exchanged. @returns the code, or null */
export async function issueAuthCode(db: Db, userId: string, method: string, now: Date): Promise<string | null> {
  const [flow] = await db<{ auth_code: string }[]>`
    update auth.flow_state set auth_code_issued_at = ${now}, updated_at = ${now}
    where id = (
      select id from auth.flow_state where user_id = ${userId} and authentication_method = ${method}
      order by created_at desc limit 1
    )
    returning auth_code`
  return flow?.auth_code ?? null
}

/** Takes a flow by its code; a code is good once. */
export async function takeFlowState(db: Db, code: string): Promise<FlowState | null> {
  const [flow] = await db<FlowState[]>`
    delete from auth.flow_state where auth_code = ${code}
    returning ${db(columns)}`
  return flow ?? null
}

/** Remembers where a visit to a provider leads back to. @returns the id, which the provider hands back as `state` */
export async function insertProviderFlow(
  db: Db,
  flow: {
    provider: string
    challenge: { challenge: string; challengeMethod: string } | null
    referrer: string
    inviteToken: string | null
    linkingTargetId: string | null
  },
  now: Date,
): Promise<string> {
  const row = {
    id: randomUUID(),
    auth_code: flow.challenge ? randomUUID() : null,
    code_challenge: flow.challenge?.challenge ?? null,
    code_challenge_method: flow.challenge?.challengeMethod.toLowerCase() ?? null,
    provider_type: flow.provider,
    authentication_method: 'oauth',
    referrer: flow.referrer,
    invite_token: flow.inviteToken,
    linking_target_id: flow.linkingTargetId,
    created_at: now,
    updated_at: now,
  }
  await db`insert into auth.flow_state ${db(row)}`
  // Anybody may begin a visit and never come back; a few of those that are long over go with each new one.
  await db`
    delete from auth.flow_state
    where id in (
      select id from auth.flow_state where created_at < ${new Date(now.getTime() - keptFor)} order by created_at limit 20
    )`
  return row.id
}

/**
 * Takes the visit to a provider that a `state` names; each comes back once.
 *
 * The row of a flow with PKCE stays for its exchange, marked, so that the code of the callback cannot be used twice.
 */
export async function takeProviderFlow(db: Db, state: string, now: Date): Promise<FlowState | null> {
  const [flow] = await db<FlowState[]>`
    update auth.flow_state set auth_code_issued_at = ${now}, updated_at = ${now}
    where id = ${state} and authentication_method = 'oauth' and auth_code_issued_at is null
    returning ${db(columns)}`
  if (flow && flow.code_challenge === null) await db`delete from auth.flow_state where id = ${flow.id}`
  return flow ?? null
}

/** Completes a flow with PKCE. @returns the code that the client exchanges */
export async function completeProviderFlow(
  db: Db,
  id: string,
  result: { userId: string; accessToken: string; refreshToken: string },
  now: Date,
): Promise<string | null> {
  const [flow] = await db<{ auth_code: string | null }[]>`
    update auth.flow_state
    set user_id = ${result.userId}, provider_access_token = ${result.accessToken},
      provider_refresh_token = ${result.refreshToken}, auth_code_issued_at = ${now}, updated_at = ${now}
    where id = ${id}
    returning auth_code`
  return flow?.auth_code ?? null
}

/** True when the exchange comes too late. */
export function isFlowExpired(flow: FlowState, now: Date): boolean {
  return (flow.auth_code_issued_at ?? flow.created_at).getTime() + flowStateLifetime < now.getTime()
}

/** True when the verifier is the one whose challenge began the flow. */
export function matchesChallenge(
  flow: Pick<FlowState, 'code_challenge' | 'code_challenge_method'>,
  verifier: string,
): boolean {
  if (flow.code_challenge === null) return false
  const derived =
    flow.code_challenge_method === 's256' ? createHash('sha256').update(verifier).digest('base64url') : verifier
  const [expected, actual] = [Buffer.from(flow.code_challenge), Buffer.from(derived)]
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}
