import type { Invoice, InvoiceItem, InvoiceLine, InvoicePayment, Subscription } from './billing_objects.ts'
import { type Core, listOf } from './core.ts'
import { noSuch, refused } from './errors.ts'
import { lineOfItem, takeItems } from './invoice_lines.ts'
import type { Customer, PaymentIntent } from './objects.ts'
import { cancelPaymentIntent, newPaymentIntent } from './payment_intents.ts'
import { sumsOf } from './pricing.ts'

/** What an invoice is made of. */
export interface InvoiceParts {
  readonly customer: Customer
  readonly subscription: Subscription | null
  readonly reason: Invoice['billing_reason']
  readonly lines: readonly InvoiceLine[]
  readonly items: readonly InvoiceItem[]
  readonly currency: string
  readonly collection?: Invoice['collection_method']
  readonly autoAdvance?: boolean
  readonly daysUntilDue?: number | null
  readonly period?: { readonly start: number; readonly end: number }
  readonly description?: string | null
  readonly metadata?: Readonly<Record<string, string>>
  readonly prorationDate?: number
  /** Seconds until the draft is finalized by itself; see `advanceLater`. */
  readonly finalizesIn?: number
  /** Another id than a new one. */
  readonly id?: string
}

/** Makes an invoice without keeping it. */
export function buildInvoice(core: Core, parts: InvoiceParts): Invoice {
  const { customer, subscription } = parts
  const id = parts.id ?? core.id('in')
  const now = core.now(customer)
  const lines = [...parts.items.map((item) => lineOfItem(core, item)), ...parts.lines]
  const sums = sumsOf(lines)
  const due = Math.max(0, sums.total + Math.min(0, customer.balance))
  return {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Atrium',
    account_tax_ids: null,
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: due,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: parts.autoAdvance ?? true,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: parts.finalizesIn === undefined ? null : now + parts.finalizesIn,
    billing_reason: parts.reason,
    collection_method: parts.collection ?? subscription?.collection_method ?? 'charge_automatically',
    created: now,
    currency: parts.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address,
    customer_email: customer.email,
    customer_name: customer.name,
    customer_phone: customer.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: customer.tax_exempt ?? 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: subscription ? subscription.default_tax_rates : [],
    description: parts.description ?? null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: listOf(`/v1/invoices/${id}/lines`, lines),
    livemode: false,
    metadata: { ...parts.metadata },
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: subscription
      ? {
          quote_details: null,
          subscription_details: {
            metadata: { ...subscription.metadata },
            subscription: subscription.id,
            ...(parts.prorationDate === undefined ? {} : { subscription_proration_date: parts.prorationDate }),
          },
          type: 'subscription_details',
        }
      : null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: parts.period?.end ?? now,
    period_start: parts.period?.start ?? now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: customer.balance,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: sums.subtotal,
    subtotal_excluding_tax: sums.subtotal_excluding_tax,
    test_clock: customer.test_clock,
    total: sums.total,
    total_discount_amounts: [],
    total_excluding_tax: sums.total_excluding_tax,
    total_pretax_credit_amounts: [],
    total_taxes: sums.total_taxes,
    webhooks_delivered_at: null,
  }
}

/** Drafts an invoice and keeps it; it is the newest of its subscription then. */
export function draftInvoice(core: Core, parts: InvoiceParts): Invoice {
  const invoice = buildInvoice(core, parts)
  for (const line of invoice.lines.data) line.invoice = invoice.id
  takeItems(core, invoice, parts.items)
  if (parts.customer.currency === null) core.change(parts.customer, { currency: parts.currency })
  if (parts.subscription) core.change(parts.subscription, { latest_invoice: invoice.id })
  return core.add('invoice', invoice, 'invoice.created')
}

/** Works the sums of a draft out again, after its lines changed. */
export function recount(core: Core, invoice: Invoice): Invoice {
  const sums = sumsOf(invoice.lines.data)
  const { balance } = core.store.get('customer', invoice.customer)
  const due = Math.max(0, sums.total + Math.min(0, balance))
  invoice.lines.total_count = invoice.lines.data.length
  return core.change(invoice, { ...sums, amount_due: due, amount_remaining: due }, 'invoice.updated')
}

/** Days that an invoice of a customer who pays by transfer is given, unless it says otherwise. */
const usualDays = 30

/**
 * Closes a draft: it has a number then, takes the customer's balance, and is paid at once when nothing is due.
 *
 * @param paidBy intent that took the money before there was an invoice
 * @throws {StripeError} when it is no draft
 */
