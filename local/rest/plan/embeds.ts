import { requestErrors } from '../errors.ts'
import { isToOne, type Relationship, type SchemaCache } from '../schema_cache/types.ts'
import { findRelationship } from './relationships.ts'
import {
  type EmbedSelect,
  type JoinCondition,
  type PlannedLogic,
  type PlannedOrder,
  type ReadNode,
  type SpreadField,
  shownName,
} from './types.ts'

/** Name of the CTE that holds the rows of a write or a call. */
export const sourceName = 'pgrst_source'

/**
 * Finds the relationship of every embed and how it is joined.
 *
 * @param readsSource whether the root's rows come from the CTE of a write or a call
 */
export function joinEmbeds(cache: SchemaCache, schema: string, root: ReadNode, readsSource: boolean): void {
  if (readsSource) {
    // The table's name stays as alias, so that the relationships of the table are found.
    root.fromAlias = root.from.name
    root.from = { schema: '', name: sourceName }
  }
  for (const child of root.children) joinEmbed(cache, schema, root, child)
}

function joinEmbed(cache: SchemaCache, schema: string, parent: ReadNode, node: ReadNode): void {
  const origin = node.depth === 1 ? (parent.fromAlias ?? parent.from.name) : parent.from.name
  const relationship = findRelationship(cache, schema, origin, node.name, node.hint)
  const alias = `${relationship.target.name}_${node.depth}`
  node.relationship = relationship
  node.computedFrom = relationship.kind === 'computed' ? (parent.fromAlias ?? relationship.table.name) : null
  node.from = relationship.target
  node.aggregateAlias = `${relationship.table.name}_${shownName(node)}_${node.depth}`
  // The junction of a many-to-many is joined by its own name, and so is its target.
  const isManyToMany = relationship.kind === 'foreign' && relationship.cardinality.kind === 'many-to-many'
  node.fromAlias = isManyToMany ? null : alias
  node.joinConditions = joinConditions(relationship, isManyToMany ? null : alias, parent.fromAlias)
  if (node.spread && !isToOne(relationship)) node.spread = { kind: 'many', extra: [], order: [] }
  for (const child of node.children) joinEmbed(cache, schema, node, child)
}

function joinConditions(relationship: Relationship, alias: string | null, parentAlias: string | null): JoinCondition[] {
  if (relationship.kind === 'computed') return []
  const { table, target, cardinality } = relationship
  const named = (name: string | null, fallback: string) =>
    name === null ? { schema: table.schema, name: fallback } : { schema: '', name }
  if (cardinality.kind !== 'many-to-many') {
    return cardinality.columns.map(([own, other]) => ({
      left: { table: named(alias, target.name), column: other },
      right: { table: named(parentAlias, table.name), column: own },
    }))
  }
  const junction = cardinality.junction
  return [
    ...cardinality.targetColumns.map(([column, joined]) => ({
      left: { table: junction, column: joined },
      right: { table: { schema: table.schema, name: target.name }, column },
    })),
    ...cardinality.sourceColumns.map(([column, joined]) => ({
      left: { table: junction, column: joined },
      right: { table: named(parentAlias, table.name), column },
    })),
  ]
}

/** Points orders on an embed's columns to the embed. @throws {RestError} PGRST108, PGRST118 */
export function linkRelatedOrders(node: ReadNode): void {
  node.order = node.order.map((term): PlannedOrder => {
    if (term.relation === null) return term
    const embed = node.children.find((child) => shownName(child) === term.relation)
    if (!embed) throw requestErrors.notEmbedded(term.relation)
    if (!embed.relationship || !isToOne(embed.relationship)) {
      throw requestErrors.relatedOrder(node.from.name, shownName(embed))
    }
    return { ...term, relation: embed.aggregateAlias }
  })
  node.children.forEach(linkRelatedOrders)
}

/** Turns `embed=is.null` filters into conditions on the embed. */
export function linkNullFilters(node: ReadNode): void {
  node.where = node.where.map((logic) => linkNullFilter(node, logic))
  node.children.forEach(linkNullFilters)
}

function linkNullFilter(node: ReadNode, logic: PlannedLogic): PlannedLogic {
  if (logic.kind === 'embed') return logic
  if (logic.kind === 'group') {
    return { ...logic, members: logic.members.map((member) => linkNullFilter(node, member)) }
  }
  const { field, condition } = logic
  const isNullCheck = condition.operation.kind === 'is' && condition.operation.value === 'null'
  if (!isNullCheck || field.path.length > 0) return logic
  const embed = node.children.find((child) => shownName(child) === field.name)
  return embed ? { kind: 'embed', isNull: !condition.negated, alias: embed.aggregateAlias } : logic
}

/** Lists what each statement selects of its embeds. */
export function selectEmbeds(node: ReadNode): void {
  node.children.forEach(selectEmbeds)
  node.embedSelects = node.children.map((child): EmbedSelect => {
    if (child.spread) return { kind: 'spread', alias: child.aggregateAlias, fields: spreadFields(child) }
    return {
      kind: 'json',
      name: shownName(child),
      alias: child.aggregateAlias,
      isArray: !(child.relationship && isToOne(child.relationship)),
      isEmpty: selectsNothing(child),
    }
  })
}

const selectsNothing = (node: ReadNode): boolean => node.select.length === 0 && node.children.every(selectsNothing)

function spreadFields(node: ReadNode): SpreadField[] {
  const plain = (name: string): SpreadField => ({ name, aggregate: null, aggregateCast: null, alias: null })
  return [
    ...node.select.map(({ alias, field }) => plain(alias ?? field.name)),
    ...node.embedSelects.flatMap((embed) => (embed.kind === 'json' ? [plain(embed.name)] : embed.fields)),
  ]
}
