import {
  type ColumnPairs,
  type ComputedRelationship,
  type ForeignRelationship,
  keyOf,
  type Qualified,
  type Relationship,
  relationshipKey,
  type Table,
} from './types.ts'
import { indexViewKeys, type ViewKey } from './view_keys.ts'

/**
 * Completes the foreign keys of tables: views show them too, each can be walked backwards, and two of one table
 * make a many-to-many relationship.
 *
 * @param foreignKeys many-to-one and one-to-one relationships of tables
 * @param computed relationships made by functions; they replace found ones of the same name
 * @returns relationships by {@link relationshipKey}
 */
export function buildRelationships(
  foreignKeys: readonly ForeignRelationship[],
  viewKeys: readonly ViewKey[],
  tables: ReadonlyMap<string, Table>,
  computed: readonly ComputedRelationship[],
  exposed: readonly string[],
): Map<string, Relationship[]> {
  const all = withInverse(withManyToMany(withViews(foreignKeys, viewKeys), tables))
  const pairs = new Map<string, { table: Qualified; schema: string; relationships: Relationship[] }>()
  for (const relationship of all) {
    const { table, target } = relationship
    const id = `${keyOf(table.schema, table.name)}\u0000${keyOf(target.schema, target.name)}`
    const pair = pairs.get(id)
    if (pair) pair.relationships.push(relationship)
    else pairs.set(id, { table, schema: target.schema, relationships: [relationship] })
  }
  for (const relationship of computed) {
    const { table, function: fn } = relationship
    const id = `${keyOf(table.schema, table.name)}\u0000${keyOf(fn.schema, fn.name)}`
    pairs.set(id, { table, schema: fn.schema, relationships: [relationship] })
  }
  const result = new Map<string, Relationship[]>()
  for (const { table, schema, relationships } of pairs.values()) {
    if (!exposed.includes(table.schema)) continue
    const visible = relationships.filter((relationship) => isExposed(relationship, exposed))
    const key = relationshipKey(table, schema)
    result.set(key, [...(result.get(key) ?? []), ...visible])
  }
  for (const list of result.values()) list.sort(compareRelationships)
  return result
}

function isExposed(relationship: Relationship, exposed: readonly string[]): boolean {
  if (!exposed.includes(relationship.target.schema)) return false
  if (relationship.kind === 'computed' || relationship.cardinality.kind !== 'many-to-many') return true
  return exposed.includes(relationship.cardinality.junction.schema)
}

function withViews(foreignKeys: readonly ForeignRelationship[], viewKeys: readonly ViewKey[]): ForeignRelationship[] {
  const find = indexViewKeys(viewKeys)
  return foreignKeys.flatMap((relationship) => {
    const { cardinality, table, target } = relationship
    if (cardinality.kind === 'many-to-many') return [relationship]
    const own = find(table, cardinality.constraint, 'foreign').flatMap((key) =>
      choices(key).map((names) => ({ view: key.view, names })),
    )
    const other = find(target, cardinality.constraint, 'referenced').flatMap((key) =>
      choices(key).map((names) => ({ view: key.view, names })),
    )
    const made = (from: Qualified, to: Qualified, columns: ColumnPairs, fromView: boolean, toView: boolean) => ({
      ...relationship,
      table: from,
      target: to,
      isSelf: from === to || (fromView && toView && from.schema === to.schema && from.name === to.name),
      cardinality: { ...cardinality, columns },
      tableIsView: fromView,
      targetIsView: toView,
    })
    const zip = (a: readonly string[], b: readonly string[]): ColumnPairs =>
      a.map((name, index) => [name, b[index] ?? ''] as const)
    const ownColumns = cardinality.columns.map(([column]) => column)
    const otherColumns = cardinality.columns.map(([, column]) => column)
    return [
      relationship,
      ...own.map(({ view, names }) => made(view, target, zip(names, otherColumns), true, false)),
      ...other.map(({ view, names }) => made(table, view, zip(ownColumns, names), false, true)),
      ...own.flatMap((left) =>
        other.map((right) => made(left.view, right.view, zip(left.names, right.names), true, true)),
      ),
    ]
  })
}

