import type { StripeEvent } from './objects.ts'

/** In which order events that were held back go out. */
export type Order = 'in-order' | 'shuffled' | 'shuffled-and-duplicated'

/** Where events go, and what waits. */
export interface Deliveries {
  /** Sends an event, or holds it back. */
  push(event: StripeEvent): void
  /** Holds all further events back. */
  hold(): void
  isHolding(): boolean
  heldCount(): number
  /**
   * Sends what was held back, and holds nothing more.
   *
   * @returns how many were sent, once each was tried for the first time
   */
  release(order: Order): Promise<number>
  /** Forgets what was held back, as if it were lost on the way; goes on holding. @returns how many */
  drop(): number
  reset(): void
}

/** So many are on their way at a time: a year that passes in a second should not flood its receiver. */
const widest = 4

/** @param send tries to hand an event over; resolves after the first attempt */
export function createDeliveries(send: (event: StripeEvent) => Promise<unknown>): Deliveries {
  let holding = false
  let held: StripeEvent[] = []
  let waiting: { event: StripeEvent; done: () => void }[] = []
  let active = 0

  const next = () => {
    while (active < widest) {
      const one = waiting.shift()
      if (!one) return
      active += 1
      send(one.event)
        // What became of it stands in the log of webhooks.
        .catch(() => {})
        .finally(() => {
          active -= 1
          one.done()
          next()
        })
    }
  }
  const deliver = (event: StripeEvent) =>
    new Promise<void>((done) => {
      waiting.push({ event, done })
      next()
    })

  return {
    push(event) {
      if (holding) held.push(event)
      else void deliver(event)
    },
    hold() {
      holding = true
    },
    isHolding: () => holding,
    heldCount: () => held.length,
    async release(order) {
      const events = arrange(held, order)
      held = []
      holding = false
      await Promise.all(events.map(deliver))
      return events.length
    },
    drop() {
      const count = held.length
      held = []
      return count
    },
    reset() {
      holding = false
      held = []
      for (const { done } of waiting) done()
      waiting = []
    },
  }
}

function arrange(events: readonly StripeEvent[], order: Order): StripeEvent[] {
  if (order === 'in-order') return [...events]
  const all = order === 'shuffled' ? [...events] : [...events, ...events]
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1))
    const [one, two] = [all[last], all[other]]
    if (one && two) {
      all[last] = two
      all[other] = one
    }
  }
  return all
}
