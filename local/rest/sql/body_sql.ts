import { sourceName } from '../plan/embeds.ts'
import type { BodyHandler } from '../plan/negotiate.ts'
import { type Routine, returnsScalar, returnsSetOfScalar, returnsSingleRow } from '../schema_cache/types.ts'
import { quoteQualified } from './writer.ts'

/**
 * The expression that makes the body of the rows `_pgrst`.
 *
 * @param routine the called function, if the rows are its result
 */
export function handlerSql(handler: BodyHandler, routine: Routine | null): string {
  switch (handler.kind) {
    case 'json':
      return jsonSql(routine, false)
    case 'stripped-array':
      return jsonSql(routine, true)
    case 'object': {
      const value = routine && returnsScalar(routine) ? '_pgrst.pgrst_scalar' : '_pgrst'
      return `coalesce(${strip(`json_agg(${value})->0`, handler.stripped)}, 'null')`
    }
    case 'csv':
      return csvSql
    case 'geojson':
      return `json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(ST_AsGeoJSON(_pgrst)::json), '[]'))`
    case 'custom': {
      const { function: fn, target } = handler.handler
      if (routine && returnsScalar(routine)) return `${quoteQualified(fn)}(_pgrst.pgrst_scalar)`
      return `${quoteQualified(fn)}(_pgrst${target ? `::${quoteQualified(target)}` : ''})`
    }
    case 'none':
      return "''::text"
  }
}

const strip = (sql: string, stripped: boolean): string => (stripped ? `json_strip_nulls(${sql})` : sql)

function jsonSql(routine: Routine | null, stripped: boolean): string {
  if (routine && returnsSingleRow(routine)) return `coalesce(${strip('json_agg(_pgrst)->0', stripped)}, 'null')`
  if (routine && returnsScalar(routine)) {
    return `coalesce(${strip('json_agg(_pgrst.pgrst_scalar)->0', stripped)}, 'null')`
  }
  const value = routine && returnsSetOfScalar(routine) ? '_pgrst.pgrst_scalar' : '_pgrst'
  return `coalesce(${strip(`json_agg(${value})`, stripped)}, '[]')`
}

/** The names of the first row's columns, and each row as Postgres writes it, without the parentheses. */
const csvSql = [
  "(select coalesce(string_agg(name, ','), '') from (select json_object_keys(first_row)::text as name",
  `from (select row_to_json(source) as first_row from ${sourceName} as source limit 1) one) names)`,
  "|| E'\\n' ||",
  "coalesce(string_agg(substring(_pgrst::text, 2, length(_pgrst::text) - 2), E'\\n'), '')",
].join(' ')
