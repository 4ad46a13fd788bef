import { isUtf8 } from 'node:buffer'
import { requestErrors } from '../errors.ts'
import { parseCsv } from './csv.ts'
import { type MediaType, mediaTypeName } from './media_types.ts'
import { splitQuery } from './query_string.ts'

/** The body of a request, ready to be handed to Postgres. */
export type Payload =
  /** JSON (also made of CSV and forms): an object, or an array of objects with the same keys. */
  | { readonly kind: 'json'; readonly text: string }
  /** The fields of a form that calls a function. */
  | { readonly kind: 'form'; readonly fields: readonly (readonly [string, string])[] }
  /** One value for the only, unnamed parameter of a function. */
  | { readonly kind: 'raw'; readonly text: string }

/** A payload and the columns or parameters that it sets, sorted. */
export interface ParsedPayload {
  readonly payload: Payload
  readonly keys: readonly string[]
}

/**
 * Reads the body of a write or a function call.
 *
 * @param columns the `columns` parameter; the body is then not looked into
 * @throws {RestError} PGRST102
 */
export function parsePayload(
  body: Buffer,
  type: MediaType,
  columns: readonly string[] | null,
  isCall: boolean,
): ParsedPayload {
  switch (type.kind) {
    case 'json':
      return jsonPayload(body, columns, isCall)
    case 'csv':
      return csvPayload(body)
    case 'form': {
      const fields = splitQuery(body.toString('utf8')).map(([name, value]) => [name, value ?? ''] as const)
      const keys = [...new Set(fields.map(([name]) => name))].sort()
      if (isCall) return { payload: { kind: 'form', fields }, keys }
      return { payload: { kind: 'json', text: JSON.stringify(Object.fromEntries(fields)) }, keys }
    }
    case 'text':
    case 'xml':
      if (isCall) return { payload: { kind: 'raw', text: body.toString('utf8') }, keys: [] }
      break
    case 'binary':
      if (isCall) return { payload: { kind: 'raw', text: `\\x${body.toString('hex')}` }, keys: [] }
      break
  }
  throw requestErrors.body(`Content-Type not acceptable: ${mediaTypeName(type)}`)
}

function jsonPayload(body: Buffer, columns: readonly string[] | null, isCall: boolean): ParsedPayload {
  const text = body.toString('utf8')
  if (columns !== null) return { payload: { kind: 'json', text }, keys: columns }
  if (text === '' && isCall) return { payload: { kind: 'json', text }, keys: [] }
  let parsed: unknown
  try {
    if (!isUtf8(body)) throw new Error('not UTF-8')
    parsed = JSON.parse(text)
  } catch {
    throw requestErrors.body('Empty or invalid json')
  }
  if (!Array.isArray(parsed)) {
    if (isObject(parsed)) return { payload: { kind: 'json', text }, keys: Object.keys(parsed).sort() }
    return { payload: { kind: 'json', text: '[]' }, keys: [] }
  }
  if (parsed.length === 0) return { payload: { kind: 'json', text: '[]' }, keys: [] }
  return { payload: { kind: 'json', text }, keys: commonKeys(parsed) }
}

function commonKeys(rows: readonly unknown[]): string[] {
  const first = rows[0]
  if (!isObject(first)) throw requestErrors.body('All object keys must match')
  const keys = Object.keys(first)
  for (const row of rows) {
    if (!isObject(row) || Object.keys(row).length !== keys.length || !keys.every((key) => Object.hasOwn(row, key))) {
      throw requestErrors.body('All object keys must match')
    }
  }
  return keys.sort()
}

function csvPayload(body: Buffer): ParsedPayload {
  try {
    const rows = parseCsv(body.toString('utf8'))
    return { payload: { kind: 'json', text: JSON.stringify(rows) }, keys: Object.keys(rows[0] ?? {}).sort() }
  } catch (cause) {
    throw requestErrors.body(cause instanceof Error ? cause.message : 'Invalid CSV')
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
