import { setTimeout as delay } from 'node:timers/promises'

const mostAttempts = 3
/** Longest pause before the second attempt; twice as long before the third. */
const longestPauseMs = 60

/**
 * Whether Postgres ended a transaction because it met another one (40P01 a deadlock, 40001 a conflict of what both read and
 * wrote). Nothing of it was kept, so all of it may be done again.
 *
 * @param error an error of a connection, or what a client answers in its place
 */
export const isConflict = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && (error.code === '40P01' || error.code === '40001')

/**
 * Does work that is one transaction, and does it again, up to twice after pauses by chance, when Postgres undid it because it
 * met another one.
 *
 * @param work what it does outside the database may happen more than once
 * @param options.conflictIn finds the error in an answer, for clients that answer instead of throwing
 * @throws what the last attempt threw
 */
export async function repeatConflicts<T>(
  work: () => PromiseLike<T>,
  { conflictIn = () => null }: { conflictIn?: (answer: T) => unknown } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt === mostAttempts
    try {
      const answer = await work()
      if (isLast || !isConflict(conflictIn(answer))) return answer
    } catch (error) {
      if (isLast || !isConflict(error)) throw error
    }
    // By chance, so that the two do not meet again.
    await delay(Math.random() * longestPauseMs * attempt)
  }
}
