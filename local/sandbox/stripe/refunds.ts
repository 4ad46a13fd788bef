import type { z } from 'zod'
import { addBalanceTransaction } from './charges.ts'
import type { Core } from './core.ts'
import { noSuch, refused } from './errors.ts'
import type { Charge, Refund } from './objects.ts'
import { choice, hash, integer, mergeMetadata, metadata, text } from './parameters.ts'
import { moneyText } from './pricing.ts'

/** `POST /v1/refunds` */
export const refundCreateParameters = hash({
  amount: integer({ least: 1 }).optional(),
  charge: text().optional(),
  metadata: metadata().optional(),
  payment_intent: text().optional(),
  reason: choice('duplicate', 'fraudulent', 'requested_by_customer').optional(),
})
/** `POST /v1/refunds/:id` */
export const refundUpdateParameters = hash({ metadata: metadata().optional() })

/** How long a refund that is not instant takes, in seconds. */
const bankSeconds = 3600

/** Gives money back. @throws {StripeError} when it is more than is left */
export function createRefund(core: Core, given: z.output<typeof refundCreateParameters>): Refund {
  const charge = chargeOf(core, given)
  if (charge.status !== 'succeeded' || !charge.captured) {
    throw refused(`Charge ${charge.id} has not been captured, and cannot be refunded.`, { param: 'charge' })
  }
  const left = charge.amount_captured - charge.amount_refunded
  if (left === 0) throw refused(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' })
  const amount = given.amount ?? left
  if (amount > left) {
    const said = `Refund amount (${moneyText(amount, charge.currency)}) is greater than unrefunded amount on charge (${moneyText(left, charge.currency)})`
    throw refused(said, { param: 'amount' })
  }
  const disputed = charge.disputed && core.store.all('dispute').some((dispute) => dispute.charge === charge.id)
  if (disputed)
    throw refused(`Charge ${charge.id} has been charged back; cannot issue a refund.`, { code: 'charge_disputed' })

  const id = core.id('re')
  const { currency } = charge
  const balance = addBalanceTransaction(core, { id, currency, type: 'refund', amount: -amount, fee: 0 })
  const way = (charge.payment_method === null ? undefined : core.cards.get(charge.payment_method)?.refund) ?? 'succeeds'
  const refund: Refund = {
    id,
    object: 'refund',
    amount,
    balance_transaction: balance.id,
    charge: charge.id,
    created: core.now(charge),
    currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: mergeMetadata({}, given.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: given.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: way === 'pending' ? 'pending' : 'succeeded',
    transfer_reversal: null,
  }
  const previous = { amount_refunded: charge.amount_refunded, refunded: charge.refunded }
  const amount_refunded = charge.amount_refunded + amount
  core.change(charge, { amount_refunded, refunded: amount_refunded === charge.amount })
  core.add('refund', refund, 'refund.created')
  core.emit('charge.refunded', charge, previous)
  if (way !== 'succeeds') {
    const finish = () => (way === 'fails' ? failRefund(core, refund.id) : succeedRefund(core, refund))
    core.timelineOf(charge).schedule(`${id}:bank`, core.now(charge) + bankSeconds, finish)
  }
  return refund
}

/** Changes the words that a refund carries. @throws {StripeError} */
export function updateRefund(core: Core, id: string, given: z.output<typeof refundUpdateParameters>): Refund {
  const refund = core.store.get('refund', id)
  return core.change(refund, { metadata: mergeMetadata(refund.metadata, given.metadata) }, 'refund.updated')
}

/** Takes a refund back that has not arrived. @throws {StripeError} when it has */
export function cancelRefund(core: Core, id: string): Refund {
  const refund = core.store.get('refund', id)
  if (refund.status !== 'pending' && refund.status !== 'requires_action') {
    throw refused(`Refund ${id} has a status of ${refund.status} and cannot be canceled.`)
  }
  core.timelineOf(refund).cancel(`${id}:bank`)
  giveBack(core, refund)
  return tell(core, refund, { status: 'canceled' })
}

/** The bank sends a refund back, which may happen after it had succeeded. @throws {StripeError} */
export function failRefund(core: Core, id: string): Refund {
  const refund = core.store.get('refund', id)
  if (refund.status === 'failed' || refund.status === 'canceled') return refund
  core.timelineOf(refund).cancel(`${id}:bank`)
  giveBack(core, refund)
  core.change(refund, { status: 'failed', failure_reason: 'lost_or_stolen_card' })
  core.emit('refund.failed', refund)
  return tell(core, refund, {})
}

function succeedRefund(core: Core, refund: Refund): Refund {
  return tell(core, refund, { status: 'succeeded' })
}

function tell(core: Core, refund: Refund, patch: Partial<Pick<Refund, 'status'>>): Refund {
  const previous = { status: refund.status }
  core.change(refund, patch)
  core.emit('refund.updated', refund, previous)
  core.emit('charge.refund.updated', refund, previous)
  return refund
}

/** The money is the merchant's again. */
function giveBack(core: Core, refund: Refund): void {
  const charge = core.store.get('charge', refund.charge)
  core.change(charge, { amount_refunded: charge.amount_refunded - refund.amount, refunded: false }, 'charge.updated')
}

function chargeOf(core: Core, given: z.output<typeof refundCreateParameters>): Charge {
  if (given.charge !== undefined) return core.store.get('charge', given.charge, 'charge')
  if (given.payment_intent === undefined) {
    throw refused('One of the following params should be provided for this request: payment_intent or charge.')
  }
  const intent = core.store.get('payment_intent', given.payment_intent, 'payment_intent')
  const charge = intent.latest_charge === null ? undefined : core.store.find('charge', intent.latest_charge)
  if (charge?.status === 'succeeded') return charge
  if (intent.latest_charge === null) throw noSuch('charge', intent.id, 'payment_intent', 400)
  throw refused(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`, {
    param: 'payment_intent',
  })
}
