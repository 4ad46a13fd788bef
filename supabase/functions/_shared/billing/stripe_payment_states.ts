import { z } from 'zod'
import {
  candidates,
  metadata,
  optionalReference,
  optionalSeconds,
  optionalText,
  type StripeState,
} from './stripe_fields.ts'

const amount = z.number().int()

const intentSchema = z.object({
  id: z.string(),
  created: amount,
  customer: optionalReference,
  status: z.string(),
  currency: z.string(),
  amount,
  amount_received: amount.nullish(),
  last_payment_error: z.object({ code: optionalText, decline_code: optionalText, message: optionalText }).nullish(),
  latest_charge: optionalReference,
  /** Before basil. */
  invoice: optionalReference,
  metadata,
})

/** How a payment stands at Stripe, in our words; what is new there is on its way. */
function paymentStatus(status: string, hasFailed: boolean): string {
  switch (status) {
    case 'succeeded':
      return 'succeeded'
    case 'canceled':
      return 'cancelled'
    case 'requires_action':
      return 'requires_action'
    case 'requires_payment_method':
      return hasFailed ? 'failed' : 'pending'
    case 'requires_confirmation':
      return 'pending'
    default:
      return 'processing'
  }
}

/** A payment. @throws {z.ZodError} */
export function paymentIntentState(object: unknown): StripeState {
  const intent = intentSchema.parse(object)
  const problem = intent.last_payment_error ?? null
  const status = paymentStatus(intent.status, problem !== null)
  return {
    ...{ id: intent.id, created: intent.created, customer: intent.customer },
    candidates: candidates(intent.metadata.organization_id),
    ...{ status, currency: intent.currency },
    amount: status === 'succeeded' ? (intent.amount_received ?? intent.amount) : intent.amount,
    failure_code: status === 'succeeded' ? null : (problem?.decline_code ?? problem?.code ?? null),
    failure_message: status === 'succeeded' ? null : (problem?.message ?? null),
    charge: intent.latest_charge,
    invoice: intent.invoice,
    ...belonging(intent.metadata),
  }
}

/** What we wrote into it: what is paid for. */
function belonging(values: Record<string, string>) {
  const purposes = ['subscription', 'credit_pack', 'invoice', 'other']
  const id = z.uuid().safeParse(values.purpose_id)
  const isKnown = values.purpose !== undefined && purposes.includes(values.purpose)
  return { purpose: isKnown ? values.purpose : null, purpose_id: isKnown && id.success ? id.data : null }
}

const chargeSchema = z.object({
  id: z.string(),
  created: amount,
  customer: optionalReference,
  payment_intent: optionalReference,
  paid: z.boolean().nullish(),
  payment_method: optionalReference,
  receipt_url: optionalText,
  payment_method_details: z.object({ type: z.string() }).nullish(),
  balance_transaction: z.union([z.string().transform(() => null), z.object({ fee: amount })]).nullish(),
  metadata,
})

/** Ways to pay by what a person would call them. */
const methods: Readonly<Record<string, string>> = {
  card: 'card',
  card_present: 'card',
  us_bank_account: 'bank_transfer',
  sepa_debit: 'bank_transfer',
  bacs_debit: 'bank_transfer',
  customer_balance: 'bank_transfer',
  link: 'wallet',
  paypal: 'wallet',
  cashapp: 'wallet',
  upi: 'upi',
  netbanking: 'netbanking',
}

/** An attempt to take money: how, when, by which method, with which receipt. @throws {z.ZodError} */
export function chargeState(object: unknown): StripeState {
  const charge = chargeSchema.parse(object)
  return {
    ...{ id: charge.id, created: charge.created, customer: charge.customer },
    candidates: candidates(charge.metadata.organization_id),
    payment_intent: charge.payment_intent,
    is_paid: charge.paid === true,
    payment_method: charge.payment_method,
    receipt_url: charge.receipt_url,
    method: methods[charge.payment_method_details?.type ?? ''] ?? 'other',
    fee: charge.balance_transaction?.fee ?? null,
  }
}

