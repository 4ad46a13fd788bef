import type Stripe from 'stripe'
import type {
  ChangePreview,
  PaymentMethodKind,
  PaymentStatus,
  PriceItem,
  ProviderPayment,
  ProviderRefund,
  ProviderSubscription,
  RefundStatus,
} from './port.ts'

/** How Stripe's payment stands in our words. An attempt that was declined leaves it open for another one, and failed for us. */
export function stripePaymentStatus(
  intent: Pick<Stripe.PaymentIntent, 'status' | 'last_payment_error'>,
): PaymentStatus {
  switch (intent.status) {
    case 'succeeded':
      return 'succeeded'
    case 'canceled':
      return 'cancelled'
    case 'processing':
    case 'requires_capture':
      return 'processing'
    case 'requires_action':
      return 'requires_action'
    default:
      return intent.last_payment_error ? 'failed' : 'pending'
  }
}

/** How Stripe's refund stands in our words. */
export function stripeRefundStatus(status: string | null): RefundStatus {
  switch (status) {
    case 'succeeded':
    case 'failed':
    case 'requires_action':
      return status
    case 'canceled':
      return 'cancelled'
    default:
      return 'pending'
  }
}

const bankDebits = new Set([
  ...['acss_debit', 'au_becs_debit', 'bacs_debit', 'customer_balance', 'sepa_debit', 'us_bank_account'],
  ...['bancontact', 'blik', 'eps', 'ideal', 'p24', 'pay_by_bank'],
])
const wallets = new Set(['alipay', 'amazon_pay', 'cashapp', 'link', 'mobilepay', 'paypal', 'revolut_pay', 'wechat_pay'])

/** Stripe's type of a payment method in our words. */
export function stripeMethodKind(type: string): PaymentMethodKind {
  if (type === 'card' || type === 'card_present') return 'card'
  if (type === 'upi' || type === 'netbanking') return type
  if (bankDebits.has(type)) return 'bank_transfer'
  return wallets.has(type) ? 'wallet' : 'other'
}

/** Stripe's payment in our words; the charge must be expanded for method and receipt. */
export function fromIntent(intent: Stripe.PaymentIntent): ProviderPayment {
  const charge = typeof intent.latest_charge === 'string' ? null : intent.latest_charge
  const { last_payment_error: failed, next_action } = intent
  const type = charge?.payment_method_details?.type
  const redirectUrl = next_action?.redirect_to_url?.url
  return {
    providerPaymentId: intent.id,
    status: stripePaymentStatus(intent),
    currency: intent.currency.toUpperCase(),
    amountCents: intent.amount,
    method: type === undefined ? null : stripeMethodKind(type),
    failureCode: failed?.decline_code ?? failed?.code ?? null,
    failureMessage: failed?.message ?? null,
    receiptUrl: charge?.receipt_url ?? null,
    clientData: {
      ...(intent.client_secret ? { client_secret: intent.client_secret } : {}),
      ...(redirectUrl ? { redirect_url: redirectUrl } : {}),
    },
  }
}

/** Stripe's refund in our words. */
export const fromRefund = (refund: Stripe.Refund): ProviderRefund => ({
  providerRefundId: refund.id,
  status: stripeRefundStatus(refund.status),
  currency: refund.currency.toUpperCase(),
  amountCents: refund.amount,
  failureCode: refund.failure_reason ?? null,
})

const instant = (seconds: number | null | undefined) => (seconds ? new Date(seconds * 1000) : null)

/** Stripe's subscription in our words. The period is that of the items: it ends with the first of them. */
export function fromSubscription(subscription: Stripe.Subscription): ProviderSubscription {
  const { items, cancel_at_period_end, cancel_at } = subscription
  const ends = items.data.map((item) => item.current_period_end)
  return {
    providerSubscriptionId: subscription.id,
    status: subscription.status,
    isCancelledAtPeriodEnd: (cancel_at_period_end || Boolean(cancel_at)) && subscription.ended_at === null,
    currentPeriodEndsAt: ends.length > 0 ? instant(Math.min(...ends)) : null,
    trialEndsAt: instant(subscription.trial_end),
    isPaused: subscription.pause_collection !== null || subscription.status === 'paused',
    endedAt: instant(subscription.ended_at),
    items: items.data.map((item) => ({
      providerPriceId: item.price.id,
      quantity: isMetered(item) ? null : (item.quantity ?? 1),
    })),
  }
}

const isMetered = (item: Stripe.SubscriptionItem) => item.price.recurring?.usage_type === 'metered'

/** One item of a change; `id` names one that is there. */
export interface ItemChange {
  id?: string
  price?: string
  quantity?: number
  deleted?: true
}

/**
 * What has to be done to the items of a subscription so that they become the wanted ones. An item of another price takes the
 * place of one that goes, instead of being added beside it: only so does Stripe weigh the two against each other.
 */
export function itemChanges(current: readonly Stripe.SubscriptionItem[], wanted: readonly PriceItem[]): ItemChange[] {
  const left = new Set(current)
  const take = (matches: (item: Stripe.SubscriptionItem) => boolean) => {
    const found = [...left].find(matches)
    if (found) left.delete(found)
    return found
  }
  const quantityOf = (quantity: number | null) => (quantity === null ? {} : { quantity })
  const kept = wanted.map((item) => ({ item, same: take(({ price }) => price.id === item.providerPriceId) }))
  const changes = kept.map(({ item: { providerPriceId: price, quantity }, same }): ItemChange => {
    if (same) return { id: same.id, ...quantityOf(quantity) }
    const replaced = take((candidate) => isMetered(candidate) === (quantity === null))
    return { ...(replaced ? { id: replaced.id } : {}), price, ...quantityOf(quantity) }
  })
  return [...changes, ...[...left].map(({ id }): ItemChange => ({ id, deleted: true }))]
}

/** A preview of an invoice in our words. */
export function fromPreview(invoice: Stripe.Invoice, prorationAt: Date): ChangePreview {
  const lines = invoice.lines.data.map((line) => ({
    description: line.description ?? '',
    amountCents: line.amount,
    isProration:
      line.parent?.subscription_item_details?.proration ?? line.parent?.invoice_item_details?.proration ?? false,
  }))
  return {
    currency: invoice.currency.toUpperCase(),
    prorationCents: lines.reduce((sum, { isProration, amountCents }) => sum + (isProration ? amountCents : 0), 0),
    totalCents: invoice.total,
    prorationAt,
    lines,
  }
}
