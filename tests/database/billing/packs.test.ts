import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { actAsOperator } from '../platform/operator_session.ts'
import { beginPurchase, packId } from './packs.ts'

const offered = async (db: Database, currency: string | null = null) =>
  (
    await db.rows<{ credit_count: string; prices: { currency: string; price_cents: number }[] }>(
      'select * from public.list_credit_packs($1)',
      [currency],
    )
  ).map(({ credit_count, prices }) => [
    Number(credit_count),
    ...prices.map((price) => `${price.currency} ${price.price_cents}`),
  ])

const setPrice = (db: Database, credits: number, currency: string, cents: number) =>
  db.row('select * from public.set_credit_pack_price($1::bigint, $2, $3::bigint)', [credits, currency, cents])

describe('packs of credits', () => {
  it('[CRD-06] are 100 for USD 5, 500 for USD 20 and 2,000 for USD 60, for everybody to see', () =>
    withRollback(async (db) => {
      await db.actAs('anon')
      expect(await offered(db)).toEqual([
        [100, 'USD 500'],
        [500, 'USD 2000'],
        [2000, 'USD 6000'],
      ])
      expect(await offered(db, 'NGN')).toEqual([])
    }))

  it('[CRD-06] are added, priced in further currencies and retired by operators alone', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.actAs(organization.owner)
      await expect(setPrice(db, 100, 'USD', 1)).rejects.toMatchObject({ status: 403 })
      await actAsOperator(db)
      await setPrice(db, 50, 'NGN', 400_000)
      await setPrice(db, 100, 'NGN', 750_000)
      expect(await offered(db, 'NGN')).toEqual([
        [50, 'NGN 400000'],
        [100, 'NGN 750000'],
      ])
      const pack = await packId(db, 50)
      await db.rows('select public.retire_credit_pack($1)', [pack])
      await db.rows('select public.retire_credit_pack($1)', [pack])
      expect(await offered(db, 'NGN')).toEqual([[100, 'NGN 750000']])
      await expect(beginPurchase(db, organization, { credits: 50, currency: 'NGN' })).rejects.toMatchObject({
        status: 404,
        code: 'credit_pack_not_found',
      })
      await setPrice(db, 50, 'NGN', 300_000)
      expect(await offered(db, 'NGN')).toContainEqual([50, 'NGN 300000'])
    }))

  it('[CRD-06] are bought at the price of the day, which no later change touches', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const bought = await beginPurchase(db, organization, { credits: 500 })
      expect(bought).toMatchObject({ status: 'pending', credit_count: '500', price_cents: '2000', granted_count: '0' })
      await actAsOperator(db)
      await setPrice(db, 500, 'USD', 2500)
      expect(await beginPurchase(db, organization, { credits: 500 })).toMatchObject({ price_cents: '2500' })
      await db.actAs(organization.admin)
      const seen = await db.rows('select price_cents from public.credit_purchases order by price_cents')
      expect(seen).toEqual([{ price_cents: '2000' }, { price_cents: '2500' }])
      await expect(
        db.asOwner(() => db.exec('update public.credit_purchases set price_cents = 1 where id = $1', [bought.id])),
      ).rejects.toThrow('never changes')
    }))

  it('[CRD-06] are not sold in a currency that has no price, nor to who is suspended', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await expect(beginPurchase(db, organization, { credits: 100, currency: 'JPY' })).rejects.toMatchObject({
        status: 422,
        code: 'billing_price_not_offered',
      })
      await db.exec(`update public.organizations set suspended_at = now(), suspension_reason = 'Fraud' where id = $1`, [
        organization.id,
      ])
      await expect(beginPurchase(db, organization)).rejects.toMatchObject({ code: 'organization_suspended' })
    }))
})
