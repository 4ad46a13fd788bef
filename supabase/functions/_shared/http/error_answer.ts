import { SupabaseServerError } from '@supabase/server'
import { HTTPException } from 'hono/http-exception'
import { isConflict } from '../runtime/mod.ts'
import { AppError } from './app_error.ts'

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

const codes: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'body_too_large',
  415: 'unsupported_media_type',
}

/** Any thrown value as the error that the caller may see. Unknown ones become `internal_error` and tell nothing. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const cause = error instanceof HTTPException ? error.cause : error
  // Sign-in errors keep the codes of @supabase/server; its configuration errors are ours to fix, not the caller's.
  if (cause instanceof SupabaseServerError && cause.status < 500) {
    return new AppError(cause.status, cause.code, cause.message, cause.hint ? { hint: cause.hint } : {})
  }
  if (error instanceof HTTPException) {
    const { status } = error
    const code = codes[status]
    if (code) return new AppError(status, code, error.message || (titles[status] ?? 'Request failed'), { cause: error })
  }
  if (isConflict(error)) {
    return new AppError(503, 'database_busy', 'Somebody else changed the same at this moment, again and again', {
      hint: 'Nothing was changed; try again',
      headers: { 'retry-after': '1' },
      cause: error,
    })
  }
  return new AppError(500, 'internal_error', 'Request failed because of an internal error', {
    hint: 'Try again; when it stays, report the request id',
    cause: error,
  })
}

/** The answer to a failed request: flat, and as RFC 9457 when the caller asks for `application/problem+json`. */
export function errorResponse(error: AppError, request: Request, requestId: string): Response {
  const { code, message, hint, details, status } = error
  const body = { code, message, hint, details, request_id: requestId }
  const asProblem = request.headers.get('accept')?.includes('application/problem+json') ?? false
  const problem = { type: `urn:atrium:error:${code}`, title: titles[status] ?? 'Error', status }
  return new Response(JSON.stringify(asProblem ? { ...problem, ...body } : body), {
    status,
    headers: { ...error.headers, 'content-type': asProblem ? 'application/problem+json' : 'application/json' },
  })
}
