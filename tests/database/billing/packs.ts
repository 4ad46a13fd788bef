import type { Database } from '../../support/database.ts'

/** Id of the pack of so many credits. */
export const packId = async (db: Database, credits: number) =>
  (
    await db.asOwner(() =>
      db.row<{ id: string }>('select id from public.credit_packs where credit_count = $1', [credits]),
    )
  ).id

export interface Purchase {
  readonly id: string
  readonly status: string
  readonly price_cents: string
  readonly granted_count: string
  readonly clawed_back_count: string
  readonly owed_count: string
}

/** Begins the purchase of a pack, as a checkout does. */
export const beginPurchase = async (
  db: Database,
  organization: { id: string },
  of: { credits: number; currency?: string } = { credits: 100 },
) => {
  const pack = await packId(db, of.credits)
  return db.asOwner(() =>
    db.row<Purchase>('select * from private.create_credit_purchase($1, $2, $3)', [
      organization.id,
      pack,
      of.currency ?? 'USD',
    ]),
  )
}

/** How a purchase stands. */
export const purchase = (db: Database, id: string) =>
  db.asOwner(() => db.row<Purchase>('select * from public.credit_purchases where id = $1', [id]))
