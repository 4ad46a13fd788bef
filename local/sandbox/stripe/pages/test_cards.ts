/** A card number that the sandbox knows, as Stripe's test mode does. */
export interface TestCard {
  readonly number: string
  /** What happens with it. */
  readonly effect: string
}

/** What the pages offer to fill in; any other number that is a card number pays too. */
export const testCards: readonly TestCard[] = [
  { number: '4242424242424242', effect: 'Pays' },
  { number: '5555555555554444', effect: 'Pays, Mastercard' },
  { number: '4000002500003155', effect: 'Asks for 3-D Secure once' },
  { number: '4000002760003184', effect: 'Asks for 3-D Secure each time' },
  { number: '4000000000000002', effect: 'Declined' },
  { number: '4000000000009995', effect: 'Declined: insufficient funds' },
  { number: '4000000000009987', effect: 'Declined: lost card' },
  { number: '4000000000000069', effect: 'Declined: expired card' },
  { number: '4000000000000127', effect: 'Declined: wrong security code' },
  { number: '4000000000000119', effect: 'Declined: processing error' },
  { number: '4000000000000341', effect: 'Can be saved, then every charge fails' },
  { number: '4000000000000259', effect: 'Pays, then the payment is disputed' },
]

/** Such as "4242 4242 4242 4242". */
export function groupDigits(number: string): string {
  return number.replace(/(\d{4})(?=\d)/g, '$1 ')
}
