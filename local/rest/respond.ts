import { z } from 'zod'
import type { RunnablePlan, RunResult } from './database/transaction.ts'
import { type Header, requestErrors } from './errors.ts'
import { isSendable } from './header_text.ts'
import type { ApiRequest } from './request/api_request.ts'
import { contentType, type MediaType } from './request/media_types.ts'
import { noPreferences, type Preferences, preferenceApplied } from './request/preferences.ts'
import { contentRange, rangeStatus } from './request/ranges.ts'
import { returnsVoid } from './schema_cache/types.ts'

/** An answer ready to be sent. */
export interface RestResponse {
  readonly status: number
  readonly headers: readonly Header[]
  readonly body: Buffer | string | null
}

type WritePlan = Extract<RunnablePlan, { kind: 'write' }>

/** Makes the answer to a plan's result. @throws {RestError} PGRST111, PGRST112 for bad response settings */
export function respond(plan: RunnablePlan, request: ApiRequest, result: RunResult): RestResponse {
  if (plan.negotiated.mediaType.kind === 'plan') {
    return {
      status: 200,
      headers: [...bodyHeaders(plan.negotiated.mediaType, request, result.body)],
      body: result.body,
    }
  }
  const answer =
    plan.kind === 'read'
      ? readResponse(plan, request, result)
      : plan.kind === 'call'
        ? callResponse(plan, request, result)
        : writeResponse(plan, request, result)
  return overridden(answer, result)
}

const length = (body: Buffer | string): Header => ['Content-Length', String(Buffer.byteLength(body))]

function typeHeaders(type: MediaType, { schema, isProfiled }: ApiRequest): Header[] {
  const headers: Header[] = [['Content-Type', contentType(type)]]
  if (isProfiled) headers.push(['Content-Profile', schema])
  return headers
}

const bodyHeaders = (type: MediaType, request: ApiRequest, body: Buffer | string): Header[] => [
  length(body),
  ...typeHeaders(type, request),
]

const list = (header: Header | null): Header[] => (header ? [header] : [])

/** The rows asked for, their range and status; a range behind the last row is an error of its own. */
function ranged({ topRange }: ApiRequest, { rows, total, body }: RunResult) {
  const upper = topRange.lower + rows - 1
  const status = rangeStatus(topRange.lower, upper, total)
  const range = contentRange(topRange.lower, upper, total)
  if (status !== 416) return { status, range, body }
  const details = `An offset of ${topRange.lower} was requested, but there are only ${total ?? 0} rows.`
  return { status, range, body: requestErrors.range(details).body }
}

function readResponse(
  plan: Extract<RunnablePlan, { kind: 'read' }>,
  request: ApiRequest,
  result: RunResult,
): RestResponse {
  const { status, range, body } = ranged(request, result)
  const { canonical } = request.query
  const headers: Header[] = [
    range,
    ['Content-Location', `/${encodeName(plan.table.name)}${canonical === '' ? '' : `?${canonical}`}`],
    ...(plan.headersOnly ? [] : [length(body)]),
    ...typeHeaders(plan.negotiated.mediaType, request),
    ...list(preferenceApplied(appliedPreferences(plan, request))),
  ]
  return { status, headers, body: plan.headersOnly ? null : body }
}

function callResponse(
  plan: Extract<RunnablePlan, { kind: 'call' }>,
  request: ApiRequest,
  result: RunResult,
): RestResponse {
  const { status, range, body } = ranged(request, result)
  const headers = [range, ...list(preferenceApplied(appliedPreferences(plan, request)))]
  if (returnsVoid(plan.routine)) return { status: 204, headers, body: null }
  return {
    status,
    headers: [
      ...headers,
      ...(plan.headersOnly ? [] : [length(body)]),
      ...typeHeaders(plan.negotiated.mediaType, request),
    ],
    body: plan.headersOnly ? null : body,
  }
}

