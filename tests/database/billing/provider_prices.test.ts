import { expect, it } from 'vitest'
import { minorDigits } from '../../../supabase/functions/_shared/documents/minor_digits.ts'
import { withRollback } from '../../support/database.ts'
import { planId } from './plans.ts'

it('a price and a tax rate are found by what a provider calls them, and nothing is before they were synced', () =>
  withRollback(async (db) => {
    const pro = await planId(db, 'fundraising', 'pro')
    const { id } = await db.row<{ id: string }>(`select private.current_price($1, 'flat', 'month', 'USD') as id`, [pro])
    const called = () =>
      db.row(
        `select public.provider_price($1, 'stripe') as price, public.provider_price($1, 'razorpay') as other,
           public.provider_tax_rate('NG', 'stripe') as tax_rate, public.provider_tax_rate('ZZ', 'stripe') as no_tax`,
        [id],
      )
    await db.actAs('service_role')
    expect(await called()).toEqual({ price: null, other: null, tax_rate: null, no_tax: null })
    await db.asOwner(() =>
      db.exec(
        `insert into private.billing_provider_prices (price_id, provider, provider_product_id, provider_price_id)
         values ($1, 'stripe', 'prod_1', 'price_1')`,
        [id],
      ),
    )
    await db.asOwner(() =>
      db.exec(
        `insert into private.billing_provider_tax_rates (tax_rate_id, provider, provider_tax_rate_id)
         select id, 'stripe', 'txr_1' from public.billing_tax_rates where country = 'NG'`,
      ),
    )
    expect(await called()).toEqual({ price: 'price_1', other: null, tax_rate: 'txr_1', no_tax: null })
    expect(
      await db.row(
        `select private.price_of_provider('stripe', 'price_1') as id, private.price_of_provider('stripe', 'price_2') as none`,
      ),
    ).toEqual({ id, none: null })
  }))

it('documents write amounts in the minor unit that they are counted in', () =>
  withRollback(async (db) => {
    const currencies = Intl.supportedValuesOf('currency')
    const rows = await db.rows<{ currency: string; digits: number }>(
      'select currency, private.currency_minor_digits(currency) as digits from unnest($1::text[]) as currency',
      [currencies],
    )
    expect(rows).toHaveLength(currencies.length)
    expect(rows.filter(({ currency, digits }) => minorDigits(currency) !== digits)).toEqual([])
  }))

it.each([
  ['USD', 2],
  ['NGN', 2],
  ['JPY', 0],
  ['KRW', 0],
  ['KWD', 3],
  ['BHD', 3],
  ['CLF', 4],
])('the minor unit of %s has %s decimals', (currency, digits) =>
  withRollback(async (db) => {
    expect(await db.row('select private.currency_minor_digits($1) as digits', [currency])).toEqual({ digits })
  }),
)
