import type { InvoiceLine, Tax } from './billing_objects.ts'
import type { Price, Recurring, TaxRate, Tier } from './objects.ts'

/** What a quantity costs, in minor units, rounded half up as Stripe does. */
export function amountOf(price: Price, quantity: number): number {
  if (price.tiers && price.tiers_mode) return tieredAmount(price.tiers, price.tiers_mode, quantity)
  const { transform_quantity: packs } = price
  const units = packs ? Math[packs.round === 'up' ? 'ceil' : 'floor'](quantity / packs.divide_by) : quantity
  return Math.round(unitOf(price) * units)
}

function unitOf(tier: Pick<Tier, 'unit_amount' | 'unit_amount_decimal'>): number {
  return tier.unit_amount ?? Number(tier.unit_amount_decimal ?? 0)
}

function tieredAmount(tiers: readonly Tier[], mode: 'graduated' | 'volume', quantity: number): number {
  if (mode === 'volume') {
    const tier = tiers.find(({ up_to }) => up_to === null || quantity <= up_to)
    return tier ? Math.round(unitOf(tier) * quantity + (tier.flat_amount ?? 0)) : 0
  }
  let from = 0
  let amount = 0
  for (const tier of tiers) {
    if (quantity <= from && from > 0) break
    const units = Math.min(quantity, tier.up_to ?? quantity) - from
    amount += unitOf(tier) * units + (tier.flat_amount ?? 0)
    from = tier.up_to ?? quantity
  }
  return Math.round(amount)
}

/** The share of an amount that a part of a period has. */
export function shareOf(amount: number, part: number, whole: number): number {
  const share = Math.round((Math.abs(amount) * part) / whole)
  return amount < 0 ? -share : share
}

/** The taxes of one line. Inclusive ones are in the amount already, exclusive ones come on top. */
export function taxesOn(amount: number, rates: readonly TaxRate[]): Tax[] {
  const included = rates.filter(({ inclusive }) => inclusive).reduce((sum, { percentage }) => sum + percentage, 0)
  const base = amount / (1 + included / 100)
  return rates.map((rate) => ({
    amount: roundAway((base * rate.percentage) / 100),
    tax_behavior: rate.inclusive ? 'inclusive' : 'exclusive',
    tax_rate_details: { tax_rate: rate.id },
    taxability_reason: 'not_available',
    taxable_amount: roundAway(base),
    type: 'tax_rate_details',
  }))
}

function roundAway(amount: number): number {
  const rounded = Math.round(Math.abs(amount))
  return amount < 0 && rounded !== 0 ? -rounded : rounded
}

/** The sums of an invoice's lines. */
export function sumsOf(lines: readonly InvoiceLine[]) {
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0)
  const taxes = new Map<string, Tax>()
  for (const tax of lines.flatMap((line) => line.taxes)) {
    const known = taxes.get(tax.tax_rate_details.tax_rate)
    const amount = (known?.amount ?? 0) + tax.amount
    const taxable_amount = (known?.taxable_amount ?? 0) + tax.taxable_amount
    taxes.set(tax.tax_rate_details.tax_rate, { ...tax, amount, taxable_amount })
  }
  const total_taxes = [...taxes.values()]
  const sum = (behavior: Tax['tax_behavior']) =>
    total_taxes.filter((tax) => tax.tax_behavior === behavior).reduce((all, tax) => all + tax.amount, 0)
  const total = subtotal + sum('exclusive')
  const total_excluding_tax = subtotal - sum('inclusive')
  return { subtotal, subtotal_excluding_tax: total_excluding_tax, total, total_excluding_tax, total_taxes }
}

/** An amount as invoices write it: "$20.00". */
export function moneyText(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency })
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}

/** A price as invoices write it: "at $20.00 / month". */
export function priceText(price: Price): string {
  const amount = moneyText(price.unit_amount ?? Number(price.unit_amount_decimal ?? 0), price.currency)
  return price.recurring ? `at ${amount} / ${everyText(price.recurring)}` : `at ${amount}`
}

function everyText({ interval, interval_count }: Recurring): string {
  return interval_count === 1 ? interval : `every ${interval_count} ${interval}s`
}

/** The older object that still stands beside each price of a subscription. */
export function planOf(price: Price): Record<string, unknown> {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: price.recurring?.meter ?? null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: price.tiers_mode,
    transform_usage: null,
    trial_period_days: price.recurring?.trial_period_days ?? null,
    usage_type: price.recurring?.usage_type ?? 'licensed',
  }
}