function writeResponse(plan: WritePlan, request: ApiRequest, result: RunResult): RestResponse {
  const { preferences } = request
  const isFull = preferences.representation === 'representation'
  const isCounted = preferences.count === 'exact' || preferences.count === 'estimated'
  const applied = list(preferenceApplied(appliedPreferences(plan, request)))
  const total = isCounted ? result.rows : null
  const full = bodyHeaders(plan.negotiated.mediaType, request, result.body)
  if (plan.mutation === 'insert') {
    const merges = preferences.resolution === 'merge-duplicates'
    const isNew = result.inserted !== null && (result.inserted > 0 || !merges)
    const headers = [...locationHeader(plan, result), contentRange(1, 0, total), ...applied]
    return {
      status: isNew ? 201 : 200,
      headers: isFull ? [...headers, ...full] : [['Content-Length', '0'], ...headers],
      body: isFull ? result.body : null,
    }
  }
  const range =
    plan.mutation === 'update'
      ? [contentRange(0, result.rows - 1, total)]
      : plan.mutation === 'delete'
        ? [contentRange(1, 0, total)]
        : []
  if (!isFull) return { status: 204, headers: [...range, ...applied], body: null }
  const isNew = plan.mutation === 'upsert-one' && (result.inserted ?? 0) > 0
  return { status: isNew ? 201 : 200, headers: [...range, ...applied, ...full], body: result.body }
}

const encodeName = (name: string): string => (/^[\x21-\x7e]*$/.test(name) ? name : encodeURI(name))

const locationPairs = z.array(z.tuple([z.string(), z.string()]))

function locationHeader({ table }: WritePlan, { location }: RunResult): Header[] {
  const pairs = location === null ? [] : locationPairs.parse(JSON.parse(location))
  if (pairs.length === 0) return []
  const query = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')
  return [['Location', `/${encodeName(table.name)}?${query}`]]
}

/** The preferences that had an effect. */
function appliedPreferences(plan: RunnablePlan, { preferences, query }: ApiRequest): Preferences {
  const isWrite = plan.kind === 'write'
  const mutation = isWrite ? plan.mutation : null
  const hasConflict = isWrite && (plan.table.keyColumns.length > 0 || query.onConflict !== null)
  const limits = plan.kind === 'call' || mutation === 'update' || mutation === 'delete'
  return {
    ...noPreferences,
    resolution: mutation === 'insert' && hasConflict ? preferences.resolution : null,
    representation: isWrite ? preferences.representation : null,
    count: preferences.count,
    transaction: preferences.transaction,
    missing: mutation === 'insert' || mutation === 'update' ? preferences.missing : null,
    handling: preferences.handling,
    timezone: preferences.timezone,
    maxAffected: limits ? preferences.maxAffected : null,
  }
}

const settingHeaders = z.array(z.record(z.string(), z.string()).refine((item) => Object.keys(item).length === 1))

/** Applies the settings `response.status` and `response.headers`. */
function overridden(answer: RestResponse, { status, headers }: RunResult): RestResponse {
  if (status === null && headers === null) return answer
  const given = headers === null ? [] : parseHeaders(headers)
  const names = new Set(given.map(([name]) => name.toLowerCase()))
  return {
    status: status === null ? answer.status : parseStatus(status),
    headers: [...answer.headers.filter(([name]) => !names.has(name.toLowerCase())), ...given],
    body: answer.body,
  }
}

function parseHeaders(text: string): Header[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw requestErrors.gucHeaders()
  }
  const checked = settingHeaders.safeParse(parsed)
  if (!checked.success) throw requestErrors.gucHeaders()
  const headers = checked.data.flatMap((item) => Object.entries(item))
  if (!headers.every(isSendable)) throw requestErrors.gucHeaders()
  return headers
}

function parseStatus(text: string): number {
  const digits = /^\d+/.exec(text)?.[0]
  const status = digits === undefined ? Number.NaN : Number(digits)
  if (!(status >= 200 && status <= 999)) throw requestErrors.gucStatus()
  return status
}
