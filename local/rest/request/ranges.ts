import type { Header } from '../errors.ts'

/** Rows from `lower` to `upper`, both counted from 0 and included. `upper` is null without a limit. */
export interface Range {
  readonly lower: number
  readonly upper: number | null
}

/** Every row. */
export const allRows: Range = { lower: 0, upper: null }
/** What `limit=0` asks for. */
export const noRows: Range = { lower: 0, upper: -1 }

/** Whether both ranges are the same. */
export const sameRange = (a: Range, b: Range): boolean => a.lower === b.lower && a.upper === b.upper
/** Whether the range was made by `limit=0`. */
export const isLimitZero = (range: Range): boolean => range.upper === -1
/** Whether no row can be in the range. */
export const isEmptyRange = (range: Range): boolean => range.upper !== null && range.upper < range.lower
/** How many rows the range has; null without a limit. */
export const rangeLimit = (range: Range): number | null => (range.upper === null ? null : 1 + range.upper - range.lower)

/** Rows in both ranges. */
export function intersectRanges(a: Range, b: Range): Range {
  const upper = a.upper === null ? b.upper : b.upper === null ? a.upper : Math.min(a.upper, b.upper)
  return { lower: Math.max(a.lower, b.lower), upper }
}

/** The range cut to at most `limit` rows. */
export function restrictRange(limit: number | null, range: Range): Range {
  if (limit === null) return range
  const upper = range.lower + limit - 1
  return { lower: range.lower, upper: range.upper === null ? upper : Math.min(range.upper, upper) }
}

const readInteger = (text: string): number | null => (/^\s*-?\d+\s*$/.test(text) ? Number(text) : null)

/** Range of a `limit` parameter; anything but a whole number does not limit. */
export const limitRange = (text: string): Range => restrictRange(readInteger(text), allRows)
/** Range of an `offset` parameter. */
export const offsetRange = (text: string): Range => ({ lower: readInteger(text) ?? 0, upper: null })
/** Range of both parameters together. */
export const combineRanges = (limit: Range, offset: Range): Range => ({
  lower: offset.lower,
  upper: offset.lower + (rangeLimit(limit) ?? 0) - 1,
})

/** Range of a `Range` header; what cannot be read is ignored. */
export function headerRange(header: string | undefined): Range {
  const match = header === undefined ? null : /^(\d+)-(\d*)$/.exec(header)
  if (!match) return allRows
  return { lower: Number(match[1]), upper: match[2] === '' ? null : Number(match[2]) }
}

/** The `Content-Range` header. */
export function contentRange(lower: number, upper: number, total: number | null): Header {
  const rows = total !== 0 && lower <= upper ? `${lower}-${upper}` : '*'
  return ['Content-Range', `${rows}/${total ?? '*'}`]
}

/** Status that tells whether the answer holds all rows, some of them, or starts behind the last. */
export function rangeStatus(lower: number, upper: number, total: number | null): 200 | 206 | 416 {
  if (total === null) return 200
  if (lower > total) return 416
  return 1 + upper - lower < total ? 206 : 200
}
