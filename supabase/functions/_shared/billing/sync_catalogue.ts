import { createHash } from 'node:crypto'
import { callRpc, type RpcClient } from '../platform/mod.ts'
import type { CatalogueProvider, ProviderCatalogue } from '../providers/payments/catalogue_port.ts'
import { type OwnCatalogue, ownCatalogueSchema } from './catalogue_schemas.ts'
import { type CatalogueStep, newest, planCatalogueSync } from './plan_catalogue_sync.ts'

/**
 * Gives a payment provider the plans, packs, prices and tax rates of the database, and remembers what it calls them.
 *
 * Safe to repeat and to break off: what is there already is found, and a call whose answer was lost is the same call again.
 *
 * @param options.isDryRun only tells what would be done
 * @returns what was, or would be, done
 * @throws {ProviderError}
 */
export async function syncCatalogue(
  deps: { readonly db: RpcClient; readonly provider: CatalogueProvider },
  { isDryRun = false } = {},
): Promise<CatalogueStep[]> {
  const { db, provider } = deps
  const ours = ownCatalogueSchema.parse(await callRpc(db, 'get_catalogue_to_sync', { provider: provider.name }))
  const theirs = await provider.list()
  const steps = planCatalogueSync(ours, theirs)
  if (isDryRun) return steps
  const products = new Map(
    ours.products.flatMap(({ id }) => {
      const found = newest(theirs.products, id)
      return found ? [[id, found.providerId]] : []
    }),
  )
  const made = new Map<string, string>()
  for (const step of steps) {
    const providerId = await take(provider, ours, products, step)
    if (step.object === 'product') products.set(step.id, providerId)
    else if (step.action === 'create') made.set(step.id, providerId)
  }
  await record(deps, ours, theirs, products, made)
  return steps
}

/** Takes one step. @returns what the provider calls the object */
async function take(
  provider: CatalogueProvider,
  ours: OwnCatalogue,
  products: ReadonlyMap<string, string>,
  step: CatalogueStep,
): Promise<string> {
  if (step.providerId !== null && step.action !== 'update') {
    await provider.setActive(step.object, step.providerId, step.action === 'restore')
    return step.providerId
  }
  if (step.object === 'product') {
    const product = one(ours.products, step.id)
    if (step.providerId === null) return provider.createProduct(product, keyOf(step, product))
    await provider.updateProduct(step.providerId, product)
    return step.providerId
  }
  if (step.object === 'tax_rate') {
    const rate = one(ours.tax_rates, step.id)
    return provider.createTaxRate(rate, keyOf(step, rate))
  }
  const { id, product_id, currency, unit_cents, unit_count, billing_interval, name, provider_price_id } = one(
    ours.prices,
    step.id,
  )
  const providerProductId = products.get(product_id)
  if (!providerProductId) throw new Error(`Cannot sync price "${id}": its product is not offered`)
  const draft = {
    id,
    providerProductId,
    currency,
    unitCents: unit_cents,
    unitCount: unit_count,
    interval: billing_interval,
    name,
  }
  return provider.createPrice(draft, keyOf(step, { ...draft, provider_price_id }))
}

/** Tells the database what the provider calls what is offered or known. */
async function record(
  { db, provider }: { readonly db: RpcClient; readonly provider: CatalogueProvider },
  ours: OwnCatalogue,
  theirs: ProviderCatalogue,
  products: ReadonlyMap<string, string>,
  made: ReadonlyMap<string, string>,
): Promise<void> {
  await callRpc(db, 'record_provider_catalogue', {
    provider: provider.name,
    prices: ours.prices.flatMap(({ id, product_id, provider_price_id }) => {
      const found = newest(theirs.prices, id, provider_price_id)
      const provider_product_id = found?.providerProductId ?? products.get(product_id)
      const price = made.get(id) ?? found?.providerId
      return price && provider_product_id ? [{ price_id: id, provider_product_id, provider_price_id: price }] : []
    }),
    tax_rates: ours.tax_rates.flatMap(({ id, provider_tax_rate_id }) => {
      const rate = made.get(id) ?? newest(theirs.taxRates, id, provider_tax_rate_id)?.providerId
      return rate ? [{ tax_rate_id: id, provider_tax_rate_id: rate }] : []
    }),
  })
}

/** Made from our id and all that the call says: the same call has the same key, another one never. */
function keyOf({ object, id }: CatalogueStep, parameters: object): string {
  const digest = createHash('sha256').update(JSON.stringify(parameters)).digest('hex')
  return `catalogue:${object}:${id}:${digest.slice(0, 16)}`
}

function one<T extends { readonly id: string }>(items: readonly T[], id: string): T {
  const found = items.find((item) => item.id === id)
  if (!found) throw new Error(`Cannot sync the catalogue: "${id}" is not in it`)
  return found
}
