import type { Core } from '../core.ts'
import type { Price } from '../objects.ts'
import { noCard } from '../pages/card_form.ts'
import type { CheckoutForm, CheckoutLine, CheckoutView } from '../pages/checkout_page.ts'
import { formatCard, formatCount, formatDate, formatInterval } from '../pages/wording.ts'
import { amountOf, moneyText, taxesOn } from '../pricing.ts'
import type { LineItem, Visit } from './session_objects.ts'

/** What the page of a session shows. */
export function viewOf(core: Core, visit: Visit): CheckoutView {
  const { session, lines, trialEnd } = visit
  const recurring = lines.filter(({ price }) => price.recurring !== null)
  const name = lines[0]?.description ?? ''
  const customer = visit.customer === null ? null : core.store.get('customer', visit.customer)
  const dueNow = session.amount_total ?? 0
  const currency = session.currency ?? 'usd'
  const regular = regularPrice(visit, recurring)
  const isTrial = trialEnd !== null && session.mode === 'subscription'
  const trialDays = isTrial ? Math.round((trialEnd - session.created) / 86_400) : 0
  return {
    mode: session.mode,
    action: new URL(session.url ?? '', core.pagesUrl()).pathname,
    lines: lines.map((line) => lineOf(line)),
    sums: session.mode === 'setup' ? [] : sumsOf(visit, currency),
    dueNow: session.mode === 'setup' ? null : moneyText(dueNow, currency),
    headline: headlineOf(visit, name, isTrial),
    price: priceLine(visit, { isTrial, trialDays, regular, currency, dueNow }),
    later: isTrial && regular !== null ? `Then ${regular} from ${formatDate(trialEnd)}.` : null,
    isTrial,
    cancelUrl: session.cancel_url,
    fixedEmail: customer?.email ?? session.customer_email,
    savedCards: core.store
      .all('payment_method')
      .filter((method) => customer !== null && method.customer === customer.id)
      .map((method) => ({ id: method.id, label: formatCard(method.card) })),
    asksCard: asksCard(visit),
    offersSaving:
      session.mode === 'payment' &&
      customer !== null &&
      visit.given.payment_intent_data?.setup_future_usage === undefined,
  }
}

/** Whether there is anything to be paid with a card, now or later. */
export function asksCard({ session }: Visit): boolean {
  if (session.mode === 'setup') return true
  return session.payment_method_collection === 'always' || (session.amount_total ?? 0) > 0
}

/** The form as it is first shown: the customer's newest card is chosen. */
export function firstForm(view: CheckoutView): CheckoutForm {
  const newest = view.savedCards.at(-1)?.id
  return { email: '', card: noCard, method: newest ?? 'new', savesCard: false, problems: {}, trouble: null }
}

function headlineOf({ session, lines }: Visit, name: string, isTrial: boolean): string {
  if (session.mode === 'setup') return 'Save a card'
  const title = lines.length > 1 ? `${name} and ${lines.length - 1} more` : name
  if (session.mode === 'payment') return title
  return isTrial ? `Try ${title}` : `Subscribe to ${title}`
}

function priceLine(
  { session }: Visit,
  facts: { isTrial: boolean; trialDays: number; regular: string | null; currency: string; dueNow: number },
): string | null {
  if (session.mode === 'setup') return null
  if (session.mode === 'payment') return moneyText(facts.dueNow, facts.currency)
  return facts.isTrial ? `${formatCount(facts.trialDays, 'day')} free` : facts.regular
}

/** What the subscription costs from period to period, with taxes; null when its items have different periods. */
function regularPrice(visit: Visit, recurring: readonly LineItem[]): string | null {
  const rule = recurring[0]?.price.recurring
  const isSame = recurring.every(
    ({ price }) =>
      price.recurring?.interval === rule?.interval && price.recurring?.interval_count === rule?.interval_count,
  )
  if (!rule || !isSame) return null
  const total = recurring.reduce((sum, line) => {
    const amount = amountOf(line.price, line.quantity ?? 0)
    const rates = visit.taxRates[visit.lines.indexOf(line)] ?? []
    const onTop = taxesOn(amount, rates).filter(({ tax_behavior }) => tax_behavior === 'exclusive')
    return sum + amount + onTop.reduce((all, tax) => all + tax.amount, 0)
  }, 0)
  return `${moneyText(total, recurring[0]?.currency ?? 'usd')} per ${formatInterval(rule.interval, rule.interval_count)}`
}

function lineOf({ description, price, quantity, amount_subtotal, currency }: LineItem): CheckoutLine {
  const each = priceWords(price)
  const isPlain = (quantity ?? 1) === 1 && price.recurring === null
  return {
    title: description,
    detail: isPlain ? null : quantity === null ? `${each}, by use` : `${quantity} × ${each}`,
    amount: moneyText(amount_subtotal, currency),
  }
}

/** Such as "$20.00 per month" or "from $10.00 per month" where it depends on the quantity. */
export function priceWords(price: Price): string {
  const amount = moneyText(price.unit_amount ?? Number(price.unit_amount_decimal ?? amountOf(price, 1)), price.currency)
  const each = price.tiers ? `from ${amount}` : amount
  if (!price.recurring) return each
  return `${each} per ${formatInterval(price.recurring.interval, price.recurring.interval_count)}`
}

/** Subtotal and taxes, where they differ from the total. */
function sumsOf({ session, lines, taxRates }: Visit, currency: string): (readonly [string, string])[] {
  const taxes = new Map<string, number>()
  for (const [index, line] of lines.entries()) {
    for (const [position, tax] of taxesOn(line.amount_subtotal, taxRates[index] ?? []).entries()) {
      const rate = taxRates[index]?.[position]
      const label = `${rate?.display_name} ${rate?.percentage}%${rate?.inclusive ? ' (included)' : ''}`
      taxes.set(label, (taxes.get(label) ?? 0) + tax.amount)
    }
  }
  if (taxes.size === 0) return []
  return [
    ['Subtotal', moneyText(session.amount_subtotal ?? 0, currency)],
    ...[...taxes].map(([label, amount]) => [label, moneyText(amount, currency)] as const),
  ]
}
