import type { z } from 'zod'
import type { Core } from './core.ts'
import { noSuch, refused, StripeError } from './errors.ts'
import type { Price, Product, TaxRate } from './objects.ts'
import {
  choice,
  clearable,
  currency,
  decimal,
  flag,
  hash,
  integer,
  list,
  mergeMetadata,
  metadata,
  text,
} from './parameters.ts'
import type { Deleted } from './store.ts'

const recurring = hash({
  interval: choice('day', 'week', 'month', 'year'),
  interval_count: integer({ least: 1 }).optional(),
  meter: text().optional(),
  trial_period_days: integer({ least: 1 }).optional(),
  usage_type: choice('licensed', 'metered').optional(),
})
const taxBehavior = choice('exclusive', 'inclusive', 'unspecified')
const productShared = {
  active: flag().optional(),
  description: clearable(text()).optional(),
  images: clearable(list(text())).optional(),
  marketing_features: clearable(list(hash({ name: text(80) }))).optional(),
  metadata: metadata().optional(),
  shippable: flag().optional(),
  statement_descriptor: text(22).optional(),
  tax_code: clearable(text()).optional(),
  unit_label: clearable(text()).optional(),
  url: clearable(text()).optional(),
}

/** `POST /v1/products` */
export const productCreateParameters = hash({
  ...productShared,
  default_price_data: hash({
    currency: currency(),
    metadata: metadata().optional(),
    recurring: recurring.optional(),
    tax_behavior: taxBehavior.optional(),
    unit_amount: integer({ least: 0 }).optional(),
    unit_amount_decimal: decimal().optional(),
  }).optional(),
  id: text().optional(),
  name: text(),
  type: choice('good', 'service').optional(),
})
/** `POST /v1/products/:id` */
export const productUpdateParameters = hash({
  ...productShared,
  default_price: text().optional(),
  name: text().optional(),
})

/** An ad-hoc price: of a line item, or of an item of a subscription. */
export const priceDataParameters = hash({
  currency: currency(),
  product: text().optional(),
  product_data: hash({
    description: text().optional(),
    images: list(text()).optional(),
    metadata: metadata().optional(),
    name: text(),
    tax_code: text().optional(),
    unit_label: text().optional(),
  }).optional(),
  recurring: hash({
    interval: choice('day', 'week', 'month', 'year'),
    interval_count: integer({ least: 1 }).optional(),
  }).optional(),
  tax_behavior: taxBehavior.optional(),
  unit_amount: integer().optional(),
  unit_amount_decimal: decimal().optional(),
})

/** `POST /v1/prices` */
export const priceCreateParameters = hash({
  active: flag().optional(),
  billing_scheme: choice('per_unit', 'tiered').optional(),
  currency: currency(),
  lookup_key: text(200).optional(),
  metadata: metadata().optional(),
  nickname: text().optional(),
  product: text().optional(),
  product_data: hash({
    active: flag().optional(),
    id: text().optional(),
    metadata: metadata().optional(),
    name: text(),
    statement_descriptor: text(22).optional(),
    tax_code: text().optional(),
    unit_label: text().optional(),
  }).optional(),
  recurring: recurring.optional(),
  tax_behavior: taxBehavior.optional(),
  tiers: list(
    hash({
      flat_amount: integer({ least: 0 }).optional(),
      flat_amount_decimal: decimal().optional(),
      unit_amount: integer({ least: 0 }).optional(),
      unit_amount_decimal: decimal().optional(),
      up_to: text(),
    }),
  ).optional(),
  tiers_mode: choice('graduated', 'volume').optional(),
  transfer_lookup_key: flag().optional(),
  transform_quantity: hash({ divide_by: integer({ least: 1 }), round: choice('down', 'up') }).optional(),
  unit_amount: integer({ least: 0 }).optional(),
  unit_amount_decimal: decimal().optional(),
})
/** `POST /v1/prices/:id` */
export const priceUpdateParameters = hash({
  active: flag().optional(),
  lookup_key: clearable(text(200)).optional(),
  metadata: metadata().optional(),
  nickname: clearable(text()).optional(),
  tax_behavior: taxBehavior.optional(),
  transfer_lookup_key: flag().optional(),
})

