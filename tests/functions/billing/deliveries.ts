import { isDeepStrictEqual } from 'node:util'
import type { StripeObjects } from '../../../supabase/functions/_shared/billing/mirror_stripe.ts'
import type { RpcClient } from '../../../supabase/functions/_shared/platform/mod.ts'
import { type Deed, type Setting, startLife } from './stripe_life.ts'
import { processEvent, type StripeEvent } from './stripe_mirror.ts'

/** The worker died. */
class Killed extends Error {}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Most attempts of one event, as the queue gives it. */
const mostAttempts = 8

/** Takes events as workers do: each until it is done with, and those of an unknown customer again once it is known. */
async function take(
  db: RpcClient,
  events: readonly StripeEvent[],
  objects: StripeObjects,
  kill: () => number | null,
): Promise<StripeEvent[]> {
  const waiting = events.map((event) => ({ event, attempt: 1 }))
  const unknown: StripeEvent[] = []
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { event, attempt } = next
    try {
      const outcome = await processEvent(attempt < mostAttempts ? mortal(db, kill()) : db, event, objects)
      if (typeof outcome !== 'string' && outcome.reason.startsWith('organization_')) unknown.push(event)
    } catch (error) {
      if (attempt >= mostAttempts) throw new Error(`Event ${event.type} cannot be processed`, { cause: error })
      // Again later, after some of the others.
      waiting.splice(Math.min(3 * attempt, waiting.length), 0, { event, attempt: attempt + 1 })
    }
  }
  return unknown
}

/** Dies before or after the so-and-so-manieth call: odd numbers after it is done and before that is heard. */
function mortal(db: RpcClient, deathAt: number | null): RpcClient {
  if (deathAt === null) return db
  let calls = 0
  return {
    async rpc(name, parameters) {
      calls += 1
      const dies = calls === 1 + Math.floor(deathAt / 2)
      if (dies && deathAt % 2 === 0) throw new Killed('Killed before the call')
      const answer = await db.rpc(name, parameters)
      if (dies) throw new Killed('Killed after the call')
      return answer
    },
  }
}

const never = () => null

/** Lives a life and hears of everything at once, in order, exactly once. @returns how many events */
export async function hearInOrder(db: RpcClient, setting: Setting, plan: readonly Deed[]): Promise<number> {
  const life = startLife(setting, plan)
  const unknown: StripeEvent[] = []
  let heard = 0
  while (life.next()) {
    const news = life.events.slice(heard)
    heard = life.events.length
    unknown.push(...(await take(db, news, life.objects, never)))
  }
  await take(db, unknown, life.objects, never)
  return heard
}

/**
 * Lives a life and hears of it afterwards and at some points of it as badly as can be: in any order, twice, not at all
 * until the backfill, by workers that die.
 */
export async function hearBadly(db: RpcClient, setting: Setting, plan: readonly Deed[], seed: number): Promise<number> {
  const random = numbersFrom(seed)
  const kill = () => (random() < 0.15 ? Math.floor(random() * 6) : null)
  const life = startLife(setting, plan)
  const lost: StripeEvent[] = []
  const unknown: StripeEvent[] = []
  let waiting: StripeEvent[] = []
  let heard = 0
  while (life.next()) {
    for (const event of life.events.slice(heard)) {
      if (random() < 0.2) lost.push(event)
      else waiting.push(event, ...(random() < 0.25 ? [event] : []))
    }
    heard = life.events.length
    if (random() < 0.3) {
      const now = shuffled(waiting, random)
      const count = Math.floor(now.length * random())
      waiting = now.slice(count)
      unknown.push(...(await take(db, now.slice(0, count), life.objects, kill)))
    }
  }
  unknown.push(...(await take(db, shuffled(waiting, random), life.objects, kill)))
  unknown.push(...(await take(db, lost, life.objects, kill)))
  await take(db, unknown, life.objects, never)
  return heard
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, at: random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ value }) => value)
}

/** What differs between two snapshots, for a message. */
export function differences(left: Snapshot, right: Snapshot): string[] {
  return Object.keys(left).flatMap((table) => {
    const [mine, theirs] = [left[table] ?? [], right[table] ?? []]
    if (isDeepStrictEqual(mine, theirs)) return []
    return [
      ...mine.filter((row) => !theirs.includes(row)).map((row) => `${table} in order: ${row}`),
      ...theirs.filter((row) => !mine.includes(row)).map((row) => `${table} badly:    ${row}`),
      `${table}: ${mine.length} and ${theirs.length} rows`,
    ]
  })
}

/** Rows by table, as text and in one order. */
export type Snapshot = Readonly<Record<string, readonly string[]>>
