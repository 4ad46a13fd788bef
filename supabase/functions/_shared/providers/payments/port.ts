import { ProviderError } from '../mod.ts'

/** Who collects money for us by API. Bank transfer and cash are entered by operators, in SQL. */
export type PaymentProviderName = 'stripe' | 'razorpay' | 'onchain'

/** What a payment, subscription or page is for; written on everything that is made at a provider. */
export type PaymentPurpose = 'subscription' | 'credit_pack' | 'invoice' | 'other'

/** How a payment stands; as `billing_payment_status`. */
export type PaymentStatus =
  | 'pending'
  | 'requires_action'
  | 'processing'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'reversed'

/** How a refund stands; as `billing_refund_status`. */
export type RefundStatus = 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'cancelled'

/** How was paid; as the column `billing_payments.method`. */
export type PaymentMethodKind =
  | 'card'
  | 'bank_transfer'
  | 'cash'
  | 'upi'
  | 'netbanking'
  | 'wallet'
  | 'onchain'
  | 'other'

/** Why a subscription is cancelled; as `billing_cancel_reason` without the system's own. */
export type CancelReason =
  | 'too_expensive'
  | 'missing_features'
  | 'switched_service'
  | 'unused'
  | 'customer_service'
  | 'too_complex'
  | 'low_quality'
  | 'other'

/** What each call that changes something is made with. */
export interface ChangeOptions {
  /**
   * Names the change towards the provider, made from our own ids, such as `refund:<id>`: a second call with the same key is
   * the same change. At most 255 characters.
   */
  readonly idempotencyKey: string
  readonly signal: AbortSignal
}

/** Whose it is and what for, in our own ids. */
export interface Belonging {
  readonly organizationId: string
  readonly purpose: PaymentPurpose
  /** The purchase of credits, own invoice or other row that is paid for; null where there is none. */
  readonly purposeId: string | null
}

/** A new customer. */
export interface NewCustomer {
  readonly organizationId: string
  readonly name: string
  readonly email: string | null
}

/** A price of the provider's catalogue, with how many of it; null for what is metered. */
export interface PriceItem {
  readonly providerPriceId: string
  readonly quantity: number | null
}

/** Something that costs an amount, where the provider's catalogue has no price. */
export interface AmountItem {
  readonly description: string
  readonly currency: string
  /** In the currency's minor unit. */
  readonly amountCents: number
}

/** A page on which a person subscribes, pays once or saves a payment method. */
export type CheckoutRequest = {
  readonly belonging: Belonging
  readonly customerId: string
  /** Where the person comes back to; `{CHECKOUT_SESSION_ID}` in it becomes the id of the page. */
  readonly successUrl: string
  readonly cancelUrl: string
} & (
  | {
      readonly mode: 'subscription'
      readonly items: readonly PriceItem[]
      /** Days without payment at the beginning; 0 for none. */
      readonly trialDays: number
      /** Tax rate of the provider's catalogue; null for none. */
      readonly providerTaxRateId: string | null
    }
  | {
      readonly mode: 'payment'
      readonly item: PriceItem | AmountItem
      readonly providerTaxRateId: string | null
    }
  | { readonly mode: 'setup'; readonly currency: string }
)

/** A page that was made. */
export interface CheckoutPage {
  readonly sessionId: string
  /** Whoever has it may pay there: given to the person and kept nowhere. */
  readonly url: string
  readonly expiresAt: Date
}

/** The provider's page for customers. */
export interface PortalRequest {
  readonly customerId: string
  readonly returnUrl: string
  /** Opens one step of it directly. */
  readonly step?: 'payment_method_update'
}

/** A payment that is to be made. */
export interface NewPayment extends AmountItem {
  readonly belonging: Belonging
  /** Null where the provider knows no customers. */
  readonly customerId: string | null
}

/** What confirms a payment. */
export interface PaymentConfirmation {
  readonly providerPaymentId: string
  /** A method that the customer saved; null where the proof says how it is paid. */
  readonly providerMethodId: string | null
  /** Where the person comes back to from a page of the bank. */
  readonly returnUrl: string | null
  /** What the client got from the provider: ids with their signature, or the hash of a transaction. */
  readonly proof: Readonly<Record<string, string>>
}

/** A payment as the provider has it. */
export interface ProviderPayment {
  readonly providerPaymentId: string
  readonly status: PaymentStatus
  /** ISO 4217, upper case. */
  readonly currency: string
  readonly amountCents: number
  readonly method: PaymentMethodKind | null
  readonly failureCode: string | null
  readonly failureMessage: string | null
  readonly receiptUrl: string | null
  /** What the client needs to go on, such as `client_secret` or `redirect_url`. Kept nowhere. */
  readonly clientData: Readonly<Record<string, string>>
}

/** Money that is to go back. */
export interface NewRefund {
  /** Our own row, which the provider's events name. */
  readonly refundId: string
  readonly organizationId: string
  readonly providerPaymentId: string
  readonly currency: string
  readonly amountCents: number
  readonly reason: 'duplicate' | 'fraudulent' | 'requested_by_customer' | 'other'
}

/** A refund as the provider has it. */
export interface ProviderRefund {
  readonly providerRefundId: string
  readonly status: RefundStatus
  readonly currency: string
  readonly amountCents: number
  readonly failureCode: string | null
}

/**
 * What a subscription becomes: all of its prices, with how many of each. The difference for the rest of the period is
 * collected at once, and a change that cannot be paid is refused: what nobody paid for would be given back as credit.
 */
export interface SubscriptionChange {
  readonly items: readonly PriceItem[]
  /** The moment that a preview was made for, so that the change costs what the preview said. */
  readonly prorationAt?: Date
  /** The plan's id, which the provider's events name. */
  readonly planId?: string
}

