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
