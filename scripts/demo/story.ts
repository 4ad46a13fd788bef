import { setTimeout as delay } from 'node:timers/promises'

/** A step of the demo that did not end as it should. */
export class DemoError extends Error {}

let steps = 0

/** Begins the next step, told in plain words. */
export function say(text: string): void {
  steps += 1
  console.log(`\n${String(steps).padStart(2)}. ${text}`)
}

/** Tells something on the way. */
export function show(text: string): void {
  console.log(`      ${text}`)
}

/** @throws {DemoError} naming what was expected */
export function expect(condition: boolean, what: string): void {
  if (!condition) throw new DemoError(what)
  show(`✓ ${what}`)
}

/** How many steps were begun. */
export const stepCount = (): number => steps

const longestWaitMs = 60_000

/** Waits until there is an answer. @throws {DemoError} when there is none in time */
export async function until<T>(what: string, find: () => Promise<T | null>): Promise<T> {
  for (const startedAt = Date.now(); Date.now() - startedAt < longestWaitMs; ) {
    const found = await find()
    if (found !== null) return found
    await delay(250)
  }
  throw new DemoError(`${what} did not come within a minute`)
}
