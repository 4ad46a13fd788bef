import { createAdHocPrice } from '../catalogue.ts'
import type { Core } from '../core.ts'
import { requireCustomer } from '../customers.ts'
import { noSuch, refused } from '../errors.ts'
import type { Price, TaxRate } from '../objects.ts'
import { mergeMetadata } from '../parameters.ts'
import { amountOf, taxesOn } from '../pricing.ts'
import { scheduleExpiry } from './complete_session.ts'
import { type CheckoutSession, type LineItem, visitsOf } from './session_objects.ts'
import type { NewLineItem, NewSession } from './session_parameters.ts'

const shortestSeconds = 30 * 60
const longestSeconds = 24 * 3600
const daySeconds = 86_400
const mostLines = 100

/** Parameters that only some modes take, with the modes that do. */
const modesOf = {
  customer_creation: ['payment', 'setup'],
  invoice_creation: ['payment'],
  line_items: ['payment', 'subscription'],
  payment_intent_data: ['payment'],
  payment_method_collection: ['subscription'],
  saved_payment_method_options: ['payment', 'subscription'],
  setup_intent_data: ['setup'],
  submit_type: ['payment', 'subscription'],
  subscription_data: ['subscription'],
} as const satisfies Partial<Record<keyof NewSession, readonly string[]>>

/** Opens a checkout. @throws {StripeError} in Stripe's words for what does not go together */
export function createSession(core: Core, given: NewSession): CheckoutSession {
  refuseMisfits(given)
  const customer = given.customer === undefined ? null : requireCustomer(core, given.customer)
  const now = core.now({ customer: customer?.id })
  const expiresAt = given.expires_at ?? now + longestSeconds
  refuseExpiry(expiresAt - now)
  const trialEnd = trialEndOf(given, now)
  const read = (given.line_items ?? []).map((line, index) => readLine(core, line, index, given, trialEnd))
  const lines = read.map(({ line }) => line)
  refuseLines(given, lines)
  const currency = lines[0]?.currency ?? given.currency ?? null
  const total = (field: 'amount_subtotal' | 'amount_tax' | 'amount_total') =>
    given.mode === 'setup' ? null : lines.reduce((sum, line) => sum + line[field], 0)

  const id = core.id('cs_test')
  const session: CheckoutSession = {
    id,
    object: 'checkout.session',
    adaptive_pricing: given.adaptive_pricing ?? null,
    after_expiration: null,
    allow_promotion_codes: given.allow_promotion_codes ?? null,
    allowed_payment_method_types: given.allowed_payment_method_types ?? null,
    amount_subtotal: total('amount_subtotal'),
    amount_total: total('amount_total'),
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: given.billing_address_collection ?? null,
    cancel_url: given.cancel_url ?? null,
    client_reference_id: given.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: now,
    currency,
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer: customer?.id ?? null,
    customer_account: null,
    customer_creation: customer || given.mode === 'subscription' ? null : creationOf(given),
    customer_details: customer
      ? {
          address: customer.address,
          email: customer.email,
          name: customer.name,
          phone: null,
          tax_exempt: 'none',
          tax_ids: null,
        }
      : null,
    customer_email: given.customer_email ?? null,
    discounts: [],
    expires_at: expiresAt,
    integration_identifier: given.integration_identifier ?? null,
    invoice: null,
    invoice_creation: given.mode === 'payment' ? invoiceCreationOf(given) : null,
    livemode: false,
    locale: given.locale ?? null,
    metadata: mergeMetadata({}, given.metadata),
    mode: given.mode,
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection:
      given.mode === 'subscription' ? (given.payment_method_collection ?? 'always') : 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    payment_status: given.mode === 'setup' ? 'no_payment_required' : 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: given.phone_number_collection?.enabled ?? false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: given.submit_type ?? null,
    subscription: null,
    success_url: given.success_url ?? '',
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: total('amount_tax') ?? 0 },
    ui_mode: 'hosted_page',
    url: `${core.pagesUrl()}/checkout/${id}`,
    wallet_options: null,
  }
  core.add('checkout.session', session)
  const taxRates = read.map(({ rates }) => rates)
  scheduleExpiry(core, session)
  const made = { customer: customer?.id ?? null, intent: null, payer: null, subscription: null }
  visitsOf(core).set(id, { session, given, lines, taxRates, trialEnd, ...made })
  return session
}

