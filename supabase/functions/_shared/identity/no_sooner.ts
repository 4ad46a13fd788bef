import type { Clock } from '../runtime/mod.ts'

/** What {@link noSooner} needs of the machine. */
export interface Timing {
  readonly clock: Clock
  wait(milliseconds: number): Promise<void>
}

/**
 * Does something, and ends no sooner than after a time, well or not: how long an answer takes then tells nothing of what
 * was found.
 */
export async function noSooner<T>(timing: Timing, milliseconds: number, work: () => Promise<T>): Promise<T> {
  const startedAt = timing.clock.now().getTime()
  try {
    return await work()
  } finally {
    const left = milliseconds - (timing.clock.now().getTime() - startedAt)
    if (left > 0) await timing.wait(left)
  }
}
