import type { Recurring } from './objects.ts'

const daySeconds = 86_400

/** Length of the interval's repetitions. */
export type Interval = Pick<Recurring, 'interval' | 'interval_count'>

/**
 * The n-th boundary after an anchor. Months keep the anchor's day and time, or end with the month when it is shorter.
 *
 * @param anchor seconds since 1970
 */
export function boundary(anchor: number, { interval, interval_count }: Interval, n: number): number {
  const steps = n * interval_count
  if (interval === 'day') return anchor + steps * daySeconds
  if (interval === 'week') return anchor + steps * 7 * daySeconds
  const from = new Date(anchor * 1000)
  const months = from.getUTCMonth() + (interval === 'year' ? 12 * steps : steps)
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), months + 1, 0)).getUTCDate()
  const day = Math.min(from.getUTCDate(), lastDay)
  const midnight = Date.UTC(from.getUTCFullYear(), months, day) / 1000
  return midnight + (anchor % daySeconds)
}

/** The first boundary after a time; the anchor itself counts when it lies ahead. */
export function boundaryAfter(anchor: number, interval: Interval, after: number): number {
  if (anchor > after) return anchor
  const length = boundary(anchor, interval, 1) - anchor
  // Months differ in length: start a little early and step.
  let n = Math.max(0, Math.floor((after - anchor) / length) - 1)
  while (boundary(anchor, interval, n) <= after) n += 1
  return boundary(anchor, interval, n)
}

/** A day as invoices write it: "21 Nov 2026". */
export function dayText(seconds: number): string {
  const date = new Date(seconds * 1000)
  const month = date.toLocaleString('en-GB', { month: 'short', timeZone: 'UTC' }).slice(0, 3)
  return `${date.getUTCDate()} ${month} ${date.getUTCFullYear()}`
}
