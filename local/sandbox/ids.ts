import { z } from 'zod'

/** Id of something that was received: sorts by the order of arrival. */
export const arrivalIdSchema = z.string().regex(/^[0-9a-z]{13}$/)

/**
 * Makes ids that sort by time of arrival, also across restarts and when the clock goes back.
 *
 * @param last the highest id given out before
 */
export function createIds(last?: string): () => string {
  let time = last ? Number.parseInt(last.slice(0, 9), 36) : 0
  let counter = last ? Number.parseInt(last.slice(9), 36) : 0
  return () => {
    const now = Date.now()
    counter = now > time ? 0 : counter + 1
    time = Math.max(now, time)
    return time.toString(36).padStart(9, '0') + counter.toString(36).padStart(4, '0')
  }
}
