import type { PlannedLogic, PlannedOrder, TypedField } from '../plan/types.ts'
import type { JsonStep, QuantifiableOperator, SearchOperator, SimpleOperator } from '../request/types.ts'
import type { Qualified } from '../schema_cache/types.ts'
import { arrayText, quote, quoteColumn, type StatementParams } from './writer.ts'

const simpleOperators: Record<SimpleOperator, string> = {
  neq: '<>',
  cs: '@>',
  cd: '<@',
  ov: '&&',
  sl: '<<',
  sr: '>>',
  nxr: '&<',
  nxl: '&>',
  adj: '-|-',
}

const quantifiableOperators: Record<QuantifiableOperator, string> = {
  eq: '=',
  gte: '>=',
  gt: '>',
  lte: '<=',
  lt: '<',
  like: 'like',
  ilike: 'ilike',
  match: '~',
  imatch: '~*',
}

const searchFunctions: Record<SearchOperator, string> = {
  fts: 'to_tsquery',
  plfts: 'plainto_tsquery',
  phfts: 'phraseto_tsquery',
  wfts: 'websearch_to_tsquery',
}

const isOperands = { null: 'null', not_null: 'not null', true: 'true', false: 'false', unknown: 'unknown' } as const

const pathSql = (params: StatementParams, path: readonly JsonStep[]): string =>
  path
    .map(({ asText, operand }) => {
      const place = 'key' in operand ? params.add(operand.key) : `${params.add(operand.index)}::int`
      return `${asText ? '->>' : '->'}${place}`
    })
    .join('')

const languageSql = (params: StatementParams, language: string | null): string =>
  language === null ? '' : `${params.add(language)}, `

/** A field of `table`, with its path and whatever a search needs. */
export function fieldSql(params: StatementParams, table: Qualified, field: TypedField): string {
  const language = field.searchLanguage && languageSql(params, field.searchLanguage.language)
  const sql = plainFieldSql(params, table, field)
  return language === null ? sql : `to_tsvector(${language}${sql})`
}

function plainFieldSql(params: StatementParams, table: Qualified, field: TypedField): string {
  if (field.isFullRow) return quote(table.name)
  const column = quoteColumn(table, field.name)
  if (field.path.length === 0) return column
  return (field.toJson ? `to_jsonb(${column})` : column) + pathSql(params, field.path)
}

/** The field, converted when the plan says so. */
export function convertedSql(params: StatementParams, table: Qualified, field: TypedField): string {
  const sql = fieldSql(params, table, field)
  return field.transform === null ? sql : `${field.transform}(${sql})`
}

/** A condition on the rows of `table`. */
export function logicSql(params: StatementParams, table: Qualified, logic: PlannedLogic): string {
  if (logic.kind === 'embed') {
    return `${quote(logic.alias)} is ${logic.isNull ? 'not ' : ''}distinct from null`
  }
  if (logic.kind === 'filter') return filterSql(params, table, logic)
  const members = logic.members.map((member) => logicSql(params, table, member))
  return `${logic.negated ? 'not ' : ''}(${members.join(` ${logic.operator} `)})`
}

/** A filter on a column of `table`. */
export function filterSql(
  params: StatementParams,
  table: Qualified,
  { field, condition }: Extract<PlannedLogic, { kind: 'filter' }>,
): string {
  const { operation, negated } = condition
  const left = `${negated ? 'not ' : ''}${fieldSql(params, table, field)}`
  const value = (text: string) =>
    field.transform === null ? params.add(text) : `${field.transform}(${params.add(text)})`
  switch (operation.kind) {
    case 'simple':
      return `${left} ${simpleOperators[operation.operator]} ${value(operation.value)}`
    case 'quantified': {
      const { operator, quantifier } = operation
      const isPattern = operator === 'like' || operator === 'ilike'
      const right = isPattern ? params.add(operation.value.replaceAll('*', '%')) : value(operation.value)
      const quantified = quantifier === null ? right : `${quantifier}(${right})`
      return `${left} ${quantifiableOperators[operator]} ${quantified}`
    }
    case 'in': {
      const { values } = operation
      if (values.length === 1 && values[0] === '') return `${left} = any ('{}')`
      const list = params.add(arrayText(values))
      if (field.transform === null) return `${left} = any (${list})`
      return `${left} = any ((select ${field.transform}(unnest(${list}::text[]))))`
    }
    case 'is':
      return `${left} is ${isOperands[operation.value]}`
    case 'distinct':
      return `${left} is distinct from ${params.add(operation.value)}`
    case 'search': {
      const language = languageSql(params, operation.language)
      return `${left} @@ ${searchFunctions[operation.operator]}(${language}${params.add(operation.value)})`
    }
  }
}

/** The `order by` clause; empty without terms. */
export function orderSql(params: StatementParams, table: Qualified, order: readonly PlannedOrder[]): string {
  if (order.length === 0) return ''
  const terms = order.map((term) => {
    const from = term.relation === null ? table : { schema: '', name: term.relation }
    const direction = term.direction === null ? '' : ` ${term.direction}`
    const nulls = term.nulls === null ? '' : ` nulls ${term.nulls}`
    return fieldSql(params, from, term.field) + direction + nulls
  })
  return ` order by ${terms.join(', ')}`
}