function refuseMisfits(given: NewSession): void {
  const { mode } = given
  for (const [name, modes] of Object.entries(modesOf)) {
    const isGiven = Object.entries(given).some(([field, value]) => field === name && value !== undefined)
    if (isGiven && !modes.some((one) => one === mode)) {
      throw refused(`You can not pass \`${name}\` in \`${mode}\` mode.`, { param: name })
    }
  }
  if (given.ui_mode !== undefined && given.ui_mode !== 'hosted_page') {
    throw refused('The sandbox plays only the hosted page: ui_mode must be hosted_page.', { param: 'ui_mode' })
  }
  if (given.success_url === undefined) {
    throw refused('Missing required param: success_url.', { code: 'parameter_missing', param: 'success_url' })
  }
  if (given.customer !== undefined && given.customer_email !== undefined) {
    throw refused('You may only specify one of these parameters: customer, customer_email.', {
      param: 'customer_email',
    })
  }
  if (given.customer !== undefined && given.customer_creation !== undefined) {
    throw refused('`customer_creation` cannot be used with `customer`.', { param: 'customer_creation' })
  }
  if (given.customer === undefined && given.customer_update !== undefined) {
    throw refused('`customer_update` can only be used with `customer`.', { param: 'customer_update' })
  }
  if (given.automatic_tax?.enabled) {
    throw refused('You must have a valid head office address to enable automatic tax calculation in test mode.', {
      param: 'automatic_tax',
    })
  }
  if (given.mode === 'setup' && given.currency === undefined && given.allowed_payment_method_types === undefined) {
    throw refused('Missing required param: currency.', { code: 'parameter_missing', param: 'currency' })
  }
}

function refuseExpiry(seconds: number): void {
  if (seconds < shortestSeconds) {
    throw refused('The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.', {
      param: 'expires_at',
    })
  }
  if (seconds > longestSeconds) {
    throw refused('The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.', {
      param: 'expires_at',
    })
  }
}

function trialEndOf({ subscription_data: wanted }: NewSession, now: number): number | null {
  if (wanted?.trial_end !== undefined && wanted.trial_period_days !== undefined) {
    throw refused('You may only specify one of these parameters: trial_end, trial_period_days.', {
      param: 'subscription_data[trial_end]',
    })
  }
  if (wanted?.trial_period_days !== undefined) return now + wanted.trial_period_days * daySeconds
  if (wanted?.trial_end === undefined) return null
  if (wanted.trial_end < now + 2 * daySeconds) {
    throw refused('The `trial_end` date has to be at least 2 days in the future.', {
      param: 'subscription_data[trial_end]',
    })
  }
  return wanted.trial_end
}