/** `POST /v1/tax_rates` */
export const taxRateCreateParameters = hash({
  active: flag().optional(),
  country: text(2).optional(),
  description: text().optional(),
  display_name: text(50),
  inclusive: flag(),
  jurisdiction: text(50).optional(),
  metadata: metadata().optional(),
  percentage: decimal(),
  state: text(2).optional(),
  tax_type: choice('gst', 'hst', 'igst', 'jct', 'pst', 'qst', 'rst', 'sales_tax', 'service_tax', 'vat').optional(),
})
/** `POST /v1/tax_rates/:id`; the percentage never changes. */
export const taxRateUpdateParameters = hash({
  active: flag().optional(),
  country: clearable(text(2)).optional(),
  description: clearable(text()).optional(),
  display_name: text(50).optional(),
  jurisdiction: clearable(text(50)).optional(),
  metadata: metadata().optional(),
  state: clearable(text(2)).optional(),
})

/** Makes a product. @throws {StripeError} */
export function createProduct(core: Core, given: z.output<typeof productCreateParameters>): Product {
  const id = given.id ?? core.id('prod')
  if (core.store.find('product', id)) {
    throw refused(`Product already exists: ${id}`, { code: 'resource_already_exists', param: 'id' })
  }
  const now = core.now()
  const product: Product = {
    id,
    object: 'product',
    active: given.active ?? true,
    created: now,
    default_price: null,
    description: given.description ?? null,
    images: given.images ?? [],
    livemode: false,
    marketing_features: given.marketing_features ?? [],
    metadata: mergeMetadata({}, given.metadata),
    name: given.name,
    package_dimensions: null,
    shippable: given.shippable ?? null,
    statement_descriptor: given.statement_descriptor ?? null,
    tax_code: given.tax_code ?? null,
    tax_details: null,
    type: given.type ?? 'service',
    unit_label: given.unit_label ?? null,
    updated: now,
    url: given.url ?? null,
  }
  core.add('product', product, 'product.created')
  if (given.default_price_data) {
    const price = createPrice(core, { ...given.default_price_data, product: id })
    core.change(product, { default_price: price.id }, 'product.updated')
  }
  return product
}

/** Changes a product. @throws {StripeError} */
export function updateProduct(core: Core, id: string, given: z.output<typeof productUpdateParameters>): Product {
  const product = core.store.get('product', id)
  const { metadata: words, default_price, images, marketing_features, ...fields } = given
  if (default_price !== undefined && core.store.get('price', default_price, 'default_price').product !== id) {
    throw refused(`The price ${default_price} does not belong to this product.`, { param: 'default_price' })
  }
  const patch = {
    ...fields,
    default_price,
    ...(images === undefined ? {} : { images: images ?? [] }),
    ...(marketing_features === undefined ? {} : { marketing_features: marketing_features ?? [] }),
    ...(words === undefined ? {} : { metadata: mergeMetadata(product.metadata, words) }),
  }
  return core.change(product, { ...patch, updated: core.now() }, 'product.updated')
}

/** Deletes a product without prices. @throws {StripeError} when it has some */
export function deleteProduct(core: Core, id: string): Deleted {
  const product = core.store.get('product', id)
  if (core.store.all('price').some((price) => price.product === id)) {
    throw refused('This product cannot be deleted because it has one or more user-created prices.')
  }
  core.emit('product.deleted', product)
  return core.store.remove('product', id)
}

/** Makes a price. @throws {StripeError} */
export function createPrice(core: Core, given: z.output<typeof priceCreateParameters>): Price {
  if (given.product === undefined && given.product_data === undefined) {
    throw refused('Missing required param: product.', { code: 'parameter_missing', param: 'product' })
  }
  const isTiered = given.billing_scheme === 'tiered'
  if (isTiered && (!given.tiers || !given.tiers_mode)) {
    throw refused('Prices with billing_scheme=tiered need tiers and tiers_mode.', { param: 'tiers' })
  }
  if (!isTiered && given.unit_amount === undefined && given.unit_amount_decimal === undefined) {
    throw refused('Must provide either unit_amount or unit_amount_decimal.', { param: 'unit_amount' })
  }
  const product = given.product_data
    ? createProduct(core, given.product_data)
    : core.store.find('product', given.product ?? '')
  if (!product) throw noSuch('product', given.product ?? '', 'product', 400)
  takeLookupKey(core, given.lookup_key, given.transfer_lookup_key)
  const price = newPrice(core, product.id, given)
  core.add('price', price, 'price.created')
  return price
}

