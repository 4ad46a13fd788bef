import type {
  CatalogueProvider,
  PriceDraft,
  ProductDraft,
  TaxRateDraft,
} from '../../../supabase/functions/_shared/providers/payments/catalogue_port.ts'

interface Made<Draft> {
  readonly providerId: string
  readonly ourId: string | null
  isActive: boolean
  draft: Draft
}

/** A payment provider in memory, which may lose its answers. */
export class CatalogueDouble implements CatalogueProvider {
  readonly name = 'stripe'
  readonly products: Made<ProductDraft>[] = []
  readonly prices: Made<PriceDraft>[] = []
  readonly taxRates: Made<TaxRateDraft>[] = []
  /** Keys of the calls that made something. */
  readonly keys: string[] = []
  /** How many calls from now on are done, and then answered by no more than a broken line. */
  losesAnswerAfter = Number.POSITIVE_INFINITY

  async list() {
    return {
      products: this.products.map((product) => ({ ...product, ...product.draft })),
      prices: this.prices.map((price) => ({ ...price, providerProductId: price.draft.providerProductId })),
      taxRates: [...this.taxRates],
    }
  }

  async createProduct(draft: ProductDraft, key: string) {
    return this.#make('prod', this.products, draft, key)
  }

  async updateProduct(providerId: string, { name, description }: ProductDraft) {
    const product = this.products.find((candidate) => candidate.providerId === providerId)
    if (!product) throw new Error(`no product ${providerId}`)
    product.draft = { ...product.draft, name, description }
  }

  async createPrice(draft: PriceDraft, key: string) {
    return this.#make('price', this.prices, draft, key)
  }

  async createTaxRate(draft: TaxRateDraft, key: string) {
    return this.#make('txr', this.taxRates, draft, key)
  }

  async setActive(_object: string, providerId: string, isActive: boolean) {
    const found = [...this.products, ...this.prices, ...this.taxRates].find(
      (candidate) => candidate.providerId === providerId,
    )
    if (!found) throw new Error(`no object ${providerId}`)
    found.isActive = isActive
  }

  async #make<Draft extends { id: string }>(prefix: string, all: Made<Draft>[], draft: Draft, key: string) {
    if (this.keys.includes(key)) throw new Error(`made twice: ${key}`)
    this.keys.push(key)
    const providerId = `${prefix}_${all.length + 1}`
    all.push({ providerId, ourId: draft.id, isActive: true, draft })
    this.losesAnswerAfter -= 1
    if (this.losesAnswerAfter < 0) throw new Error('no answer')
    return providerId
  }
}
