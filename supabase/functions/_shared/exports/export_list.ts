import { z } from '@hono/zod-openapi'
import { AppError, type ListFilter, type ListRequest } from '../http/mod.ts'

/**
 * A list that can be exported. One definition makes it available in every format, over RPC and REST, with the columns,
 * filters and rights of the list itself.
 */
export interface ExportList {
  /** What requests call it, and the beginning of the file's name. */
  readonly name: string
  /** Name of the sheet in a workbook. */
  readonly title: string
  /** Table or view with schema, read with the requester's rights. Has the columns `id` and `organization_id`. */
  readonly relation: string
  /** What the requester needs beside `exports.run`. */
  readonly permission: string
  /** The list on the REST face: columns, filters and orders. */
  readonly listing: {
    readonly item: z.ZodObject
    readonly querySchema: z.ZodType
    read(query: Readonly<Record<string, unknown>>): ListRequest
  }
  /**
   * Columns of the listing by which it may be ordered, the first one unless said: times that never change, because an
   * export reads in steps and a row that moved would come twice or not at all.
   */
  readonly orders: readonly string[]
}

/** What somebody asks of a list. */
export interface ExportRequest {
  readonly filters: Readonly<Record<string, string>>
  readonly fields: readonly string[] | null
  readonly sort: string | null
}

const queryShape = z.record(z.string(), z.unknown())
const ownParameters = ['limit', 'cursor', 'sort', 'fields']

/**
 * What an export reads, checked against the list's own white lists.
 *
 * @param before rows made later are left out, so that an export of a list that grows has an end
 * @throws {AppError} 400 `invalid_request` for what the list does not have
 */
export function readExportRequest(
  list: ExportList,
  organizationId: string,
  request: ExportRequest,
  before: string,
): ListRequest {
  const [firstOrder = ''] = list.orders
  const { sort = firstOrder, fields } = { sort: request.sort ?? firstOrder, fields: request.fields }
  const own = Object.keys(request.filters).find((name) => ownParameters.includes(name))
  if (own !== undefined) throw refused(`"${own}" is no filter`)
  if (!list.orders.includes(sort.replace(/^-/, ''))) {
    throw refused(`it cannot be sorted by "${sort}", but by ${list.orders.join(', ')}`)
  }
  const query = { ...request.filters, sort, ...(fields && { fields: fields.join(',') }) }
  const parsed = list.listing.querySchema.safeParse(query)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refused([issue?.path.join('.'), issue?.message].filter(Boolean).join(': '))
  }
  const read = list.listing.read(queryShape.parse(parsed.data))
  const inOrganization: ListFilter = { field: 'organization_id', operator: 'eq', value: organizationId }
  const untilNow: ListFilter = { field: read.sort.field, operator: 'lte', value: before }
  return { ...read, filters: [...read.filters, inOrganization, untilNow] }
}

function refused(reason: string): AppError {
  return new AppError(400, 'invalid_request', `Cannot export: ${reason}`, {
    hint: 'Filters, fields and orders are those of the list in the API document',
  })
}
