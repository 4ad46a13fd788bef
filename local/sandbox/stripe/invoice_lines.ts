import type { Invoice, InvoiceItem, InvoiceLine, Subscription, SubscriptionItem } from './billing_objects.ts'
import { dayText } from './calendar.ts'
import type { Core } from './core.ts'
import type { Price, TaxRate } from './objects.ts'
import { amountOf, priceText, shareOf, taxesOn } from './pricing.ts'

/** What a line is made of. */
export interface LineParts {
  readonly amount: number
  readonly currency: string
  readonly description: string
  readonly period: { readonly start: number; readonly end: number }
  readonly price: Price | null
  readonly quantity: number | null
  readonly rates: readonly TaxRate[]
  readonly metadata?: Readonly<Record<string, string>>
  readonly parent: InvoiceLine['parent']
  readonly subscription?: string | null
}

/** Makes a line. */
export function newLine(core: Core, parts: LineParts): InvoiceLine {
  const { price, amount, quantity } = parts
  return {
    id: core.id('il'),
    object: 'line_item',
    amount,
    currency: parts.currency,
    description: parts.description,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: { ...parts.metadata },
    parent: parts.parent,
    period: { end: parts.period.end, start: parts.period.start },
    pretax_credit_amounts: [],
    pricing: price ? pricingOf(price) : null,
    quantity,
    quantity_decimal: quantity === null ? null : String(quantity),
    subscription: parts.subscription ?? null,
    subtotal: amount,
    taxes: taxesOn(amount, parts.rates),
  }
}

/** Where a line or an item names its price. */
export function pricingOf(price: Price): NonNullable<InvoiceLine['pricing']> {
  return {
    price_details: { price: price.id, product: price.product },
    type: 'price_details',
    unit_amount_decimal: price.unit_amount_decimal,
  }
}

/** What lines say of the subscription that they are of. */
export type LineOwner = Pick<Subscription, 'customer' | 'default_tax_rates' | 'id' | 'metadata'>

/** The rates of an item: its own, or the subscription's. */
export function ratesOf(subscription: LineOwner, item: SubscriptionItem): readonly TaxRate[] {
  return item.tax_rates.length > 0 ? item.tax_rates : subscription.default_tax_rates
}

function parentOf(subscription: LineOwner, item: SubscriptionItem, proration: boolean, invoiceItem: string | null) {
  return {
    invoice_item_details: null,
    subscription_item_details: {
      invoice_item: invoiceItem,
      proration,
      proration_details: { credited_items: null },
      subscription: subscription.id,
      subscription_item: item.id,
    },
    type: 'subscription_item_details',
  }
}

/** The line of an item's whole period, or of a part of it. @param options.isTrial costs nothing then */
export function periodLine(
  core: Core,
  subscription: LineOwner,
  item: SubscriptionItem,
  options: { isTrial?: boolean; part?: { seconds: number; of: number } } = {},
): InvoiceLine {
  const quantity = item.quantity ?? 0
  const name = core.store.find('product', item.price.product)?.name ?? item.price.product
  const full = amountOf(item.price, quantity)
  const amount = options.part ? shareOf(full, options.part.seconds, options.part.of) : full
  return newLine(core, {
    amount: options.isTrial ? 0 : amount,
    currency: item.price.currency,
    description: options.isTrial ? `Trial period for ${name}` : `${quantity} × ${name} (${priceText(item.price)})`,
    period: { start: item.current_period_start, end: item.current_period_end },
    price: item.price,
    quantity,
    rates: ratesOf(subscription, item),
    metadata: { ...subscription.metadata, ...item.metadata },
    parent: parentOf(subscription, item, false, null),
    subscription: subscription.id,
  })
}

