/** An answer of Razorpay that is not a success. */
export class RazorpayError extends Error {
  readonly status: number
  readonly code: string
  readonly field: string | null
  readonly reason: string
  readonly step: string

  constructor(
    status: number,
    description: string,
    options: { code?: string; field?: string; reason?: string; step?: string } = {},
  ) {
    super(description)
    this.name = 'RazorpayError'
    this.status = status
    this.code = options.code ?? 'BAD_REQUEST_ERROR'
    this.field = options.field ?? null
    this.reason = options.reason ?? 'input_validation_failed'
    this.step = options.step ?? 'payment_initiation'
  }

  /** The answer as Razorpay writes it. */
  toResponse(): Response {
    const error = {
      code: this.code,
      description: this.message,
      source: this.status >= 500 ? 'gateway' : 'business',
      step: this.step,
      reason: this.reason,
      metadata: {},
      ...(this.field === null ? {} : { field: this.field }),
    }
    return Response.json({ error }, { status: this.status })
  }
}

/** @throws {RazorpayError} always */
export function refuse(description: string, field?: string): never {
  throw new RazorpayError(400, description, field === undefined ? {} : { field })
}

/** The answer to a call without, or with wrong, keys. */
export const authenticationFailed = () => new RazorpayError(401, 'Authentication failed', { reason: 'NA', step: 'NA' })

/** An id that is of nothing. */
export const unknownId = () => new RazorpayError(400, 'The id provided does not exist')
