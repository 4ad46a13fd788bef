import type { z } from 'zod'
import type { CardOutcome } from './cards.ts'
import { addCharge, captureCharge, type Decline } from './charges.ts'
import type { Core } from './core.ts'
import { requireCustomer } from './customers.ts'
import { openDispute } from './disputes.ts'
import { refused, StripeError } from './errors.ts'
import type { PaymentIntent, PaymentMethod, PaymentProblem } from './objects.ts'
import { mergeMetadata } from './parameters.ts'
import type {
  paymentIntentConfirmParameters,
  paymentIntentCreateParameters,
  paymentIntentUpdateParameters,
} from './payment_intent_parameters.ts'
import { resolvePaymentMethod } from './payment_methods.ts'

/** Stripe takes nothing smaller. */
const smallestAmount = 50

/** Makes a payment intent, and confirms it if asked to. @throws {StripeError} */
export function createPaymentIntent(core: Core, given: z.output<typeof paymentIntentCreateParameters>): PaymentIntent {
  if (given.amount < smallestAmount) {
    throw refused(`Amount must be at least ${smallestAmount} ${given.currency}`, {
      code: 'amount_too_small',
      param: 'amount',
    })
  }
  if (given.customer !== undefined) requireCustomer(core, given.customer)
  if (given.off_session && !given.confirm) {
    throw refused('`off_session` is only valid together with `confirm=true`.', { param: 'off_session' })
  }
  const method =
    given.payment_method === undefined ? null : usableMethod(core, given.payment_method, given.customer ?? null)
  const intent = newPaymentIntent(core, { ...given, method })
  core.add('payment_intent', intent, 'payment_intent.created')
  if (given.confirm) confirmOnRequest(core, intent, given)
  return intent
}

