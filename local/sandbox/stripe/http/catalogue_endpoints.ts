import * as catalogue from '../catalogue.ts'
import { choice, currency, flag, hash, list, text } from '../parameters.ts'
import { type Endpoint, endpoint, listing, none, retrieving } from './endpoint.ts'

/** Products, prices and tax rates. */
export const catalogueEndpoints: readonly Endpoint[] = [
  endpoint('post', '/products', catalogue.productCreateParameters, (world, given) => world.products.create(given)),
  listing(
    '/products',
    'product',
    { active: flag().optional(), ids: list(text()).optional(), url: text().optional() },
    (one, given) =>
      (given.active === undefined || one.active === given.active) &&
      (given.ids === undefined || given.ids.includes(one.id)) &&
      (given.url === undefined || one.url === given.url),
  ),
  retrieving('/products', 'product'),
  endpoint('post', '/products/:id', catalogue.productUpdateParameters, (world, given, id) =>
    world.products.update(id, given),
  ),
  endpoint('delete', '/products/:id', none, (world, _, id) => world.products.delete(id)),
  endpoint('post', '/prices', catalogue.priceCreateParameters, (world, given) => world.prices.create(given)),
  listing(
    '/prices',
    'price',
    {
      active: flag().optional(),
      currency: currency().optional(),
      lookup_keys: list(text()).optional(),
      product: text().optional(),
      recurring: hash({
        interval: choice('day', 'week', 'month', 'year').optional(),
        usage_type: choice('licensed', 'metered').optional(),
      }).optional(),
      type: choice('one_time', 'recurring').optional(),
    },
    (one, given) =>
      (given.active === undefined || one.active === given.active) &&
      (given.currency === undefined || one.currency === given.currency) &&
      (given.lookup_keys === undefined || given.lookup_keys.includes(one.lookup_key ?? '')) &&
      (given.product === undefined || one.product === given.product) &&
      (given.type === undefined || one.type === given.type) &&
      (given.recurring?.interval === undefined || one.recurring?.interval === given.recurring.interval) &&
      (given.recurring?.usage_type === undefined || one.recurring?.usage_type === given.recurring.usage_type),
  ),
  retrieving('/prices', 'price'),
  endpoint('post', '/prices/:id', catalogue.priceUpdateParameters, (world, given, id) =>
    world.prices.update(id, given),
  ),
  endpoint('post', '/tax_rates', catalogue.taxRateCreateParameters, (world, given) => world.taxRates.create(given)),
  listing(
    '/tax_rates',
    'tax_rate',
    { active: flag().optional(), inclusive: flag().optional() },
    (one, given) =>
      (given.active === undefined || one.active === given.active) &&
      (given.inclusive === undefined || one.inclusive === given.inclusive),
  ),
  retrieving('/tax_rates', 'tax_rate'),
  endpoint('post', '/tax_rates/:id', catalogue.taxRateUpdateParameters, (world, given, id) =>
    world.taxRates.update(id, given),
  ),
]
