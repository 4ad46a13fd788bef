import type { TypedField } from '../plan/types.ts'
import type { WritePlan } from '../plan/write_plan.ts'
import type { Qualified } from '../schema_cache/types.ts'
import { logicSql } from './conditions.ts'
import { literal, quote, quoteColumn, quoteQualified, type StatementParams } from './writer.ts'

const body: Qualified = { schema: '', name: 'pgrst_body' }

/** Whether a JSON text is an object. Postgres checks the rest. */
export const isJsonObject = (text: string): boolean => /^[ \t\r\n]*\{/.test(text)

/** How the rows of a JSON body are read. */
export interface BodyOptions {
  /** Columns with the types to read them as. */
  readonly fields: readonly Pick<TypedField, 'name' | 'type' | 'transform' | 'default'>[]
  /** Starts with a select of the columns. */
  readonly selects: boolean
  /** Takes only the first of an array. */
  readonly first: boolean
  /** Missing values take the column's default. */
  readonly defaults: boolean
}

/** The rows of a JSON body as `pgrst_body`. The body is one parameter. */
export function bodySql(params: StatementParams, json: string, options: BodyOptions): string {
  const { fields, defaults } = options
  const isObject = isJsonObject(json)
  const select = options.selects ? `select ${fields.map(({ name }) => quoteColumn(body, name)).join(', ')} ` : ''
  const payload = `from (select ${params.add(json)}::${defaults ? 'jsonb' : 'json'} as json_data) pgrst_payload, `
  const withDefaults = defaults ? defaultsSql(fields, isObject) : ''
  const source = defaults ? 'pgrst_defaults.json_data' : 'pgrst_payload.json_data'
  const kind = defaults ? 'jsonb' : 'json'
  const columns = fields.map(({ name, transform }) =>
    transform === null ? quote(name) : `${transform}(${quote(name)}) as ${quote(name)}`,
  )
  const types = fields.map(({ name, type }) => `${quote(name)} ${type}`)
  const emptyRows = isObject ? '(values (1)) _' : `${kind}_array_elements(${source}) _`
  const rows =
    fields.length === 0
      ? emptyRows
      : `${kind}_to_record${isObject ? '' : 'set'}(${source}) as _(${types.join(', ')})${options.first ? ' limit 1' : ''}`
  return `${select}${payload}${withDefaults}lateral (select ${columns.join(', ')} from ${rows}) pgrst_body`
}

function defaultsSql(fields: BodyOptions['fields'], isObject: boolean): string {
  const pairs = fields.flatMap(({ name, default: value }) => (value === null ? [] : [`${literal(name)}, ${value}`]))
  const values = `jsonb_build_object(${pairs.join(', ')})`
  return isObject
    ? `lateral (select ${values} || pgrst_payload.json_data as json_data) pgrst_defaults, `
    : `lateral (select jsonb_agg(${values} || elem) as json_data from jsonb_array_elements(pgrst_payload.json_data) elem) pgrst_defaults, `
}

/** The statement that changes rows and returns what the answer needs of them. */
export function writeSql(params: StatementParams, plan: WritePlan): string {
  switch (plan.mutation) {
    case 'insert':
    case 'upsert-one':
      return insertSql(params, plan)
    case 'update':
      return updateSql(params, plan)
    case 'delete':
      return `delete from ${quoteQualified(plan.table)}${whereSql(params, plan, plan.table)} ${returningSql(plan)}`
  }
}

/** Counts in a setting of the transaction how many rows were new; always true. */
const countInserted = (isNew: boolean): string => {
  const current = "coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0)"
  return `set_config('pgrst.inserted', (${current} ${isNew ? '+' : '-'} 1)::text, true) <> '${isNew ? '0' : '-1'}'`
}

function insertSql(params: StatementParams, plan: WritePlan): string {
  const names = plan.columns.map(({ name }) => quote(name))
  const isPut = plan.mutation === 'upsert-one'
  const merges = plan.onConflict?.merge ?? false
  const rows = bodySql(params, plan.body, {
    fields: plan.columns,
    selects: true,
    first: false,
    defaults: plan.applyDefaults,
  })
  const conditions = [
    ...(isPut || merges ? [countInserted(true)] : []),
    ...(isPut ? plan.where.map((logic) => logicSql(params, body, logic)) : []),
  ]
  return [
    `insert into ${quoteQualified(plan.table)}${names.length === 0 ? '' : `(${names.join(', ')})`} ${rows}`,
    conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`,
    conflictSql(plan, names),
    returningSql(plan),
  ].join(' ')
}

function conflictSql(plan: WritePlan, names: readonly string[]): string {
  const { onConflict } = plan
  if (!onConflict || onConflict.columns.length === 0) return ''
  const target = `on conflict (${onConflict.columns.map(quote).join(', ')})`
  if (!onConflict.merge || names.length === 0) return `${target} do nothing`
  const assignments = names.map((name) => `${name} = excluded.${name}`)
  return `${target} do update set ${assignments.join(', ')} where ${countInserted(false)}`
}

function updateSql(params: StatementParams, plan: WritePlan): string {
  if (plan.columns.length === 0) {
    // Nothing to set: no row, but with the columns that the select may name.
    const columns = plan.returning.map((column) => quoteColumn({ schema: '', name: plan.table.name }, column))
    return `select ${columns.length === 0 ? 'null' : columns.join(', ')} from ${quoteQualified(plan.table)} where false`
  }
  const assignments = plan.columns.map(({ name }) => `${quote(name)} = ${quoteColumn(body, name)}`)
  const rows = bodySql(params, plan.body, {
    fields: plan.columns,
    selects: false,
    first: false,
    defaults: plan.applyDefaults,
  })
  const where = whereSql(params, plan, plan.table)
  return `update ${quoteQualified(plan.table)} set ${assignments.join(', ')} ${rows}${where} ${returningSql(plan)}`
}

function whereSql(params: StatementParams, plan: WritePlan, table: Qualified): string {
  if (plan.where.length === 0) return ''
  return ` where ${plan.where.map((logic) => logicSql(params, table, logic)).join(' and ')}`
}

/** Without columns `1` tells how many rows there were. */
const returningSql = ({ table, returning }: WritePlan): string =>
  `returning ${returning.length === 0 ? '1' : returning.map((column) => quoteColumn(table, column)).join(', ')}`
