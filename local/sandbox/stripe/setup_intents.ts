import { z } from 'zod'
import type { Core } from './core.ts'
import { requireCustomer } from './customers.ts'
import { refused, StripeError } from './errors.ts'
import type { PaymentMethod, PaymentProblem, SetupIntent } from './objects.ts'
import { choice, clearable, flag, hash, list, mergeMetadata, metadata, text } from './parameters.ts'
import { cardError, intentChanges, usableMethod } from './payment_intents.ts'

/** `POST /v1/setup_intents` */
export const setupIntentCreateParameters = hash({
  allowed_payment_method_types: list(text()).optional(),
  automatic_payment_methods: hash({
    allow_redirects: choice('always', 'never').optional(),
    enabled: flag(),
  }).optional(),
  confirm: flag().optional(),
  customer: text().optional(),
  description: text(1000).optional(),
  excluded_payment_method_types: list(text()).optional(),
  metadata: metadata().optional(),
  payment_method: text().optional(),
  payment_method_options: z.record(z.string(), z.unknown()).optional(),
  return_url: text().optional(),
  usage: choice('off_session', 'on_session').optional(),
})
/** `POST /v1/setup_intents/:id` */
export const setupIntentUpdateParameters = hash({
  customer: text().optional(),
  description: clearable(text(1000)).optional(),
  metadata: metadata().optional(),
  payment_method: text().optional(),
})
/** `POST /v1/setup_intents/:id/confirm` */
export const setupIntentConfirmParameters = hash({ payment_method: text().optional(), return_url: text().optional() })
/** `POST /v1/setup_intents/:id/cancel` */
export const setupIntentCancelParameters = hash({
  cancellation_reason: choice('abandoned', 'duplicate', 'requested_by_customer').optional(),
})

/** Makes a setup intent, and confirms it if asked to. @throws {StripeError} */
export function createSetupIntent(core: Core, given: z.output<typeof setupIntentCreateParameters> = {}): SetupIntent {
  if (given.customer !== undefined) requireCustomer(core, given.customer)
  const method =
    given.payment_method === undefined ? null : usableMethod(core, given.payment_method, given.customer ?? null)
  const id = core.id('seti')
  const intent: SetupIntent = {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: given.allowed_payment_method_types ?? null,
    application: null,
    automatic_payment_methods: { allow_redirects: 'always', enabled: true, ...given.automatic_payment_methods },
    cancellation_reason: null,
    client_secret: `${id}_secret_${core.id('cs').slice(4, 24)}`,
    created: core.now({ customer: given.customer }),
    customer: given.customer ?? null,
    customer_account: null,
    description: given.description ?? null,
    excluded_payment_method_types: given.excluded_payment_method_types ?? null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: mergeMetadata({}, given.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: { card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: method ? 'requires_confirmation' : 'requires_payment_method',
    usage: given.usage ?? 'off_session',
  }
  core.add('setup_intent', intent, 'setup_intent.created')
  return given.confirm ? confirmSetupIntent(core, id, given) : intent
}

/** Changes a setup intent. @throws {StripeError} */
export function updateSetupIntent(
  core: Core,
  id: string,
  given: z.output<typeof setupIntentUpdateParameters>,
): SetupIntent {
  const intent = requireOpen(core, id, 'update')
  return core.change(intent, intentChanges(core, intent, given))
}

/** Saves the card, or asks its owner first. @throws {StripeError} 402 when the bank refuses */
export function confirmSetupIntent(
  core: Core,
  id: string,
  given: z.output<typeof setupIntentConfirmParameters> = {},
): SetupIntent {
  const intent = requireOpen(core, id, 'confirm')
  if (given.payment_method !== undefined) {
    core.change(intent, { payment_method: usableMethod(core, given.payment_method, intent.customer).id })
  }
  if (intent.payment_method === null) {
    throw refused("You cannot confirm this SetupIntent because it's missing a payment method.", {
      code: 'setup_intent_unexpected_state',
    })
  }
  const method = core.store.get('payment_method', intent.payment_method)
  const card = core.cards.get(method.id)
  if (card?.outcome.kind === 'authenticates') {
    const url = `${core.pagesUrl()}/three-d-secure/${id}`
    return core.change(
      intent,
      {
        status: 'requires_action',
        next_action: { type: 'redirect_to_url', redirect_to_url: { return_url: given.return_url ?? null, url } },
      },
      'setup_intent.requires_action',
    )
  }
  if (card?.outcome.kind === 'declines' && !card.attaches) {
    const { code, decline, message } = card.outcome
    const problem: PaymentProblem = {
      ...{ type: 'card_error', code, decline_code: decline, message },
      doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`,
    }
    fail(core, intent, problem)
    throw cardError(problem, { setup_intent: structuredClone(intent) })
  }
  return succeed(core, intent, method)
}

/** The owner of the card answers their bank. @throws {StripeError} when nothing was asked */
export function authenticateSetupIntent(core: Core, id: string, passes: boolean): SetupIntent {
  const intent = core.store.get('setup_intent', id)
  if (intent.status !== 'requires_action' || intent.payment_method === null) {
    throw refused(`This SetupIntent's status is ${intent.status}: nothing waits for its owner.`)
  }
  if (passes) return succeed(core, intent, core.store.get('payment_method', intent.payment_method))
  return fail(core, intent, {
    type: 'invalid_request_error',
    code: 'setup_intent_authentication_failure',
    doc_url: 'https://stripe.com/docs/error-codes/setup-intent-authentication-failure',
    message: 'The latest attempt to set up the payment method has failed because authentication failed.',
  })
}

/** Gives a setup intent up. @throws {StripeError} */
export function cancelSetupIntent(core: Core, id: string, reason: string | null = null): SetupIntent {
  const intent = requireOpen(core, id, 'cancel')
  return core.change(
    intent,
    { status: 'canceled', cancellation_reason: reason, next_action: null },
    'setup_intent.canceled',
  )
}

function succeed(core: Core, intent: SetupIntent, method: PaymentMethod): SetupIntent {
  if (intent.customer !== null && method.customer === null) {
    core.change(method, { customer: intent.customer })
    core.emit('payment_method.attached', method)
  }
  if (intent.usage === 'off_session') core.cardsSetUp.add(method.id)
  core.change(intent, { status: 'succeeded', next_action: null, last_setup_error: null })
  core.emit('setup_intent.succeeded', intent)
  return intent
}

function fail(core: Core, intent: SetupIntent, problem: PaymentProblem): SetupIntent {
  core.change(intent, {
    ...{ status: 'requires_payment_method', payment_method: null, next_action: null },
    last_setup_error: problem,
  })
  core.emit('setup_intent.setup_failed', intent)
  return intent
}

function requireOpen(core: Core, id: string, verb: string): SetupIntent {
  const intent = core.store.get('setup_intent', id)
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    throw new StripeError(400, `You cannot ${verb} this SetupIntent because it has a status of ${intent.status}.`, {
      code: 'setup_intent_unexpected_state',
      about: { setup_intent: structuredClone(intent) },
    })
  }
  return intent
}
