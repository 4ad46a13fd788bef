import { requestErrors } from '../errors.ts'
import type { Aggregate } from '../request/types.ts'
import { type PlannedOrder, type ReadNode, type SelectedField, unknownField } from './types.ts'

/** @throws {RestError} PGRST123 when the select uses an aggregate */
export function forbidAggregates(node: ReadNode): void {
  if (node.select.some((selected) => selected.aggregate !== null)) throw requestErrors.aggregates()
  node.children.forEach(forbidAggregates)
}

interface Hoisted {
  /** Embed and column whose values are aggregated. */
  readonly embed: string
  readonly column: string
  readonly aggregate: Aggregate
  readonly cast: string | null
  readonly alias: string | null
}

/**
 * Moves aggregates out of to-one spread embeds into the first statement above that is not spread: there they group by
 * the columns that are selected beside them.
 *
 * @returns what the parent has to aggregate
 */
export function hoistAggregates(node: ReadNode): Hoisted[] {
  const fromChildren = node.children.flatMap(hoistAggregates)
  const isToOneSpread = node.spread?.kind === 'one'
  if (!isToOneSpread) {
    node.embedSelects = node.embedSelects.map((embed) => {
      if (embed.kind === 'json') return embed
      const fields = embed.fields.map((field) => {
        const hoisted = fromChildren.find(({ embed: alias, column }) => alias === embed.alias && column === field.name)
        if (!hoisted) return field
        return { ...field, aggregate: hoisted.aggregate, aggregateCast: hoisted.cast, alias: hoisted.alias }
      })
      return { ...embed, fields }
    })
    return []
  }
  const own = node.select.flatMap((selected): Hoisted[] =>
    selected.aggregate === null
      ? []
      : [
          {
            embed: node.aggregateAlias,
            column: selected.alias ?? selected.field.name,
            aggregate: selected.aggregate,
            cast: selected.aggregateCast,
            alias: selected.alias,
          },
        ],
  )
  node.select = node.select.map((selected) => ({ ...selected, aggregate: null, aggregateCast: null }))
  return [...own, ...fromChildren.map((hoisted) => ({ ...hoisted, embed: node.aggregateAlias }))]
}

/**
 * Moves the order of to-many spread embeds to where their rows become arrays. The columns of the order are selected
 * too, under names of their own.
 *
 * @throws {RestError} PGRST127 when such an embed aggregates
 */
export function moveSpreadOrders(node: ReadNode): void {
  if (node.spread?.kind === 'many') {
    const aggregates =
      node.select.some((selected) => selected.aggregate !== null) ||
      node.embedSelects.some(
        (embed) => embed.kind === 'spread' && embed.fields.some((field) => field.aggregate !== null),
      )
    if (aggregates) {
      throw requestErrors.unsupported('Aggregates are not implemented for one-to-many or many-to-many spreads.')
    }
    const moved = node.order.map((term, index) => {
      const alias = `${node.aggregateAlias}_${term.field.name}_${index + 1}`
      const selected: SelectedField = { field: term.field, aggregate: null, aggregateCast: null, cast: null, alias }
      const order: PlannedOrder = { ...term, relation: null, field: unknownField(alias) }
      return { extra: { relation: term.relation, selected }, order }
    })
    node.spread = { kind: 'many', extra: moved.map(({ extra }) => extra), order: moved.map(({ order }) => order) }
    node.order = []
  }
  node.children.forEach(moveSpreadOrders)
}