function newPrice(core: Core, product: string, given: z.output<typeof priceCreateParameters>): Price {
  const rule = given.recurring
  const amount =
    given.unit_amount ?? (given.unit_amount_decimal === undefined ? null : wholeOrNull(given.unit_amount_decimal))
  return {
    id: core.id('price'),
    object: 'price',
    active: given.active ?? true,
    billing_scheme: given.billing_scheme ?? 'per_unit',
    created: core.now(),
    currency: given.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: given.lookup_key ?? null,
    metadata: mergeMetadata({}, given.metadata),
    nickname: given.nickname ?? null,
    product,
    recurring: rule
      ? {
          interval: rule.interval,
          interval_count: rule.interval_count ?? 1,
          meter: rule.meter ?? null,
          trial_period_days: rule.trial_period_days ?? null,
          usage_type: rule.usage_type ?? 'licensed',
        }
      : null,
    tax_behavior: given.tax_behavior ?? 'unspecified',
    ...(given.tiers
      ? {
          tiers: given.tiers.map((tier) => ({
            flat_amount: tier.flat_amount ?? null,
            flat_amount_decimal: tier.flat_amount_decimal ?? tier.flat_amount?.toString() ?? null,
            unit_amount: tier.unit_amount ?? null,
            unit_amount_decimal: tier.unit_amount_decimal ?? tier.unit_amount?.toString() ?? null,
            up_to: tier.up_to === 'inf' ? null : Number(tier.up_to),
          })),
        }
      : {}),
    tiers_mode: given.tiers_mode ?? null,
    transform_quantity: given.transform_quantity ?? null,
    type: rule ? 'recurring' : 'one_time',
    unit_amount: amount,
    unit_amount_decimal: given.unit_amount_decimal ?? amount?.toString() ?? null,
  }
}

function wholeOrNull(decimalText: string): number | null {
  const number = Number(decimalText)
  return Number.isInteger(number) ? number : null
}

/** Makes a price of a line's own, which no list shows. @throws {StripeError} */
export function createAdHocPrice(core: Core, given: z.output<typeof priceDataParameters>): Price {
  return createPrice(core, { ...given, active: true })
}

/** Changes what may change of a price: never its amount. @throws {StripeError} */
export function updatePrice(core: Core, id: string, given: z.output<typeof priceUpdateParameters>): Price {
  const price = core.store.get('price', id)
  const { metadata: words, transfer_lookup_key, ...fields } = given
  takeLookupKey(core, given.lookup_key ?? undefined, transfer_lookup_key, id)
  return core.change(
    price,
    { ...fields, ...(words === undefined ? {} : { metadata: mergeMetadata(price.metadata, words) }) },
    'price.updated',
  )
}

/** A lookup key stands for one price at a time. @throws {StripeError} when another has it */
function takeLookupKey(core: Core, key: string | undefined, transfers = false, own?: string): void {
  if (key === undefined) return
  const holder = core.store.all('price').find((price) => price.lookup_key === key && price.id !== own)
  if (!holder) return
  if (!transfers) {
    throw new StripeError(400, `A price (\`${holder.id}\`) already uses that lookup key.`, { param: 'lookup_key' })
  }
  core.change(holder, { lookup_key: null }, 'price.updated')
}

/** Makes a tax rate. */
export function createTaxRate(core: Core, given: z.output<typeof taxRateCreateParameters>): TaxRate {
  const percentage = Number(given.percentage)
  if (percentage < 0 || percentage > 100)
    throw refused('Invalid percentage: must be between 0 and 100', { param: 'percentage' })
  const rate: TaxRate = {
    id: core.id('txr'),
    object: 'tax_rate',
    active: given.active ?? true,
    country: given.country ?? null,
    created: core.now(),
    description: given.description ?? null,
    display_name: given.display_name,
    effective_percentage: percentage,
    flat_amount: null,
    inclusive: given.inclusive,
    jurisdiction: given.jurisdiction ?? null,
    jurisdiction_level: null,
    livemode: false,
    metadata: mergeMetadata({}, given.metadata),
    percentage,
    rate_type: 'percentage',
    state: given.state ?? null,
    tax_type: given.tax_type ?? null,
  }
  return core.add('tax_rate', rate, 'tax_rate.created')
}

/** Changes a tax rate. @throws {StripeError} */
export function updateTaxRate(core: Core, id: string, given: z.output<typeof taxRateUpdateParameters>): TaxRate {
  const rate = core.store.get('tax_rate', id)
  const { metadata: words, ...fields } = given
  return core.change(
    rate,
    { ...fields, ...(words === undefined ? {} : { metadata: mergeMetadata(rate.metadata, words) }) },
    'tax_rate.updated',
  )
}
