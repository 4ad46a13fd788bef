import type { CallPlan } from '../plan/call_plan.ts'
import { sourceName } from '../plan/embeds.ts'
import type { Negotiated } from '../plan/negotiate.ts'
import type { ReadNode } from '../plan/types.ts'
import type { WritePlan } from '../plan/write_plan.ts'
import type { Preferences } from '../request/preferences.ts'
import { allRows, type Range, sameRange } from '../request/ranges.ts'
import { returnsSingle } from '../schema_cache/types.ts'
import { handlerSql } from './body_sql.ts'
import { callSql } from './call_sql.ts'
import { countSql, readSql } from './read_sql.ts'
import { writeSql } from './write_sql.ts'
import { literal, type Statement, StatementParams } from './writer.ts'

const setting = (name: string): string => `nullif(current_setting('${name}', true), '')`
const responseSettings = `${setting('response.headers')}, ${setting('response.status')}`

/** What the statements of reads and calls need besides the plan. */
export interface StatementOptions {
  readonly negotiated: Negotiated
  readonly preferences: Preferences
  readonly maxRows: number | null
  /** Rows asked for at the root, without the server's own limit. */
  readonly range: Range
}

/** Reads rows. */
export function readStatement(read: ReadNode, options: StatementOptions): Statement {
  const params = new StatementParams()
  const rows = readSql(params, read)
  const pageTotal = 'count(_pgrst)'
  const { cte, total } = totalSql(params, read, pageTotal, options, true)
  const columns = [total, pageTotal, handlerSql(options.negotiated.handler, null), responseSettings]
  return explained(
    options.negotiated,
    `with ${sourceName} as (${rows})${cte} select ${columns.join(', ')} from (select * from ${sourceName}) _pgrst`,
    params,
  )
}

/** Calls a function and reads what it returns. */
export function callStatement(call: CallPlan, read: ReadNode, options: StatementOptions): Statement {
  const params = new StatementParams()
  const source = callSql(params, call)
  const pageTotal = returnsSingle(call.routine) ? '1::int8' : 'count(_pgrst)'
  const { cte, total } = totalSql(params, read, pageTotal, options, false)
  const columns = [total, pageTotal, handlerSql(options.negotiated.handler, call.routine), responseSettings]
  return explained(
    options.negotiated,
    `with ${sourceName} as (${source})${cte} select ${columns.join(', ')} from (${readSql(params, read)}) _pgrst`,
    params,
  )
}

/** Changes rows and reads what the answer needs of them. */
export function writeStatement(
  write: WritePlan,
  read: ReadNode,
  { negotiated, preferences }: Pick<StatementOptions, 'negotiated' | 'preferences'>,
): Statement {
  const params = new StatementParams()
  const source = writeSql(params, write)
  const isInsert = write.mutation === 'insert' || write.mutation === 'upsert-one'
  const countsInserted = isInsert && (write.mutation === 'upsert-one' || preferences.resolution === 'merge-duplicates')
  const inserted = countsInserted ? `${setting('pgrst.inserted')}::int` : isInsert ? '1' : 'null::int'
  const hasLocation = isInsert && preferences.representation === 'headers-only'
  const location = hasLocation ? `case when count(_pgrst) = 1 then ${locationSql(write.keyColumns)} end` : 'null::text'
  const columns = [
    'null::int8',
    'count(_pgrst)',
    location,
    handlerSql(negotiated.handler, null),
    responseSettings,
    inserted,
  ]
  // Without a body nothing may be selected that the client could not read.
  const rows = negotiated.handler.kind === 'none' ? `select * from ${sourceName}` : readSql(params, read)
  return explained(
    negotiated,
    `with ${sourceName} as (${source}) select ${columns.join(', ')} from (${rows}) _pgrst`,
    params,
  )
}

/** Asks the planner how many rows there are. */
export function countEstimate(read: ReadNode): Statement {
  const params = new StatementParams()
  return { text: `explain (format json) ${countSql(params, read)}`, params: params.values }
}

/** Key and condition of the first row's primary key, as a JSON array of pairs. */
function locationSql(keyColumns: readonly string[]): string {
  const names = keyColumns.map(literal).join(', ')
  return [
    "(select json_agg(json_build_array(pair.key, coalesce('eq.' || pair.value, 'is.null')))::text",
    `from (select row_to_json(source) as first_row from ${sourceName} as source limit 1) one,`,
    `json_each_text(one.first_row) as pair where pair.key in (${names === '' ? "''" : names}))`,
  ].join(' ')
}

function totalSql(
  params: StatementParams,
  read: ReadNode,
  pageTotal: string,
  { preferences, maxRows, range }: StatementOptions,
  mayEstimate: boolean,
): { cte: string; total: string } {
  const { count } = preferences
  if (count !== 'exact' && count !== 'estimated') return { cte: '', total: 'null::int8' }
  // All rows are on the page, so they need not be counted again.
  if (maxRows === null && sameRange(range, allRows)) return { cte: '', total: pageTotal }
  // One more than the server's limit tells that the limit is exceeded.
  const limit = mayEstimate && count === 'estimated' && maxRows !== null ? ` limit ${maxRows + 1}` : ''
  return {
    cte: `, pgrst_count as (${countSql(params, read)}${limit})`,
    total: '(select count(*) from pgrst_count)',
  }
}

function explained({ mediaType }: Negotiated, text: string, params: StatementParams): Statement {
  if (mediaType.kind !== 'plan') return { text, params: params.values }
  const options = [`format ${mediaType.format}`, ...mediaType.options]
  return { text: `explain (${options.join(', ')}) ${text}`, params: params.values }
}