/** Makes an intent that nothing is done with yet. */
export function newPaymentIntent(
  core: Core,
  given: Pick<z.output<typeof paymentIntentCreateParameters>, 'amount' | 'currency' | 'customer'> &
    Partial<z.output<typeof paymentIntentCreateParameters>> & { method: PaymentMethod | null; forInvoice?: boolean },
): PaymentIntent {
  const id = core.id('pi')
  const automatic = given.forInvoice
    ? null
    : { allow_redirects: 'always', enabled: true, ...given.automatic_payment_methods }
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: given.allowed_payment_method_types ?? null,
    amount: given.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: automatic,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: given.capture_method ?? 'automatic_async',
    client_secret: `${id}_secret_${core.id('cs').slice(4, 24)}`,
    confirmation_method: 'automatic',
    created: core.now({ customer: given.customer }),
    currency: given.currency,
    customer: given.customer ?? null,
    customer_account: null,
    description: given.description ?? null,
    excluded_payment_method_types: given.excluded_payment_method_types ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, given.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: given.method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: { card: { installments: null, network: null, request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: given.receipt_email ?? null,
    review: null,
    setup_future_usage: given.setup_future_usage ?? null,
    shipping: null,
    source: null,
    statement_descriptor: given.statement_descriptor ?? null,
    statement_descriptor_suffix: given.statement_descriptor_suffix ?? null,
    status: given.method ? 'requires_confirmation' : 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  }
}

/** Changes an intent that nothing was paid with. @throws {StripeError} */
export function updatePaymentIntent(
  core: Core,
  id: string,
  given: z.output<typeof paymentIntentUpdateParameters>,
): PaymentIntent {
  const intent = core.store.get('payment_intent', id)
  const changesMore = Object.keys(given).some((field) => field !== 'metadata' && field !== 'description')
  if (changesMore) requireOpen(intent, 'update')
  return core.change(intent, intentChanges(core, intent, given))
}

/** What a request changes of a payment or setup intent. @throws {StripeError} for a customer or method that will not do */
export function intentChanges<
  Given extends Pick<z.output<typeof paymentIntentUpdateParameters>, 'customer' | 'metadata' | 'payment_method'>,
>(core: Core, intent: Pick<PaymentIntent, 'customer' | 'metadata'>, given: Given) {
  const { metadata: words, payment_method, ...fields } = given
  if (given.customer !== undefined) requireCustomer(core, given.customer)
  const method =
    payment_method === undefined ? undefined : usableMethod(core, payment_method, given.customer ?? intent.customer)
  return {
    ...fields,
    ...(words === undefined ? {} : { metadata: mergeMetadata(intent.metadata, words) }),
    ...(method ? { payment_method: method.id, status: 'requires_confirmation' as const } : {}),
  }
}

/** Confirms on request of an API user. @throws {StripeError} 402 when the card is declined; what happened stays */
export function confirmOnRequest(
  core: Core,
  intent: PaymentIntent,
  given: z.output<typeof paymentIntentConfirmParameters>,
): PaymentIntent {
  requireOpen(intent, 'confirm')
  const automatic = intent.automatic_payment_methods
  const redirects =
    typeof automatic === 'object' &&
    automatic !== null &&
    'allow_redirects' in automatic &&
    automatic.allow_redirects !== 'never'
  if (redirects && !given.off_session && given.return_url === undefined) {
    throw refused(
      "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
    )
  }
  const problem = confirmPaymentIntent(core, intent, {
    method: given.payment_method,
    offSession: given.off_session ?? false,
    returnUrl: given.return_url ?? null,
    futureUse: given.setup_future_usage,
  })
  if (problem) throw cardError(problem, { payment_intent: structuredClone(intent) })
  return intent
}

/**
 * Tries to take the money.
 *
 * @returns why it did not work; null when it did, or when the payer has to act first
 * @throws {StripeError} when the intent or its method cannot be used, and nothing was tried
 */
export function confirmPaymentIntent(
  core: Core,
  intent: PaymentIntent,
  options: {
    method?: string | undefined
    offSession: boolean
    returnUrl?: string | null
    futureUse?: 'off_session' | 'on_session' | null | undefined
    /** The payer has answered the question of their bank. */
    authenticated?: boolean
    /** Refuses whatever the card would do. */
    declines?: Decline | null
  },
): PaymentProblem | null {
  if (options.method !== undefined) {
    core.change(intent, { payment_method: usableMethod(core, options.method, intent.customer).id })
  }
  if (options.futureUse !== undefined) core.change(intent, { setup_future_usage: options.futureUse })
  if (intent.payment_method === null) {
    throw refused(
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.",
      { code: 'payment_intent_unexpected_state' },
    )
  }
  const method = core.store.get('payment_method', intent.payment_method)
  const card = core.cards.get(method.id)
  const { authenticated = false, offSession } = options
  let outcome: CardOutcome = options.declines ?? card?.outcome ?? { kind: 'succeeds' }
  if (outcome.kind === 'authenticates') {
    const mustAsk = outcome.when === 'always' || !offSession || !core.cardsSetUp.has(method.id)
    if (mustAsk && !authenticated) {
      core.change(
        intent,
        {
          status: 'requires_action',
          last_payment_error: offSession ? authenticationProblem : null,
          next_action: {
            type: 'redirect_to_url',
            redirect_to_url: {
              return_url: options.returnUrl ?? null,
              url: `${core.pagesUrl()}/three-d-secure/${intent.id}`,
            },
          },
        },
        'payment_intent.requires_action',
      )
      core.intentSettled(intent, offSession ? authenticationProblem : null)
      return null
    }
    outcome = outcome.then
  }
  if (outcome.kind === 'declines') return fail(core, intent, method, outcome)
  succeed(core, intent, method, authenticated)
  return null
}

/** The payer answers their bank. @throws {StripeError} when nothing was asked */
export function authenticatePaymentIntent(core: Core, id: string, passes: boolean): PaymentIntent {
  const intent = core.store.get('payment_intent', id)
  if (intent.status !== 'requires_action') {
    throw refused(`This PaymentIntent's status is ${intent.status}: nothing waits for its payer.`)
  }
  if (passes) {
    core.change(intent, { next_action: null, last_payment_error: null })
    confirmPaymentIntent(core, intent, { offSession: false, authenticated: true })
    return intent
  }
  const problem: PaymentProblem = {
    type: 'invalid_request_error',
    code: 'payment_intent_authentication_failure',
    doc_url: 'https://stripe.com/docs/error-codes/payment-intent-authentication-failure',
    message:
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
  }
  core.change(
    intent,
    { status: 'requires_payment_method', payment_method: null, next_action: null, last_payment_error: problem },
    'payment_intent.payment_failed',
  )
  core.intentSettled(intent, problem)
  return intent
}

/** Gives an intent up. @throws {StripeError} when it is paid already */
export function cancelPaymentIntent(core: Core, intent: PaymentIntent, reason: string | null = null): PaymentIntent {
  if (intent.status === 'succeeded' || intent.status === 'canceled') throw unexpected(intent, 'cancel')
  core.change(intent, {
    status: 'canceled',
    canceled_at: core.now(intent),
    cancellation_reason: reason,
    amount_capturable: 0,
    next_action: null,
  })
  core.emit('payment_intent.canceled', intent)
  return intent
}

/** Takes what was reserved. @throws {StripeError} */
export function capturePaymentIntent(core: Core, id: string, amount?: number): PaymentIntent {
  const intent = core.store.get('payment_intent', id)
  if (intent.status !== 'requires_capture' || intent.latest_charge === null) throw unexpected(intent, 'capture')
  const captured = amount ?? intent.amount_capturable
  if (captured > intent.amount_capturable) {
    throw refused('The requested capture amount is greater than the amount you can capture.', {
      code: 'amount_too_large',
      param: 'amount_to_capture',
    })
  }
  captureCharge(core, core.store.get('charge', intent.latest_charge), captured)
  core.change(intent, { status: 'succeeded', amount_capturable: 0, amount_received: captured })
  core.emit('payment_intent.succeeded', intent)
  core.intentSettled(intent, null)
  return intent
}

/** The error that a request gets for a problem of a card. */
export function cardError(problem: PaymentProblem, about: Record<string, unknown>): StripeError {
  const { type, code, decline_code, message } = problem
  return new StripeError(402, message, { type, code, decline_code, about })
}

/** A method that a payment of this customer may use. @throws {StripeError} */
export function usableMethod(core: Core, id: string, customer: string | null): PaymentMethod {
  const method = resolvePaymentMethod(core, id)
  if (method.customer !== null && method.customer !== customer) {
    throw refused(
      `The provided PaymentMethod (${method.id}) is attached to another customer. Provide the customer that it belongs to.`,
      { code: 'payment_method_unexpected_state', param: 'payment_method' },
    )
  }
  return method
}

const authenticationProblem: PaymentProblem = {
  type: 'card_error',
  code: 'authentication_required',
  decline_code: 'authentication_required',
  doc_url: 'https://stripe.com/docs/error-codes/authentication-required',
  message: 'Your card was declined. This transaction requires authentication.',
}

function succeed(core: Core, intent: PaymentIntent, method: PaymentMethod, authenticated: boolean): void {
  const captures = intent.capture_method !== 'manual'
  const charge = addCharge(core, intent, method, { decline: null, captures, authenticated })
  const remembers = intent.setup_future_usage !== null && intent.customer !== null
  if (remembers && method.customer === null) {
    core.change(method, { customer: intent.customer })
    core.emit('payment_method.attached', method)
  }
  if (intent.setup_future_usage === 'off_session') core.cardsSetUp.add(method.id)
  core.change(intent, {
    status: captures ? 'succeeded' : 'requires_capture',
    amount_received: captures ? intent.amount : 0,
    amount_capturable: captures ? 0 : intent.amount,
    latest_charge: charge.id,
    last_payment_error: null,
    next_action: null,
  })
  core.emit('charge.succeeded', charge)
  core.emit(captures ? 'payment_intent.succeeded' : 'payment_intent.amount_capturable_updated', intent)
  if (!captures) return
  core.intentSettled(intent, null)
  const disputed = core.cards.get(method.id)?.dispute
  if (disputed) openDispute(core, charge.id, { reason: disputed })
}

function fail(core: Core, intent: PaymentIntent, method: PaymentMethod, decline: Decline): PaymentProblem {
  const charge = addCharge(core, intent, method, { decline, captures: false, authenticated: false })
  const problem: PaymentProblem = {
    type: 'card_error',
    code: decline.code,
    decline_code: decline.decline,
    message: decline.message,
    charge: charge.id,
    doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`,
    payment_method: structuredClone(method),
  }
  core.change(intent, {
    status: 'requires_payment_method',
    payment_method: null,
    last_payment_error: problem,
    latest_charge: charge.id,
    next_action: null,
  })
  core.emit('charge.failed', charge)
  core.emit('payment_intent.payment_failed', intent)
  core.intentSettled(intent, problem)
  return problem
}

function requireOpen(intent: PaymentIntent, verb: string): void {
  if (intent.status === 'succeeded' || intent.status === 'canceled' || intent.status === 'requires_capture') {
    throw unexpected(intent, verb)
  }
}

function unexpected(intent: PaymentIntent, verb: string): StripeError {
  return new StripeError(400, `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}.`, {
    code: 'payment_intent_unexpected_state',
    about: { payment_intent: structuredClone(intent) },
  })
}
