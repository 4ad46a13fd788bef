import { RestError, requestErrors } from '../errors.ts'
import type { Preferences } from '../request/preferences.ts'
import type { QueryParams } from '../request/query_string.ts'
import { keyOf, type Qualified, type SchemaCache, type Table } from '../schema_cache/types.ts'
import { neededColumns } from './read_plan.ts'
import { columnField, resolveFilter, resolveLogic, withInput } from './resolve.ts'
import type { PlannedLogic, ReadNode, TypedField } from './types.ts'

/** Kinds of writes: POST, PATCH, PUT, DELETE. */
export type Mutation = 'insert' | 'update' | 'upsert-one' | 'delete'

/** A planned write. */
export interface WritePlan {
  readonly mutation: Mutation
  readonly table: Qualified
  /** Columns that the body sets. */
  readonly columns: readonly TypedField[]
  /** The body as JSON. */
  readonly body: string
  /** Rows that are changed; for PUT what the body must agree with. */
  readonly where: readonly PlannedLogic[]
  readonly onConflict: { readonly merge: boolean; readonly columns: readonly string[] } | null
  readonly returning: readonly string[]
  readonly keyColumns: readonly string[]
  /** Missing values take the column's default instead of null. */
  readonly applyDefaults: boolean
}

const similarTableScore = 0.75

/** @throws {RestError} PGRST205 when the table is not exposed */
export function findTable(cache: SchemaCache, name: Qualified): Table {
  const table = cache.tables.get(keyOf(name.schema, name.name))
  if (table) return table
  const similar = cache.similarTables(name.schema)?.best(name.name, similarTableScore) ?? null
  throw new RestError({
    status: 404,
    code: 'PGRST205',
    message: `Could not find the table '${name.schema}.${name.name}' in the schema cache`,
    hint: similar === null ? null : `Perhaps you meant the table '${name.schema}.${similar}'`,
  })
}

/**
 * Plans a write.
 *
 * @param keys columns that the body sets
 * @param read plan of what is answered
 * @throws {RestError} PGRST204 for an unknown column, PGRST105 when PUT does not name one row by its key
 */
export function planWrite(
  cache: SchemaCache,
  mutation: Mutation,
  table: Table,
  query: QueryParams,
  preferences: Preferences,
  body: string,
  keys: readonly string[],
  read: ReadNode,
): WritePlan {
  const atRoot = <T>(params: readonly { path: readonly string[]; value: T }[]) =>
    params.filter(({ path }) => path.length === 0).map(({ value }) => value)
  const filters = atRoot(query.filters)
  if (mutation === 'upsert-one') requireKeyFilters(table, query)
  const answersRows = preferences.representation !== null && preferences.representation !== 'minimal'
  return {
    mutation,
    table,
    columns: mutation === 'delete' ? [] : keys.map((key) => writtenField(cache, table, key)),
    body,
    where: [
      ...filters.map((filter) => resolveFilter(cache, table, filter)),
      ...query.logic.map(({ value }) => resolveLogic(cache, table, value)),
    ],
    onConflict: conflict(mutation, table, query, preferences),
    returning: answersRows ? neededColumns(read, table.keyColumns) : [],
    keyColumns: table.keyColumns,
    applyDefaults: mutation !== 'upsert-one' && preferences.missing === 'default',
  }
}

function writtenField(cache: SchemaCache, table: Table, name: string): TypedField {
  const column = table.columns.get(name)
  if (!column) {
    throw new RestError({
      status: 400,
      code: 'PGRST204',
      message: `Could not find the '${name}' column of '${table.name}' in the schema cache`,
    })
  }
  return withInput(cache, columnField(column), 'json')
}

function conflict(mutation: Mutation, table: Table, query: QueryParams, { resolution }: Preferences) {
  if (mutation === 'upsert-one') return { merge: true, columns: table.keyColumns }
  if (mutation !== 'insert' || resolution === null) return null
  return { merge: resolution === 'merge-duplicates', columns: query.onConflict ?? table.keyColumns }
}

function requireKeyFilters(table: Table, query: QueryParams): void {
  const names = query.filterNames
  const isKey =
    table.keyColumns.length > 0 &&
    names.size === new Set(table.keyColumns).size &&
    table.keyColumns.every((column) => names.has(column))
  const isEqual = query.filters.every(({ path, value: { condition } }) => {
    if (path.length > 0) return true
    const { negated, operation } = condition
    return !negated && operation.kind === 'quantified' && operation.operator === 'eq' && operation.quantifier === null
  })
  if (query.logic.length > 0 || !isKey || !isEqual) throw requestErrors.putFilters()
}