export function finalizeInvoice(
  core: Core,
  invoice: Invoice,
  daysUntilDue: number | null = null,
  paidBy?: string,
): Invoice {
  if (invoice.status !== 'draft') {
    throw refused("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
  }
  const customer = core.store.get('customer', invoice.customer)
  const now = core.now(invoice)
  core.timelineOf(invoice).cancel(`${invoice.id}:finalize`)
  const sequence = customer.next_invoice_sequence
  core.change(customer, { next_invoice_sequence: sequence + 1 })
  const credit = Math.min(0, customer.balance)
  const due = Math.max(0, invoice.total + credit)
  // What was owed to the customer and used, or what a negative invoice leaves for the next one.
  const balance =
    invoice.total < 0
      ? customer.balance + invoice.total
      : credit === 0
        ? customer.balance
        : credit + invoice.total - due
  const sent = invoice.collection_method === 'send_invoice'
  core.change(invoice, {
    status: 'open',
    amount_due: due,
    amount_remaining: due,
    automatically_finalizes_at: null,
    effective_at: now,
    starting_balance: customer.balance,
    ending_balance: balance,
    due_date: sent ? (invoice.due_date ?? now + (daysUntilDue ?? usualDays) * 86_400) : null,
    hosted_invoice_url: `${core.pagesUrl()}/invoices/${invoice.id}`,
    invoice_pdf: `${core.pagesUrl()}/invoices/${invoice.id}/pdf`,
    number: `${customer.invoice_prefix}-${String(sequence).padStart(4, '0')}`,
    status_transitions: { ...invoice.status_transitions, finalized_at: now },
  })
  core.change(customer, { balance }, 'customer.updated')
  const payment = due > 0 ? addPayment(core, invoice, paidBy ?? intentFor(core, invoice).id) : null
  core.emit('invoice.finalized', invoice)
  if (due === 0 || paidBy !== undefined) settleInvoice(core, invoice, payment)
  return invoice
}

/** What an invoice is paid with: its own card, the subscription's, or the customer's. */
export function methodFor(core: Core, invoice: Invoice): string | null {
  const subscription = invoice.parent?.subscription_details.subscription
  return (
    invoice.default_payment_method ??
    (subscription ? core.store.find('subscription', subscription)?.default_payment_method : null) ??
    core.store.find('customer', invoice.customer)?.invoice_settings.default_payment_method ??
    null
  )
}

/** The intent that is to pay an invoice. */
function intentFor(core: Core, invoice: Invoice): PaymentIntent {
  const method = methodFor(core, invoice)
  const intent = newPaymentIntent(core, {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: invoice.customer,
    description: invoice.parent ? 'Subscription creation' : `Invoice ${invoice.number}`,
    metadata: {},
    method: method === null ? null : core.store.get('payment_method', method),
    forInvoice: true,
    ...(invoice.parent ? { setup_future_usage: 'off_session' } : {}),
  })
  return core.add('payment_intent', intent, 'payment_intent.created')
}

/** Ties an intent to the invoice that it pays. */
function addPayment(core: Core, invoice: Invoice, intent: string): InvoicePayment {
  return core.add('invoice_payment', {
    id: core.id('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: core.now(invoice),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  })
}

/** What pays an invoice; undefined for drafts and invoices of nothing. */
export function paymentOf(core: Core, invoice: Invoice): InvoicePayment | undefined {
  return core.store.all('invoice_payment').find((payment) => payment.invoice === invoice.id && payment.is_default)
}

/** The invoice that an intent pays. */
export function invoiceOfIntent(core: Core, intent: string): Invoice | undefined {
  const payment = core.store.all('invoice_payment').find((one) => one.payment.payment_intent === intent)
  return payment && core.store.find('invoice', payment.invoice)
}

/**
 * Notes that an invoice is paid.
 *
 * @param payment what paid it; null when nothing had to be paid, or money came another way
 */
export function settleInvoice(core: Core, invoice: Invoice, payment: InvoicePayment | null): Invoice {
  const now = core.now(invoice)
  core.timelineOf(invoice).cancel(`${invoice.id}:retry`)
  core.change(invoice, {
    status: 'paid',
    amount_paid: invoice.amount_due,
    amount_remaining: 0,
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, paid_at: now },
  })
  if (payment) {
    core.change(payment, {
      status: 'paid',
      amount_paid: invoice.amount_due,
      status_transitions: { ...payment.status_transitions, paid_at: now },
    })
    core.emit('invoice_payment.paid', payment)
  }
  core.emit('invoice.paid', invoice)
  core.emit('invoice.payment_succeeded', invoice)
  core.invoiceNews(invoice, 'paid')
  const customer = core.store.find('customer', invoice.customer)
  if (customer?.delinquent) core.change(customer, { delinquent: false }, 'customer.updated')
  return invoice
}

/** Gives an invoice up for good. @throws {StripeError} when it is a draft or paid */
export function voidInvoice(core: Core, invoice: Invoice): Invoice {
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw refused("You can only pass in open or uncollectible invoices. This invoice isn't open or uncollectible.")
  }
  stopCollection(core, invoice)
  const now = core.now(invoice)
  core.change(invoice, {
    status: 'void',
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, voided_at: now },
  })
  core.emit('invoice.voided', invoice)
  core.invoiceNews(invoice, 'voided')
  return invoice
}

/** Writes an invoice off; it can still be paid. @throws {StripeError} when it is not open */
export function markUncollectible(core: Core, invoice: Invoice): Invoice {
  if (invoice.status !== 'open') throw refused("You can only pass in open invoices. This invoice isn't open.")
  core.timelineOf(invoice).cancel(`${invoice.id}:retry`)
  core.change(invoice, {
    status: 'uncollectible',
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, marked_uncollectible_at: core.now(invoice) },
  })
  core.emit('invoice.marked_uncollectible', invoice)
  core.invoiceNews(invoice, 'uncollectible')
  return invoice
}

/** Ends attempts, and the intent with them. */
export function stopCollection(core: Core, invoice: Invoice): void {
  core.timelineOf(invoice).cancel(`${invoice.id}:retry`)
  core.timelineOf(invoice).cancel(`${invoice.id}:finalize`)
  const payment = paymentOf(core, invoice)
  if (payment?.status !== 'open') return
  const intent = core.store.get('payment_intent', payment.payment.payment_intent)
  if (intent.status !== 'succeeded' && intent.status !== 'canceled') cancelPaymentIntent(core, intent, 'void_invoice')
  const now = core.now(invoice)
  core.change(payment, { status: 'canceled', status_transitions: { ...payment.status_transitions, canceled_at: now } })
}

/** An invoice that is there. @throws {StripeError} `resource_missing` */
export function requireInvoice(core: Core, id: string): Invoice {
  const invoice = core.store.find('invoice', id)
  if (!invoice) throw noSuch('invoice', id)
  return invoice
}
