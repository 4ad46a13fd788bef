import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Env } from '../runtime/mod.ts'
import { type Position, readCursor, writeCursor } from './cursor.ts'
import { publicAddress } from './public_address.ts'

/** How a filter compares: `name=x` is `eq`, the others stand in brackets as in `created_at[gte]=2026-01-01`. */
export type ListOperator = 'eq' | 'in' | 'gt' | 'gte' | 'lt' | 'lte'

/** A condition that the caller asked for and the listing allows. */
export interface ListFilter {
  readonly field: string
  readonly operator: ListOperator
  readonly value: string | number | boolean | readonly (string | number)[]
}

/** What a caller asked of a list, checked against its white lists. */
export interface ListRequest {
  readonly fields: readonly string[]
  readonly filters: readonly ListFilter[]
  readonly sort: { readonly field: string; readonly isDescending: boolean }
  readonly after: Position | null
  readonly limit: number
}

/** What a list allows. */
export interface ListDefinition<Item extends z.ZodObject> {
  /** One row; its fields are also what `fields` may name. Has an `id` that is a uuid. */
  readonly item: Item
  /** By field: how callers may filter. */
  readonly filters: Readonly<Partial<Record<keyof Item['shape'] & string, readonly ListOperator[]>>>
  /** Fields that rows may be sorted by; their columns are never null. */
  readonly sorts: readonly (keyof Item['shape'] & string)[]
  /** One of `sorts`, with a hyphen in front for the last first. */
  readonly defaultSort: string
}

const reserved = ['limit', 'cursor', 'sort', 'fields']

/**
 * Describes a list of the REST face once: which fields may be asked for, filtered and sorted by. Gives the schemas of the
 * query and of the answer, and reads a query into what `listRows` needs. Anything not on the lists answers 400 and names
 * what is.
 *
 * @example
 * const list = defineListing({ item: organizationSchema, filters: { kind: ['eq', 'in'] }, sorts: ['name'], defaultSort: 'name' })
 * // route: request: { query: list.querySchema }, responses: { 200: list.pageSchema }
 * // handler: const request = list.read(c.req.valid('query')); list.page(request, await listRows(sql, 'public.organizations', request))
 */
export function defineListing<Item extends z.ZodObject>(definition: ListDefinition<Item>) {
  const { item, filters, sorts, defaultSort } = definition
  const names = Object.keys(item.shape)
  const allowed = new Map<string, { field: string; operator: ListOperator }>()
  const parameters: Record<string, z.ZodType> = {
    limit: z.coerce.number().int().min(1).max(100).default(20).openapi({ description: 'Rows of a page, 1 to 100' }),
    cursor: z.string().max(1000).optional().openapi({ description: '`next_cursor` of the page before' }),
    sort: z
      .enum(sorts.flatMap((name) => [name, `-${name}`]))
      .default(defaultSort)
      .openapi({ description: 'Field to sort by; a hyphen in front puts the last first' }),
    fields: fieldsSchema(names),
  }
  for (const [field, operators = []] of Object.entries<readonly ListOperator[] | undefined>(filters)) {
    for (const operator of operators) {
      const name = operator === 'eq' ? field : `${field}[${operator}]`
      allowed.set(name, { field, operator })
      parameters[name] = filterSchema(item.shape[field] ?? z.never(), operator)
    }
  }
  const querySchema = z.strictObject(parameters, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `No such parameter: ${issue.keys.join(', ')}. Allowed are ${[...allowed.keys(), ...reserved].join(', ')}`
        : undefined,
  })
  const pageSchema = z.object({
    data: z.array(item.partial().required({ id: true })).openapi({ description: 'The rows of the page' }),
    next_cursor: z.string().nullable().openapi({ description: 'Pass it as `cursor`; null on the last page' }),
  })

  return {
    item,
    querySchema,
    pageSchema,
    /**
     * @param query as `querySchema` gave it
     * @throws {AppError} 400 `cursor_invalid`
     */
    read(query: Readonly<Record<string, unknown>>): ListRequest {
      const { limit, cursor, sort, fields } = common.parse(query)
      const found = [...allowed].flatMap(([name, filter]) => {
        const value = filterValue.optional().parse(query[name])
        return value === undefined ? [] : [{ ...filter, value }]
      })
      const field = sort.replace(/^-/, '')
      const list = listKey(sort, found)
      return {
        fields: fields ?? names,
        filters: found,
        sort: { field, isDescending: sort.startsWith('-') },
        after: cursor === undefined ? null : readCursor(list, cursor, item.shape[field] ?? z.never()),
        limit,
      }
    },
    /**
     * The answer for rows of `listRows`.
     *
     * @param rows one more than the limit when there is a next page
     */
    page(request: ListRequest, rows: readonly Readonly<Record<string, unknown>>[]): z.output<typeof pageSchema> {
      const { fields, filters: found, sort, limit } = request
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      const list = listKey(`${sort.isDescending ? '-' : ''}${sort.field}`, found)
      const position = last && lastRow.parse({ value: last[sort.field], id: last.id })
      const data = shown.map((row) =>
        Object.fromEntries(['id', ...fields].filter((name) => name in row).map((name) => [name, row[name]])),
      )
      return pageSchema.parse({ data, next_cursor: position ? writeCursor(list, position) : null })
    },
  }
}

