import type { Sql } from 'postgres'
import { FuzzySet } from '../fuzzy.ts'
import { arrayText } from '../sql/writer.ts'
import {
  computedRelationshipsSql,
  foreignKeysSql,
  keysSql,
  mediaHandlersSql,
  representationsSql,
  routinesSql,
  tablesSql,
  viewsSql,
} from './catalog_sql.ts'
import { buildRelationships } from './relationships.ts'
import {
  type Column,
  type ColumnPairs,
  type ComputedRelationship,
  type CustomHandler,
  type ForeignRelationship,
  handlerKey,
  type Isolation,
  keyOf,
  type Qualified,
  type Routine,
  type SchemaCache,
  type Table,
} from './types.ts'
import { findViewKeys, type StoredKey, type StoredView, type ViewKey } from './view_keys.ts'

/** Above this, suggesting similar table names would cost more than it helps. */
const mostTablesForHints = 500

/** Settings of a function that must hold from the start of its transaction. */
const hoistedSettings = new Set(['statement_timeout', 'plan_filter.statement_cost_limit'])

interface TableRow extends Omit<Table, 'columns'> {
  readonly columns: readonly Column[]
}

interface ForeignKeyRow {
  readonly tableSchema: string
  readonly tableName: string
  readonly targetSchema: string
  readonly targetName: string
  readonly isSelf: boolean
  readonly constraint: string
  readonly columns: ColumnPairs
  readonly isUnique: boolean
}

interface ComputedRow {
  readonly functionSchema: string
  readonly functionName: string
  readonly tableSchema: string
  readonly tableName: string
  readonly targetSchema: string
  readonly targetName: string
  readonly toOne: boolean
}

interface HandlerRow {
  readonly functionSchema: string
  readonly functionName: string
  readonly targetSchema: string
  readonly targetName: string
  readonly mediaType: string
}

/** A function as {@link routinesSql} reads it. */
export type RoutineRow = Omit<Routine, 'isolation' | 'settings'> & { readonly config: readonly string[] }

/**
 * Reads the catalogue.
 *
 * @param sql a connection pool of the authenticator
 * @param schemas exposed schemas
 * @param extraSearchPath schemas whose views may lie between an exposed view and its tables
 */
export async function loadSchemaCache(
  sql: Sql,
  schemas: readonly string[],
  extraSearchPath: readonly string[],
): Promise<SchemaCache> {
  return sql.begin('read only', async (tx) => {
    // Without a search path every type and function is written with its schema.
    await tx`select set_config('search_path', '', true)`
    const exposed = [...schemas]
    const read = <Row>(text: string, params: (boolean | string[])[] = []) =>
      tx.unsafe<(Row & object)[]>(
        text,
        params.map((value) => (Array.isArray(value) ? arrayText(value) : value)),
      )
    const [tableRows, foreignKeys, views, keys, routines, computed, representations, handlers] = await Promise.all([
      read<TableRow>(tablesSql, [exposed]),
      read<ForeignKeyRow>(foreignKeysSql),
      read<StoredView>(viewsSql, [[...exposed, ...extraSearchPath]]),
      read<StoredKey>(keysSql),
      read<RoutineRow>(routinesSql, [exposed, false]),
      read<ComputedRow>(computedRelationshipsSql),
      read<{ source: string; target: string; function: string }>(representationsSql),
      read<HandlerRow>(mediaHandlersSql, [exposed]),
    ])
    const viewKeys = findViewKeys(views, keys, exposed)
    const tables = buildTables(tableRows, viewKeys)
    return {
      tables: new Map([...tables].filter(([, table]) => exposed.includes(table.schema))),
      relationships: buildRelationships(
        foreignKeys.map(foreignRelationship),
        viewKeys,
        tables,
        computed.map(computedRelationship),
        exposed,
      ),
      routines: buildRoutines(routines),
      representations: new Map(representations.map((row) => [keyOf(row.source, row.target), row.function])),
      handlers: new Map(handlers.map(customHandler)),
      similarTables: similarNames(tables.values()),
    }
  })
}

