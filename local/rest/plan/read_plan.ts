import { requestErrors } from '../errors.ts'
import { type QueryParams, rangePath } from '../request/query_string.ts'
import { allRows, isLimitZero, noRows, type Range, restrictRange } from '../request/ranges.ts'
import type { EmbedPath, SelectItem } from '../request/types.ts'
import { isToOne, keyOf, type Qualified, type SchemaCache } from '../schema_cache/types.ts'
import { forbidAggregates, hoistAggregates, moveSpreadOrders } from './aggregates.ts'
import { joinEmbeds, linkNullFilters, linkRelatedOrders, selectEmbeds, sourceName } from './embeds.ts'
import { columnField, resolveFilter, resolveLogic, resolveOrder, resolveOutput, withOutput } from './resolve.ts'
import { type ReadNode, type SelectedField, shownName } from './types.ts'

/** What a read plan is made of besides the query string. */
export interface ReadContext {
  readonly cache: SchemaCache
  readonly maxRows: number | null
  readonly aggregatesEnabled: boolean
  /** Whether embeds answer to their name even when they have an alias. */
  readonly legacyTargetNames: boolean
  /** What is done with the root: writes filter the rows they change, not those they answer. */
  readonly action: 'read' | 'write' | 'call'
  /** Rows of each level, the root's under `limit`. */
  readonly ranges: ReadonlyMap<string, Range>
}

/**
 * Plans what is selected of `table` and its embeds.
 *
 * @throws {RestError} when an embed or a place of a filter does not exist
 */
export function planRead(table: Qualified, query: QueryParams, context: ReadContext): ReadNode {
  const { cache, action } = context
  const root = newNode(table.schema, { name: table.name, alias: null, hint: null, join: null }, 0, cache, query.select)
  const at = <T>(params: readonly { path: EmbedPath; value: T }[], apply: (node: ReadNode, value: T) => void) => {
    for (const { path, value } of params.toReversed()) apply(findNode(root, path, context.legacyTargetNames), value)
  }
  const mayFilter = (path: EmbedPath) => action !== 'write' || path.length > 0
  at(
    query.filters.filter(({ path }) => mayFilter(path)),
    (node, filter) => node.where.unshift(resolveFilter(cache, node.from, filter)),
  )
  at(query.order, (node, terms) => {
    node.order = terms.map((term) => resolveOrder(cache, table, term))
  })
  if (action !== 'write') {
    const ranges = [...context.ranges].map(([name, range]) => ({ path: rangePath(name), value: range }))
    at(ranges, (node, range) => {
      node.range = range
    })
  }
  at(
    query.logic.filter(({ path }) => mayFilter(path)),
    (node, logic) => node.where.unshift(resolveLogic(cache, node.from, logic)),
  )
  joinEmbeds(cache, table.schema, root, action !== 'read')
  expandStars(cache, table.schema, root, false)
  nameFields(root)
  linkRelatedOrders(root)
  linkNullFilters(root)
  selectEmbeds(root)
  if (!context.aggregatesEnabled) forbidAggregates(root)
  hoistAggregates(root)
  moveSpreadOrders(root)
  if (action !== 'write') limitRows(root, context.maxRows)
  return root
}

function newNode(
  schema: string,
  head: Pick<ReadNode, 'name' | 'alias' | 'hint' | 'join'>,
  depth: number,
  cache: SchemaCache,
  items: readonly SelectItem[],
): ReadNode {
  const from = { schema, name: head.name }
  const node: ReadNode = {
    ...head,
    depth,
    from,
    select: [],
    fromAlias: null,
    where: [],
    order: [],
    range: allRows,
    relationship: null,
    computedFrom: null,
    joinConditions: [],
    aggregateAlias: '',
    spread: null,
    embedSelects: [],
    isAddressedByName: false,
    children: [],
  }
  for (const item of items) {
    if (item.kind === 'field') {
      node.select.push({ ...item, field: resolveOutput(cache, from, item.field) })
      continue
    }
    const child = newNode(
      schema,
      { name: item.relation, alias: item.alias, hint: item.hint, join: item.join },
      depth + 1,
      cache,
      item.items,
    )
    if (item.kind === 'spread') child.spread = { kind: 'one' }
    node.children.push(child)
  }
  return node
}

/** The node at the end of a path of aliases or, as long as that is allowed, names. */
function findNode(root: ReadNode, path: EmbedPath, legacyTargetNames: boolean): ReadNode {
  let node = root
  for (const name of path) {
    const isNamed = (candidate: ReadNode) => candidate.name === name || candidate.alias === name
    const child = node.children.find(legacyTargetNames ? isNamed : (candidate) => shownName(candidate) === name)
    if (!child) {
      const alias = node.children.find(isNamed)?.alias
      throw alias ? requestErrors.notEmbeddedByName(name, alias) : requestErrors.notEmbedded(name)
    }
    if (child.name === name && child.alias !== null && child.alias !== name) child.isAddressedByName = true
    node = child
  }
  return node
}

