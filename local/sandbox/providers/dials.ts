import { type Dials, type DialsInput, dialsSchema } from './provider_schemas.ts'

/** What a call is to suffer. */
export interface Fate {
  readonly delayMs: number
  readonly failStatus: number | null
  readonly timesOut: boolean
}

/** The dials of one provider. */
export interface DialBoard {
  read(): Dials
  /** Sets them all; what is left out goes back to its default. */
  set(dials: DialsInput): Dials
  /** Decides about one call, and counts it. */
  decide(path: string): Fate
  /** Whether this number or address is to be refused; spaces, dashes and case do not count. */
  isRejected(recipient: string): boolean
}

/**
 * Makes dials that change nothing yet.
 *
 * @param random from 0 to 1, for `failRate`
 */
export function createDials(random: () => number = Math.random): DialBoard {
  let dials = dialsSchema.parse({})
  return {
    read: () => dials,
    set(changed) {
      dials = dialsSchema.parse(changed)
      return dials
    },
    decide(path) {
      if (!path.includes(dials.only)) return { delayMs: 0, failStatus: null, timesOut: false }
      const delayMs = dials.latencyMs
      if (dials.timeOutNext > 0) {
        dials = { ...dials, timeOutNext: dials.timeOutNext - 1 }
        return { delayMs, failStatus: null, timesOut: true }
      }
      if (dials.failNext > 0) {
        dials = { ...dials, failNext: dials.failNext - 1 }
        return { delayMs, failStatus: dials.failStatus, timesOut: false }
      }
      const fails = dials.failRate > 0 && random() < dials.failRate
      return { delayMs, failStatus: fails ? dials.failStatus : null, timesOut: false }
    },
    isRejected: (recipient) => dials.rejectRecipients.some((rejected) => plain(rejected) === plain(recipient)),
  }
}

function plain(recipient: string): string {
  return recipient.toLowerCase().replace(/[\s()-]/g, '')
}
