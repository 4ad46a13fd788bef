import type { ListFilter, ListRequest } from '../http/mod.ts'
import type { CallerSql } from './open_database.ts'

/**
 * Reads one page, as the caller may see it. All names come from the listing's own lists and all values are parameters.
 *
 * @param relation table or view with schema, such as `public.organizations`; it has a column `id`
 * @returns up to `limit` rows, one more when there is a next page
 */
export async function listRows(
  sql: CallerSql,
  relation: string,
  request: ListRequest,
): Promise<Record<string, unknown>[]> {
  const { fields, sort, after, limit } = request
  const columns = [...new Set(['id', sort.field, ...fields])]
  const sorted = sql(sort.field)
  let where = allOf(sql, request.filters)
  if (after) {
    const { value, id } = after
    const isAfter = sort.isDescending
      ? sql`(${sorted}, id) < (${value}, ${id})`
      : sql`(${sorted}, id) > (${value}, ${id})`
    where = sql`${where} and ${isAfter}`
  }
  const order = sort.isDescending ? sql`${sorted} desc, id desc` : sql`${sorted}, id`
  const rows = await sql`
    select ${sql(columns)} from ${sql(relation)} where ${where} order by ${order} limit ${limit + 1}`
  return rows.map((row) => ({ ...row }))
}

/** Counts the rows of all pages, as the caller may see them. */
export async function countRows(
  sql: CallerSql,
  relation: string,
  { filters }: Pick<ListRequest, 'filters'>,
): Promise<number> {
  const rows = await sql<{ count: number }[]>`
    select count(*) as count from ${sql(relation)} where ${allOf(sql, filters)}`
  return rows[0]?.count ?? 0
}

const allOf = (sql: CallerSql, filters: readonly ListFilter[]) =>
  filters.reduce((all, filter) => sql`${all} and ${condition(sql, filter)}`, sql`true`)

function condition(sql: CallerSql, { field, operator, value }: ListFilter) {
  const column = sql(field)
  if (Array.isArray(value)) return sql`${column} in ${sql(value)}`
  switch (operator) {
    case 'gt':
      return sql`${column} > ${value}`
    case 'gte':
      return sql`${column} >= ${value}`
    case 'lt':
      return sql`${column} < ${value}`
    case 'lte':
      return sql`${column} <= ${value}`
    default:
      return sql`${column} = ${value}`
  }
}
