import type { ProviderCatalogue } from '../providers/payments/catalogue_port.ts'
import type { OwnCatalogue } from './catalogue_schemas.ts'

/** What is to be done with one object at the provider. */
export interface CatalogueStep {
  readonly action: 'create' | 'update' | 'archive' | 'restore'
  readonly object: 'product' | 'price' | 'tax_rate'
  /** Our id. */
  readonly id: string
  readonly name: string
  /** What the provider calls it; null before it is made. */
  readonly providerId: string | null
}

/**
 * Compares what a provider has with what it is to have. Ours are found by our own id, or by what the provider called them at
 * the last sync; what is not ours is left alone. What was never there and is not offered any more is not made.
 *
 * Steps come in the order in which they are to be done: products before their prices.
 */
export function planCatalogueSync(ours: OwnCatalogue, theirs: ProviderCatalogue): CatalogueStep[] {
  return [
    ...ours.products.flatMap((product) => {
      const found = newest(theirs.products, product.id)
      const steps = stepsFor('product', product, found)
      const differs = found && (found.name !== product.name || found.description !== product.description)
      return differs && product.is_active ? [...steps, step('update', 'product', product, found.providerId)] : steps
    }),
    ...ours.prices.flatMap((price) =>
      stepsFor('price', price, newest(theirs.prices, price.id, price.provider_price_id)),
    ),
    ...ours.tax_rates.flatMap((rate) =>
      stepsFor('tax_rate', rate, newest(theirs.taxRates, rate.id, rate.provider_tax_rate_id)),
    ),
    // Prices of packs that cost something else now: no row says so any more, but the provider still offers them.
    ...theirs.prices.flatMap((price) => {
      const isOfPack = theirs.products.some(
        ({ providerId, ourId }) =>
          providerId === price.providerProductId &&
          ours.products.some(({ id, kind }) => kind === 'pack' && id === ourId),
      )
      const isGone = price.ourId !== null && !ours.prices.some(({ id }) => id === price.ourId)
      return isOfPack && isGone && price.isActive
        ? [step('archive', 'price', { id: price.ourId ?? '', name: 'former price of a pack' }, price.providerId)]
        : []
    }),
  ]
}

interface Ours {
  readonly id: string
  readonly name: string
  readonly is_active: boolean
}

interface Theirs {
  readonly providerId: string
  readonly ourId: string | null
  readonly isActive: boolean
}

/** The one that was used last, else one with our id; an active one before an archived one. */
export function newest<T extends Theirs>(
  theirs: readonly T[],
  id: string,
  knownAs: string | null = null,
): T | undefined {
  const candidates = theirs.filter(({ ourId }) => ourId === id)
  return (
    candidates.find(({ providerId }) => providerId === knownAs) ??
    candidates.find(({ isActive }) => isActive) ??
    candidates[0]
  )
}

function stepsFor(object: CatalogueStep['object'], ours: Ours, found: Theirs | undefined): CatalogueStep[] {
  if (!found) return ours.is_active ? [step('create', object, ours, null)] : []
  if (found.isActive === ours.is_active) return []
  return [step(ours.is_active ? 'restore' : 'archive', object, ours, found.providerId)]
}

const step = (
  action: CatalogueStep['action'],
  object: CatalogueStep['object'],
  { id, name }: { id: string; name: string },
  providerId: string | null,
): CatalogueStep => ({ action, object, id, name, providerId })