/** Every way to pick one column of the view for each column of the key. */
function choices(key: ViewKey): string[][] {
  return key.columns.reduce<string[][]>(
    (picked, [, names]) => picked.flatMap((before) => names.map((name) => [...before, name])),
    [[]],
  )
}

const swap = (columns: ColumnPairs): ColumnPairs => columns.map(([own, other]) => [other, own] as const)

/** A table with two foreign keys inside its primary key joins the two tables they point to. */
function withManyToMany(
  relationships: readonly ForeignRelationship[],
  tables: ReadonlyMap<string, Table>,
): ForeignRelationship[] {
  const byTable = new Map<string, ForeignRelationship[]>()
  for (const relationship of relationships) {
    if (relationship.cardinality.kind !== 'many-to-one') continue
    const key = keyOf(relationship.table.schema, relationship.table.name)
    byTable.set(key, [...(byTable.get(key) ?? []), relationship])
  }
  const joins: ForeignRelationship[] = []
  for (const [key, keys] of byTable) {
    const keyColumns = new Set(tables.get(key)?.keyColumns)
    for (const left of keys) {
      for (const right of keys) {
        const [a, b] = [left.cardinality, right.cardinality]
        if (a.kind === 'many-to-many' || b.kind === 'many-to-many' || a.constraint === b.constraint) continue
        if (![...a.columns, ...b.columns].every(([own]) => keyColumns.has(own))) continue
        joins.push({
          kind: 'foreign',
          table: left.target,
          target: right.target,
          isSelf: left.target.schema === right.target.schema && left.target.name === right.target.name,
          cardinality: {
            kind: 'many-to-many',
            junction: left.table,
            sourceConstraint: a.constraint,
            targetConstraint: b.constraint,
            sourceColumns: swap(a.columns),
            targetColumns: swap(b.columns),
          },
          tableIsView: left.targetIsView,
          targetIsView: right.targetIsView,
        })
      }
    }
  }
  return [...relationships, ...joins]
}

function withInverse(relationships: readonly ForeignRelationship[]): ForeignRelationship[] {
  return relationships.flatMap((relationship) => {
    const { cardinality } = relationship
    if (cardinality.kind === 'many-to-many') return [relationship]
    const columns = swap(cardinality.columns)
    return [
      relationship,
      {
        ...relationship,
        table: relationship.target,
        target: relationship.table,
        tableIsView: relationship.targetIsView,
        targetIsView: relationship.tableIsView,
        cardinality:
          cardinality.kind === 'one-to-one'
            ? { ...cardinality, columns, isParent: !cardinality.isParent }
            : { kind: 'one-to-many', constraint: cardinality.constraint, columns },
      },
    ]
  })
}

const ranks = { 'one-to-many': 0, 'many-to-one': 1, 'one-to-one': 2, 'many-to-many': 3 } as const

/** A stable order, so that the list in an ambiguity error is always the same. */
function compareRelationships(a: Relationship, b: Relationship): number {
  const [left, right] = [sortKey(a), sortKey(b)]
  for (const [index, part] of left.entries()) {
    const other = right[index] ?? ''
    if (part !== other) return part < other ? -1 : 1
  }
  return 0
}

function sortKey(relationship: Relationship): string[] {
  const { table, target } = relationship
  if (relationship.kind === 'computed') {
    return ['1', relationship.function.schema, relationship.function.name, table.schema, table.name]
  }
  const { cardinality } = relationship
  const rest =
    cardinality.kind === 'many-to-many'
      ? [
          cardinality.junction.schema,
          cardinality.junction.name,
          cardinality.sourceConstraint,
          cardinality.targetConstraint,
          JSON.stringify(cardinality.sourceColumns),
        ]
      : [cardinality.constraint, JSON.stringify(cardinality.columns)]
  return [
    '0',
    table.schema,
    table.name,
    target.schema,
    target.name,
    relationship.isSelf ? '1' : '0',
    String(ranks[cardinality.kind]),
    ...rest,
  ]
}
