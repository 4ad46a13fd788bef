const windowSeconds = 60

/** Counts events and tells their average rate over the last minute, or over its own life while that is shorter. */
export interface RateCounter {
  add(count?: number): void
  /** Events per second; the second that is running counts as a whole one. */
  average(): number
}

/** @param now milliseconds of a monotonic clock */
export function createRateCounter(now: () => number = () => performance.now()): RateCounter {
  const buckets = new Float64Array(windowSeconds)
  const bornAt = Math.floor(now() / 1000)
  let current = bornAt
  let total = 0

  /** Empties the buckets of the seconds that went by without an event. */
  const advance = () => {
    const second = Math.floor(now() / 1000)
    const steps = Math.min(second - current, windowSeconds)
    for (let step = 1; step <= steps; step += 1) {
      const index = (current + step) % windowSeconds
      total -= buckets[index] ?? 0
      buckets[index] = 0
    }
    if (second > current) current = second
  }

  return {
    add(count = 1) {
      advance()
      const index = current % windowSeconds
      buckets[index] = (buckets[index] ?? 0) + count
      total += count
    },
    average() {
      advance()
      return total / Math.min(current - bornAt + 1, windowSeconds)
    },
  }
}
