import type { Qualified } from './types.ts'
import { keyOf } from './types.ts'
import { viewColumns } from './view_columns.ts'

/** A view as the catalogue stores it. */
export interface StoredView extends Qualified {
  readonly oid: string
  readonly tree: string
  /** Column names by number. */
  readonly columns: Readonly<Record<string, string>> | null
}

/** A primary or foreign key as the catalogue stores it. */
export interface StoredKey extends Qualified {
  readonly type: string
  readonly constraint: string
  readonly relation: string
  readonly columns: readonly (readonly [number: number, name: string])[]
  readonly targetRelation: string
  readonly targetSchema: string | null
  readonly targetName: string | null
  readonly targetColumns: readonly (readonly [number: number, name: string])[] | null
}

/** A key of a table whose columns all appear in a view. */
export interface ViewKey {
  readonly table: Qualified
  readonly view: Qualified
  readonly constraint: string
  /** Own primary key, own foreign key, or the columns that somebody's foreign key points to. */
  readonly type: 'primary' | 'foreign' | 'referenced'
  /** Each column of the key with the columns of the view that show it. */
  readonly columns: readonly (readonly [column: string, viewColumns: readonly string[]])[]
}

/**
 * Finds the keys that can be seen through views, also through views of views.
 *
 * @param exposed schemas whose views are of interest; other views only lead on to tables
 */
export function findViewKeys(
  views: readonly StoredView[],
  keys: readonly StoredKey[],
  exposed: readonly string[],
): ViewKey[] {
  const columnsOf = new Map(views.map((view) => [view.oid, viewColumns(view.tree)]))
  const candidates = sidesByRelation(keys)
  return views
    .filter((view) => exposed.includes(view.schema))
    .flatMap((view) => {
      const shown = shownColumns(view, columnsOf)
      return [...shown.keys()].flatMap((relation) =>
        (candidates.get(relation) ?? []).flatMap((side) => {
          const columns = side.columns.map(([number, name]) => [name, shown.get(relation)?.get(number) ?? []] as const)
          if (columns.some(([, names]) => names.length === 0)) return []
          return [{ table: side.table, view, constraint: side.constraint, type: side.type, columns }]
        }),
      )
    })
}

interface KeySide {
  readonly table: Qualified
  readonly constraint: string
  readonly type: ViewKey['type']
  readonly columns: readonly (readonly [number: number, name: string])[]
}

function sidesByRelation(keys: readonly StoredKey[]): Map<string, KeySide[]> {
  const sides = new Map<string, KeySide[]>()
  const add = (relation: string, side: KeySide) => {
    const list = sides.get(relation)
    if (list) list.push(side)
    else sides.set(relation, [side])
  }
  for (const key of keys) {
    const type = key.type === 'p' ? 'primary' : 'foreign'
    const table = { schema: key.schema, name: key.name }
    add(key.relation, { table, constraint: key.constraint, type, columns: key.columns })
    if (key.targetSchema !== null && key.targetName !== null && key.targetColumns !== null) {
      const target = { schema: key.targetSchema, name: key.targetName }
      const columns = key.targetColumns
      add(key.targetRelation, { table: target, constraint: key.constraint, type: 'referenced', columns })
    }
  }
  return sides
}

type Shown = Map<string, Map<number, string[]>>

/** For each relation below the view: its column numbers with the names that the view gives them. */
function shownColumns(view: StoredView, columnsOf: ReadonlyMap<string, ReturnType<typeof viewColumns>>): Shown {
  const shown: Shown = new Map()
  const follow = (name: string, relation: string, column: number, passed: readonly string[]) => {
    const columns = shown.get(relation) ?? new Map<number, string[]>()
    const names = columns.get(column) ?? []
    if (!names.includes(name)) names.push(name)
    shown.set(relation, columns.set(column, names))
    if (passed.includes(relation)) return
    for (const below of columnsOf.get(relation) ?? []) {
      if (below.number === column) follow(name, below.relation, below.column, [...passed, relation])
    }
  }
  for (const column of columnsOf.get(view.oid) ?? []) {
    const name = view.columns?.[String(column.number)]
    if (name !== undefined) follow(name, column.relation, column.column, [view.oid])
  }
  return shown
}

/** Keys of one kind by table (or view) and constraint. */
export function indexViewKeys(
  keys: readonly ViewKey[],
): (table: Qualified, constraint: string, type: ViewKey['type']) => readonly ViewKey[] {
  const index = new Map<string, ViewKey[]>()
  for (const key of keys) {
    const id = `${keyOf(key.table.schema, key.table.name)}\u0000${key.constraint}\u0000${key.type}`
    const list = index.get(id)
    if (list) list.push(key)
    else index.set(id, [key])
  }
  return (table, constraint, type) =>
    index.get(`${keyOf(table.schema, table.name)}\u0000${constraint}\u0000${type}`) ?? []
}