/** What is left of an item's period, owed or given back: an invoice item that is not kept yet. */
export function prorationItem(
  core: Core,
  subscription: LineOwner,
  item: SubscriptionItem,
  at: number,
  direction: 'credit' | 'debit',
): InvoiceItem {
  const { current_period_start: start, current_period_end: end, quantity = 0, price } = item
  const share = shareOf(amountOf(price, quantity), Math.max(0, end - at), end - start)
  const name = core.store.find('product', price.product)?.name ?? price.product
  const words = `${direction === 'credit' ? 'Unused' : 'Remaining'} time on ${quantity === 1 ? '' : `${quantity} × `}${name}`
  return newInvoiceItem(core, {
    amount: direction === 'credit' && share !== 0 ? -share : share,
    customer: subscription.customer,
    currency: price.currency,
    description: `${words} after ${dayText(at)}`,
    period: { start: at, end },
    price,
    quantity,
    rates: ratesOf(subscription, item),
    subscription: { subscription: subscription.id, subscription_item: item.id },
    proration: true,
  })
}

/** Makes an invoice item. */
export function newInvoiceItem(
  core: Core,
  parts: {
    amount: number
    customer: string
    currency: string
    description: string | null
    period?: { start: number; end: number }
    price?: Price | null
    quantity?: number
    rates?: readonly TaxRate[]
    subscription?: { subscription: string; subscription_item?: string } | null
    metadata?: Record<string, string>
    proration?: boolean
  },
): InvoiceItem {
  const now = core.now({ customer: parts.customer })
  const { quantity = 1, subscription = null } = parts
  return {
    id: core.id('ii'),
    object: 'invoiceitem',
    amount: parts.amount,
    currency: parts.currency,
    customer: parts.customer,
    customer_account: null,
    date: now,
    description: parts.description,
    discountable: !parts.proration,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: { ...parts.metadata },
    net_amount: parts.amount,
    parent: subscription ? { subscription_details: subscription, type: 'subscription_details' } : null,
    period: parts.period ?? { start: now, end: now },
    pricing: parts.price ? pricingOf(parts.price) : null,
    proration: parts.proration ?? false,
    quantity,
    quantity_decimal: String(quantity),
    tax_rates: [...(parts.rates ?? [])],
    test_clock: core.store.find('customer', parts.customer)?.test_clock ?? null,
  }
}

/** The line that an invoice item becomes. */
export function lineOfItem(core: Core, item: InvoiceItem): InvoiceLine {
  const owner = item.parent?.subscription_details ?? null
  const price = item.pricing === null ? null : (core.store.find('price', item.pricing.price_details.price) ?? null)
  const details = { invoice_item: item.id, proration: item.proration, proration_details: { credited_items: null } }
  return newLine(core, {
    amount: item.amount,
    currency: item.currency,
    description: item.description ?? '',
    period: item.period,
    price,
    quantity: item.quantity,
    rates: item.tax_rates,
    metadata: item.metadata,
    parent: owner?.subscription_item
      ? {
          invoice_item_details: null,
          subscription_item_details: {
            ...details,
            subscription: owner.subscription,
            subscription_item: owner.subscription_item,
          },
          type: 'subscription_item_details',
        }
      : {
          invoice_item_details: { ...details, subscription: owner?.subscription ?? null },
          subscription_item_details: null,
          type: 'invoice_item_details',
        },
    subscription: owner?.subscription ?? null,
  })
}

/** Items that wait for an invoice of this customer: those of one subscription, or those of none. */
export function pendingItems(core: Core, customer: string, subscription: string | null): InvoiceItem[] {
  return core.store.all('invoiceitem').filter((item) => {
    const owner = item.parent?.subscription_details.subscription ?? null
    return item.customer === customer && item.invoice === null && (owner === null || owner === subscription)
  })
}

/** Puts items that waited on an invoice. */
export function takeItems(core: Core, invoice: Invoice, items: readonly InvoiceItem[]): void {
  for (const item of items) {
    if (core.store.find('invoiceitem', item.id)) core.change(item, { invoice: invoice.id })
  }
}
