import type { Core } from '../core.ts'
import type { Address, Metadata, Price, StripeObject, TaxRate } from '../objects.ts'
import type { NewSession } from './session_parameters.ts'

/** What a session sells. */
export type LineItem = StripeObject & {
  object: 'item'
  amount_discount: number
  amount_subtotal: number
  amount_tax: number
  amount_total: number
  currency: string
  description: string
  price: Price
  quantity: number | null
}

/** A visit to the checkout. */
export type CheckoutSession = StripeObject & {
  object: 'checkout.session'
  amount_subtotal: number | null
  amount_total: number | null
  cancel_url: string | null
  client_reference_id: string | null
  created: number
  currency: string | null
  customer: string | null
  customer_creation: 'always' | 'if_required' | null
  customer_details: {
    address: Address | null
    email: string | null
    name: string | null
    [field: string]: unknown
  } | null
  customer_email: string | null
  expires_at: number
  invoice: string | null
  metadata: Metadata
  mode: 'payment' | 'setup' | 'subscription'
  payment_intent: string | null
  payment_status: 'no_payment_required' | 'paid' | 'unpaid'
  setup_intent: string | null
  status: 'complete' | 'expired' | 'open'
  subscription: string | null
  success_url: string
  url: string | null
}

/** Who pays, as the page asked. */
export interface Payer {
  readonly email: string
  readonly name: string | null
  readonly country: string | null
}

/** What the checkout keeps of a session beside what its object shows. */
export interface Visit {
  readonly session: CheckoutSession
  readonly given: NewSession
  readonly lines: readonly LineItem[]
  /** Rates of each line, in the order of the lines. */
  readonly taxRates: readonly (readonly TaxRate[])[]
  /** When a trial that is asked for ends; null without one. */
  readonly trialEnd: number | null
  /** Made by the first attempt and used by those that follow. */
  customer: string | null
  /** Intent of the last attempt. */
  intent: string | null
  /** Who made it. */
  payer: Payer | null
  subscription: string | null
}

const visits = new WeakMap<Core, Map<string, Visit>>()

/** The visits to the checkout of a world, by the ids of their sessions. */
export function visitsOf(core: Core): Map<string, Visit> {
  const known = visits.get(core) ?? new Map<string, Visit>()
  visits.set(core, known)
  return known
}
