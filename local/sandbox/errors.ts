import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ErrorBody } from './schemas.ts'

/** An error of the sandbox's own API, answered in the flat shape that tables and functions use too. */
export class SandboxError extends Error {
  readonly status: ContentfulStatusCode
  readonly code: string
  readonly hint: string | null
  readonly details: string | null

  constructor(
    status: ContentfulStatusCode,
    code: string,
    message: string,
    options: { hint?: string; details?: string } = {},
  ) {
    super(message)
    this.name = 'SandboxError'
    this.status = status
    this.code = code
    this.hint = options.hint ?? null
    this.details = options.details ?? null
  }

  /** The body a client receives. */
  toBody(): ErrorBody {
    return { code: this.code, message: this.message, hint: this.hint, details: this.details }
  }
}

/** Whether `error` is a Node system error with this code (`EADDRINUSE`, `ENOSPC`, ...). */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