const refundSchema = z.object({
  id: z.string(),
  created: amount,
  payment_intent: optionalReference,
  charge: optionalReference,
  status: optionalText,
  currency: z.string(),
  amount,
  reason: optionalText,
  failure_reason: optionalText,
  metadata,
})

const refundReasons = ['duplicate', 'fraudulent', 'requested_by_customer']

/** Money on its way back. @throws {z.ZodError} */
export function refundState(object: unknown): StripeState {
  const { metadata: values, status, reason, ...refund } = refundSchema.parse(object)
  const states = ['requires_action', 'succeeded', 'failed']
  const known = status === 'canceled' ? 'cancelled' : states.includes(status ?? '') ? status : 'pending'
  const refundId = z.uuid().safeParse(values.refund_id)
  return {
    ...refund,
    candidates: [],
    is_end: known === 'failed' || known === 'cancelled',
    status: known,
    reason: reason !== null && refundReasons.includes(reason) ? reason : 'other',
    refund_id: refundId.success ? refundId.data : null,
  }
}

const disputeSchema = z.object({
  id: z.string(),
  created: amount,
  payment_intent: optionalReference,
  charge: optionalReference,
  status: z.string(),
  reason: optionalText,
  currency: z.string(),
  amount,
  evidence_details: z.object({ due_by: optionalSeconds }).nullish(),
})

/** A payment that its owner denies. @throws {z.ZodError} */
export function disputeState(object: unknown): StripeState {
  const { evidence_details, ...dispute } = disputeSchema.parse(object)
  return {
    ...dispute,
    candidates: [],
    evidence_due: evidence_details?.due_by ?? null,
    is_closed: ['won', 'lost', 'warning_closed', 'prevented', 'charge_refunded'].includes(dispute.status),
  }
}

const methodSchema = z.object({
  id: z.string(),
  created: amount,
  customer: optionalReference,
  type: z.string(),
  card: z
    .object({ brand: optionalText, last4: optionalText, exp_month: amount.nullish(), exp_year: amount.nullish() })
    .nullish(),
  us_bank_account: z.object({ bank_name: optionalText, last4: optionalText }).nullish(),
  sepa_debit: z.object({ bank_code: optionalText, last4: optionalText }).nullish(),
})

/** A saved way to pay; one without a customer was removed. @throws {z.ZodError} */
export function paymentMethodState(object: unknown): StripeState {
  const { card, us_bank_account: bank, sepa_debit: sepa, ...method } = methodSchema.parse(object)
  return {
    ...method,
    candidates: [],
    is_end: method.customer === null,
    brand: card?.brand ?? bank?.bank_name ?? sepa?.bank_code ?? null,
    last4: card?.last4 ?? bank?.last4 ?? sepa?.last4 ?? null,
    expiry_month: card?.exp_month ?? null,
    expiry_year: card?.exp_year ?? null,
  }
}

const sessionSchema = z.object({
  id: z.string(),
  created: amount,
  customer: optionalReference,
  client_reference_id: optionalText,
  status: optionalText,
  payment_status: optionalText,
  subscription: optionalReference,
  payment_intent: optionalReference,
  metadata,
})

/** A visit of the checkout page. @throws {z.ZodError} */
export function checkoutSessionState(object: unknown): StripeState {
  const { metadata: values, client_reference_id, ...session } = sessionSchema.parse(object)
  return {
    ...session,
    candidates: candidates(values.organization_id, client_reference_id),
    is_end: session.status === 'complete' || session.status === 'expired',
  }
}

/** @returns whether an inlined list of an object is not all of it */
export function isPartial(object: unknown): boolean {
  const part = z.object({ has_more: z.literal(true) })
  return z.union([z.object({ lines: part }), z.object({ items: part })]).safeParse(object).success
}
