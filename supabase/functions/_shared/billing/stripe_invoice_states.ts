import { z } from 'zod'
import {
  candidates,
  metadata,
  optionalReference,
  optionalSeconds,
  optionalText,
  reference,
  type StripeState,
} from './stripe_fields.ts'

const amount = z.number().int()
const optionalAmount = amount.nullish()
const taxes = z.array(z.object({ amount })).nullish()
const sum = (parts: readonly { amount: number }[] | null | undefined) =>
  parts?.reduce((total, part) => total + part.amount, 0)

const subscriptionDetails = z.object({ subscription: optionalReference, metadata }).nullish()

const lineSchema = z.object({
  id: z.string(),
  amount,
  description: optionalText,
  quantity: z.number().int().nullish(),
  period: z.object({ start: amount, end: amount }).nullish(),
  /** Since basil. */
  pricing: z
    .object({
      price_details: z.object({ price: reference }).nullish(),
      unit_amount_decimal: z.union([z.string(), z.number()]).nullish().catch(null),
    })
    .nullish(),
  parent: z
    .object({
      subscription_item_details: z.object({ proration: z.boolean().nullish() }).nullish(),
      invoice_item_details: z.object({ proration: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
  /** Before it. */
  price: z.object({ id: z.string(), unit_amount: optionalAmount }).nullish(),
  plan: z.object({ id: z.string(), amount: optionalAmount }).nullish(),
  proration: z.boolean().nullish(),
})

const invoiceSchema = z.object({
  id: z.string(),
  created: amount,
  customer: reference,
  status: z.string().nullish(),
  currency: z.string(),
  number: optionalText,
  subtotal: amount,
  total: amount,
  amount_paid: amount,
  starting_balance: optionalAmount,
  ending_balance: optionalAmount,
  due_date: optionalSeconds,
  hosted_invoice_url: optionalText,
  status_transitions: z
    .object({ finalized_at: optionalSeconds, paid_at: optionalSeconds, voided_at: optionalSeconds })
    .nullish(),
  lines: z.object({ data: z.array(lineSchema) }),
  metadata,
  customer_name: optionalText,
  customer_email: optionalText,
  /** Since basil the taxes and the subscription have places of their own. */
  total_taxes: taxes,
  parent: z.object({ subscription_details: subscriptionDetails }).nullish(),
  total_tax_amounts: taxes,
  tax: optionalAmount,
  subscription: optionalReference,
  subscription_details: z.object({ metadata }).nullish(),
})

/** An invoice with its lines, of any version of the API. @throws {z.ZodError} */
export function invoiceState(object: unknown): StripeState {
  const invoice = invoiceSchema.parse(object)
  const details = invoice.parent?.subscription_details
  const lines = invoice.lines.data
  const periods = lines.map(({ period }) => period).filter((period) => period !== null && period !== undefined)
  return {
    ...{ id: invoice.id, created: invoice.created, customer: invoice.customer },
    candidates: candidates(
      invoice.metadata.organization_id,
      details?.metadata.organization_id,
      invoice.subscription_details?.metadata.organization_id,
    ),
    ...{ status: invoice.status ?? 'draft', currency: invoice.currency, number: invoice.number },
    subscription: details?.subscription ?? invoice.subscription,
    ...{ subtotal: invoice.subtotal, total: invoice.total, paid: invoice.amount_paid },
    tax: sum(invoice.total_taxes) ?? sum(invoice.total_tax_amounts) ?? invoice.tax ?? 0,
    // What the customer had at Stripe and was taken off; negative there.
    credit: Math.max((invoice.ending_balance ?? 0) - (invoice.starting_balance ?? 0), 0),
    period_starts: periods.length > 0 ? Math.min(...periods.map(({ start }) => start)) : null,
    period_ends: periods.length > 0 ? Math.max(...periods.map(({ end }) => end)) : null,
    issued: invoice.status_transitions?.finalized_at ?? null,
    paid_at: invoice.status_transitions?.paid_at ?? null,
    voided: invoice.status_transitions?.voided_at ?? null,
    due: invoice.due_date,
    hosted_url: invoice.hosted_invoice_url,
    ...{ buyer_name: invoice.customer_name, buyer_email: invoice.customer_email },
    lines: lines.map(lineState),
  }
}

function lineState(line: z.output<typeof lineSchema>) {
  const { subscription_item_details: ofItem, invoice_item_details: ofInvoice } = line.parent ?? {}
  const unit = line.pricing?.unit_amount_decimal ?? line.price?.unit_amount ?? line.plan?.amount
  const isWhole = unit !== null && unit !== undefined && Number.isInteger(Number(unit))
  return {
    id: line.id,
    ...{ amount: line.amount, description: line.description, quantity: line.quantity ?? 1 },
    // Fractions of the minor unit are not kept: the amount is right.
    unit: isWhole ? Number(unit) : null,
    price: line.pricing?.price_details?.price ?? line.price?.id ?? line.plan?.id ?? null,
    is_proration: ofItem?.proration === true || ofInvoice?.proration === true || line.proration === true,
    ...{ starts: line.period?.start ?? null, ends: line.period?.end ?? null },
  }
}

const invoicePaymentSchema = z.object({
  id: z.string(),
  created: amount,
  invoice: reference,
  status: z.string(),
  payment: z.object({ payment_intent: optionalReference }),
})

/** Which payment is for which invoice; such objects exist since basil. @throws {z.ZodError} */
export function invoicePaymentState(object: unknown): StripeState {
  const { payment, ...link } = invoicePaymentSchema.parse(object)
  return { ...link, payment_intent: payment.payment_intent, candidates: [] }
}
