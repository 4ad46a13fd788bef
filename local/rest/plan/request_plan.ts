import type { RestConfig } from '../config.ts'
import { requestErrors } from '../errors.ts'
import type { ApiRequest } from '../request/api_request.ts'
import { mediaTypeName } from '../request/media_types.ts'
import type { ParsedPayload } from '../request/payload.ts'
import {
  type Isolation,
  keyOf,
  type Qualified,
  type Routine,
  returnsSingle,
  type SchemaCache,
  type Table,
} from '../schema_cache/types.ts'
import { callStatement, countEstimate, readStatement, writeStatement } from '../sql/statements.ts'
import type { Statement } from '../sql/writer.ts'
import { planCall } from './call_plan.ts'
import { type Negotiated, negotiate } from './negotiate.ts'
import { addressedByName, planRead, selectsAll } from './read_plan.ts'
import { findRoutine } from './routines.ts'
import type { ReadNode } from './types.ts'
import { findTable, type Mutation, planWrite } from './write_plan.ts'

interface DatabasePlan {
  readonly statement: Statement
  readonly negotiated: Negotiated
  readonly isReadOnly: boolean
  /** Value of the `Warning` header, for requests that will not work for ever. */
  readonly warning: string | null
}

/** A request ready to be run, or answered without the database. */
export type RequestPlan =
  | (DatabasePlan & {
      readonly kind: 'read'
      readonly table: Qualified
      readonly headersOnly: boolean
      /** Asks the planner for the number of rows. */
      readonly estimate: Statement | null
    })
  | (DatabasePlan & {
      readonly kind: 'write'
      readonly table: Table
      readonly mutation: Mutation
    })
  | (DatabasePlan & {
      readonly kind: 'call'
      readonly routine: Routine
      readonly headersOnly: boolean
      readonly isolation: Isolation | null
    })
  | { readonly kind: 'root'; readonly schema: string; readonly headersOnly: boolean }
  | { readonly kind: 'options'; readonly allow: string }

/**
 * Plans a request.
 *
 * @param body the parsed body of a write or a call by POST
 * @throws {RestError}
 */
export function planRequest(
  config: RestConfig,
  cache: SchemaCache,
  request: ApiRequest,
  body: ParsedPayload | null,
): RequestPlan {
  const { action } = request
  switch (action.kind) {
    case 'read':
      return planTableRead(config, cache, request, action)
    case 'write':
      return planTableWrite(config, cache, request, action, body)
    case 'call':
      return planRoutineCall(config, cache, request, action, body)
    case 'root':
      if (!request.accept.some(({ kind }) => kind === 'openapi' || kind === 'json' || kind === 'any')) {
        throw requestErrors.mediaType(request.accept.map(mediaTypeName))
      }
      return { kind: 'root', schema: request.schema, headersOnly: action.headersOnly }
    case 'options':
      return { kind: 'options', allow: allowedMethods(cache, request, action) }
  }
}

function planRows(
  config: RestConfig,
  cache: SchemaCache,
  request: ApiRequest,
  table: Qualified,
  action: 'read' | 'write' | 'call',
): ReadNode {
  return planRead(table, request.query, {
    cache,
    maxRows: config.maxRows,
    aggregatesEnabled: config.aggregatesEnabled,
    legacyTargetNames: config.legacyTargetNames,
    action,
    ranges: request.ranges,
  })
}

function checkPreferences({ preferences }: ApiRequest): void {
  if (preferences.handling === 'strict' && preferences.invalid.length > 0) {
    throw requestErrors.preferences(preferences.invalid)
  }
}

const withoutBody = (negotiated: Negotiated): Negotiated => ({ ...negotiated, handler: { kind: 'none' } })

function planTableRead(
  config: RestConfig,
  cache: SchemaCache,
  request: ApiRequest,
  action: Extract<ApiRequest['action'], { kind: 'read' }>,
): RequestPlan {
  const table = findTable(cache, action.table)
  const rows = planRows(config, cache, request, action.table, 'read')
  const found = negotiate(cache, action.table, request.accept, selectsAll(rows), config.planEnabled)
  checkPreferences(request)
  const negotiated = action.headersOnly ? withoutBody(found) : found
  const { preferences, topRange } = request
  const { count } = preferences
  return {
    kind: 'read',
    table,
    headersOnly: action.headersOnly,
    negotiated,
    warning: legacyWarning(rows),
    isReadOnly: true,
    statement: readStatement(rows, { negotiated, preferences, maxRows: config.maxRows, range: topRange }),
    estimate: count === 'planned' || count === 'estimated' ? countEstimate(rows) : null,
  }
}

