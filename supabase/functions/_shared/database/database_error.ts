import postgres from 'postgres'
import { z } from 'zod'
import { AppError } from '../http/mod.ts'

const raisedBody = z.object({ code: z.string(), message: z.string(), hint: z.string().nullish() })
const raisedAnswer = z.object({ status: z.number().int(), headers: z.record(z.string(), z.string()).default({}) })

const unavailable =
  /^(08\w{3}|53300|57P0[123]|CONNECT_TIMEOUT|CONNECTION_(CLOSED|ENDED|DESTROYED)|E(CONNREFUSED|CONNRESET|NOTFOUND|PIPE|TIMEDOUT|AI_AGAIN))$/

/**
 * A failure of the database as what the caller may see: errors that `private.raise_error` raised keep their status and
 * code, those that tell nothing of our insides get the matching ones, and anything else is passed on as it is.
 */
export function fromPostgres(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AppError) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (error instanceof postgres.PostgresError && code === 'PGRST') return raised(error)
  const cause = error
  if (unavailable.test(code)) {
    const headers = { 'retry-after': '1' }
    return new AppError(503, 'database_unavailable', 'The database cannot be reached', { cause, headers })
  }
  switch (code) {
    case '57014':
      return new AppError(504, 'request_timeout', 'The database had no answer in time', { cause })
    case '42501':
      return new AppError(403, 'forbidden', 'The caller has no right to do this', { cause })
    case '23505':
      return new AppError(409, 'conflict', 'Something of this kind is already there', { cause })
    case '23514':
      return new AppError(422, 'value_not_allowed', 'A value is not allowed here', { hint: ruleOf(error), cause })
    case '22P02':
    case '22007':
    case '22008':
    case '22021':
    case '22P05':
      return new AppError(400, 'invalid_request', 'Cannot read request: a value is not of the type of its field', {
        cause,
      })
    default:
      return error
  }
}

/** The rule that a value broke, which names itself: constraints are named by what they ask for. */
const ruleOf = (error: Error): string =>
  error instanceof postgres.PostgresError && error.constraint_name
    ? `It breaks the rule "${error.constraint_name}"`
    : 'See the API document for what is'

function raised(error: postgres.PostgresError): unknown {
  try {
    const { code, message, hint } = raisedBody.parse(JSON.parse(error.message))
    const { status, headers } = raisedAnswer.parse(JSON.parse(error.detail ?? ''))
    return new AppError(status, code, message, { headers, cause: error, ...(hint ? { hint } : {}) })
  } catch {
    return error
  }
}
