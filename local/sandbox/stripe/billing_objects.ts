import type { ListOf, Metadata, Price, StripeObject, TaxRate } from './objects.ts'

/** One price of a subscription, with the period that is paid or owed now. */
export type SubscriptionItem = StripeObject & {
  object: 'subscription_item'
  created: number
  current_period_end: number
  current_period_start: number
  metadata: Metadata
  price: Price
  /** Absent for metered prices. */
  quantity?: number
  subscription: string
  tax_rates: TaxRate[]
}

/** Why and with which words a subscription ended. */
export type CancellationDetails = {
  comment: string | null
  feedback: string | null
  reason: 'cancellation_requested' | 'payment_disputed' | 'payment_failed' | null
}

/** How collection rests while the subscription goes on. */
export type PauseCollection = { behavior: 'keep_as_draft' | 'mark_uncollectible' | 'void'; resumes_at: number | null }

/** States of a subscription. */
export type SubscriptionStatus =
  | 'active'
  | 'canceled'
  | 'incomplete'
  | 'incomplete_expired'
  | 'past_due'
  | 'paused'
  | 'trialing'
  | 'unpaid'

/** Something paid for again and again. */
export type Subscription = StripeObject & {
  object: 'subscription'
  billing_cycle_anchor: number
  cancel_at: number | null
  cancel_at_period_end: boolean
  canceled_at: number | null
  cancellation_details: CancellationDetails
  collection_method: 'charge_automatically' | 'send_invoice'
  created: number
  currency: string
  customer: string
  days_until_due: number | null
  default_payment_method: string | null
  default_tax_rates: TaxRate[]
  description: string | null
  ended_at: number | null
  items: ListOf<SubscriptionItem>
  latest_invoice: string | null
  metadata: Metadata
  pause_collection: PauseCollection | null
  pending_setup_intent: string | null
  start_date: number
  status: SubscriptionStatus
  test_clock: string | null
  trial_end: number | null
  trial_settings: { end_behavior: { missing_payment_method: 'cancel' | 'create_invoice' | 'pause' } }
  trial_start: number | null
}

/** A tax on a line or on an invoice. */
export type Tax = {
  amount: number
  tax_behavior: 'exclusive' | 'inclusive'
  tax_rate_details: { tax_rate: string }
  taxability_reason: 'not_available'
  taxable_amount: number
  type: 'tax_rate_details'
}

/** One line of an invoice. */
export type InvoiceLine = StripeObject & {
  object: 'line_item'
  amount: number
  currency: string
  description: string | null
  invoice: string | null
  metadata: Metadata
  parent: Record<string, unknown> | null
  period: { end: number; start: number }
  pricing: {
    price_details: { price: string; product: string }
    type: 'price_details'
    unit_amount_decimal: string | null
  } | null
  quantity: number | null
  subscription: string | null
  subtotal: number
  taxes: Tax[]
}

/** What is owed. */
export type Invoice = StripeObject & {
  object: 'invoice'
  amount_due: number
  amount_paid: number
  amount_remaining: number
  attempt_count: number
  attempted: boolean
  auto_advance: boolean
  automatically_finalizes_at: number | null
  billing_reason: 'manual' | 'subscription_create' | 'subscription_cycle' | 'subscription_update'
  collection_method: 'charge_automatically' | 'send_invoice'
  created: number
  currency: string
  customer: string
  default_payment_method: string | null
  description: string | null
  due_date: number | null
  ending_balance: number | null
  hosted_invoice_url: string | null
  invoice_pdf: string | null
  lines: ListOf<InvoiceLine>
  metadata: Metadata
  next_payment_attempt: number | null
  number: string | null
  parent: {
    quote_details: null
    subscription_details: { metadata: Metadata; subscription: string; subscription_proration_date?: number }
    type: 'subscription_details'
  } | null
  period_end: number
  period_start: number
  starting_balance: number
  status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void'
  status_transitions: {
    finalized_at: number | null
    marked_uncollectible_at: number | null
    paid_at: number | null
    voided_at: number | null
  }
  subtotal: number
  total: number
  total_taxes: Tax[]
}

/** Something that waits for the next invoice of a customer. */
export type InvoiceItem = StripeObject & {
  object: 'invoiceitem'
  amount: number
  currency: string
  customer: string
  date: number
  description: string | null
  /** Null while it waits. */
  invoice: string | null
  metadata: Metadata
  parent: {
    subscription_details: { subscription: string; subscription_item?: string }
    type: 'subscription_details'
  } | null
  period: { end: number; start: number }
  pricing: InvoiceLine['pricing']
  proration: boolean
  quantity: number
  tax_rates: TaxRate[]
}

/** Which payment pays an invoice. */
export type InvoicePayment = StripeObject & {
  object: 'invoice_payment'
  amount_paid: number | null
  amount_requested: number
  created: number
  currency: string
  invoice: string
  is_default: boolean
  payment: { payment_intent: string; type: 'payment_intent' }
  status: 'canceled' | 'open' | 'paid'
  status_transitions: { canceled_at: number | null; paid_at: number | null }
}
