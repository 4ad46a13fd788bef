import postgres from 'postgres'

/** An error answer of the protocol: status, the code that clients switch on, and a message. */
export class AuthError extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'AuthError'
    this.status = status
    this.code = code
  }
}

/** A password that does not meet the requirements, with the reasons that clients show. */
export class WeakPasswordError extends AuthError {
  readonly reasons: readonly string[]
  constructor(message: string, reasons: readonly string[]) {
    super(422, 'weak_password', message)
    this.name = 'WeakPasswordError'
    this.reasons = reasons
  }
}

/** An error in the form OAuth 2 asks for on its token endpoint. */
export class OAuthError extends Error {
  readonly error: string
  constructor(error: string, description: string) {
    super(description)
    this.name = 'OAuthError'
    this.error = error
  }
}

/** 400 `validation_failed`, by far the most frequent answer to bad input. */
export const validationFailed = (message: string): AuthError => new AuthError(400, 'validation_failed', message)

/** 500 `unexpected_failure`. The cause is logged and never sent. */
export const unexpectedFailure = (message: string, cause?: unknown): AuthError =>
  new AuthError(500, 'unexpected_failure', message, { cause })

/** Name that OAuth gives to a status, for the `error` parameter of a redirect. */
export function oauthErrorName(status: number): string | null {
  const names: Readonly<Record<number, string>> = {
    400: 'invalid_request',
    401: 'unauthorized_client',
    403: 'access_denied',
    500: 'server_error',
    503: 'temporarily_unavailable',
  }
  return names[status] ?? null
}

/**
 * What Auth answers to clients of its first API version where the database refused a write of its own: statuses that a
 * project's trigger raises as `PT403` and its like, and violated constraints. Null for every other error.
 */
export function databaseRefusal(error: unknown): { status: number; body: Record<string, unknown> } | null {
  const cause = error instanceof AuthError ? error.cause : null
  if (!(cause instanceof postgres.PostgresError)) return null
  const { code, message, hint, detail } = cause
  const raised = /^PT(\d{3})$/.exec(code)?.[1]
  if (raised === undefined && !/^(P0001|23(000|001|502|503|505|514|P01))$/.test(code)) return null
  return { status: Number(raised ?? 500), body: { code, message, ...(hint && { hint }), ...(detail && { detail }) } }
}

/** Body of an error, in the form of the API version that the client speaks. */
export function errorBody(error: AuthError | OAuthError, isVersioned: boolean): Record<string, unknown> {
  if (error instanceof OAuthError) {
    return { error: error.error, ...(error.message ? { error_description: error.message } : {}) }
  }
  const weak = error instanceof WeakPasswordError ? { weak_password: { reasons: error.reasons } } : {}
  if (isVersioned) return { code: error.code, message: error.message, ...weak }
  return { code: error.status, error_code: error.code, msg: error.message, ...weak }
}
