/** Something that will happen. */
interface Due {
  readonly key: string
  readonly at: number
  readonly order: number
  run(): void
}

/** Time that moves only when it is told to, and what is due then. Seconds since 1970. */
export interface Timeline {
  now(): number
  /** Plans something, in the place of what was planned under the same key. What is due in the past runs at the next step. */
  schedule(key: string, at: number, run: () => void): void
  cancel(key: string): void
  /** When the next thing is due; null when nothing is. */
  next(): number | null
  /** Goes on to a time, never back, and lets everything happen that is due until then, each at its own time. */
  advanceTo(seconds: number): void
}

/** Starts a timeline. */
export function createTimeline(start: number): Timeline {
  let current = Math.floor(start)
  let order = 0
  const dues = new Map<string, Due>()
  const first = (): Due | undefined =>
    [...dues.values()].reduce<Due | undefined>(
      (best, due) => (!best || due.at < best.at || (due.at === best.at && due.order < best.order) ? due : best),
      undefined,
    )
  return {
    now: () => current,
    schedule(key, at, run) {
      order += 1
      dues.set(key, { key, at, order, run })
    },
    cancel: (key) => void dues.delete(key),
    next: () => first()?.at ?? null,
    advanceTo(seconds) {
      const target = Math.max(current, Math.floor(seconds))
      for (let due = first(); due && due.at <= target; due = first()) {
        dues.delete(due.key)
        current = Math.max(current, due.at)
        due.run()
      }
      current = target
    },
  }
}