function readLine(
  core: Core,
  given: NewLineItem,
  index: number,
  session: NewSession,
  trialEnd: number | null,
): { line: LineItem; rates: TaxRate[] } {
  const at = `line_items[${index}]`
  const price = priceOf(core, given, at)
  const isMetered = price.recurring?.usage_type === 'metered'
  if (isMetered && given.quantity !== undefined) {
    throw refused(
      `Quantity should not be specified where usage_type is \`metered\`. Remove \`quantity\` from \`${at}\``,
      { param: `${at}[quantity]` },
    )
  }
  if (!isMetered && given.quantity === undefined) {
    throw refused(`Quantity is required. Add \`quantity\` to \`${at}\``, { param: `${at}[quantity]` })
  }
  const own = given.tax_rates ?? []
  const ids = own.length > 0 ? own : price.recurring ? (session.subscription_data?.default_tax_rates ?? []) : []
  const rates = ids.map((id) => core.store.get('tax_rate', id, `${at}[tax_rates]`))
  const isFreeNow = isMetered || (price.recurring !== null && trialEnd !== null)
  const quantity = isMetered ? null : (given.quantity ?? 1)
  const amounts = isFreeNow ? { subtotal: 0, tax: 0, total: 0 } : amountsOf(price, quantity ?? 0, rates)
  const product = core.store.get('product', price.product)
  return {
    rates,
    line: {
      id: core.id('li'),
      object: 'item',
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: amounts.subtotal,
      amount_tax: amounts.tax,
      amount_total: amounts.total,
      currency: price.currency,
      description: product.name,
      metadata: mergeMetadata({}, given.metadata),
      price,
      quantity,
    },
  }
}

function amountsOf(price: Price, quantity: number, rates: readonly TaxRate[]) {
  const subtotal = amountOf(price, quantity)
  const taxes = taxesOn(subtotal, rates)
  const onTop = taxes.filter(({ tax_behavior }) => tax_behavior === 'exclusive')
  const sum = (some: typeof taxes) => some.reduce((all, { amount }) => all + amount, 0)
  return { subtotal, tax: sum(taxes), total: subtotal + sum(onTop) }
}

function priceOf(core: Core, given: NewLineItem, at: string): Price {
  if ((given.price === undefined) === (given.price_data === undefined)) {
    throw refused('You must specify either `price` or `price_data`, and not both.', { param: at })
  }
  if (given.price_data !== undefined) return createAdHocPrice(core, given.price_data)
  const id = given.price ?? ''
  const price = core.store.find('price', id)
  if (!price) throw noSuch('price', id, `${at}[price]`, 400)
  if (!price.active) {
    throw refused(`The price specified is inactive. This field only accepts active prices.`, {
      code: 'price_inactive',
      param: `${at}[price]`,
    })
  }
  return price
}

function refuseLines(given: NewSession, lines: readonly LineItem[]): void {
  if (given.mode === 'setup') return
  if (lines.length === 0) {
    throw refused('Missing required param: line_items.', { code: 'parameter_missing', param: 'line_items' })
  }
  if (lines.length > mostLines) {
    throw refused(`You may only have up to ${mostLines} line items.`, { param: 'line_items' })
  }
  const recurring = lines.filter(({ price }) => price.recurring !== null)
  if (given.mode === 'payment' && recurring.length > 0) {
    throw refused(
      'You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.',
      { param: 'mode' },
    )
  }
  if (given.mode === 'subscription' && recurring.length === 0) {
    throw refused('You must provide at least one recurring price in `subscription` mode when using prices.', {
      param: 'line_items',
    })
  }
  const currency = given.currency ?? lines[0]?.currency
  const other = lines.findIndex((line) => line.currency !== currency)
  if (other >= 0) {
    throw refused(
      `The price specified only supports \`${lines[other]?.currency}\`. This doesn't match the expected currency: \`${currency}\`.`,
      { param: `line_items[${other}][price]` },
    )
  }
}

/** An invoice needs somebody whom it is sent to. */
function creationOf(given: NewSession): 'always' | 'if_required' {
  return given.invoice_creation?.enabled ? 'always' : (given.customer_creation ?? 'if_required')
}

function invoiceCreationOf({ invoice_creation: wanted }: NewSession): Record<string, unknown> {
  const { description = null, footer = null, metadata } = wanted?.invoice_data ?? {}
  return {
    enabled: wanted?.enabled ?? false,
    invoice_data: {
      account_tax_ids: null,
      custom_fields: null,
      description,
      footer,
      issuer: null,
      metadata: mergeMetadata({}, metadata),
      rendering_options: null,
    },
  }
}
