import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { listen, logOf, paymentNow, recordPayment, recordRefund, toldTopics } from './payments.ts'

const pages = join(import.meta.dirname, '..', '..', '..', 'docs', 'domains', 'billing')

/** The topics of a page: `invoice.issued`, and `.paid` after it. */
function documentedTopics(page: string): string[] {
  const section = page.split('\n## Topics\n')[1]?.split('\n## ')[0] ?? ''
  let subject = ''
  return [...section.matchAll(/`([a-z_]*)\.([a-z_]+)`/g)].map(([, named, event]) => {
    subject = named || subject
    return `${subject}.${event}`
  })
}

const exampleKeys = async (db: Database, topic: string) =>
  (
    await db.row<{ keys: string[] }>(
      'select array(select jsonb_object_keys(example) order by 1) as keys from public.webhook_event_types where topic = $1',
      [topic],
    )
  ).keys

describe('a payment', () => {
  it('[BIL-33] [BIL-34] [TST-04] holds what was paid, how, for what, and with which reference', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const card = await recordPayment(db, organization, {
        cents: 1900,
        details: {
          method: 'card',
          purpose: 'subscription',
          receipt_url: 'https://pay.example.test/r/1',
          fee_cents: 85,
        },
      })
      expect(card).toMatchObject({
        provider: 'stripe',
        purpose: 'subscription',
        method: 'card',
        status: 'succeeded',
        currency: 'USD',
        amount_cents: '1900',
        fee_cents: '85',
        refunded_cents: '0',
      })
      for (const method of ['bank_transfer', 'cash']) {
        const details = { method, reference: `INV-7 by ${method}`, purpose: 'invoice', purpose_id: organization.id }
        const taken = await recordPayment(db, organization, { provider: 'manual', details })
        expect(taken).toMatchObject({ provider_payment_id: null, ...details })
      }
      await expect(recordPayment(db, organization, { details: { method: 'cheque' } })).rejects.toThrow(
        'method_is_known',
      )
    }))

  it('[TST-04] is the same whatever comes twice, late or after it succeeded', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const told = { id: 'pi_1', at: `timestamptz '2026-03-01 10:00:00Z'`, details: { purpose: 'credit_pack' } }
      const { id } = await recordPayment(db, organization, {
        ...told,
        status: 'failed',
        details: { failure_code: 'no' },
      })
      await recordPayment(db, organization, told)
      const paid = await paymentNow(db, { id })
      expect(paid).toMatchObject({ status: 'succeeded', purpose: 'credit_pack', failure_code: null })
      expect(paid.paid_at).toEqual(new Date('2026-03-01T10:00:00Z'))
      for (const status of ['succeeded', 'processing', 'requires_action', 'failed', 'pending', 'cancelled']) {
        await recordPayment(db, organization, { id: 'pi_1', status, cents: 1, currency: 'eur' })
      }
      expect(await paymentNow(db, { id })).toMatchObject({
        status: 'succeeded',
        amount_cents: '500',
        currency: 'USD',
        purpose: 'credit_pack',
        paid_at: paid.paid_at,
      })
      await recordPayment(db, organization, { id: 'pi_1', status: 'reversed' })
      expect(await paymentNow(db, { id })).toMatchObject({ status: 'reversed', amount_cents: '500' })
    }))

  it('belongs to one organization for good', () =>
    withRollback(async (db) => {
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      const { id } = await recordPayment(db, ours, { id: 'pi_1' })
      await expect(recordPayment(db, theirs, { id: 'pi_1' })).rejects.toMatchObject({
        status: 409,
        code: 'billing_payment_not_yours',
      })
      await expect(
        db.exec(`update public.billing_payments set organization_id = $2 where id = $1`, [id, theirs.id]),
      ).rejects.toThrow('never change')
      await expect(db.exec(`update public.billing_payments set status = 'failed' where id = $1`, [id])).rejects.toThrow(
        'does not become',
      )
      await expect(db.exec('update public.billing_payments set amount_cents = 1 where id = $1', [id])).rejects.toThrow(
        'never changes',
      )
    }))

  it.each([
    ['JPY', 500],
    ['KWD', 1250],
  ])('counts %s in its own minor unit', (currency, cents) =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const payment = await recordPayment(db, organization, { currency: currency.toLowerCase(), cents })
      await recordRefund(db, payment, { currency, cents })
      expect(await paymentNow(db, payment)).toMatchObject({ currency, refunded_cents: String(cents) })
    }),
  )

  it('[BIL-29] has a log of every change with its source, which nobody changes', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const payment = await recordPayment(db, organization, {
        id: 'pi_1',
        status: 'processing',
        details: { source: 'stripe:evt_1' },
      })
      await recordPayment(db, organization, { id: 'pi_1', details: { source: 'stripe:evt_2' } })
      await recordPayment(db, organization, { id: 'pi_1', details: { source: 'stripe:evt_2' } })
      await recordRefund(db, payment, { cents: 200 })
      await db.asOwner(() =>
        db.row(`select private.record_dispute('stripe', 'dp_1', 'pi_1', 'needs_response', 'usd', 300, now())`),
      )
      expect(await logOf(db, payment)).toEqual([
        'payment processing stripe:evt_1',
        'payment succeeded stripe:evt_2',
        'payment succeeded stripe',
        'refund succeeded stripe',
        'dispute needs_response stripe',
      ])
      const { changes } = await db.row(
        `select changes from public.billing_payment_events where status = 'succeeded' and source = 'stripe:evt_2'`,
      )
      expect(changes).toEqual({ before: { status: 'processing' }, after: { status: 'succeeded' } })
      for (const statement of [
        `update public.billing_payment_events set source = 'x'`,
        'delete from public.billing_payment_events',
        'truncate public.billing_payment_events',
      ]) {
        await expect(db.exec(statement)).rejects.toThrow('append-only')
      }
    }))

  it('[AUD-14] is in the audit log, with refunds and disputes and without what a person is called', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await db.asOwner(() =>
        db.row(`select private.record_customer($1, 'stripe', 'cus_1', now(), '{"email": "till@example.test"}')`, [
          organization.id,
        ]),
      )
      const payment = await recordPayment(db, organization, { id: 'pi_1', status: 'processing' })
      await recordPayment(db, organization, { id: 'pi_1' })
      await recordRefund(db, payment, { status: 'pending', cents: 100 })
      const entries = await db.rows<{ entry: string; changes: object }>(
        `select object_type || ' ' || action as entry, changes from public.audit_logs
         where organization_id = $1 and object_type like 'billing_%' order by id`,
        [organization.id],
      )
      expect(entries.map(({ entry }) => entry)).toEqual([
        'billing_customers create',
        'billing_payments create',
        'billing_payments update',
        'billing_refunds create',
      ])
      expect(entries[2]?.changes).toEqual({ before: { status: 'processing' }, after: { status: 'succeeded' } })
      expect(JSON.stringify(entries)).not.toContain('till@example.test')
    }))

  it('[BIL-23] [OBS-24] that failed is told at once, and counted for the alert of the billing team', () =>
    withRollback(async (db) => {
      await listen(db)
      const organization = await given.organization(db)
      const told = { id: 'pi_1', details: { purpose: 'subscription', failure_code: 'card_declined' } }
      const { id } = await recordPayment(db, organization, { ...told, status: 'failed' })
      await recordPayment(db, organization, { ...told, status: 'failed' })
      expect(await toldTopics(db)).toMatchObject([
        {
          topic: 'payment.failed',
          event: {
            payment_id: id,
            provider: 'stripe',
            purpose: 'subscription',
            currency: 'USD',
            amount_cents: 500,
            failure_code: 'card_declined',
          },
        },
      ])
      expect(
        await db.rows(`select payload ->> 'topic' as topic from private.jobs where kind = 'alert.count_event'`),
      ).toEqual([{ topic: 'payment.failed' }])
      expect(
        await db.row(
          `select metric::text, threshold, fires_after::text, is_enabled from private.alert_rules
           where key = 'payment_failed'`,
        ),
      ).toEqual({ metric: 'event_count', threshold: '0', fires_after: '00:00:00', is_enabled: true })
    }))

  it('tells once that it succeeded, was refunded and disputed', () =>
    withRollback(async (db) => {
      await listen(db)
      const organization = await given.organization(db)
      const payment = await recordPayment(db, organization, { id: 'pi_1' })
      await recordPayment(db, organization, { id: 'pi_1' })
      const refund = { id: 're_1', cents: 200 }
      await recordRefund(db, payment, { ...refund, status: 'pending' })
      await recordRefund(db, payment, refund)
      await recordRefund(db, payment, refund)
      const dispute = (status: string, details: string) =>
        db.asOwner(() =>
          db.row(
            `select private.record_dispute('stripe', 'dp_1', 'pi_1', '${status}', 'usd', 300, now(), '${details}')`,
          ),
        )
      await dispute('needs_response', '{"reason": "fraudulent"}')
      await dispute('lost', '{"closed_at": "2026-05-01T00:00:00Z"}')
      await dispute('under_review', '{}')
      expect(await db.row('select status, reason from public.billing_disputes')).toEqual({
        status: 'lost',
        reason: 'fraudulent',
      })
      await recordRefund(db, payment, { ...refund, status: 'failed' })
      expect(await toldTopics(db)).toMatchObject([
        { topic: 'payment.succeeded', event: { payment_id: payment.id, amount_cents: 500 } },
        { topic: 'payment.refunded', event: { refund_cents: 200, refunded_cents: 200 } },
        { topic: 'payment.disputed', event: { disputed_cents: 300, dispute_status: 'needs_response' } },
        { topic: 'payment.dispute_closed', event: { dispute_status: 'lost' } },
        { topic: 'payment.refund_failed', event: { refund_cents: 200, refunded_cents: 0 } },
      ])
      for (const { topic, event } of await toldTopics(db)) {
        expect(Object.keys(event).sort(), topic).toEqual(await exampleKeys(db, topic))
      }
    }))

  it('[A11-01] is told to webhook endpoints as its page says, and so is all else that happens in billing', () =>
    withRollback(async (db) => {
      const documented = readdirSync(pages).flatMap((page) => documentedTopics(readFileSync(join(pages, page), 'utf8')))
      expect(documented).toContain('invoice.paid')
      // A page names settings in the same form.
      const known = await db.rows<{ name: string }>(
        'select topic as name from public.webhook_event_types union all select key from private.settings',
      )
      expect(documented.filter((topic) => !known.some(({ name }) => name === topic))).toEqual([])
      const [told] = await db.rows<{ keys: string[] }>(
        'select array(select jsonb_object_keys(private.invoice_event(null)) order by 1) as keys',
      )
      for (const topic of ['invoice.issued', 'invoice.paid', 'invoice.overdue', 'invoice.voided']) {
        expect(await exampleKeys(db, topic), topic).toEqual(told?.keys)
      }
    }))
})

