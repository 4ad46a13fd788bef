import type { z } from 'zod'
import type { Invoice, InvoiceItem, Subscription } from './billing_objects.ts'
import { boundaryAfter } from './calendar.ts'
import type { Core } from './core.ts'
import { requireCustomer } from './customers.ts'
import { refused } from './errors.ts'
import { newInvoiceItem, pendingItems, periodLine, prorationItem } from './invoice_lines.ts'
import { buildInvoice } from './invoices.ts'
import { currency, flag, hash, integer, list, text } from './parameters.ts'
import { amountOf } from './pricing.ts'
import { planChange } from './subscription_changes.ts'
import { newItem, ratesByIds } from './subscription_items.ts'
import { periodEnd, withPeriod } from './subscription_life.ts'
import { previewDetailsParameters } from './subscription_parameters.ts'

/** `POST /v1/invoices/create_preview` */
export const invoicePreviewParameters = hash({
  automatic_tax: hash({ enabled: flag() }).optional(),
  currency: currency().optional(),
  customer: text().optional(),
  invoice_items: list(
    hash({
      amount: integer().optional(),
      currency: currency().optional(),
      description: text().optional(),
      price: text().optional(),
      quantity: integer({ least: 0 }).optional(),
    }),
  ).optional(),
  subscription: text().optional(),
  subscription_details: previewDetailsParameters.optional(),
})

/**
 * Shows the next invoice: of a subscription as it is, of one after a change, or of one that is not there yet. Keeps
 * nothing, and tells nobody.
 *
 * @throws {StripeError}
 */
export function previewInvoice(core: Core, given: z.output<typeof invoicePreviewParameters>): Invoice {
  const details = given.subscription_details ?? {}
  const subscription =
    given.subscription === undefined ? null : core.store.get('subscription', given.subscription, 'subscription')
  const customerId = given.customer ?? subscription?.customer
  if (customerId === undefined) {
    throw refused('You must provide one of customer, subscription or schedule.', { code: 'parameter_missing' })
  }
  const customer = requireCustomer(core, customerId)
  const id = core.id('upcoming_in')
  const extra = (given.invoice_items ?? []).map((item): InvoiceItem => {
    const price = item.price === undefined ? null : core.store.get('price', item.price, 'invoice_items[price]')
    const { quantity = 1 } = item
    return newInvoiceItem(core, {
      ...{ customer: customer.id, description: item.description ?? null, price, quantity },
      amount: price ? amountOf(price, quantity) : (item.amount ?? 0),
      currency: price?.currency ?? item.currency ?? 'usd',
    })
  })
  const waiting = pendingItems(core, customer.id, subscription?.id ?? null)
  if (!subscription) return previewNew(core, given, customer.id, [...waiting, ...extra])

  const now = core.now(subscription)
  const at = details.proration_date ?? now
  const parts = { customer, subscription, id, currency: subscription.currency }
  if (details.cancel_now) {
    const credits = subscription.items.data.map((item) => prorationItem(core, subscription, item, at, 'credit'))
    const items = [...waiting, ...(details.proration_behavior === 'none' ? [] : credits), ...extra]
    return buildInvoice(core, { ...parts, reason: 'subscription_update', lines: [], items, prorationDate: at })
  }
  const behavior = details.proration_behavior ?? 'create_prorations'
  const restarts = details.billing_cycle_anchor?.type === 'now'
  const planned = planChange(core, subscription, details.items ?? [], { at, behavior, restarts })
  const items = [...waiting, ...planned.prorations, ...extra]
  const shown: Subscription = {
    ...subscription,
    ...(details.default_tax_rates === undefined
      ? {}
      : { default_tax_rates: ratesByIds(core, details.default_tax_rates, 'subscription_details[default_tax_rates]') }),
  }
  if (planned.restarts) {
    const lines = planned.items.map((item) => periodLine(core, shown, item))
    return buildInvoice(core, { ...parts, reason: 'subscription_update', lines, items, prorationDate: at })
  }
  if (behavior === 'always_invoice' && planned.prorations.length > 0) {
    return buildInvoice(core, { ...parts, reason: 'subscription_update', lines: [], items, prorationDate: at })
  }
  const end = periodEnd(subscription)
  const rule = planned.items[0]?.price.recurring
  const ends = details.cancel_at_period_end ?? subscription.cancel_at_period_end
  const next = rule && !ends ? withPeriod(planned.items, end, boundaryAfter(planned.anchor, rule, end)) : []
  const lines = next.map((item) => periodLine(core, shown, item))
  return buildInvoice(core, {
    ...parts,
    reason: 'subscription_cycle',
    lines,
    items,
    prorationDate: at,
    period: { start: now, end },
  })
}

function previewNew(
  core: Core,
  given: z.output<typeof invoicePreviewParameters>,
  customerId: string,
  items: readonly InvoiceItem[],
): Invoice {
  const customer = requireCustomer(core, customerId)
  const wanted = given.subscription_details?.items ?? []
  const now = core.now(customer)
  const owner = { id: 'sub_preview', customer: customer.id }
  const made = wanted.map((item, position) =>
    newItem(core, owner, item, { start: now, end: now }, `subscription_details[items][${position}]`),
  )
  const rule = made[0]?.price.recurring
  const rates = ratesByIds(
    core,
    given.subscription_details?.default_tax_rates,
    'subscription_details[default_tax_rates]',
  )
  const whole = rule ? withPeriod(made, now, boundaryAfter(now, rule, now)) : []
  const lines = whole.map((item) => {
    const taxed = item.tax_rates.length > 0 ? item : { ...item, tax_rates: rates }
    return periodLine(core, previewOwner(owner), taxed)
  })
  return buildInvoice(core, {
    customer,
    subscription: null,
    reason: lines.length > 0 ? 'subscription_create' : 'manual',
    lines,
    items,
    id: core.id('upcoming_in'),
    currency: given.currency ?? made[0]?.price.currency ?? items[0]?.currency ?? 'usd',
  })
}

/** What a line says about the subscription that is not there yet. */
function previewOwner(owner: { id: string; customer: string }): Parameters<typeof periodLine>[1] {
  return { ...owner, metadata: {}, default_tax_rates: [] }
}
