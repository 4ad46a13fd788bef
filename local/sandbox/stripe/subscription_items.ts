import type { z } from 'zod'
import type { Subscription, SubscriptionItem } from './billing_objects.ts'
import { createAdHocPrice, priceDataParameters } from './catalogue.ts'
import type { Core } from './core.ts'
import { noSuch, refused } from './errors.ts'
import type { Price, TaxRate } from './objects.ts'
import { clearable, flag, hash, integer, list, mergeMetadata, metadata, text } from './parameters.ts'
import { planOf } from './pricing.ts'

/** One price of a new subscription. */
export const newItemParameters = hash({
  metadata: metadata().optional(),
  price: text().optional(),
  price_data: priceDataParameters.optional(),
  quantity: integer({ least: 0 }).optional(),
  tax_rates: clearable(list(text())).optional(),
})
/** A change of one price of a subscription; without `id` one more. */
export const itemChangeParameters = hash({
  clear_usage: flag().optional(),
  deleted: flag().optional(),
  id: text().optional(),
  metadata: metadata().optional(),
  price: text().optional(),
  price_data: priceDataParameters.optional(),
  quantity: integer({ least: 0 }).optional(),
  tax_rates: clearable(list(text())).optional(),
})

/** What is to be one item. */
export type NewItem = z.output<typeof newItemParameters>
/** How an item is to change. */
export type ItemChange = z.output<typeof itemChangeParameters>

/** The price that an item names. @throws {StripeError} when it cannot be subscribed to */
export function priceOf(core: Core, given: NewItem, param: string): Price {
  const price = given.price_data
    ? createAdHocPrice(core, given.price_data)
    : core.store.find('price', given.price ?? '')
  if (!price) {
    if (given.price !== undefined) throw noSuch('price', given.price, `${param}[price]`, 400)
    throw refused(`Missing required param: ${param}[price].`, { code: 'parameter_missing', param: `${param}[price]` })
  }
  if (price.recurring === null) {
    throw refused(
      `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
      { param: `${param}[price]` },
    )
  }
  if (!price.active) {
    throw refused('The price specified is inactive. This field only accepts active prices.', {
      param: `${param}[price]`,
    })
  }
  return price
}

/** Tax rates by their ids. @throws {StripeError} */
export function ratesByIds(core: Core, ids: readonly string[] | null | undefined, param: string): TaxRate[] {
  return (ids ?? []).map((id) => core.store.get('tax_rate', id, param))
}

/** Makes an item. @throws {StripeError} */
export function newItem(
  core: Core,
  subscription: { id: string; customer: string },
  given: NewItem,
  period: { start: number; end: number },
  param: string,
): SubscriptionItem {
  const price = priceOf(core, given, param)
  return {
    id: core.id('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: core.now(subscription),
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: mergeMetadata({}, given.metadata),
    plan: planOf(price),
    price: structuredClone(price),
    ...(price.recurring?.usage_type === 'metered' ? {} : { quantity: given.quantity ?? 1 }),
    subscription: subscription.id,
    tax_rates: ratesByIds(core, given.tax_rates, `${param}[tax_rates]`),
  }
}

/** The items of a subscription after changes, as new objects: nothing is changed yet. @throws {StripeError} */
export function changedItems(
  core: Core,
  subscription: Subscription,
  changes: readonly ItemChange[],
  period: { start: number; end: number },
): SubscriptionItem[] {
  let items = subscription.items.data.map((item) => structuredClone(item))
  changes.forEach((change, position) => {
    const param = `items[${position}]`
    if (change.id === undefined) {
      const price = priceOf(core, change, param)
      if (items.some((item) => item.price.id === price.id)) {
        throw refused(
          `Cannot add multiple subscription items with the same price: ${price.id}. Change the quantity of the one that is there instead.`,
          { param },
        )
      }
      items.push(newItem(core, subscription, { ...change, price: price.id, price_data: undefined }, period, param))
      return
    }
    const item = items.find(({ id }) => id === change.id)
    if (!item) throw noSuch('subscription_item', change.id, `${param}[id]`, 400)
    if (change.deleted) {
      items = items.filter(({ id }) => id !== change.id)
      return
    }
    if (change.price !== undefined || change.price_data) {
      const price = priceOf(core, change, param)
      item.price = structuredClone(price)
      item.plan = planOf(price)
    }
    if (change.quantity !== undefined) item.quantity = change.quantity
    if (change.metadata !== undefined) item.metadata = mergeMetadata(item.metadata, change.metadata)
    if (change.tax_rates !== undefined) item.tax_rates = ratesByIds(core, change.tax_rates, `${param}[tax_rates]`)
  })
  if (items.length === 0) throw refused('A subscription must have at least one active plan.', { param: 'items' })
  requireOneRhythm(items)
  return items
}

/** All prices of a subscription are due together, in one currency. @throws {StripeError} when they are not */
export function requireOneRhythm(items: readonly SubscriptionItem[]): void {
  const [first] = items
  for (const { price } of items) {
    if (price.currency !== first?.price.currency) {
      throw refused('The price specified only supports another currency than the other items.', { param: 'items' })
    }
    const same =
      price.recurring?.interval === first.price.recurring?.interval &&
      price.recurring?.interval_count === first.price.recurring?.interval_count
    if (!same) {
      throw refused(
        'Currently, all items of a subscription of this sandbox must have the same interval and interval_count.',
        { param: 'items' },
      )
    }
  }
}