describe('a refund', () => {
  it('[BIL-28] [TST-04] adds up to no more than was paid, those under way included', () =>
    withRollback(async (db) => {
      const payment = await recordPayment(db, await given.organization(db))
      await recordRefund(db, payment, { id: 're_1', cents: 300 })
      await recordRefund(db, payment, { id: 're_2', cents: 200, status: 'pending' })
      expect(await paymentNow(db, payment)).toMatchObject({ refunded_cents: '300' })
      await expect(recordRefund(db, payment, { cents: 1, status: 'pending' })).rejects.toThrow('exceed the payment')
      await recordRefund(db, payment, { id: 're_2', cents: 200, status: 'failed' })
      await recordRefund(db, payment, { id: 're_3', cents: 200 })
      expect(await paymentNow(db, payment)).toMatchObject({ refunded_cents: '500', status: 'succeeded' })
      await expect(recordRefund(db, payment, { currency: 'eur', cents: 1 })).rejects.toThrow('in EUR')
    }))

  it('[BIL-28] that comes back later gives the payment back what it took, and is over', () =>
    withRollback(async (db) => {
      const payment = await recordPayment(db, await given.organization(db))
      await recordRefund(db, payment, { id: 're_1' })
      await recordRefund(db, payment, { id: 're_1', status: 'pending' })
      expect(await paymentNow(db, payment)).toMatchObject({ refunded_cents: '500' })
      await recordRefund(db, payment, { id: 're_1', status: 'failed', details: { failure_code: 'lost_card' } })
      await recordRefund(db, payment, { id: 're_1' })
      expect(await paymentNow(db, payment)).toMatchObject({ refunded_cents: '0' })
      expect(await db.row('select status, failure_code from public.billing_refunds')).toEqual({
        status: 'failed',
        failure_code: 'lost_card',
      })
    }))

  it('of a payment that is not known yet waits for it', () =>
    withRollback(async (db) => {
      const payment = { id: '', status: '', amount_cents: '', refunded_cents: '', provider_payment_id: 'pi_unknown' }
      await expect(recordRefund(db, payment)).rejects.toMatchObject({ status: 404, code: 'billing_payment_not_found' })
    }))
})

