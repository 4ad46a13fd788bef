import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { draftInvoice, issue } from './invoices.ts'
import { beginCheckout, recordPayment, syncPrices } from './payments.ts'
import { planId, subscribe } from './plans.ts'

const pro = (db: Database) => planId(db, 'fundraising', 'pro')
const pages = (db: Database) =>
  db.asOwner(() =>
    db.rows(
      `select mode::text, purpose::text, product::text, status::text, provider_session_id from public.billing_checkout_sessions
       order by provider_session_id nulls last, product`,
    ),
  )
const settle = (db: Database, checkout: unknown, session: string | null) =>
  db.asOwner(() => db.row('select public.settle_checkout($1, $2)', [String(checkout), session]))

describe('a checkout to subscribe', () => {
  it('[BIL-17] asks for the prices of the plan, with a trial the first time only', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await syncPrices(db)
      const plan = await pro(db)
      await db.actAs(organization.admin)
      const begun = await beginCheckout(db, organization, { plan, interval: 'year' })
      expect(begun).toMatchObject({
        purpose: 'subscription',
        purpose_id: null,
        trial_days: 14,
        customer_id: null,
        name: 'Organization',
        items: [{ quantity: 1, provider_price_id: expect.stringMatching(/^price_/) }],
      })
      const { unit_cents } = await db.asOwner(() =>
        db.row(`select unit_cents from public.billing_prices where id = ($1::text::jsonb -> 0 ->> 'price_id')::uuid`, [
          JSON.stringify(begun.items),
        ]),
      )
      expect(unit_cents).toBe('19000')
      const { id } = await subscribe(db, organization, { product: 'fundraising', key: 'pro', currency: 'USD' })
      await db.asOwner(() =>
        db.exec(
          `update public.billing_subscriptions set trial_ends_at = now(), ended_at = now(), access = 'ended' where id = $1`,
          [id],
        ),
      )
      await settle(db, begun.checkout_id, null)
      expect(await beginCheckout(db, organization, { plan })).toMatchObject({ trial_days: 0 })
    }))

  it('[BIL-17] is one for each product line: a live subscription is changed, and an open page closed', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await syncPrices(db)
      const plan = await pro(db)
      await db.actAs(organization.owner)
      const first = await beginCheckout(db, organization, { plan })
      await expect(beginCheckout(db, organization, { plan })).rejects.toMatchObject({
        status: 409,
        code: 'billing_checkout_in_progress',
      })
      await settle(db, first.checkout_id, 'cs_1')
      expect(await beginCheckout(db, organization, { plan })).toMatchObject({ closing_session_id: 'cs_1' })
      const team = await planId(db, 'chat', 'team')
      expect(await beginCheckout(db, organization, { plan: team })).toMatchObject({ closing_session_id: null })
      expect(await pages(db)).toMatchObject([
        { product: 'fundraising', status: 'expired', provider_session_id: 'cs_1' },
        { product: 'chat', status: 'open' },
        { product: 'fundraising', status: 'open' },
      ])
      await subscribe(db, organization, { product: 'fundraising', key: 'pro', currency: 'USD' })
      await expect(beginCheckout(db, organization, { plan })).rejects.toMatchObject({
        status: 409,
        code: 'billing_subscription_exists',
      })
    }))

  it('[BIL-17] refuses what is not offered, and what the provider does not know', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const plan = await pro(db)
      const free = await planId(db, 'fundraising', 'free')
      await db.actAs(organization.owner)
      const refusal = (asked: Parameters<typeof beginCheckout>[2]) =>
        expect(beginCheckout(db, organization, asked)).rejects
      await refusal({ plan }).toMatchObject({ status: 409, code: 'billing_price_not_synced' })
      await syncPrices(db)
      await refusal({ plan, currency: 'JPY' }).toMatchObject({ status: 422, code: 'billing_price_not_offered' })
      await refusal({ plan: free }).toMatchObject({ code: 'billing_plan_is_default' })
      await refusal({ plan: organization.id }).toMatchObject({ status: 404, code: 'billing_plan_not_found' })
      await db.asOwner(() => db.exec('update public.billing_plans set retired_at = now() where id = $1', [plan]))
      await refusal({ plan }).toMatchObject({ status: 409, code: 'billing_plan_retired' })
      await db.actAs(organization.member)
      await refusal({ plan }).toMatchObject({ status: 403, code: 'permission_missing' })
      const { owner: stranger } = await given.organization(db)
      await db.actAs(stranger)
      await refusal({ plan }).toMatchObject({ status: 404, code: 'organization_not_found' })
    }))

  it('[BIL-17] tells the provider what taxes apply, and who the customer is', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await syncPrices(db)
      await db.exec(
        `update public.organizations set country = 'NG', billing_email = 'till@example.test' where id = $1`,
        [organization.id],
      )
      await db.exec(
        `insert into private.billing_provider_tax_rates (tax_rate_id, provider, provider_tax_rate_id)
         select id, 'stripe', 'txr_ng' from public.billing_tax_rates where country = 'NG'`,
      )
      await db.row(`select private.record_customer($1, 'stripe', 'cus_1', now())`, [organization.id])
      const plan = await pro(db)
      await db.actAs(organization.owner)
      expect(await beginCheckout(db, organization, { plan })).toMatchObject({
        customer_id: 'cus_1',
        email: 'till@example.test',
        tax_rate_id: 'txr_ng',
      })
      await db.asOwner(() => db.exec('update public.billing_customers set deleted_at = now()'))
      expect(await beginCheckout(db, organization, { mode: 'setup' })).toMatchObject({
        customer_id: null,
        earlier_count: 1,
        purpose: 'other',
      })
    }))
})