function buildTables(rows: readonly TableRow[], viewKeys: readonly ViewKey[]): Map<string, Table> {
  const viewKeyColumns = new Map<string, string[]>()
  for (const key of viewKeys) {
    if (key.type !== 'primary') continue
    const id = keyOf(key.view.schema, key.view.name)
    // A column shown twice counts once: the first is as good as any.
    const columns = key.columns.map(([, names]) => names[0] ?? '')
    viewKeyColumns.set(id, [...(viewKeyColumns.get(id) ?? []), ...columns])
  }
  return new Map(
    rows.map((row) => {
      const id = keyOf(row.schema, row.name)
      const keyColumns = row.isView ? (viewKeyColumns.get(id) ?? []) : row.keyColumns
      return [id, { ...row, keyColumns, columns: new Map(row.columns.map((column) => [column.name, column])) }]
    }),
  )
}

const foreignRelationship = (row: ForeignKeyRow): ForeignRelationship => ({
  kind: 'foreign',
  table: { schema: row.tableSchema, name: row.tableName },
  target: { schema: row.targetSchema, name: row.targetName },
  isSelf: row.isSelf,
  cardinality: row.isUnique
    ? { kind: 'one-to-one', constraint: row.constraint, columns: row.columns, isParent: false }
    : { kind: 'many-to-one', constraint: row.constraint, columns: row.columns },
  tableIsView: false,
  targetIsView: false,
})

const computedRelationship = (row: ComputedRow): ComputedRelationship => ({
  kind: 'computed',
  function: { schema: row.functionSchema, name: row.functionName },
  table: { schema: row.tableSchema, name: row.tableName },
  target: { schema: row.targetSchema, name: row.targetName },
  toOne: row.toOne,
  isSelf: row.tableSchema === row.targetSchema && row.tableName === row.targetName,
})

function customHandler(row: HandlerRow): [string, CustomHandler] {
  const isAny = row.targetSchema === 'pg_catalog' && row.targetName === 'anyelement'
  const target: Qualified | null = isAny ? null : { schema: row.targetSchema, name: row.targetName }
  return [
    handlerKey(target, row.mediaType),
    {
      function: { schema: row.functionSchema, name: row.functionName },
      target,
      produces: row.mediaType === '*/*' ? 'application/octet-stream' : row.mediaType,
    },
  ]
}

/** Functions by name, those with fewer parameters first. */
export function buildRoutines(rows: readonly RoutineRow[]): Map<string, Routine[]> {
  const routines = new Map<string, Routine[]>()
  for (const { config, ...row } of rows) {
    const settings = config.map((setting): [string, string] => {
      const equals = setting.indexOf('=')
      return [setting.slice(0, equals), setting.slice(equals + 1)]
    })
    const isolation = settings.find(([name]) => name === 'default_transaction_isolation')?.[1]
    const routine = {
      ...row,
      isolation: isolation === undefined ? null : parseIsolation(isolation),
      settings: settings.filter(([name]) => hoistedSettings.has(name) || name === 'default_transaction_isolation'),
    }
    const key = keyOf(row.schema, row.name)
    routines.set(key, [...(routines.get(key) ?? []), routine])
  }
  // Overloads with fewer parameters first: they are listed so in errors.
  for (const list of routines.values()) list.sort((a, b) => a.parameters.length - b.parameters.length)
  return routines
}

/** A transaction isolation level out of a setting; unknown ones are the default. */
export function parseIsolation(text: string): Isolation {
  const folded = text.toLowerCase()
  return folded === 'repeatable read' || folded === 'serializable' ? folded : 'read committed'
}

function similarNames(tables: Iterable<Table>): (schema: string) => FuzzySet | null {
  const names = new Map<string, string[]>()
  for (const { schema, name } of tables) names.set(schema, [...(names.get(schema) ?? []), name])
  const sets = new Map<string, FuzzySet>()
  return (schema) => {
    const known = names.get(schema)
    if (!known || known.length >= mostTablesForHints) return null
    const set = sets.get(schema) ?? new FuzzySet(known)
    sets.set(schema, set)
    return set
  }
}
