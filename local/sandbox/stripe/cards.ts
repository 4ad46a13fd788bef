/** What happens when money is taken from a card. */
export type CardOutcome =
  | { readonly kind: 'succeeds' }
  | { readonly kind: 'declines'; readonly code: string; readonly decline: string; readonly message: string }
  /** Asks its owner: always, or until it was set up for payments without them. */
  | { readonly kind: 'authenticates'; readonly when: 'always' | 'unless-set-up'; readonly then: CardOutcome }

/** A card of Stripe's test mode. */
export interface TestCard {
  readonly number: string
  readonly brand: string
  readonly country: string
  readonly funding: 'credit' | 'debit'
  readonly outcome: CardOutcome
  /** Whether it can be saved. */
  readonly attaches: boolean
  /** What its owner does after a payment. */
  readonly dispute: 'fraudulent' | 'product_not_received' | null
  /** How refunds to it go. */
  readonly refund: 'fails' | 'pending' | 'succeeds'
}

const declined = (code: string, decline: string, message: string): CardOutcome => ({
  kind: 'declines',
  code,
  decline,
  message,
})
const genericDecline = declined('card_declined', 'generic_decline', 'Your card was declined.')
const asks = (when: 'always' | 'unless-set-up', then: CardOutcome = { kind: 'succeeds' }): CardOutcome => ({
  kind: 'authenticates',
  when,
  then,
})

function card(number: string, differences: Partial<TestCard> = {}): TestCard {
  return {
    number,
    brand: 'visa',
    country: 'US',
    funding: 'credit',
    outcome: { kind: 'succeeds' },
    // A card that is declined cannot be saved either, other than the one made for that.
    attaches: differences.outcome?.kind !== 'declines',
    dispute: null,
    refund: 'succeeds',
    ...differences,
  }
}

/** What a payment says for lack of money. */
export const insufficientFunds = declined('card_declined', 'insufficient_funds', 'Your card has insufficient funds.')

/** Test cards by the token that stands for them (`pm_card_visa`). */
export const testCards: Readonly<Record<string, TestCard>> = {
  pm_card_visa: card('4242424242424242'),
  pm_card_visa_debit: card('4000056655665556', { funding: 'debit' }),
  pm_card_mastercard: card('5555555555554444', { brand: 'mastercard' }),
  pm_card_amex: card('378282246310005', { brand: 'amex' }),
  pm_card_in: card('4000003560000008', { country: 'IN' }),
  pm_card_de: card('4000002760000016', { country: 'DE' }),
  pm_card_chargeDeclined: card('4000000000000002', { outcome: genericDecline }),
  pm_card_visa_chargeDeclined: card('4000000000000002', { outcome: genericDecline }),
  pm_card_visa_chargeDeclinedInsufficientFunds: card('4000000000009995', { outcome: insufficientFunds }),
  pm_card_chargeDeclinedInsufficientFunds: card('4000000000009995', { outcome: insufficientFunds }),
  pm_card_visa_chargeDeclinedLostCard: card('4000000000009987', {
    outcome: declined('card_declined', 'lost_card', 'Your card was declined.'),
  }),
  pm_card_visa_chargeDeclinedStolenCard: card('4000000000009979', {
    outcome: declined('card_declined', 'stolen_card', 'Your card was declined.'),
  }),
  pm_card_chargeDeclinedExpiredCard: card('4000000000000069', {
    outcome: declined('expired_card', 'expired_card', 'Your card has expired.'),
  }),
  pm_card_chargeDeclinedIncorrectCvc: card('4000000000000127', {
    outcome: declined('incorrect_cvc', 'incorrect_cvc', "Your card's security code is incorrect."),
  }),
  pm_card_chargeDeclinedProcessingError: card('4000000000000119', {
    outcome: declined(
      'processing_error',
      'processing_error',
      'An error occurred while processing your card. Try again in a little bit.',
    ),
  }),
  pm_card_chargeCustomerFail: card('4000000000000341', { outcome: genericDecline, attaches: true }),
  pm_card_authenticationRequiredOnSetup: card('4000002500003155', { outcome: asks('unless-set-up') }),
  pm_card_authenticationRequired: card('4000002760003184', { outcome: asks('always') }),
  pm_card_threeDSecure2Required: card('4000000000003220', { outcome: asks('always') }),
  pm_card_authenticationRequiredChargeDeclined: card('4000008400001629', { outcome: asks('always', genericDecline) }),
  pm_card_authenticationRequiredChargeDeclinedInsufficientFunds: card('4000008260003178', {
    outcome: asks('always', insufficientFunds),
  }),
  pm_card_createDispute: card('4000000000000259', { dispute: 'fraudulent' }),
  pm_card_createDisputeProductNotReceived: card('4000000000002685', { dispute: 'product_not_received' }),
  pm_card_pendingRefund: card('4000000000007726', { refund: 'pending' }),
  pm_card_refundFail: card('4000000000005126', { refund: 'fails' }),
}

/** A test card by its number, spaces allowed. */
export function cardByNumber(number: string): TestCard | undefined {
  const digits = number.replace(/\D/g, '')
  return Object.values(testCards).find((candidate) => candidate.number === digits)
}
