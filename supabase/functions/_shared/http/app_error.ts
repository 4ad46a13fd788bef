/** One field of a request that was not accepted. */
export interface FieldProblem {
  /** Where it is, such as `body.email` or `query.limit`. */
  readonly path: string
  readonly message: string
}

/**
 * An error that the caller is told about: everything else answers 500 `internal_error` and is only logged.
 *
 * @example throw new AppError(409, 'invoice_not_open', 'Cannot void invoice: status is "paid"')
 */
export class AppError extends Error {
  readonly status: number
  /** Lower snake case, listed in docs/api/errors.md, never renamed. */
  readonly code: string
  readonly hint: string | null
  readonly details: readonly FieldProblem[] | null
  /** Further headers of the answer, such as `retry-after`. */
  readonly headers: Readonly<Record<string, string>>

  /** @param message names the action that failed, quotes values, no final full stop */
  constructor(
    status: number,
    code: string,
    message: string,
    options: {
      hint?: string
      details?: readonly FieldProblem[]
      headers?: Readonly<Record<string, string>>
      cause?: unknown
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.status = status
    this.code = code
    this.hint = options.hint ?? null
    this.details = options.details ?? null
    this.headers = options.headers ?? {}
  }
}
