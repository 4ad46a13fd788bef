import type { RestConfig } from '../config.ts'
import type { ConnectionPool } from '../database/pool.ts'
import type { Header } from '../errors.ts'
import type { ApiRequest } from '../request/api_request.ts'
import type { RestResponse } from '../respond.ts'
import { routinesSql } from '../schema_cache/catalog_sql.ts'
import { buildRoutines, type RoutineRow } from '../schema_cache/load.ts'
import type { SchemaCache } from '../schema_cache/types.ts'
import { arrayText, type Statement } from '../sql/writer.ts'
import { openApiDocument } from './document.ts'

/** What the current role may use of the schemas $1, and how the schema is described. $2: heed privileges. */
const visibleSql = `
select json_build_object(
  'tables', (
    select coalesce(json_agg(c.relname), '[]')
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any ($1) and c.relkind in ('r', 'v', 'f', 'm', 'p') and not c.relispartition
      and (pg_has_role(c.relowner, 'usage')
        or has_table_privilege(c.oid, 'select, insert, update, delete, truncate, references, trigger')
        or has_any_column_privilege(c.oid, 'select, insert, update, references'))),
  'routines', (select coalesce(json_agg(visible), '[]') from (${routinesSql}) visible),
  'description', (select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = any ($1)))`

interface Visible {
  readonly tables: readonly string[]
  readonly routines: readonly RoutineRow[]
  readonly description: string | null
}

/** Answers the root path with a description of what the caller may use. */
export async function rootResponse(
  pool: ConnectionPool,
  config: RestConfig,
  cache: SchemaCache,
  settings: Statement,
  request: ApiRequest,
  parts: { readonly headersOnly: boolean; readonly host: string },
): Promise<RestResponse> {
  const headers: Header[] = [['Content-Type', 'application/openapi+json; charset=utf-8']]
  if (request.isProfiled) headers.push(['Content-Profile', request.schema])
  const visible = await readVisible(pool, settings, request.schema)
  if (parts.headersOnly) return { status: 200, headers, body: null }
  const ignoresPrivileges = config.openApi.mode === 'ignore-privileges'
  const names = new Set(visible.tables)
  const tables = [...cache.tables.values()].filter(
    ({ schema, name }) => schema === request.schema && (ignoresPrivileges || names.has(name)),
  )
  const routines = ignoresPrivileges
    ? [...cache.routines.values()].flat().filter(({ schema }) => schema === request.schema)
    : [...buildRoutines(visible.routines).values()].flat()
  const { description } = visible
  const document = openApiDocument({ cache, tables, routines, description, options: config.openApi, host: parts.host })
  const body = JSON.stringify(document)
  return { status: 200, headers: [...headers, ['Content-Length', String(Buffer.byteLength(body))]], body }
}

async function readVisible(pool: ConnectionPool, settings: Statement, schema: string): Promise<Visible> {
  const connection = await pool.acquire()
  try {
    const sent = [
      connection.command('begin read only'),
      connection.query(settings.text, settings.params),
      connection.query(visibleSql, [arrayText([schema]), 'true']),
      connection.command('commit'),
    ] as const
    await Promise.allSettled(sent)
    await sent[0]
    await sent[1]
    const [row] = await sent[2]
    const visible: Visible = JSON.parse(row?.[0]?.toString('utf8') ?? '')
    return visible
  } finally {
    connection.release()
  }
}
