import { randomInt } from 'node:crypto'
import { requireMailPause } from './addresses.ts'
import { requireSmsPause } from './sms/send.ts'

/** What is sent, or only seems to be. */
export type DecoyKind = 'recovery' | 'confirmation' | 'sms'

/** Durations kept of each kind, and addresses kept at most. */
const maximumSamples = 32
const maximumAddresses = 10_000

/** No pretence lasts longer: a mail server that hangs once must not slow everybody down. */
const longestPretence = 2000

/**
 * Makes an address that nothing is sent to look like one that something is sent to: the same time, the same refusal of
 * a second request within the pause. The answers' texts are the same by the flows themselves.
 */
export interface Decoys {
  /** Waits for a sending and remembers how long it took, unless `counts` says that nothing was sent. */
  learn<T>(kind: DecoyKind, sending: Promise<T>, counts?: (result: T) => boolean): Promise<T>
  /**
   * Takes as long as one of the last sendings did.
   *
   * @param pause shortest time between two requests for one address, in milliseconds
   * @throws {AuthError} 429 as for a known address
   */
  pretend(kind: DecoyKind, address: string, pause: number): Promise<void>
}

/** Makes decoys that know nothing yet; the first ones take no time. */
export function createDecoys(now: () => Date): Decoys {
  const samples = new Map<DecoyKind, number[]>()
  const lastSent = new Map<string, Date>()
  return {
    async learn(kind, sending, counts = () => true) {
      const start = performance.now()
      const result = await sending
      if (counts(result)) {
        const known = samples.get(kind) ?? []
        samples.set(kind, [...known.slice(1 - maximumSamples), performance.now() - start])
      }
      return result
    },
    async pretend(kind, address, pause) {
      const key = `${kind} ${address}`
      const at = now()
      const before = lastSent.get(key) ?? null
      if (kind === 'sms') requireSmsPause(before, pause, at)
      else requireMailPause(before, pause, at)
      lastSent.delete(key)
      lastSent.set(key, at)
      if (lastSent.size > maximumAddresses) {
        const oldest = lastSent.keys().next().value
        if (oldest !== undefined) lastSent.delete(oldest)
      }
      const known = samples.get(kind) ?? []
      const duration = known.length === 0 ? 0 : Math.min(known[randomInt(known.length)] ?? 0, longestPretence)
      await new Promise((resolve) => setTimeout(resolve, duration))
    },
  }
}
