import type {
  EmbedSelect,
  JoinCondition,
  PlannedLogic,
  PlannedOrder,
  ReadNode,
  SelectedField,
  SpreadField,
} from '../plan/types.ts'
import { unknownField } from '../plan/types.ts'
import { rangeLimit } from '../request/ranges.ts'
import type { Aggregate } from '../request/types.ts'
import type { Qualified } from '../schema_cache/types.ts'
import { convertedSql, fieldSql, filterSql, logicSql, orderSql } from './conditions.ts'
import { quote, quoteColumn, quoteQualified, type StatementParams } from './writer.ts'

const everything: SelectedField = {
  field: unknownField('*'),
  aggregate: null,
  aggregateCast: null,
  cast: null,
  alias: null,
}

/** The statement that reads the rows of a node, embeds included. */
export function readSql(params: StatementParams, node: ReadNode): string {
  const table = tableOf(node)
  const selected = node.select.length === 0 && node.children.length === 0 ? [everything] : node.select
  const columns = [
    ...selected.map((field) => selectSql(params, table, field)),
    ...(node.spread?.kind === 'many'
      ? node.spread.extra.map(({ relation, selected: extra }) =>
          selectSql(params, relation === null ? table : { schema: '', name: relation }, extra),
        )
      : []),
    ...node.embedSelects.flatMap((embed) => embedColumns(embed)),
  ]
  const joins = node.embedSelects.map((embed, index) => {
    const child = node.children[index]
    return child ? joinSql(params, embed, child) : ''
  })
  return [
    `select ${columns.join(', ')}`,
    fromSql(node),
    joins.join(''),
    whereSql([
      ...node.where.map((logic) => logicSql(params, table, logic)),
      ...node.joinConditions.map(joinConditionSql),
    ]),
    groupSql(params, table, node),
    orderSql(params, table, node.order),
    rangeSql(params, node),
  ].join('')
}

/** The name under which a node's columns are addressed. */
function tableOf(node: ReadNode): Qualified {
  if (node.relationship?.kind === 'computed') {
    return { schema: '', name: node.fromAlias ?? node.relationship.function.name }
  }
  return node.fromAlias === null ? node.from : { schema: '', name: node.fromAlias }
}

function fromSql(node: ReadNode): string {
  const { relationship, fromAlias } = node
  const alias = fromAlias === null ? '' : ` as ${quote(fromAlias)}`
  if (relationship?.kind === 'computed') {
    // The cast chooses among overloaded functions: rows of a CTE have no type of their own.
    const row = `${quote(node.computedFrom ?? relationship.table.name)}::${quoteQualified(relationship.table)}`
    return ` from ${quoteQualified(relationship.function)}(${row})${alias}`
  }
  const isManyToMany = relationship?.cardinality.kind === 'many-to-many'
  const junction = isManyToMany ? `, ${quoteQualified(relationship.cardinality.junction)}` : ''
  return ` from ${quoteQualified(node.from)}${alias}${junction}`
}