/**
 * The `Link` of a page: where the next one is.
 *
 * @param address of this page as the caller knows it, with its query
 */
export function nextLink(address: string, nextCursor: string | null): string | null {
  if (nextCursor === null) return null
  const next = new URL(address)
  next.searchParams.set('cursor', nextCursor)
  return `<${next}>; rel="next"`
}

/**
 * Names the next page in the header `link`, for callers who follow links.
 *
 * @param page what `defineListing(...).page` made
 */
export function linkNextPage(c: Context, env: Pick<Env, 'PUBLIC_URL'>, page: { next_cursor: string | null }): void {
  const link = nextLink(publicAddress(env, c.req.url), page.next_cursor)
  if (link) c.header('link', link)
}

const filterValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))])
const lastRow = z.object({ value: z.union([z.string(), z.number()]), id: z.string() })
const common = z.object({
  limit: z.number(),
  cursor: z.string().optional(),
  sort: z.string(),
  fields: z.array(z.string()).optional(),
})

const listKey = (sort: string, filters: readonly ListFilter[]) => JSON.stringify([sort, filters])

function fieldsSchema(names: readonly string[]) {
  const known = new Set(names)
  return z
    .string()
    .transform((text, context) => {
      const wanted = text.split(',').map((name) => name.trim())
      const unknown = wanted.filter((name) => !known.has(name))
      if (unknown.length === 0) return wanted
      context.addIssue({
        code: 'custom',
        message: `No such field: ${unknown.join(', ')}. There are ${names.join(', ')}`,
      })
      return z.NEVER
    })
    .optional()
    .openapi({ type: 'string', description: 'Fields to send, divided by commas; all when left out', example: 'id' })
}

/** @param field as it stands in an answer; in a query every value is text */
function filterSchema(field: z.ZodType, operator: ListOperator): z.ZodType {
  const value = fromText(field instanceof z.ZodNullable ? field.unwrap() : field)
  if (operator !== 'in') return value.optional().openapi({ description: meanings[operator] })
  return z
    .string()
    .transform((text): unknown[] => text.split(','))
    .pipe(z.array(value).min(1).max(50))
    .optional()
    .openapi({ type: 'string', description: 'One of these values, divided by commas' })
}

const meanings: Readonly<Record<Exclude<ListOperator, 'in'>, string>> = {
  eq: 'Exactly this value',
  gt: 'Above this value; of a time, after it',
  gte: 'This value and above; of a time, from then on',
  lt: 'Below this value; of a time, before it',
  lte: 'This value and below; of a time, until then',
}

const timeError = { error: 'Must be a day such as 2026-01-31, in UTC, or a time such as 2026-01-31T09:30:00Z' }

/** A time, or a day for its beginning in UTC. */
const timeFilter = z
  .union([z.iso.datetime({ offset: true, ...timeError }), z.iso.date(timeError).transform((day) => `${day}T00:00:00Z`)])
  .openapi({ type: 'string', example: '2026-01-31' })

function fromText(field: unknown): z.ZodType {
  if (field instanceof z.ZodISODateTime) return timeFilter
  if (field instanceof z.ZodNumber) return z.coerce.number().pipe(field)
  if (field instanceof z.ZodBoolean) return z.stringbool().pipe(field)
  return field instanceof z.ZodType ? field : z.never()
}
