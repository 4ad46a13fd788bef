import { createHash } from 'node:crypto'
import { z } from 'zod'
import { cardByNumber, type TestCard, testCards } from './cards.ts'
import type { Core } from './core.ts'
import { noSuch, refused, StripeError } from './errors.ts'
import type { PaymentMethod } from './objects.ts'
import { address, choice, clearable, hash, integer, mergeMetadata, metadata, text } from './parameters.ts'

const billingDetails = hash({
  address: clearable(address()).optional(),
  email: clearable(text()).optional(),
  name: clearable(text()).optional(),
  phone: clearable(text()).optional(),
})

/** `POST /v1/payment_methods` */
export const paymentMethodCreateParameters = hash({
  allow_redisplay: choice('always', 'limited', 'unspecified').optional(),
  billing_details: billingDetails.optional(),
  card: z
    .union([
      hash({ token: text() }),
      hash({
        cvc: text(4).optional(),
        exp_month: integer({ least: 1, most: 12 }),
        exp_year: integer({ least: 1970, most: 2100 }),
        number: text(),
      }),
    ])
    .optional(),
  metadata: metadata().optional(),
  type: choice('card'),
})
/** `POST /v1/payment_methods/:id` */
export const paymentMethodUpdateParameters = hash({
  allow_redisplay: choice('always', 'limited', 'unspecified').optional(),
  billing_details: billingDetails.optional(),
  card: hash({
    exp_month: integer({ least: 1, most: 12 }).optional(),
    exp_year: integer({ least: 1970, most: 2100 }).optional(),
  }).optional(),
  metadata: metadata().optional(),
})

/** The number of a card, when it expires, and whose it is. */
export interface CardEntry {
  readonly number: string
  readonly exp_month: number
  readonly exp_year: number
  readonly cvc?: string | undefined
}

/** Makes a payment method of what somebody typed. @throws {StripeError} 402 when it is no card of the test mode, or past */
export function createCard(
  core: Core,
  entry: CardEntry,
  details: {
    billing_details?: z.output<typeof billingDetails> | undefined
    metadata?: Record<string, string> | null | undefined
  } = {},
): PaymentMethod {
  const card = cardByNumber(entry.number)
  if (!card) {
    const message = 'Your card was declined. Your request was in test mode, but used a non test card.'
    throw new StripeError(402, message, {
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'test_mode_live_card',
    })
  }
  const today = new Date(core.now() * 1000)
  if (entry.exp_year * 12 + entry.exp_month < today.getUTCFullYear() * 12 + today.getUTCMonth() + 1) {
    const code = 'invalid_expiry_year'
    throw new StripeError(402, "Your card's expiration year is invalid.", {
      type: 'card_error',
      code,
      param: 'exp_year',
    })
  }
  return keep(core, card, { ...details, exp_month: entry.exp_month, exp_year: entry.exp_year })
}

/** Makes a payment method. @throws {StripeError} */
export function createPaymentMethod(core: Core, given: z.output<typeof paymentMethodCreateParameters>): PaymentMethod {
  const { card } = given
  if (!card) throw refused('Missing required param: card.', { code: 'parameter_missing', param: 'card' })
  if ('number' in card) return createCard(core, card, given)
  // `tok_visa` is the older name of `pm_card_visa`.
  const known = testCards[card.token.replace(/^tok_/, 'pm_card_')]
  if (!known) throw noSuch('token', card.token, 'card[token]', 400)
  return keep(core, known, given)
}

/** A method by its id, or a new one of a token such as `pm_card_visa`. @throws {StripeError} `resource_missing` */
export function resolvePaymentMethod(core: Core, id: string, param = 'payment_method'): PaymentMethod {
  const card = testCards[id]
  if (card) return keep(core, card)
  const found = core.store.find('payment_method', id)
  if (!found) throw noSuch('payment_method', id, param, param === 'id' ? 404 : 400)
  return found
}

