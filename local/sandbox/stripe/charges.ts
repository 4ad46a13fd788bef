import type { z } from 'zod'
import type { CardOutcome } from './cards.ts'
import type { Core } from './core.ts'
import type { BalanceTransaction, Charge, PaymentIntent, PaymentMethod } from './objects.ts'
import { clearable, hash, mergeMetadata, metadata, text } from './parameters.ts'

/** `POST /v1/charges/:id` */
export const chargeUpdateParameters = hash({
  description: clearable(text()).optional(),
  metadata: metadata().optional(),
  receipt_email: clearable(text()).optional(),
})

/** Why a charge failed. */
export type Decline = Extract<CardOutcome, { kind: 'declines' }>

/** Writes down what a payment did to the account; Stripe keeps 2.9 % and 30 minor units of a charge. */
export function addBalanceTransaction(
  core: Core,
  source: { id: string; currency: string; type: 'adjustment' | 'charge' | 'refund'; amount: number; fee: number },
): BalanceTransaction {
  const now = core.now()
  return core.add('balance_transaction', {
    id: core.id('txn'),
    object: 'balance_transaction',
    amount: source.amount,
    balance_type: 'payments',
    available_on: now + 2 * 86_400,
    created: now,
    currency: source.currency,
    description: null,
    exchange_rate: null,
    fee: source.fee,
    fee_details: source.fee
      ? [
          {
            amount: source.fee,
            application: null,
            currency: source.currency,
            description: 'Stripe processing fees',
            type: 'stripe_fee',
          },
        ]
      : [],
    net: source.amount - source.fee,
    reporting_category: source.type,
    source: source.id,
    status: 'pending',
    type: source.type,
  })
}

/** Takes money, or tries to: the charge of one attempt of an intent. It tells nothing yet. */
export function addCharge(
  core: Core,
  intent: PaymentIntent,
  method: PaymentMethod,
  options: { decline: Decline | null; captures: boolean; authenticated: boolean },
): Charge {
  const { decline, captures, authenticated } = options
  const id = core.id('ch')
  const succeeded = decline === null
  const balance = succeeded && captures ? takeFee(core, id, intent.amount, intent.currency) : null
  return core.add('charge', {
    id,
    object: 'charge',
    amount: intent.amount,
    amount_captured: succeeded && captures ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: balance,
    billing_details: method.billing_details,
    calculated_statement_descriptor: 'ATRIUM',
    captured: succeeded && captures,
    created: core.now(intent),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: { ...intent.metadata },
    on_behalf_of: null,
    outcome: {
      advice_code: decline ? 'try_again_later' : null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: succeeded ? 'approved_by_network' : 'declined_by_network',
      reason: decline?.decline ?? null,
      risk_level: 'normal',
      risk_score: 20,
      seller_message: succeeded
        ? 'Payment complete.'
        : 'The bank did not return any further details with this decline.',
      type: succeeded ? 'authorized' : 'issuer_declined',
    },
    paid: succeeded,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: {
      card: {
        amount_authorized: intent.amount,
        authorization_code: null,
        brand: method.card.brand,
        checks: method.card.checks,
        country: method.card.country,
        exp_month: method.card.exp_month,
        exp_year: method.card.exp_year,
        extended_authorization: { status: 'disabled' },
        fingerprint: method.card.fingerprint,
        funding: method.card.funding,
        incremental_authorization: { status: 'unavailable' },
        installments: null,
        last4: method.card.last4,
        mandate: null,
        multicapture: { status: 'unavailable' },
        network: method.card.brand,
        network_token: { used: false },
        network_transaction_id: null,
        overcapture: { maximum_amount_capturable: intent.amount, status: 'unavailable' },
        regulated_status: 'unregulated',
        three_d_secure: authenticated
          ? { authentication_flow: 'challenge', result: 'authenticated', version: '2.2.0' }
          : null,
        wallet: null,
      },
      type: 'card',
    },
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: succeeded ? `${core.pagesUrl()}/receipts/${id}` : null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: succeeded ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: null,
  })
}

/** Captures what was only reserved. */
export function captureCharge(core: Core, charge: Charge, amount: number): Charge {
  const balance_transaction = takeFee(core, charge.id, amount, charge.currency)
  return core.change(charge, { amount_captured: amount, captured: true, balance_transaction }, 'charge.captured')
}

/** Changes what may change of a charge. @throws {StripeError} */
export function updateCharge(core: Core, id: string, given: z.output<typeof chargeUpdateParameters>): Charge {
  const charge = core.store.get('charge', id)
  const { metadata: words, ...fields } = given
  return core.change(
    charge,
    { ...fields, ...(words === undefined ? {} : { metadata: mergeMetadata(charge.metadata, words) }) },
    'charge.updated',
  )
}

function takeFee(core: Core, id: string, amount: number, currency: string): string {
  const fee = Math.round((amount * 29) / 1000) + 30
  return addBalanceTransaction(core, { id, currency, type: 'charge', amount, fee }).id
}
