import type Stripe from 'stripe'
import type { CatalogueProvider, ProviderPrice } from './catalogue_port.ts'
import { type StripeEnv, stripeClient } from './stripe_client.ts'
import { stripeCall } from './stripe_errors.ts'

const pageSize = 100

/**
 * Stripe's products, prices and tax rates. Ours are known by their metadata (`plan_id` or `pack_id`, `price_id`,
 * `tax_rate_id`), so that one whose making was never answered is found instead of made again.
 */
export function createStripeCatalogue(env: StripeEnv, signal: AbortSignal): CatalogueProvider {
  const stripe = stripeClient(env, { signal })
  const call = <T>(what: string, make: () => Promise<T>) => stripeCall(what, signal, make)
  return {
    name: 'stripe',

    list: () =>
      call('list catalogue', async () => ({
        products: await all(stripe.products.list({ limit: pageSize }), (product) => ({
          providerId: product.id,
          ourId: product.metadata.plan_id ?? product.metadata.pack_id ?? null,
          name: product.name,
          description: product.description,
          isActive: product.active,
        })),
        // Without saying which, Stripe tells the active ones.
        prices: [
          ...(await all(stripe.prices.list({ limit: pageSize, active: true }), fromPrice)),
          ...(await all(stripe.prices.list({ limit: pageSize, active: false }), fromPrice)),
        ],
        taxRates: await all(stripe.taxRates.list({ limit: pageSize }), (rate) => ({
          providerId: rate.id,
          ourId: rate.metadata?.tax_rate_id ?? null,
          isActive: rate.active,
        })),
      })),

    createProduct: ({ id, kind, name, description }, idempotencyKey) =>
      call('create product', async () => {
        const metadata = kind === 'plan' ? { plan_id: id } : { pack_id: id }
        return (await stripe.products.create({ name, description, metadata }, { idempotencyKey })).id
      }),

    updateProduct: (providerId, { name, description }) =>
      call('update product', async () => {
        await stripe.products.update(providerId, { name, description })
      }),

    createPrice: (price, idempotencyKey) =>
      call('create price', async () => {
        const parameters: Stripe.PriceCreateParams = {
          product: price.providerProductId,
          currency: price.currency.toLowerCase(),
          unit_amount: price.unitCents,
          nickname: price.name,
          // Stripe allows one price with it at a time: a second one could not even be made by mistake.
          lookup_key: price.id,
          metadata: { price_id: price.id },
          // Tax is added to our prices, as on our own invoices.
          tax_behavior: 'exclusive',
        }
        if (price.interval) parameters.recurring = { interval: price.interval }
        if (price.unitCount > 1) parameters.transform_quantity = { divide_by: price.unitCount, round: 'up' }
        return (await stripe.prices.create(parameters, { idempotencyKey })).id
      }),

    createTaxRate: ({ id, country, name, percentage }, idempotencyKey) =>
      call('create tax rate', async () => {
        const made = await stripe.taxRates.create(
          { display_name: name, percentage, inclusive: false, country, metadata: { tax_rate_id: id } },
          { idempotencyKey },
        )
        return made.id
      }),

    setActive: (object, providerId, isActive) =>
      call(`${isActive ? 'offer' : 'archive'} ${object}`, async () => {
        const parameters = { active: isActive }
        if (object === 'product') await stripe.products.update(providerId, parameters)
        else if (object === 'price') await stripe.prices.update(providerId, parameters)
        else await stripe.taxRates.update(providerId, parameters)
      }),
  }
}

const fromPrice = ({ id, metadata, product, active }: Stripe.Price): ProviderPrice => ({
  providerId: id,
  ourId: metadata.price_id ?? null,
  providerProductId: typeof product === 'string' ? product : product.id,
  isActive: active,
})

async function all<T, R>(pages: AsyncIterable<T>, read: (object: T) => R): Promise<R[]> {
  const found: R[] = []
  for await (const object of pages) found.push(read(object))
  return found
}