/** A method that this customer has saved. @throws {StripeError} */
export function requireOwnMethod(core: Core, id: string, customer: string): PaymentMethod {
  const method = core.store.find('payment_method', id)
  if (method?.customer === customer) return method
  throw new StripeError(
    400,
    `No such PaymentMethod: '${id}'; The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { code: 'resource_missing', param: 'default_payment_method' },
  )
}

/** Saves a card for a customer. @throws {StripeError} 402 when the bank refuses */
export function attachPaymentMethod(core: Core, id: string, customer: string): PaymentMethod {
  if (!core.store.find('customer', customer)) throw noSuch('customer', customer, 'customer', 400)
  const method = resolvePaymentMethod(core, id, 'id')
  if (method.customer === customer) return method
  if (method.customer !== null) {
    throw refused('The payment method you provided has already been attached to a customer.', {
      code: 'payment_method_unexpected_state',
    })
  }
  const card = core.cards.get(method.id)
  if (card && !card.attaches && card.outcome.kind === 'declines') {
    const { code, decline, message } = card.outcome
    throw new StripeError(402, message, { type: 'card_error', code, decline_code: decline })
  }
  core.change(method, { customer })
  core.emit('payment_method.attached', method)
  return method
}

/** Forgets a saved card. @throws {StripeError} */
export function detachPaymentMethod(core: Core, id: string): PaymentMethod {
  const method = core.store.get('payment_method', id)
  const { customer } = method
  if (customer === null) {
    throw refused('The payment method you provided is not attached to a customer so detachment is impossible.', {
      code: 'payment_method_unexpected_state',
    })
  }
  core.change(method, { customer: null })
  core.emit('payment_method.detached', method, { customer })
  const owner = core.store.find('customer', customer)
  if (owner?.invoice_settings.default_payment_method === id) {
    core.change(
      owner,
      { invoice_settings: { ...owner.invoice_settings, default_payment_method: null } },
      'customer.updated',
    )
  }
  for (const subscription of core.store.all('subscription')) {
    if (subscription.default_payment_method === id && subscription.ended_at === null) {
      core.change(subscription, { default_payment_method: null }, 'customer.subscription.updated')
    }
  }
  return method
}

/** Changes a saved card. @throws {StripeError} */
export function updatePaymentMethod(
  core: Core,
  id: string,
  given: z.output<typeof paymentMethodUpdateParameters>,
): PaymentMethod {
  const method = core.store.get('payment_method', id)
  const expiry = {
    exp_month: given.card?.exp_month ?? method.card.exp_month,
    exp_year: given.card?.exp_year ?? method.card.exp_year,
  }
  return core.change(
    method,
    {
      card: { ...method.card, ...expiry },
      metadata: mergeMetadata(method.metadata, given.metadata === undefined ? {} : given.metadata),
      billing_details: detailsOf(given.billing_details, method.billing_details),
    },
    'payment_method.updated',
  )
}

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }

function detailsOf(
  given: z.output<typeof billingDetails> | undefined,
  before?: PaymentMethod['billing_details'],
): PaymentMethod['billing_details'] {
  return {
    address: given?.address ?? before?.address ?? noAddress,
    email: given?.email ?? before?.email ?? null,
    name: given?.name ?? before?.name ?? null,
    phone: given?.phone ?? before?.phone ?? null,
    tax_id: null,
  }
}

function keep(
  core: Core,
  card: TestCard,
  details: {
    billing_details?: z.output<typeof billingDetails> | undefined
    metadata?: Record<string, string> | null | undefined
    exp_month?: number
    exp_year?: number
  } = {},
): PaymentMethod {
  const now = core.now()
  const method: PaymentMethod = {
    id: core.id('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: detailsOf(details.billing_details),
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: card.country,
      display_brand: card.brand,
      exp_month: details.exp_month ?? 12,
      exp_year: details.exp_year ?? new Date(now * 1000).getUTCFullYear() + 1,
      fingerprint: createHash('sha256').update(card.number).digest('base64url').slice(0, 16),
      funding: card.funding,
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: mergeMetadata({}, details.metadata),
    type: 'card',
  }
  core.cards.set(method.id, card)
  return core.add('payment_method', method)
}
