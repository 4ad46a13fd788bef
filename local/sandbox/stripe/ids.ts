import { randomInt } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Older kinds of objects have shorter ids. */
const short = new Set(['cus', 'prod', 'si'])

/** Makes ids such as `sub_1Pgc6rB7WZ01zgkWNy0Cn5nw` of a prefix. */
export type MakeId = (prefix: string) => string

/**
 * Makes a maker of ids.
 *
 * @param seed the same seed gives the same ids in the same order; random ones without it
 */
export function createIds(seed?: number): MakeId {
  const next = seed === undefined ? randomInt : seeded(seed)
  const text = (length: number) => Array.from({ length }, () => alphabet[next(alphabet.length)]).join('')
  return (prefix) => (short.has(prefix) ? `${prefix}_${text(14)}` : `${prefix}_1${text(23)}`)
}

/** Mulberry32: small, and the same everywhere. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
