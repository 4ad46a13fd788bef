import { JobError } from '../platform/mod.ts'
import type { StripeKind, StripeState } from './stripe_fields.ts'
import { invoicePaymentState, invoiceState } from './stripe_invoice_states.ts'
import {
  chargeState,
  checkoutSessionState,
  disputeState,
  paymentIntentState,
  paymentMethodState,
  refundState,
} from './stripe_payment_states.ts'
import { customerState, subscriptionState } from './stripe_subscription_states.ts'

const readers: Readonly<Record<StripeKind, (object: unknown) => StripeState>> = {
  charge: chargeState,
  checkout_session: checkoutSessionState,
  customer: customerState,
  dispute: disputeState,
  invoice: invoiceState,
  invoice_payment: invoicePaymentState,
  payment_intent: paymentIntentState,
  payment_method: paymentMethodState,
  refund: refundState,
  subscription: subscriptionState,
}

/** @returns whether we keep a mirror of such objects */
export function isStripeKind(kind: string): kind is StripeKind {
  return kind in readers
}

/**
 * The state of an object of Stripe in our own shape, whichever version of the API it is written in.
 *
 * @throws {JobError} that is permanent when the object is not as documented; it tells where, and no values
 */
export function stripeState(kind: StripeKind, object: unknown): StripeState {
  try {
    return readers[kind](object)
  } catch (error) {
    const issue = issueOf(error)
    throw new JobError(`Object "${kind}" of Stripe is not as documented: ${issue}`, { isPermanent: true, cause: error })
  }
}

function issueOf(error: unknown): string {
  if (!(error instanceof Error) || !('issues' in error) || !Array.isArray(error.issues)) return 'unknown'
  return error.issues.map(({ path, code }) => `"${path?.join('.')}" ${code}`).join(', ')
}
