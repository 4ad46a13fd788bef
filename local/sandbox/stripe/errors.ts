/** What Stripe calls the kinds of its errors. */
export type StripeErrorType =
  | 'api_error'
  | 'card_error'
  | 'idempotency_error'
  | 'invalid_request_error'
  | 'rate_limit_error'

/** What an error says beside its message. */
export interface StripeErrorDetails {
  readonly type?: StripeErrorType
  readonly code?: string | undefined
  readonly param?: string | undefined
  readonly decline_code?: string | undefined
  /** Objects that the error is about, by their kind: `payment_intent`, `setup_intent`, `payment_method`, `charge`. */
  readonly about?: Readonly<Record<string, unknown>>
}

/** An error as Stripe's API answers it. */
export class StripeError extends Error {
  readonly status: number
  readonly details: StripeErrorDetails

  constructor(status: number, message: string, details: StripeErrorDetails = {}) {
    super(message)
    this.name = 'StripeError'
    this.status = status
    this.details = details
  }

  /** The body a client receives. */
  toBody(): { error: Record<string, unknown> } {
    const { type = 'invalid_request_error', about = {}, ...rest } = this.details
    const said = Object.entries(rest).filter(([, value]) => value !== undefined)
    return { error: { ...Object.fromEntries(said), message: this.message, ...about, type } }
  }
}

/** The error of an id that stands for nothing. */
export function noSuch(kind: string, id: string, param = 'id', status = 404): StripeError {
  return new StripeError(
    status,
    `No such ${kind.replaceAll('_', ' ').replace('payment method', 'PaymentMethod')}: '${id}'`,
    {
      code: 'resource_missing',
      param,
    },
  )
}

/** The error of a request that makes no sense as things are. */
export function refused(message: string, details: Pick<StripeErrorDetails, 'code' | 'param'> = {}): StripeError {
  return new StripeError(400, message, details)
}
