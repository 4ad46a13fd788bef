import type { Condition, Field, Filter, Logic, OrderTerm } from '../request/types.ts'
import { type Column, keyOf, type Qualified, type SchemaCache } from '../schema_cache/types.ts'
import { type PlannedLogic, type PlannedOrder, plainField, type TypedField, unknownField } from './types.ts'

/** The field of a column, without path and conversion. */
export const columnField = (column: Column): TypedField => ({
  ...unknownField(column.name),
  type: column.nominalType,
  baseType: column.type,
  default: column.default,
})

/** Looks up what is known of a field of `table`. Unknown columns are left to Postgres to reject. */
export function resolveField(cache: SchemaCache, table: Qualified, field: Field): TypedField {
  const column = cache.tables.get(keyOf(table.schema, table.name))?.columns.get(field.name)
  const known = column ? columnField(column) : unknownField(field.name)
  // Without to_jsonb around a JSON column its indexes apply.
  return { ...known, path: field.path, toJson: known.type !== 'json' && known.type !== 'jsonb' }
}

/** The field with the conversion from its type to `target`, when the database defines one. */
export function withOutput(cache: SchemaCache, field: TypedField, target: string): TypedField {
  const transform = cache.representations.get(keyOf(field.type, target))
  return transform === undefined ? field : { ...field, transform }
}

/** The field with the conversion from `source` to its type, when the database defines one. */
export function withInput(cache: SchemaCache, field: TypedField, source: string): TypedField {
  const transform = cache.representations.get(keyOf(source, field.type))
  return transform === undefined ? field : { ...field, type: source, transform }
}

/** A field that is shown as JSON. */
export const resolveOutput = (cache: SchemaCache, table: Qualified, field: Field): TypedField =>
  withOutput(cache, resolveField(cache, table, field), 'json')

function resolveFilterField(cache: SchemaCache, table: Qualified, field: Field, condition: Condition): TypedField {
  const { operation } = condition
  const resolved = resolveField(cache, table, field)
  const isSearched = operation.kind === 'search' && resolved.type !== '' && resolved.baseType !== 'tsvector'
  const searchLanguage = isSearched ? { language: operation.language } : null
  return withInput(cache, { ...resolved, searchLanguage }, 'text')
}

/** A filter on `table`. */
export const resolveFilter = (cache: SchemaCache, table: Qualified, filter: Filter): PlannedLogic => ({
  kind: 'filter',
  field: resolveFilterField(cache, table, filter.field, filter.condition),
  condition: filter.condition,
})

/** Filters on `table`, joined by `and` and `or`. */
export function resolveLogic(cache: SchemaCache, table: Qualified, logic: Logic): PlannedLogic {
  if (logic.kind === 'filter') return resolveFilter(cache, table, logic.filter)
  return { ...logic, members: logic.members.map((member) => resolveLogic(cache, table, member)) }
}

/** A term of an order on `table`. */
export const resolveOrder = (cache: SchemaCache, table: Qualified, term: OrderTerm): PlannedOrder => ({
  ...term,
  field: term.relation === null ? resolveField(cache, table, term.field) : plainField(term.field),
})
