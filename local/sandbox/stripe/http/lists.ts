import type { z } from 'zod'
import { noSuch } from '../errors.ts'
import { hash, integer, type Range, range, text } from '../parameters.ts'

/** Parameters of every list. */
export const listShape = {
  created: range().optional(),
  ending_before: text().optional(),
  limit: integer({ least: 1, most: 100 }).optional(),
  starting_after: text().optional(),
}
const plainList = hash(listShape)

/** What a caller says about the page of a list. */
export type Page = z.output<typeof plainList>

/** Some objects of a list, newest first. */
export type Listing<T> = { object: 'list'; data: T[]; has_more: boolean; url: string }

/**
 * One page of a list.
 *
 * @param objects oldest first
 * @throws {StripeError} when a cursor is of no object
 */
export function pageOf<T extends { id: string; created?: unknown }>(
  objects: readonly T[],
  page: Page,
  options: { url: string; kind: string },
): Listing<T> {
  const newest = objects.filter((object) => isWithin(object.created, page.created)).toReversed()
  const { limit = 10 } = page
  const positionOf = (id: string, param: string) => {
    const position = newest.findIndex((object) => object.id === id)
    if (position < 0) throw noSuch(options.kind, id, param, 400)
    return position
  }
  if (page.ending_before !== undefined) {
    const end = positionOf(page.ending_before, 'ending_before')
    const start = Math.max(0, end - limit)
    return { object: 'list', data: newest.slice(start, end), has_more: start > 0, url: options.url }
  }
  const start = page.starting_after === undefined ? 0 : positionOf(page.starting_after, 'starting_after') + 1
  const data = newest.slice(start, start + limit)
  return { object: 'list', data, has_more: start + limit < newest.length, url: options.url }
}

/** Whether a time lies within bounds; without bounds it does. */
export function isWithin(at: unknown, bounds: Range | undefined): boolean {
  if (!bounds) return true
  if (typeof at !== 'number') return false
  const { gt, gte, lt, lte } = bounds
  return (
    (gt === undefined || at > gt) &&
    (gte === undefined || at >= gte) &&
    (lt === undefined || at < lt) &&
    (lte === undefined || at <= lte)
  )
}