/** What a change would cost. */
export interface ChangePreview {
  readonly currency: string
  /** The part of the next invoice that the change makes; negative when money comes back. In the minor unit. */
  readonly prorationCents: number
  /** What the next invoice asks for, tax and what stays included. */
  readonly totalCents: number
  readonly prorationAt: Date
  readonly lines: readonly {
    readonly description: string
    readonly amountCents: number
    readonly isProration: boolean
  }[]
}

/** A subscription as the provider has it. */
export interface ProviderSubscription {
  readonly providerSubscriptionId: string
  /** In the provider's words. */
  readonly status: string
  readonly isCancelledAtPeriodEnd: boolean
  readonly currentPeriodEndsAt: Date | null
  readonly trialEndsAt: Date | null
  readonly isPaused: boolean
  readonly endedAt: Date | null
  readonly items: readonly PriceItem[]
}

/** How a subscription is to end. */
export interface Cancellation {
  readonly providerSubscriptionId: string
  readonly when: 'now' | 'period_end'
  readonly reason: CancelReason
  readonly comment: string | null
}

/** Everything that providers of payments can be asked for. No single one can do all of it. */
export interface PaymentOperations {
  createCustomer(customer: NewCustomer, options: ChangeOptions): Promise<{ readonly customerId: string }>
  /** Whether the provider still knows a customer: it may be deleted there, or of another account. */
  hasCustomer(customerId: string, options: { readonly signal: AbortSignal }): Promise<boolean>
  openCheckout(request: CheckoutRequest, options: ChangeOptions): Promise<CheckoutPage>
  /** Ends a page, so that nobody pays there any more; `complete` when somebody did before. */
  closeCheckout(sessionId: string, options: ChangeOptions): Promise<'expired' | 'complete'>
  openPortal(request: PortalRequest, options: ChangeOptions): Promise<{ readonly url: string }>
  createPayment(payment: NewPayment, options: ChangeOptions): Promise<ProviderPayment>
  /** A payment that is declined is an answer and no error. */
  confirmPayment(confirmation: PaymentConfirmation, options: ChangeOptions): Promise<ProviderPayment>
  /** Full, or in part. */
  refund(refund: NewRefund, options: ChangeOptions): Promise<ProviderRefund>
  previewChange(
    providerSubscriptionId: string,
    change: SubscriptionChange,
    options: { readonly signal: AbortSignal },
  ): Promise<ChangePreview>
  changeSubscription(
    providerSubscriptionId: string,
    change: SubscriptionChange,
    options: ChangeOptions,
  ): Promise<ProviderSubscription>
  cancelSubscription(cancellation: Cancellation, options: ChangeOptions): Promise<ProviderSubscription>
  /** Takes back a cancellation whose period has not ended, and ends a pause. */
  resumeSubscription(providerSubscriptionId: string, options: ChangeOptions): Promise<ProviderSubscription>
  /** Collects nothing until it is resumed. */
  pauseSubscription(providerSubscriptionId: string, options: ChangeOptions): Promise<ProviderSubscription>
  removeMethod(providerMethodId: string, options: ChangeOptions): Promise<void>
  setDefaultMethod(customerId: string, providerMethodId: string, options: ChangeOptions): Promise<void>
}

/** Names of the operations. */
export type PaymentOperation = keyof PaymentOperations

/**
 * One provider of payments. Every operation may be called: one that the provider lacks fails as `refused` with the vendor
 * code `unsupported`, and {@link PaymentProvider.can} tells it before.
 *
 * Operations throw {@link ProviderError} and nothing else, and keep within a time limit.
 */
export interface PaymentProvider extends PaymentOperations {
  readonly provider: PaymentProviderName
  can(operation: PaymentOperation): boolean
}

/** Vendor code of what a provider cannot do at all. */
export const unsupportedCode = 'unsupported'

/**
 * Makes a provider of the operations that it has.
 *
 * @example
 * export const createOnchainProvider = (options: OnchainOptions) =>
 *   definePaymentProvider('onchain', { createPayment: (payment) => quote(options, payment), confirmPayment: ... })
 */
export function definePaymentProvider(
  provider: PaymentProviderName,
  operations: Partial<PaymentOperations>,
): PaymentProvider {
  const cannot = (operation: PaymentOperation) => () =>
    Promise.reject(
      new ProviderError(provider, 'refused', `Cannot call ${provider}: it has no ${operation}`, {
        vendorCode: unsupportedCode,
      }),
    )
  return {
    provider,
    can: (operation) => operations[operation] !== undefined,
    createCustomer: operations.createCustomer ?? cannot('createCustomer'),
    hasCustomer: operations.hasCustomer ?? cannot('hasCustomer'),
    openCheckout: operations.openCheckout ?? cannot('openCheckout'),
    closeCheckout: operations.closeCheckout ?? cannot('closeCheckout'),
    openPortal: operations.openPortal ?? cannot('openPortal'),
    createPayment: operations.createPayment ?? cannot('createPayment'),
    confirmPayment: operations.confirmPayment ?? cannot('confirmPayment'),
    refund: operations.refund ?? cannot('refund'),
    previewChange: operations.previewChange ?? cannot('previewChange'),
    changeSubscription: operations.changeSubscription ?? cannot('changeSubscription'),
    cancelSubscription: operations.cancelSubscription ?? cannot('cancelSubscription'),
    resumeSubscription: operations.resumeSubscription ?? cannot('resumeSubscription'),
    pauseSubscription: operations.pauseSubscription ?? cannot('pauseSubscription'),
    removeMethod: operations.removeMethod ?? cannot('removeMethod'),
    setDefaultMethod: operations.setDefaultMethod ?? cannot('setDefaultMethod'),
  }
}
