import { randomUUID } from 'node:crypto'
import type { Database } from '../../support/database.ts'

interface Owner {
  readonly id: string
}

/** A payment as the table holds it; amounts come as text. */
export interface Payment {
  readonly id: string
  readonly status: string
  readonly amount_cents: string
  readonly refunded_cents: string
  readonly provider_payment_id: string | null
}

/** What a provider tells of a payment: 500 US cents that were paid just now unless it says otherwise. */
export interface ToldPayment {
  readonly id?: string
  readonly provider?: string
  readonly status?: string
  readonly currency?: string
  readonly cents?: number
  /** An SQL expression. */
  readonly at?: string
  readonly details?: object
}

/** Records a payment as a provider's webhook does. */
export const recordPayment = (db: Database, organization: Owner, told: ToldPayment = {}) =>
  db.asOwner(() =>
    db.row<Payment>(
      `select * from private.record_payment($1, $2, $3, $4::text::public.billing_payment_status, $5, $6::bigint,
         ${told.at ?? 'now()'}, $7::text::jsonb)`,
      [
        organization.id,
        told.provider ?? 'stripe',
        told.provider === 'manual' ? null : (told.id ?? `pi_${randomUUID()}`),
        told.status ?? 'succeeded',
        told.currency ?? 'usd',
        told.cents ?? 500,
        JSON.stringify(told.details ?? {}),
      ],
    ),
  )

/** What a provider tells of a refund. */
export interface ToldRefund {
  readonly id?: string
  readonly status?: string
  readonly currency?: string
  readonly cents?: number
  readonly details?: object
}

/** Records a refund as a provider's webhook does. */
export const recordRefund = (db: Database, payment: Payment, told: ToldRefund = {}) =>
  db.asOwner(() =>
    db.row<{ id: string; status: string; provider_refund_id: string | null }>(
      `select * from private.record_refund('stripe', $1, $2, $3::text::public.billing_refund_status, $4, $5::bigint,
         now(), $6::text::jsonb)`,
      [
        told.id ?? `re_${randomUUID()}`,
        payment.provider_payment_id,
        told.status ?? 'succeeded',
        told.currency ?? 'usd',
        told.cents ?? 500,
        JSON.stringify(told.details ?? {}),
      ],
    ),
  )

/** A payment as it stands. */
export const paymentNow = (db: Database, { id }: { id: string }) =>
  db.asOwner(() => db.row('select * from public.billing_payments where id = $1', [id]))

/** The log of a payment in its order, as `object status source`. */
export const logOf = async (db: Database, { id }: { id: string }) =>
  (
    await db.asOwner(() =>
      db.rows<{ line: string }>(
        `select object || ' ' || status || ' ' || source as line from public.billing_payment_events
         where payment_id = $1 order by id`,
        [id],
      ),
    )
  ).map(({ line }) => line)

/** Has the topics of payments leave jobs that {@link toldTopics} reads. */
export const listen = (db: Database) => db.asOwner(() => db.exec(`select private.subscribe('payment.*', 'test.told')`))

/** The topics that were emitted, with what they tell. */
export const toldTopics = (db: Database) =>
  db.asOwner(() =>
    db.rows<{ topic: string; event: Record<string, unknown> }>(
      `select payload ->> 'topic' as topic, payload -> 'event' as event from private.jobs where kind = 'test.told'
       order by id`,
    ),
  )

/** Has a provider know all prices of plans, as the sync of the catalogue does: as "price_" and our id. */
export const syncPrices = (db: Database) =>
  db.asOwner(() =>
    db.exec(
      `insert into private.billing_provider_prices (price_id, provider, provider_product_id, provider_price_id)
       select id, 'stripe', 'prod_' || plan_id, 'price_' || id from public.billing_prices where kind <> 'metered'
       on conflict do nothing`,
    ),
  )

/** What a checkout page is asked for. */
export interface AskedCheckout {
  readonly mode?: 'subscription' | 'payment' | 'setup'
  readonly plan?: string
  readonly interval?: 'month' | 'year'
  readonly currency?: string
  readonly seats?: number
  readonly pack?: string
  readonly invoice?: string
}

/** Begins a checkout at Stripe as the present actor. */
export const beginCheckout = async (db: Database, organization: Owner, asked: AskedCheckout) =>
  (
    await db.row<{ begun: Record<string, unknown> }>(
      `select private.begin_checkout($1, 'stripe', $2::text::public.billing_checkout_mode, $3,
         $4::text::public.billing_interval, $5, $6::int, $7, $8) as begun`,
      [
        organization.id,
        asked.mode ?? 'subscription',
        asked.plan ?? null,
        asked.interval ?? 'month',
        asked.currency ?? 'USD',
        asked.seats ?? 1,
        asked.pack ?? null,
        asked.invoice ?? null,
      ],
    )
  ).begun
