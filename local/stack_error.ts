/** An error of the stack that a person can act on: printed as its message and hint, without a stack trace. */
export class StackError extends Error {
  /** Lower snake case, stable. */
  readonly code: string
  /** What to do about it. */
  readonly hint: string

  constructor(code: string, message: string, options: { hint: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'StackError'
    this.code = code
    this.hint = options.hint
  }
}
