/** An object of Stripe's API, in the shape of the pinned version. References are ids; `expand` fills them on the way out. */
export type StripeObject = { id: string; object: string; [field: string]: unknown }
/** Keys and values of a caller's own. */
export type Metadata = Record<string, string>
/** A list as it stands inside an object. */
export type ListOf<T> = { object: 'list'; data: T[]; has_more: boolean; total_count: number; url: string }

/** A postal address. */
export type Address = {
  city: string | null
  country: string | null
  line1: string | null
  line2: string | null
  postal_code: string | null
  state: string | null
}

/** Who buys. */
export type Customer = StripeObject & {
  object: 'customer'
  address: Address | null
  /** Negative: what the customer is owed, taken off the next invoice. */
  balance: number
  created: number
  currency: string | null
  delinquent: boolean
  email: string | null
  invoice_prefix: string
  invoice_settings: {
    custom_fields: null
    default_payment_method: string | null
    footer: null
    rendering_options: null
  }
  metadata: Metadata
  name: string | null
  next_invoice_sequence: number
  test_clock: string | null
}

/** What is sold. */
export type Product = StripeObject & {
  object: 'product'
  active: boolean
  created: number
  default_price: string | null
  metadata: Metadata
  name: string
  updated: number
}

/** How often a price is due. */
export type Recurring = {
  interval: 'day' | 'week' | 'month' | 'year'
  interval_count: number
  meter: string | null
  trial_period_days: number | null
  usage_type: 'licensed' | 'metered'
}

/** One step of a price with tiers. */
export type Tier = {
  flat_amount: number | null
  flat_amount_decimal: string | null
  unit_amount: number | null
  unit_amount_decimal: string | null
  /** The last quantity of this tier; null for all above. */
  up_to: number | null
}

/** What a product costs. */
export type Price = StripeObject & {
  object: 'price'
  active: boolean
  billing_scheme: 'per_unit' | 'tiered'
  created: number
  currency: string
  lookup_key: string | null
  metadata: Metadata
  nickname: string | null
  product: string
  recurring: Recurring | null
  tax_behavior: 'exclusive' | 'inclusive' | 'unspecified'
  tiers?: Tier[]
  tiers_mode: 'graduated' | 'volume' | null
  transform_quantity: { divide_by: number; round: 'down' | 'up' } | null
  type: 'one_time' | 'recurring'
  unit_amount: number | null
  unit_amount_decimal: string | null
}

/** A tax by percentage. */
export type TaxRate = StripeObject & {
  object: 'tax_rate'
  active: boolean
  created: number
  inclusive: boolean
  metadata: Metadata
  percentage: number
}

/** A card. */
export type PaymentMethod = StripeObject & {
  object: 'payment_method'
  billing_details: { address: Address; email: string | null; name: string | null; phone: string | null; tax_id: null }
  card: {
    brand: string
    country: string
    exp_month: number
    exp_year: number
    fingerprint: string
    funding: string
    last4: string
    [field: string]: unknown
  }
  created: number
  customer: string | null
  metadata: Metadata
  type: 'card'
}

/** What a failed payment says, inside an intent. */
export type PaymentProblem = {
  type: 'card_error' | 'invalid_request_error'
  code: string
  decline_code?: string
  message: string
  charge?: string
  doc_url: string
  payment_method?: PaymentMethod
}

/** What the payer has to do next. */
export type NextAction = { type: 'redirect_to_url'; redirect_to_url: { return_url: string | null; url: string } }

/** One payment on its way. */
export type PaymentIntent = StripeObject & {
  object: 'payment_intent'
  amount: number
  amount_capturable: number
  amount_received: number
  canceled_at: number | null
  cancellation_reason: string | null
  capture_method: 'automatic' | 'automatic_async' | 'manual'
  client_secret: string
  created: number
  currency: string
  customer: string | null
  description: string | null
  last_payment_error: PaymentProblem | null
  latest_charge: string | null
  metadata: Metadata
  next_action: NextAction | null
  payment_method: string | null
  receipt_email: string | null
  setup_future_usage: 'off_session' | 'on_session' | null
  status:
    | 'canceled'
    | 'processing'
    | 'requires_action'
    | 'requires_capture'
    | 'requires_confirmation'
    | 'requires_payment_method'
    | 'succeeded'
}

/** A card being saved. */
export type SetupIntent = StripeObject & {
  object: 'setup_intent'
  cancellation_reason: string | null
  client_secret: string
  created: number
  customer: string | null
  description: string | null
  last_setup_error: PaymentProblem | null
  metadata: Metadata
  next_action: NextAction | null
  payment_method: string | null
  status:
    | 'canceled'
    | 'processing'
    | 'requires_action'
    | 'requires_confirmation'
    | 'requires_payment_method'
    | 'succeeded'
  usage: 'off_session' | 'on_session'
}

/** One attempt to take money. */
export type Charge = StripeObject & {
  object: 'charge'
  amount: number
  amount_captured: number
  amount_refunded: number
  balance_transaction: string | null
  captured: boolean
  created: number
  currency: string
  customer: string | null
  disputed: boolean
  failure_code: string | null
  failure_message: string | null
  metadata: Metadata
  paid: boolean
  payment_intent: string | null
  payment_method: string | null
  receipt_url: string | null
  refunded: boolean
  status: 'failed' | 'pending' | 'succeeded'
}

/** What a movement of money did to the account. */
export type BalanceTransaction = StripeObject & {
  object: 'balance_transaction'
  amount: number
  created: number
  currency: string
  fee: number
  net: number
  source: string
  type: string
}

/** Money on its way back. */
export type Refund = StripeObject & {
  object: 'refund'
  amount: number
  charge: string
  created: number
  currency: string
  failure_reason?: string
  metadata: Metadata
  payment_intent: string | null
  reason: string | null
  status: 'canceled' | 'failed' | 'pending' | 'requires_action' | 'succeeded'
}

/** A payment that its owner denies. */
export type Dispute = StripeObject & {
  object: 'dispute'
  amount: number
  charge: string
  created: number
  currency: string
  evidence: Record<string, unknown>
  evidence_details: {
    due_by: number
    has_evidence: boolean
    past_due: boolean
    submission_count: number
    enhanced_eligibility: Record<string, never>
  }
  is_charge_refundable: boolean
  metadata: Metadata
  payment_intent: string | null
  reason: string
  status: 'lost' | 'needs_response' | 'under_review' | 'warning_closed' | 'warning_needs_response' | 'won'
}

/** A clock that some customers live by. */
export type TestClock = StripeObject & {
  object: 'test_helpers.test_clock'
  created: number
  deletes_after: number
  frozen_time: number
  name: string | null
  status: 'ready'
}

/** An address that is told of events. */
export type WebhookEndpoint = StripeObject & {
  object: 'webhook_endpoint'
  api_version: string | null
  created: number
  description: string | null
  enabled_events: string[]
  metadata: Metadata
  status: 'disabled' | 'enabled'
  url: string
}

/** Something that happened. */
export type StripeEvent = {
  id: string
  object: 'event'
  api_version: string
  /** Whole seconds of the clock that the object lives by. */
  created: number
  data: { object: Record<string, unknown>; previous_attributes?: Record<string, unknown> }
  livemode: false
  pending_webhooks: number
  request: { id: string | null; idempotency_key: string | null }
  type: string
}
