import { z } from 'zod'

/** A reference to another object: its id, or the object where Stripe was asked to expand it. */
export const reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)])

/** The same where there may be none; older and newer versions leave it out or say null. */
export const optionalReference = reference.nullish().transform((id) => id ?? null)

/** A time in seconds since 1970. */
export const optionalSeconds = z
  .number()
  .int()
  .nullish()
  .transform((seconds) => seconds ?? null)

/** A text that may be missing. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? null)

/** Metadata: ours names the organization, what is paid for and its id. */
export const metadata = z
  .record(z.string(), z.string())
  .nullish()
  .transform((values) => values ?? {})

/** Metadata of a price or an object: the values under these names, those that are there. */
export function candidates(...values: readonly (string | null | undefined)[]): string[] {
  return [...new Set(values.filter((value): value is string => typeof value === 'string' && value !== ''))]
}

/** Objects of Stripe that we keep a mirror of, by the name of their resource there. */
export type StripeKind =
  | 'charge'
  | 'checkout_session'
  | 'customer'
  | 'dispute'
  | 'invoice'
  | 'invoice_payment'
  | 'payment_intent'
  | 'payment_method'
  | 'refund'
  | 'subscription'

/**
 * The state of an object as `mirror_stripe` takes it: only what we keep, in one shape for all versions of the API. Two
 * states are the same when their JSON is.
 */
export interface StripeState {
  readonly id: string
  /** Seconds since 1970; null when Stripe says no more than that it was deleted. */
  readonly created: number | null
  readonly customer?: string | null
  /** Ids of organizations that it names, best first. */
  readonly candidates: readonly string[]
  /** Nothing revives it. */
  readonly is_end?: boolean
  /** When it ended, or began to rest, in seconds, where only the event tells that. */
  readonly marked?: number
  /** The time of the event that says so itself, in seconds, where it counts beside the newest state. */
  readonly told?: number
  readonly [field: string]: unknown
}
