import type { Core } from '../core.ts'
import { StripeError } from '../errors.ts'
import type { PaymentMethod } from '../objects.ts'
import { createCard } from '../payment_methods.ts'
import type { TypedCard } from './card_form.ts'

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }

/** Makes a payment method of a typed card; `trouble` says why that does not do. */
export function keepCard(
  core: Core,
  card: TypedCard,
  { email }: { email: string | null },
): { method: PaymentMethod } | { trouble: string } {
  return orTrouble(() => ({
    method: createCard(
      core,
      { number: card.number, exp_month: card.expMonth, exp_year: card.expYear, cvc: card.cvc },
      { billing_details: { address: { ...noAddress, country: card.country || null }, email, name: card.name } },
    ),
  }))
}

/** Does something that a bank may refuse; `trouble` says why it did. */
export function orTrouble<T>(work: () => T): T | { trouble: string } {
  try {
    return work()
  } catch (error) {
    if (error instanceof StripeError && error.details.type === 'card_error') return { trouble: error.message }
    throw error
  }
}