const whereSql = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`

const joinConditionSql = ({ left, right }: JoinCondition): string =>
  `${quoteColumn(left.table, left.column)} = ${quoteColumn(right.table, right.column)}`

const castSql = (sql: string, type: string | null): string => (type === null ? sql : `cast(${sql} as ${type})`)
const aliasSql = (alias: string | null): string => (alias === null ? '' : ` as ${quote(alias)}`)
const aggregateSql = (sql: string, aggregate: Aggregate | null, cast: string | null): string =>
  aggregate === null ? sql : castSql(`${aggregate}(${sql})`, cast)

function selectSql(params: StatementParams, table: Qualified, selected: SelectedField): string {
  const isCountAll = selected.aggregate === 'count' && selected.field.name === '*' && !selected.field.isFullRow
  const value = isCountAll ? '*' : castSql(convertedSql(params, table, selected.field), selected.cast)
  return aggregateSql(value, selected.aggregate, selected.aggregateCast) + aliasSql(selected.alias)
}

const spreadColumn = (alias: string, name: string): string => `${quote(alias)}.${name === '*' ? '*' : quote(name)}`

function embedColumns(embed: EmbedSelect): string[] {
  if (embed.kind === 'spread') {
    return embed.fields.map(
      (field) =>
        aggregateSql(spreadColumn(embed.alias, field.name), field.aggregate, field.aggregateCast) +
        aliasSql(field.alias),
    )
  }
  if (embed.isEmpty) return []
  const alias = quote(embed.alias)
  return embed.isArray
    ? [`coalesce(${alias}.${alias}, '[]') as ${quote(embed.name)}`]
    : [`row_to_json(${alias}.*)::jsonb as ${quote(embed.name)}`]
}

function joinSql(params: StatementParams, embed: EmbedSelect, child: ReadNode): string {
  const alias = quote(embed.alias)
  const join = child.join === 'inner' ? ' inner join lateral ' : ' left join lateral '
  const isMany = embed.kind === 'json' ? embed.isArray : child.spread?.kind === 'many'
  const rows = readSql(params, child)
  if (!isMany) return `${join}(${rows}) as ${alias} on true`
  const order = child.spread?.kind === 'many' ? child.spread.order : []
  const spread =
    embed.kind === 'spread' ? embed.fields.map((field) => spreadArraySql(params, embed.alias, field, order)) : []
  const columns = [`json_agg(${alias})::jsonb as ${alias}`, ...spread]
  const condition = child.join === 'inner' ? `${alias} is not null` : 'true'
  return `${join}(select ${columns.join(', ')} from (${rows}) as ${alias}) as ${alias} on ${condition}`
}

function spreadArraySql(
  params: StatementParams,
  alias: string,
  field: SpreadField,
  order: readonly PlannedOrder[],
): string {
  const sorted = orderSql(params, { schema: '', name: alias }, order)
  const values = `json_agg(${spreadColumn(alias, field.name)}${sorted})`
  return `coalesce(${values}, '[]')::jsonb as ${quote(field.alias ?? field.name)}`
}

function groupSql(params: StatementParams, table: Qualified, node: ReadNode): string {
  const isAggregated =
    node.select.some((selected) => selected.aggregate !== null) ||
    node.embedSelects.some((embed) => embed.kind === 'spread' && embed.fields.some((field) => field.aggregate !== null))
  if (!isAggregated) return ''
  const terms = [
    ...node.select.flatMap((selected) => {
      if (selected.aggregate !== null) return []
      return [selected.alias === null ? fieldSql(params, table, selected.field) : quote(selected.alias)]
    }),
    ...node.embedSelects.flatMap((embed) => {
      if (embed.kind === 'json') return [quote(embed.name)]
      return embed.fields.flatMap((field) =>
        field.aggregate === null ? [`${quote(embed.alias)}.${quote(field.alias ?? field.name)}`] : [],
      )
    }),
  ]
  return terms.length === 0 ? '' : ` group by ${terms.join(', ')}`
}

/**
 * A limit is a number that the parser made and stands in the statement as it is: with a parameter Postgres cannot tell
 * how few rows are wanted and plans the statement anew each time. What is no safe integer is Postgres's to refuse.
 */
function rangeSql(params: StatementParams, { range }: ReadNode): string {
  const limit = rangeLimit(range)
  const count = limit !== null && (Number.isSafeInteger(limit) ? limit.toFixed(0) : params.add(String(limit)))
  const limited = count === false ? '' : ` limit ${count}`
  return range.lower === 0 ? limited : `${limited} offset ${params.add(String(range.lower))}`
}

/**
 * The statement whose rows are counted for the total: only conditions, no limits. Inner joins become `exists`, so that
 * they do not multiply rows.
 */
export function countSql(params: StatementParams, node: ReadNode): string {
  const table = tableOf(node)
  const conditions = [
    ...node.where.map((logic) => countLogicSql(params, table, node, logic)),
    ...node.joinConditions.map(joinConditionSql),
    ...node.children.filter((child) => child.join === 'inner').map((child) => `exists (${countSql(params, child)})`),
  ]
  return `select 1${fromSql(node)}${whereSql(conditions)}`
}

function countLogicSql(params: StatementParams, table: Qualified, node: ReadNode, logic: PlannedLogic): string {
  if (logic.kind === 'group') {
    const members = logic.members.map((member) => countLogicSql(params, table, node, member))
    return `${logic.negated ? 'not ' : ''}(${members.join(` ${logic.operator} `)})`
  }
  if (logic.kind === 'filter') return filterSql(params, table, logic)
  const embed = node.children.find((child) => child.aggregateAlias === logic.alias)
  return embed ? `${logic.isNull ? 'not ' : ''}exists (${countSql(params, embed)})` : 'true'
}
