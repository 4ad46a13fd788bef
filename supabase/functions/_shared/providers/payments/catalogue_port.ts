/** What a product is at a provider. */
export interface ProviderProduct {
  readonly providerId: string
  /** Our id of the plan or pack, from its metadata; null for what is not ours. */
  readonly ourId: string | null
  readonly name: string
  readonly description: string | null
  readonly isActive: boolean
}

/** What a price is at a provider, where its amount never changes. */
export interface ProviderPrice {
  readonly providerId: string
  readonly ourId: string | null
  readonly providerProductId: string
  readonly isActive: boolean
}

/** What a tax rate is at a provider, where its percentage never changes. */
export interface ProviderTaxRate {
  readonly providerId: string
  readonly ourId: string | null
  readonly isActive: boolean
}

/** Everything a provider has. */
export interface ProviderCatalogue {
  readonly products: readonly ProviderProduct[]
  readonly prices: readonly ProviderPrice[]
  readonly taxRates: readonly ProviderTaxRate[]
}

/** A product as it is to be. */
export interface ProductDraft {
  readonly id: string
  readonly kind: 'plan' | 'pack'
  readonly name: string
  readonly description: string
}

/** A price as it is to be. */
export interface PriceDraft {
  readonly id: string
  readonly providerProductId: string
  readonly currency: string
  /** For `unitCount` units, in the currency's minor unit; a started unit counts whole. */
  readonly unitCents: number
  readonly unitCount: number
  /** Null for what is paid once. */
  readonly interval: 'month' | 'year' | null
  readonly name: string
}

/** A tax rate as it is to be. */
export interface TaxRateDraft {
  readonly id: string
  readonly country: string
  readonly name: string
  readonly percentage: number
}

/**
 * The catalogue of a payment provider. Makers take an idempotency key and answer the provider's id; nothing is ever deleted,
 * because subscribers keep what they subscribed to.
 */
export interface CatalogueProvider {
  readonly name: 'stripe' | 'razorpay'
  /** Everything, what is archived included. @throws {ProviderError} */
  list(): Promise<ProviderCatalogue>
  /** @throws {ProviderError} */
  createProduct(draft: ProductDraft, idempotencyKey: string): Promise<string>
  /** Changes name and description. @throws {ProviderError} */
  updateProduct(providerId: string, draft: ProductDraft): Promise<void>
  /** @throws {ProviderError} */
  createPrice(draft: PriceDraft, idempotencyKey: string): Promise<string>
  /** @throws {ProviderError} */
  createTaxRate(draft: TaxRateDraft, idempotencyKey: string): Promise<string>
  /** Offers it again, or no more; who has it keeps it. @throws {ProviderError} */
  setActive(object: 'product' | 'price' | 'tax_rate', providerId: string, isActive: boolean): Promise<void>
}