describe('a saved payment method', () => {
  it('[BIL-35] holds what people tell it by, is the only default, and stays removed', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const record = (id: string, details: object) =>
        db.asOwner(() =>
          db.row(`select * from private.record_payment_method($1, 'stripe', $2, now(), $3::text::jsonb)`, [
            organization.id,
            id,
            JSON.stringify(details),
          ]),
        )
      const card = { kind: 'card', brand: 'visa', last4: '4242', expiry_month: 4, expiry_year: 2030 }
      expect(await record('pm_1', { ...card, is_default: true })).toMatchObject({ ...card, is_default: true })
      await record('pm_2', { kind: 'sepa_debit', last4: '3000', is_default: true })
      const methods = () =>
        db.rows('select provider_method_id as id, is_default from public.billing_payment_methods order by 1')
      expect(await methods()).toEqual([
        { id: 'pm_1', is_default: false },
        { id: 'pm_2', is_default: true },
      ])
      await record('pm_2', { removed_at: '2026-05-01T00:00:00Z' })
      await record('pm_2', { is_default: true })
      expect(await methods()).toContainEqual({ id: 'pm_2', is_default: false })
      await expect(record('pm_3', { last4: '4242424242424242' })).rejects.toThrow('last4_is_short')
    }))
})

describe('a customer', () => {
  it('is one for each organization and provider until it is deleted there', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      const record = (id: string, details = '{}') =>
        db.asOwner(() =>
          db.row(`select * from private.record_customer($1, 'stripe', $2, now(), $3::text::jsonb)`, [
            organization.id,
            id,
            details,
          ]),
        )
      await record('cus_1', '{"name": "Till"}')
      await expect(record('cus_2')).rejects.toMatchObject({ status: 409, code: 'billing_customer_exists' })
      await record('cus_1', '{"deleted_at": "2026-05-01T00:00:00Z"}')
      expect(await record('cus_1')).toMatchObject({ name: 'Till', deleted_at: new Date('2026-05-01T00:00:00Z') })
      expect(await record('cus_2')).toMatchObject({ deleted_at: null })
    }))
})
