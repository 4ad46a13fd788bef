import { z } from 'zod'
import { callRpc, JobError, type RpcClient } from '../platform/mod.ts'
import type { StripeKind, StripeState } from './stripe_fields.ts'
import { isStripeKind, stripeState } from './stripe_states.ts'

/** Where objects of Stripe are looked up. */
export interface StripeObjects {
  /** The object as it is now, in the API's words; null when there is none. */
  get(kind: StripeKind, id: string): Promise<unknown>
}

/** What mirroring needs. */
export interface MirrorDeps {
  readonly db: RpcClient
  readonly objects: StripeObjects
}

/** What became of a state: taken over, older than what is known, or none of ours. */
export type Mirrored =
  | { readonly outcome: 'applied' | 'stale' | 'ignored' }
  | { readonly outcome: 'refused'; readonly reason: string }

const answerSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('applied'), wants: z.string().array().default([]) }),
  z.object({ outcome: z.literal('stale') }),
  z.object({ outcome: z.literal('tied'), ticket: z.number().int(), occurred_at: z.string() }),
  z.object({ outcome: z.literal('missing'), needs: z.string().array(), reason: z.string() }),
  z.object({ outcome: z.literal('ignored') }),
  z.object({ outcome: z.literal('refused'), reason: z.string() }),
])

/** Several events of one second are decided at once; one that is tied again and again waits for the next attempt. */
const mostTies = 5

/**
 * Takes over the state of an object. What must be there first (its customer, its subscription, its payment) is fetched
 * from Stripe and mirrored on the way; of two states of one second the object is fetched to know the later one. Safe to
 * repeat at any point: each step is one transaction that looks at what is known.
 *
 * @param occurredAt the time of the event that brought the state; null when it was fetched without one
 */
export function mirrorStripe(
  deps: MirrorDeps,
  kind: StripeKind,
  state: StripeState,
  occurredAt: string | null,
): Promise<Mirrored> {
  return mirror(deps, kind, state, occurredAt, new Set())
}

async function mirror(
  deps: MirrorDeps,
  kind: StripeKind,
  state: StripeState,
  occurredAt: string | null,
  asked: Set<string>,
): Promise<Mirrored> {
  let call: { state: StripeState; occurred_at: string | null; ticket: number | null } = {
    state,
    occurred_at: occurredAt,
    ticket: null,
  }
  for (let ties = 0; ties < mostTies; ) {
    const answer = answerSchema.parse(await callRpc(deps.db, 'mirror_stripe', { kind, ...call }))
    switch (answer.outcome) {
      case 'applied':
        for (const wanted of answer.wants) await mirrorNeeded(deps, wanted, occurredAt, asked)
        return { outcome: 'applied' }
      case 'tied': {
        ties += 1
        const object = await deps.objects.get(kind, state.id)
        const fetched = object === null ? state : stripeState(kind, object)
        call = { state: fetched, occurred_at: answer.occurred_at, ticket: answer.ticket }
        break
      }
      case 'missing':
        if (answer.needs.every((needed) => asked.has(needed))) return { outcome: 'refused', reason: answer.reason }
        for (const needed of answer.needs) await mirrorNeeded(deps, needed, occurredAt, asked)
        break
      default:
        return answer
    }
  }
  throw new JobError(`Cannot mirror ${kind}: it changes while it is read`, { retryAfterSeconds: 5 })
}

/** Fetches and mirrors "kind:id", once for each object that started it. */
async function mirrorNeeded(
  deps: MirrorDeps,
  needed: string,
  occurredAt: string | null,
  asked: Set<string>,
): Promise<void> {
  if (asked.has(needed)) return
  asked.add(needed)
  const [kind = '', id = ''] = needed.split(':')
  if (!isStripeKind(kind)) throw new Error(`Cannot ask Stripe for "${kind}"`)
  const object = await deps.objects.get(kind, id)
  if (object === null) return
  const state = stripeState(kind, object)
  const { outcome } = await mirror(deps, kind, state, occurredAt, asked)
  // A later event of it came before this one: what was fetched is newer than both.
  if (outcome === 'stale') await mirror(deps, kind, state, null, asked)
}
