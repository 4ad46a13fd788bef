import type { z } from 'zod'
import type { Invoice, InvoiceItem } from './billing_objects.ts'
import { createAdHocPrice, priceDataParameters } from './catalogue.ts'
import type { Core } from './core.ts'
import { requireCustomer } from './customers.ts'
import { refused } from './errors.ts'
import { advanceLater, collectInvoice } from './invoice_collection.ts'
import { lineOfItem, newInvoiceItem, pendingItems, takeItems } from './invoice_lines.ts'
import {
  draftInvoice,
  finalizeInvoice,
  paymentOf,
  recount,
  requireInvoice,
  settleInvoice,
  stopCollection,
} from './invoices.ts'
import { choice, clearable, currency, flag, hash, integer, list, mergeMetadata, metadata, text } from './parameters.ts'
import { cardError } from './payment_intents.ts'
import { requireOwnMethod } from './payment_methods.ts'
import { amountOf } from './pricing.ts'
import type { Deleted } from './store.ts'
import { ratesByIds } from './subscription_items.ts'

/** `POST /v1/invoices` */
export const invoiceCreateParameters = hash({
  auto_advance: flag().optional(),
  collection_method: choice('charge_automatically', 'send_invoice').optional(),
  currency: currency().optional(),
  customer: text(),
  days_until_due: integer({ least: 0 }).optional(),
  default_payment_method: text().optional(),
  default_tax_rates: clearable(list(text())).optional(),
  description: clearable(text(1500)).optional(),
  due_date: integer().optional(),
  footer: clearable(text()).optional(),
  metadata: metadata().optional(),
  pending_invoice_items_behavior: choice('exclude', 'include').optional(),
  subscription: text().optional(),
})
/** `POST /v1/invoices/:id` */
export const invoiceUpdateParameters = hash({
  auto_advance: flag().optional(),
  default_payment_method: clearable(text()).optional(),
  description: clearable(text(1500)).optional(),
  due_date: integer().optional(),
  footer: clearable(text()).optional(),
  metadata: metadata().optional(),
})
/** `POST /v1/invoices/:id/finalize` */
export const invoiceFinalizeParameters = hash({ auto_advance: flag().optional() })
/** `POST /v1/invoices/:id/pay` */
export const invoicePayParameters = hash({
  off_session: flag().optional(),
  paid_out_of_band: flag().optional(),
  payment_method: text().optional(),
})
/** `POST /v1/invoiceitems` */
export const invoiceItemCreateParameters = hash({
  amount: integer().optional(),
  currency: currency().optional(),
  customer: text(),
  description: clearable(text(5000)).optional(),
  invoice: text().optional(),
  metadata: metadata().optional(),
  period: hash({ end: integer(), start: integer() }).optional(),
  price_data: priceDataParameters.optional(),
  pricing: hash({ price: text() }).optional(),
  quantity: integer({ least: 0 }).optional(),
  subscription: text().optional(),
  tax_rates: clearable(list(text())).optional(),
})

/** Drafts an invoice of a customer's waiting items. @throws {StripeError} */
export function createInvoice(core: Core, given: z.output<typeof invoiceCreateParameters>): Invoice {
  const customer = requireCustomer(core, given.customer)
  const subscription =
    given.subscription === undefined ? null : core.store.get('subscription', given.subscription, 'subscription')
  const includes = given.pending_invoice_items_behavior === 'include'
  const items = includes ? pendingItems(core, customer.id, subscription?.id ?? null) : []
  const method = given.default_payment_method
  const invoice = draftInvoice(core, {
    customer,
    subscription,
    reason: 'manual',
    lines: [],
    items,
    currency: given.currency ?? items[0]?.currency ?? customer.currency ?? 'usd',
    collection: given.collection_method ?? 'charge_automatically',
    autoAdvance: given.auto_advance ?? false,
    ...(given.auto_advance ? { finalizesIn: core.settings.draftSeconds } : {}),
    description: given.description ?? null,
    metadata: mergeMetadata({}, given.metadata),
  })
  advanceLater(core, invoice, given.days_until_due ?? null)
  const days = given.days_until_due
  const due = given.due_date ?? (days === undefined ? null : core.now(customer) + days * 86_400)
  return core.change(invoice, {
    default_payment_method: method === undefined ? null : requireOwnMethod(core, method, customer.id).id,
    default_tax_rates: ratesByIds(core, given.default_tax_rates, 'default_tax_rates'),
    due_date: due,
    footer: given.footer ?? null,
  })
}

/** Changes what may change of an invoice. @throws {StripeError} */
export function updateInvoice(core: Core, id: string, given: z.output<typeof invoiceUpdateParameters>): Invoice {
  const invoice = requireInvoice(core, id)
  const { metadata: words, default_payment_method: method, ...fields } = given
  if (invoice.status !== 'draft' && (given.due_date !== undefined || given.description !== undefined)) {
    throw refused("Finalized invoices can't be updated in this way.", { code: 'invoice_not_editable' })
  }
  return core.change(
    invoice,
    {
      ...fields,
      ...(method ? { default_payment_method: requireOwnMethod(core, method, invoice.customer).id } : {}),
      ...(words === undefined ? {} : { metadata: mergeMetadata(invoice.metadata, words) }),
    },
    'invoice.updated',
  )
}

