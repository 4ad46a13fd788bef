import { z } from 'zod'

const id = z.uuid()
const many = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullable()
    .transform((items) => items ?? [])

/** What the database says a payment provider is to have; answer of `get_catalogue_to_sync`. */
export const ownCatalogueSchema = z.object({
  products: many(
    z.object({
      id,
      kind: z.enum(['plan', 'pack']),
      name: z.string(),
      description: z.string(),
      is_active: z.boolean(),
    }),
  ),
  prices: many(
    z.object({
      id,
      product_id: id,
      currency: z.string(),
      unit_cents: z.number().int(),
      unit_count: z.number().int(),
      billing_interval: z.enum(['month', 'year']).nullable(),
      name: z.string(),
      is_active: z.boolean(),
      provider_price_id: z.string().nullable(),
    }),
  ),
  tax_rates: many(
    z.object({
      id,
      country: z.string(),
      name: z.string(),
      percentage: z.number(),
      is_active: z.boolean(),
      provider_tax_rate_id: z.string().nullable(),
    }),
  ),
})

/** See {@link ownCatalogueSchema}. */
export type OwnCatalogue = z.output<typeof ownCatalogueSchema>
