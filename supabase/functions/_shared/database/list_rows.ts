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
  const { fields, filters, sort, after, limit } = request
  const columns = [...new Set(['id', sort.field, ...fields])]
  const sorted = sql(sort.field)
  const conditions = filters.map((filter) => condition(sql, filter))
  if (after) {
    const { value, id } = after
    conditions.push(
      sort.isDescending ? sql`(${sorted}, id) < (${value}, ${id})` : sql`(${sorted}, id) > (${value}, ${id})`,
    )
  }
  const where = conditions.reduce((all, next) => sql`${all} and ${next}`, sql`true`)
  const order = sort.isDescending ? sql`${sorted} desc, id desc` : sql`${sorted}, id`
  const rows = await sql`
    select ${sql(columns)} from ${sql(relation)} where ${where} order by ${order} limit ${limit + 1}`
  return rows.map((row) => ({ ...row }))
}

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