/** Deletes a draft. @throws {StripeError} when it is none, or a subscription's */
export function deleteInvoice(core: Core, id: string): Deleted {
  const invoice = requireInvoice(core, id)
  if (invoice.status !== 'draft' || invoice.parent) {
    throw refused('You can only delete draft invoices that are of no subscription.', { code: 'invoice_not_editable' })
  }
  for (const item of core.store.all('invoiceitem')) if (item.invoice === id) core.change(item, { invoice: null })
  core.emit('invoice.deleted', invoice)
  return core.store.remove('invoice', id)
}

/** Closes a draft; one that advances by itself is tried to be collected too. @throws {StripeError} */
export function finalizeOnRequest(
  core: Core,
  id: string,
  given: z.output<typeof invoiceFinalizeParameters> = {},
): Invoice {
  const invoice = requireInvoice(core, id)
  if (given.auto_advance !== undefined) core.change(invoice, { auto_advance: given.auto_advance })
  finalizeInvoice(core, invoice)
  if (invoice.status === 'open' && invoice.auto_advance && invoice.collection_method === 'charge_automatically') {
    collectInvoice(core, invoice, { offSession: true })
  }
  return invoice
}

/** Pays an invoice. @throws {StripeError} 402 when the card is declined, or its owner has to act first */
export function payInvoice(core: Core, id: string, given: z.output<typeof invoicePayParameters> = {}): Invoice {
  const invoice = requireInvoice(core, id)
  if (invoice.status === 'draft') finalizeInvoice(core, invoice)
  if (invoice.status === 'paid') throw refused('Invoice is already paid')
  if (invoice.status === 'void') throw refused('This invoice is void, and cannot be paid.')
  if (given.paid_out_of_band) {
    stopCollection(core, invoice)
    core.change(invoice, { amount_paid_off_stripe: invoice.amount_due })
    return settleInvoice(core, invoice, null)
  }
  const { payment_method: method } = given
  const problem = collectInvoice(core, invoice, {
    offSession: given.off_session ?? true,
    ...(method === undefined ? {} : { method }),
  })
  const payment = paymentOf(core, invoice)
  const about = payment
    ? { payment_intent: structuredClone(core.store.get('payment_intent', payment.payment.payment_intent)) }
    : {}
  if (problem) throw cardError(problem, about)
  if (invoice.status === 'open') {
    const message =
      'This payment requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with this invoice.'
    throw cardError({ type: 'card_error', code: 'invoice_payment_intent_requires_action', message, doc_url: '' }, about)
  }
  return invoice
}

/** Tells a customer who pays by transfer of an invoice. @throws {StripeError} */
export function sendInvoice(core: Core, id: string): Invoice {
  const invoice = requireInvoice(core, id)
  if (invoice.collection_method !== 'send_invoice') {
    throw refused('You can only send an invoice if the `collection_method` is `send_invoice`.')
  }
  if (invoice.status === 'draft') finalizeInvoice(core, invoice)
  core.emit('invoice.sent', invoice)
  return invoice
}

/** Makes an item for the next invoice, or for a draft. @throws {StripeError} */
export function createInvoiceItem(core: Core, given: z.output<typeof invoiceItemCreateParameters>): InvoiceItem {
  const customer = requireCustomer(core, given.customer)
  const price = given.price_data
    ? createAdHocPrice(core, given.price_data)
    : given.pricing
      ? core.store.get('price', given.pricing.price, 'pricing[price]')
      : null
  const quantity = given.quantity ?? 1
  if (!price && given.amount === undefined) {
    throw refused('You must specify one of the following: `amount`, `pricing`, or `price_data`.', { param: 'amount' })
  }
  const item = newInvoiceItem(core, {
    amount: price ? amountOf(price, quantity) : (given.amount ?? 0),
    customer: customer.id,
    currency: price?.currency ?? given.currency ?? customer.currency ?? 'usd',
    description: given.description ?? null,
    ...(given.period ? { period: given.period } : {}),
    price,
    quantity,
    rates: ratesByIds(core, given.tax_rates, 'tax_rates'),
    metadata: mergeMetadata({}, given.metadata),
    subscription: given.subscription === undefined ? null : { subscription: given.subscription },
  })
  core.add('invoiceitem', item, 'invoiceitem.created')
  if (given.invoice === undefined) return item
  const invoice = requireInvoice(core, given.invoice)
  if (invoice.status !== 'draft') {
    throw refused('This invoice is no longer editable', { code: 'invoice_not_editable', param: 'invoice' })
  }
  takeItems(core, invoice, [item])
  invoice.lines.data.push({ ...lineOfItem(core, item), invoice: invoice.id })
  recount(core, invoice)
  return item
}

/** Deletes an item that still waits. @throws {StripeError} */
export function deleteInvoiceItem(core: Core, id: string): Deleted {
  const item = core.store.get('invoiceitem', id)
  if (item.invoice !== null && requireInvoice(core, item.invoice).status !== 'draft') {
    throw refused('This invoice item is on an invoice that is no longer editable', { code: 'invoice_not_editable' })
  }
  core.emit('invoiceitem.deleted', item)
  return core.store.remove('invoiceitem', id)
}