/** Embeds that were addressed by their name although they have an alias. */
export const addressedByName = (node: ReadNode): { name: string; alias: string }[] => [
  ...(node.isAddressedByName && node.alias !== null ? [{ name: node.name, alias: node.alias }] : []),
  ...node.children.flatMap(addressedByName),
]

/**
 * Writes `*` out where the columns must be known one by one: beside aggregates (for grouping), in to-many spreads,
 * and when a column is converted.
 */
function expandStars(cache: SchemaCache, schema: string, node: ReadNode, isAggregated: boolean): void {
  const grouped =
    isAggregated || node.spread?.kind === 'many' || node.select.some((selected) => selected.aggregate !== null)
  const isSource = node.from.schema === '' && node.from.name === sourceName && node.fromAlias !== null
  const table = isSource ? { schema, name: node.fromAlias ?? '' } : node.from
  const columns = [...(cache.tables.get(keyOf(table.schema, table.name))?.columns.values() ?? [])]
  const isStar = ({ field }: SelectedField) => field.name === '*' && field.path.length === 0
  const isExpandable = (selected: SelectedField) =>
    isStar(selected) && (selected.aggregate === null || (node.spread !== null && selected.aggregate === 'count'))
  const isConverted = columns.some((column) => cache.representations.has(keyOf(column.nominalType, 'json')))
  if (node.select.some(isExpandable) && (grouped || isConverted)) {
    node.select = node.select.flatMap((selected): SelectedField[] => {
      if (!isExpandable(selected)) return [selected]
      if (selected.aggregate !== null) return [{ ...selected, field: { ...selected.field, isFullRow: true } }]
      return columns.map((column) => ({ ...selected, field: withOutput(cache, columnField(column), 'json') }))
    })
  }
  for (const child of node.children) expandStars(cache, schema, child, grouped)
}

/** Gives names to selected fields that would have none, or a wrong one. */
function nameFields(node: ReadNode): void {
  node.select = node.select.map((selected): SelectedField => {
    if (selected.alias !== null) return selected
    if (selected.aggregate !== null) return node.spread ? { ...selected, alias: selected.aggregate } : selected
    const { field } = selected
    if (field.path.length > 0) return { ...selected, alias: pathName(field.path) ?? field.name }
    return field.transform === null ? selected : { ...selected, alias: field.name }
  })
  node.children.forEach(nameFields)
}

/** `data->1->key->>2` is called `key`: the last name in the path. */
function pathName(path: SelectedField['field']['path']): string | null {
  const named = path.findLast((step) => 'key' in step.operand)
  return named && 'key' in named.operand ? named.operand.key : null
}

function limitRows(node: ReadNode, maxRows: number | null): void {
  if (!isOneByKey(node) || node.range !== allRows) {
    node.range = isLimitZero(node.range) ? noRows : restrictRange(maxRows, node.range)
  }
  for (const child of node.children) limitRows(child, maxRows)
}

/** Whether a foreign key gives the node at most one row, so that a limit would only keep Postgres from joining freely. */
function isOneByKey({ relationship }: ReadNode): boolean {
  return relationship?.kind === 'foreign' && isToOne(relationship) && !relationship.targetIsView
}

/** Whether everything is selected and nothing embedded, so that a custom media type of the table applies. */
export const selectsAll = (root: ReadNode): boolean =>
  root.children.length === 0 && root.select.length === 1 && root.select[0]?.field.name === '*'

/**
 * Columns that a write or call has to return so that the select and the embeds work.
 *
 * @param keyColumns primary key, which the `Location` header needs
 */
export function neededColumns(root: ReadNode, keyColumns: readonly string[]): string[] {
  const selected = root.select.map(({ field }) => field.name)
  // With `*` nothing may be added, or it would be answered twice.
  if (selected.includes('*')) return ['*']
  if (root.children.some((child) => child.relationship?.kind === 'computed')) return ['*']
  const joined = root.children.flatMap((child) => {
    if (child.relationship?.kind !== 'foreign') return []
    const { cardinality } = child.relationship
    const pairs = cardinality.kind === 'many-to-many' ? cardinality.sourceColumns : cardinality.columns
    return pairs.map(([own]) => own)
  })
  return [...new Set([...selected, ...joined, ...keyColumns])].sort()
}