describe('a checkout to pay once', () => {
  it('[BIL-17] [BIL-25] begins the purchase of a pack, at its price', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id: pack } = await db.row<{ id: string }>('select id from public.credit_packs where credit_count = 500')
      await db.actAs(organization.owner)
      const begun = await beginCheckout(db, organization, { mode: 'payment', pack })
      expect(begun).toMatchObject({
        purpose: 'credit_pack',
        subject: { description: '500 credits', currency: 'USD', amount_cents: 2000 },
      })
      const { status } = await db.asOwner(() =>
        db.row('select status::text from public.credit_purchases where id = $1', [String(begun.purpose_id)]),
      )
      expect(status).toBe('pending')
      await expect(beginCheckout(db, organization, { mode: 'payment' })).rejects.toMatchObject({
        status: 422,
        code: 'billing_subject_invalid',
      })
      await expect(
        beginCheckout(db, organization, { mode: 'payment', invoice: organization.id }),
      ).rejects.toMatchObject({ status: 404, code: 'billing_invoice_not_found' })
    }))
})

describe('a payment without a page', () => {
  it('is refused in a currency that the provider counts in another minor unit', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const { id } = await draftInvoice(db, organization, { amount: 1000, currency: 'ISK' })
      await issue(db, id)
      await db.actAs(organization.admin)
      const begin = (provider: string) =>
        db.row(`select private.begin_payment($1, $2, null, 'USD', $3)`, [organization.id, provider, id])
      await expect(begin('stripe')).rejects.toMatchObject({ status: 422, code: 'billing_price_not_offered' })
      await expect(
        db.row(`select private.begin_checkout($1, 'stripe', 'payment', null, null, 'USD', null, null, $2)`, [
          organization.id,
          id,
        ]),
      ).rejects.toMatchObject({ status: 422, code: 'billing_price_not_offered' })
      await begin('razorpay')
    }))

  it('[BIL-25] asks for a pack with the tax of the buyer’s country, as the page of a provider does', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.asOwner(() =>
        db.row(`update public.organizations set country = 'NG' where id = $1 returning id`, [organization.id]),
      )
      const { id: pack } = await db.row<{ id: string }>('select id from public.credit_packs where credit_count = 100')
      await db.actAs(organization.owner)
      // 5 dollars and 7.5 %: 37.5 cents, a half up.
      expect(
        await db.row(`select private.begin_payment($1, 'stripe', $2, 'USD', null) -> 'subject' as subject`, [
          organization.id,
          pack,
        ]),
      ).toMatchObject({ subject: { amount_cents: 538 } })
      expect(
        await db.row(`select amount_cents from private.open_razorpay_order($1, null, $2, 'USD')`, [
          organization.id,
          pack,
        ]),
      ).toEqual({ amount_cents: '538' })
      // There the provider adds it.
      expect(
        await db.row(
          `select private.begin_checkout($1, 'stripe', 'payment', null, null, 'USD', null, $2, null) -> 'subject' as subject`,
          [organization.id, pack],
        ),
      ).toMatchObject({ subject: { amount_cents: 500 } })
    }))

  it('[BIL-25] [BIL-26] is of a pack or invoice, and is confirmed while it is open', () =>
    withRollback(async (db) => {
      const [organization, theirs] = [await given.organization(db), await given.organization(db)]
      const { id: pack } = await db.row<{ id: string }>('select id from public.credit_packs where credit_count = 100')
      await db.actAs(organization.owner)
      const { begun } = await db.row<{ begun: object }>(
        `select private.begin_payment($1, 'stripe', $2, 'USD', null) as begun`,
        [organization.id, pack],
      )
      expect(begun).toMatchObject({ ended_count: 0, subject: { amount_cents: 500, purpose: 'credit_pack' } })
      const payment = await recordPayment(db, organization, { id: 'pi_1', status: 'pending' })
      await db.asOwner(() =>
        db.row(`select private.record_payment_method($1, 'stripe', 'pm_1', now(), '{}')`, [theirs.id]),
      )
      const confirm = (method: string | null) =>
        db.row<{ found: Record<string, unknown> }>('select private.payment_to_confirm($1, $2) as found', [
          payment.id,
          method,
        ])
      expect((await confirm(null)).found).toMatchObject({ provider_payment_id: 'pi_1', provider_method_id: null })
      const { id: method } = await db.asOwner(() =>
        db.row<{ id: string }>('select id from public.billing_payment_methods'),
      )
      await expect(confirm(method)).rejects.toMatchObject({ status: 404, code: 'billing_method_not_found' })
      await db.actAs(theirs.owner)
      await expect(confirm(null)).rejects.toMatchObject({ status: 404, code: 'billing_payment_not_found' })
      await recordPayment(db, organization, { id: 'pi_1' })
      await db.actAs(organization.owner)
      await expect(confirm(null)).rejects.toMatchObject({ status: 409, code: 'billing_payment_not_open' })
    }))
})

describe('the customer portal', () => {
  it('[BIL-17] [A2-13] opens for who is a customer there', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const open = () => db.row(`select private.begin_portal($1, 'stripe') as payer`, [organization.id])
      await db.actAs(organization.member)
      await expect(open()).rejects.toMatchObject({ status: 403 })
      await db.actAs(organization.owner)
      await expect(open()).rejects.toMatchObject({ status: 409, code: 'billing_customer_missing' })
      await db.asOwner(() => db.row(`select private.record_customer($1, 'stripe', 'cus_1', now())`, [organization.id]))
      expect(await open()).toMatchObject({ payer: { customer_id: 'cus_1' } })
    }))
})