function planTableWrite(
  config: RestConfig,
  cache: SchemaCache,
  request: ApiRequest,
  action: Extract<ApiRequest['action'], { kind: 'write' }>,
  body: ParsedPayload | null,
): RequestPlan {
  const table = findTable(cache, action.table)
  const { preferences } = request
  const rows = planRows(config, cache, request, action.table, 'write')
  const json = body?.payload.kind === 'json' ? body.payload.text : ''
  const write = planWrite(cache, action.mutation, table, request.query, preferences, json, body?.keys ?? [], rows)
  checkPreferences(request)
  const found = negotiate(cache, action.table, request.accept, selectsAll(rows), config.planEnabled)
  const negotiated = preferences.representation === 'representation' ? found : withoutBody(found)
  return {
    kind: 'write',
    table,
    mutation: action.mutation,
    negotiated,
    warning: legacyWarning(rows),
    isReadOnly: false,
    statement: writeStatement(write, rows, { negotiated, preferences }),
  }
}

function planRoutineCall(
  config: RestConfig,
  cache: SchemaCache,
  request: ApiRequest,
  action: Extract<ApiRequest['action'], { kind: 'call' }>,
  body: ParsedPayload | null,
): RequestPlan {
  const { preferences, query, topRange } = request
  const isPost = action.via === 'post'
  const keys = isPost ? (body?.keys ?? []) : [...new Set(query.args.map(([name]) => name))].sort()
  const routine = findRoutine(cache, { name: action.routine, args: keys, contentType: request.contentType, isPost })
  // Rows of a known relation can be embedded like the relation itself.
  const relation = { schema: routine.schema, name: routine.returns.composite ? routine.returns.name : routine.name }
  const rows = planRows(config, cache, request, relation, 'call')
  const call = planCall(routine, query.args, body?.payload ?? null, keys, rows)
  const found = negotiate(cache, relation, request.accept, selectsAll(rows), config.planEnabled)
  checkPreferences(request)
  if (preferences.maxAffected !== null && preferences.handling === 'strict' && returnsSingle(routine)) {
    throw requestErrors.maxAffectedRpc()
  }
  const negotiated = action.via === 'head' ? withoutBody(found) : found
  return {
    kind: 'call',
    routine,
    headersOnly: action.via === 'head',
    negotiated,
    warning: legacyWarning(rows),
    isolation: routine.isolation,
    isReadOnly: !isPost || routine.volatility !== 'volatile',
    statement: callStatement(call, rows, { negotiated, preferences, maxRows: config.maxRows, range: topRange }),
  }
}

function legacyWarning(rows: ReadNode): string | null {
  const replacements = addressedByName(rows).map(({ name, alias }) => `\`${name}\` to \`${alias}\``)
  if (replacements.length === 0) return null
  const reason =
    'Embedded resource was referenced by relation name even though it has an alias. This is deprecated and will stop working in a future release.'
  return `299 PostgREST "${reason} Update ${replacements.join(', ')} in query string filters, orders or limits."`
}

function allowedMethods(
  cache: SchemaCache,
  request: ApiRequest,
  action: Extract<ApiRequest['action'], { kind: 'options' }>,
): string {
  if (action.of === 'root') return 'OPTIONS,GET,HEAD'
  if (action.of === 'routine') {
    const args = [...new Set(request.query.args.map(([name]) => name))].sort()
    const overloads = cache.routines.get(keyOf(action.name.schema, action.name.name)) ?? []
    const routine =
      overloads.length === 1 && overloads[0]
        ? overloads[0]
        : findRoutine(cache, { name: action.name, args, contentType: request.contentType, isPost: false })
    return routine.volatility === 'volatile' ? 'OPTIONS,POST' : 'OPTIONS,GET,HEAD,POST'
  }
  const table = findTable(cache, action.name)
  return [
    'OPTIONS,GET,HEAD',
    ...(table.insertable ? ['POST'] : []),
    ...(table.insertable && table.updatable && table.keyColumns.length > 0 ? ['PUT'] : []),
    ...(table.updatable ? ['PATCH'] : []),
    ...(table.deletable ? ['DELETE'] : []),
  ].join(',')
}
