import postgres from 'postgres'
import { z } from 'zod'
import { connectionErrors, RestError, requestErrors } from '../errors.ts'
import { isSendable } from '../header_text.ts'

/** Statuses of single error codes. */
const byCode: Readonly<Record<string, number>> = {
  '23503': 409,
  '23505': 409,
  '25006': 405,
  '53400': 500,
  '57P01': 503,
  '57P02': 503,
  '57P03': 503,
  '42P01': 404,
  '42P17': 500,
  P0001: 400,
}

/** Statuses of error classes, the first two characters of a code. */
const byClass: Readonly<Record<string, number>> = {
  '08': 503,
  '09': 500,
  '0L': 403,
  '0P': 403,
  '25': 500,
  '28': 403,
  '2D': 500,
  '38': 500,
  '39': 500,
  '3B': 500,
  '40': 500,
  '53': 503,
  '54': 500,
  '55': 500,
  '57': 500,
  '58': 500,
  F0: 500,
  HV: 500,
  P0: 500,
  XX: 500,
}

/** The parts of a Postgres error that clients see. */
interface DatabaseError {
  readonly code: string
  readonly message: string
  readonly detail: string | null
  readonly hint: string | null
}

/**
 * Turns whatever a statement failed with into what the client is told.
 *
 * @param isAuthenticated whether the request acts as another role than the anonymous one
 */
export function toRestError(cause: unknown, isAuthenticated: boolean): RestError {
  if (cause instanceof RestError) return cause
  if (!(cause instanceof postgres.PostgresError)) return connectionError(cause)
  const error: DatabaseError = {
    code: cause.code,
    message: cause.message,
    detail: cause.detail ?? null,
    hint: cause.hint ?? null,
  }
  if (error.code === 'PGRST') return raisedResponse(error)
  const status = statusOf(error, isAuthenticated)
  return new RestError({
    status: status ?? 500,
    code: error.code,
    message: error.message,
    details: error.detail,
    hint: error.hint,
    headers: status === 401 ? [['WWW-Authenticate', 'Bearer']] : [],
    ...(error.code.startsWith('PT') && status !== null ? { statusText: error.message } : {}),
  })
}

function connectionError(cause: unknown): RestError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const message = cause instanceof Error ? cause.message : null
  const isKnown = code === '57014' || /^(CONNECT|E[A-Z]+$)/.test(code)
  if (!isKnown) return new RestError({ status: 500, code: 'PGRSTX00', message: 'Internal error' })
  const isRefused = ['ECONNREFUSED', 'ENOENT', 'EHOSTUNREACH', 'ETIMEDOUT', 'CONNECT_TIMEOUT'].includes(code)
  return isRefused ? connectionErrors.connect(message) : connectionErrors.lost(message)
}

function statusOf({ code, message }: DatabaseError, isAuthenticated: boolean): number | null {
  switch (code) {
    case '42501':
      return isAuthenticated ? 403 : 401
    case '21000':
      // An extension refuses writes without conditions: the client's mistake. Else a function or view is wrong.
      return message.endsWith('requires a WHERE clause') ? 400 : 500
    case '22023':
      return message.startsWith('role') && message.endsWith('does not exist') ? 401 : 400
    case '42883':
      return message.startsWith('function xmlagg(') ? 406 : 404
  }
  if (code.startsWith('PT')) {
    const status = Number(code.slice(2))
    return Number.isInteger(status) && status >= 200 && status <= 999 ? status : null
  }
  return byCode[code] ?? byClass[code.slice(0, 2)] ?? 400
}

const raisedMessage = z.object({
  code: z.string(),
  message: z.string(),
  details: z.string().nullish(),
  hint: z.string().nullish(),
})
const raisedDetail = z.object({
  status: z.int().min(200).max(999),
  status_text: z.string().nullish(),
  headers: z.record(z.string(), z.string()).refine((headers) => Object.entries(headers).every(isSendable)),
})

/** `raise sqlstate 'PGRST'` says itself what is answered. */
function raisedResponse({ message, detail }: DatabaseError): RestError {
  const body = parseJson(raisedMessage, message)
  if (!body) {
    return requestErrors.raise(
      `Invalid JSON value for MESSAGE: '${message}'`,
      "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'.",
    )
  }
  const hint = "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'."
  if (detail === null) return requestErrors.raise('DETAIL is missing in the RAISE statement', hint)
  const answer = parseJson(raisedDetail, detail)
  if (!answer) return requestErrors.raise(`Invalid JSON value for DETAIL: '${detail}'`, hint)
  return new RestError({
    status: answer.status,
    code: body.code,
    message: body.message,
    details: body.details ?? null,
    hint: body.hint ?? null,
    headers: Object.entries(answer.headers),
    ...(answer.status_text ? { statusText: answer.status_text } : {}),
  })
}

function parseJson<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
