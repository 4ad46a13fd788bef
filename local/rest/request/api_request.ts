import type { IncomingHttpHeaders } from 'node:http'
import type { RestConfig } from '../config.ts'
import { requestErrors } from '../errors.ts'
import type { Mutation } from '../plan/write_plan.ts'
import type { Qualified } from '../schema_cache/types.ts'
import { type MediaType, parseAccept, parseMediaType } from './media_types.ts'
import { type Preferences, parsePreferences } from './preferences.ts'
import { parseQueryString, type QueryParams } from './query_string.ts'
import {
  allRows,
  headerRange,
  intersectRanges,
  isEmptyRange,
  isLimitZero,
  noRows,
  type Range,
  sameRange,
} from './ranges.ts'

/** What a request wants done. */
export type Action =
  | { readonly kind: 'read'; readonly table: Qualified; readonly headersOnly: boolean }
  | { readonly kind: 'write'; readonly table: Qualified; readonly mutation: Mutation }
  | { readonly kind: 'call'; readonly routine: Qualified; readonly via: 'get' | 'head' | 'post' }
  | { readonly kind: 'root'; readonly headersOnly: boolean }
  | { readonly kind: 'options'; readonly of: 'table' | 'routine'; readonly name: Qualified }
  | { readonly kind: 'options'; readonly of: 'root' }

/** A request with everything but its body parsed. */
export interface ApiRequest {
  readonly method: string
  readonly action: Action
  readonly schema: string
  /** Whether the answer names its schema. */
  readonly isProfiled: boolean
  readonly query: QueryParams
  readonly ranges: ReadonlyMap<string, Range>
  readonly topRange: Range
  readonly preferences: Preferences
  readonly accept: readonly MediaType[]
  readonly contentType: MediaType
}

/**
 * Parses method, path, query and headers.
 *
 * @param target path with its query
 * @throws {RestError} for anything that is not understood
 */
export function parseRequest(
  config: RestConfig,
  method: string,
  target: string,
  headers: IncomingHttpHeaders,
): ApiRequest {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const resource = parsePath(config, path)
  const profile = readProfile(config, method, headers)
  const action = chooseAction(resource, profile.schema, method)
  const isCallByGet = action.kind === 'call' && action.via !== 'post'
  const query = parseQueryString(mark < 0 ? '' : target.slice(mark + 1), isCallByGet)
  const prefer = headers.prefer
  return {
    method,
    action,
    schema: profile.schema,
    isProfiled: profile.isProfiled,
    query,
    ...readRanges(method, query, headers.range),
    preferences: parsePreferences(
      Array.isArray(prefer) ? prefer.join(',') : prefer,
      config.txEnd.endsWith('allow-override'),
    ),
    accept: parseAccept(headers.accept),
    contentType: parseMediaType(headers['content-type'] ?? 'application/json'),
  }
}

type Resource = { kind: 'table' | 'routine'; name: string } | { kind: 'root' }

function parsePath(config: RestConfig, path: string): Resource {
  const segments = path.split('/').slice(1).map(decodeSegment)
  const [first, second] = segments
  if (segments.length <= 1 && (first ?? '') === '') {
    if (config.openApi.mode === 'disabled') throw requestErrors.rootDisabled()
    return config.rootSpec === null ? { kind: 'root' } : { kind: 'routine', name: config.rootSpec }
  }
  if (segments.length === 1 && first !== undefined) return { kind: 'table', name: first }
  if (segments.length === 2 && first === 'rpc' && second !== undefined) return { kind: 'routine', name: second }
  throw requestErrors.path()
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** A header's text: Node hands over its bytes one by one, clients send UTF-8. */
function header(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value[0] : value
  return text === undefined || /^[\x20-\x7e]*$/.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8')
}

function readProfile(config: RestConfig, method: string, headers: IncomingHttpHeaders) {
  const isWrite = method === 'DELETE' || method === 'PATCH' || method === 'POST' || method === 'PUT'
  const profile = header(isWrite ? headers['content-profile'] : headers['accept-profile'])
  if (profile !== undefined && !config.schemas.includes(profile)) throw requestErrors.schema(profile, config.schemas)
  return {
    schema: profile ?? config.schemas[0] ?? 'public',
    isProfiled: profile !== undefined || config.schemas.length !== 1,
  }
}

function chooseAction(resource: Resource, schema: string, method: string): Action {
  if (resource.kind === 'root') {
    if (method === 'GET' || method === 'HEAD') return { kind: 'root', headersOnly: method === 'HEAD' }
    if (method === 'OPTIONS') return { kind: 'options', of: 'root' }
    throw requestErrors.method(method)
  }
  const name = { schema, name: resource.name }
  if (method === 'OPTIONS') return { kind: 'options', of: resource.kind, name }
  if (resource.kind === 'routine') {
    if (method === 'GET') return { kind: 'call', routine: name, via: 'get' }
    if (method === 'HEAD') return { kind: 'call', routine: name, via: 'head' }
    if (method === 'POST') return { kind: 'call', routine: name, via: 'post' }
    throw requestErrors.rpcMethod(method)
  }
  switch (method) {
    case 'GET':
    case 'HEAD':
      return { kind: 'read', table: name, headersOnly: method === 'HEAD' }
    case 'POST':
      return { kind: 'write', table: name, mutation: 'insert' }
    case 'PATCH':
      return { kind: 'write', table: name, mutation: 'update' }
    case 'PUT':
      return { kind: 'write', table: name, mutation: 'upsert-one' }
    case 'DELETE':
      return { kind: 'write', table: name, mutation: 'delete' }
    default:
      throw requestErrors.method(method)
  }
}

function readRanges(method: string, query: QueryParams, rangeHeader: string | undefined) {
  // Only GET knows ranges in headers.
  const fromHeader = method === 'GET' ? headerRange(rangeHeader) : allRows
  const limit = query.ranges.get('limit') ?? allRows
  const topRange = isLimitZero(limit) ? noRows : intersectRanges(fromHeader, limit)
  if (isEmptyRange(topRange) && !isLimitZero(limit)) {
    throw requestErrors.range(
      isEmptyRange(fromHeader)
        ? 'The lower boundary must be lower than or equal to the upper boundary in the Range header.'
        : 'Limit should be greater than or equal to zero.',
    )
  }
  if (method === 'PUT' && !sameRange(topRange, allRows)) throw requestErrors.putLimit()
  return { topRange, ranges: new Map(query.ranges).set('limit', topRange) }
}
