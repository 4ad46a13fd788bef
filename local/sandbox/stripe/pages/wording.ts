// How the pages write dates, periods and cards.

const dates = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

/** Such as "5 December 2026", in UTC. @param seconds since 1970 */
export function formatDate(seconds: number): string {
  return dates.format(seconds * 1000)
}

/** Such as "month" or "3 months", for what stands after "per" or "every". */
export function formatInterval(interval: string, count: number): string {
  return count === 1 ? interval : `${count} ${interval}s`
}

/** Such as "1 day" or "14 days". */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Such as "Visa •••• 4242". */
export function formatCard(card: { brand: string; last4: string }): string {
  return `${brandTitles[card.brand] ?? 'Card'} •••• ${card.last4}`
}

const brandTitles: Readonly<Record<string, string>> = {
  visa: 'Visa',
  mastercard: 'Mastercard',
  amex: 'American Express',
  discover: 'Discover',
  diners: 'Diners Club',
  jcb: 'JCB',
  unionpay: 'UnionPay',
}
