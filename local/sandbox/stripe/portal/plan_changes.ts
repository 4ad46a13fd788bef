import type { Subscription } from '../billing_objects.ts'
import { priceWords } from '../checkout/checkout_view.ts'
import type { Core } from '../core.ts'
import { StripeError } from '../errors.ts'
import { previewInvoice } from '../invoice_preview.ts'
import { paymentOf } from '../invoices.ts'
import { askBank } from '../pages/challenge_routes.ts'
import type { PlanChangeView } from '../pages/plan_page.ts'
import { formatDate } from '../pages/wording.ts'
import { moneyText } from '../pricing.ts'
import { updateSubscription } from '../subscription_changes.ts'
import { periodEnd } from '../subscription_life.ts'
import type { PlanOption, PortalVisit } from './portal_view.ts'

/** A plan that somebody chose. */
export interface ChosenPlan {
  readonly option: PlanOption
  readonly quantity: number
}

/** What was sent of a choice; null when it is none that may be made. */
export function readChoice(
  options: readonly PlanOption[],
  subscription: Subscription,
  sent: URLSearchParams,
): ChosenPlan | null {
  const option = options.find(({ price }) => price.id === sent.get('price'))
  if (!option) return null
  const { enabled, minimum, maximum } = option.adjustable
  const current = subscription.items.data[0]?.quantity ?? 1
  const quantity = enabled && sent.has('quantity') ? Number(sent.get('quantity')) : current
  const isRight = Number.isInteger(quantity) && quantity >= minimum && quantity <= (maximum ?? 999_999)
  return isRight ? { option, quantity } : null
}

/** What a change would cost; nothing is changed yet. @param path of the subscription's pages */
export function previewOf(
  core: Core,
  visit: PortalVisit,
  subscription: Subscription,
  { option, quantity }: ChosenPlan,
): Omit<PlanChangeView, 'action' | 'backPath' | 'base' | 'trouble'> {
  const behavior = visit.configuration.features.subscription_update.proration_behavior
  const item = { id: subscription.items.data[0]?.id, price: option.price.id, quantity }
  const invoice = previewInvoice(core, {
    subscription: subscription.id,
    subscription_details: { items: [item], proration_behavior: behavior },
  })
  const isNow = invoice.billing_reason === 'subscription_update'
  const money = (amount: number) => moneyText(amount, subscription.currency)
  const taxes = invoice.total_taxes.filter(({ tax_behavior }) => tax_behavior === 'exclusive')
  const next = formatDate(periodEnd(subscription))
  return {
    title: core.store.get('product', option.price.product).name,
    price: quantity === 1 ? priceWords(option.price) : `${quantity} × ${priceWords(option.price)}`,
    fields: { price: option.price.id, quantity: String(quantity) },
    lines: [
      ...invoice.lines.data.map((line) => ({ title: line.description ?? '', amount: money(line.amount) })),
      ...taxes.map((tax) => ({ title: 'Tax', amount: money(tax.amount) })),
    ],
    totalLabel: isNow ? 'Due today' : `Due on ${next}`,
    total: money(invoice.amount_due),
    note: invoice.total < 0 ? `What is left over, ${money(-invoice.total)}, is taken off later invoices.` : null,
  }
}

/**
 * Makes a change.
 *
 * @returns the page of the bank, where it asks about the payment; null when all is done
 * @throws {StripeError} 402 when its invoice cannot be paid; nothing is changed then
 */
export function changePlan(
  core: Core,
  visit: PortalVisit,
  subscription: Subscription,
  chosen: ChosenPlan,
): string | null {
  const change = {
    items: [{ id: subscription.items.data[0]?.id, price: chosen.option.price.id, quantity: chosen.quantity }],
    proration_behavior: visit.configuration.features.subscription_update.proration_behavior,
  }
  try {
    updateSubscription(core, subscription.id, { ...change, payment_behavior: 'error_if_incomplete' })
    return null
  } catch (error) {
    const asksBank =
      error instanceof StripeError && error.details.code === 'subscription_payment_intent_requires_action'
    if (!asksBank) throw error
  }
  updateSubscription(core, subscription.id, { ...change, payment_behavior: 'allow_incomplete' })
  const invoice = core.store.get('invoice', subscription.latest_invoice ?? '')
  const payment = paymentOf(core, invoice)
  const intent = payment && core.store.get('payment_intent', payment.payment.payment_intent)
  return askBank(core, intent, `${visit.session.url}?done=changed`)
}
