import type { Env } from '../../runtime/mod.ts'
import type { PaymentProvider, PaymentProviderName } from './port.ts'
import { createRazorpayProvider } from './razorpay.ts'
import { createStripeProvider } from './stripe_provider.ts'

export { chainReader } from './chains.ts'
export {
  type AmountItem,
  type Belonging,
  type Cancellation,
  type CancelReason,
  type ChangeOptions,
  type ChangePreview,
  type CheckoutPage,
  type CheckoutRequest,
  definePaymentProvider,
  type NewCustomer,
  type NewPayment,
  type NewRefund,
  type PaymentConfirmation,
  type PaymentMethodKind,
  type PaymentOperation,
  type PaymentOperations,
  type PaymentProvider,
  type PaymentProviderName,
  type PaymentPurpose,
  type PaymentStatus,
  type PortalRequest,
  type PriceItem,
  type ProviderPayment,
  type ProviderRefund,
  type ProviderSubscription,
  type RefundStatus,
  type SubscriptionChange,
  unsupportedCode,
} from './port.ts'
export { type RazorpayClient, razorpayClient } from './razorpay_client.ts'
export { stripeCancellation } from './stripe_cancellation.ts'
export { type StripeEnv, stripeClient } from './stripe_client.ts'
export { stripeCall, stripeError } from './stripe_errors.ts'
export { listedKinds, stripeListing } from './stripe_listing.ts'
export { stripeLookUp } from './stripe_objects.ts'
export { createStripeProvider } from './stripe_provider.ts'
export { stripeMethodKind, stripePaymentStatus, stripeRefundStatus } from './stripe_shapes.ts'

/** Makes each provider of the environment; null for one whose settings are missing. One line for each adapter. */
const makers: Readonly<Partial<Record<PaymentProviderName, (env: Env) => PaymentProvider | null>>> = {
  razorpay: (env) => (env.RAZORPAY_KEY_ID ? createRazorpayProvider(env) : null),
  stripe: (env) => (env.STRIPE_SECRET_KEY ? createStripeProvider(env) : null),
}

/** The provider of payments of this name; null where this installation has none. */
export function paymentProvider(env: Env, name: PaymentProviderName): PaymentProvider | null {
  return makers[name]?.(env) ?? null
}
