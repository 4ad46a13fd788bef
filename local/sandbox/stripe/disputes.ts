import { z } from 'zod'
import { addBalanceTransaction } from './charges.ts'
import type { Core } from './core.ts'
import { refused } from './errors.ts'
import type { Dispute } from './objects.ts'
import { flag, hash, mergeMetadata, metadata } from './parameters.ts'

/** `POST /v1/disputes/:id` */
export const disputeUpdateParameters = hash({
  evidence: z.record(z.string(), z.string()).optional(),
  metadata: metadata().optional(),
  submit: flag().optional(),
})

/** What a lost dispute costs beside its amount, in minor units. */
const disputeFee = 1500

/** The owner of a card denies a payment. @throws {StripeError} when it is disputed already */
export function openDispute(core: Core, chargeId: string, options: { reason?: string; amount?: number } = {}): Dispute {
  const charge = core.store.get('charge', chargeId, 'charge')
  if (charge.status !== 'succeeded') throw refused(`Charge ${chargeId} did not succeed, and cannot be disputed.`)
  if (charge.disputed) throw refused(`Charge ${chargeId} is disputed already.`, { code: 'charge_disputed' })
  const id = core.id('du')
  const amount = options.amount ?? charge.amount
  const balance = addBalanceTransaction(core, {
    ...{ id, currency: charge.currency, type: 'adjustment' },
    ...{ amount: -amount, fee: disputeFee },
  })
  const now = core.now(charge)
  const dispute: Dispute = {
    id,
    object: 'dispute',
    amount,
    balance_transactions: [{ ...balance }],
    charge: chargeId,
    created: now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: {},
    evidence_details: {
      due_by: now + 9 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    network_reason_code: '10.4',
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: { brand: 'visa', case_type: 'chargeback', network_reason_code: '10.4' },
      type: 'card',
    },
    reason: options.reason ?? 'general',
    status: 'needs_response',
  }
  core.change(charge, { disputed: true })
  core.add('dispute', dispute, 'charge.dispute.created')
  core.emit('charge.dispute.funds_withdrawn', dispute)
  core.emit('charge.updated', charge, { disputed: false })
  return dispute
}

/** Answers a dispute. @throws {StripeError} when it is closed */
export function updateDispute(core: Core, id: string, given: z.output<typeof disputeUpdateParameters>): Dispute {
  const dispute = requireOpenDispute(core, id)
  const evidence = { ...dispute.evidence, ...given.evidence }
  const submits = given.submit === true
  return core.change(
    dispute,
    {
      evidence,
      ...(given.metadata === undefined ? {} : { metadata: mergeMetadata(dispute.metadata, given.metadata) }),
      evidence_details: {
        ...dispute.evidence_details,
        has_evidence: Object.keys(evidence).length > 0,
        submission_count: dispute.evidence_details.submission_count + (submits ? 1 : 0),
      },
      ...(submits ? { status: 'under_review' as const } : {}),
    },
    'charge.dispute.updated',
  )
}

/** The bank decides, or the merchant gives in. @throws {StripeError} when it is closed already */
export function closeDispute(core: Core, id: string, outcome: 'lost' | 'won'): Dispute {
  const dispute = requireOpenDispute(core, id)
  core.change(dispute, { status: outcome })
  if (outcome === 'won') {
    const { amount, currency } = dispute
    const balance = addBalanceTransaction(core, { id, currency, type: 'adjustment', amount, fee: -disputeFee })
    const before = Array.isArray(dispute.balance_transactions) ? dispute.balance_transactions : []
    core.change(dispute, { balance_transactions: [...before, { ...balance }] })
    core.emit('charge.dispute.funds_reinstated', dispute)
  }
  core.emit('charge.dispute.closed', dispute)
  return dispute
}

function requireOpenDispute(core: Core, id: string): Dispute {
  const dispute = core.store.get('dispute', id)
  if (dispute.status === 'lost' || dispute.status === 'won') throw refused('This dispute is already closed.')
  return dispute
}
