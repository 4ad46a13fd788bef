import type { Database } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { planId } from './plans.ts'

/** An own invoice as a draft, with one line. */
export const draftInvoice = (
  db: Database,
  organization: { id: string },
  invoice: { amount: number; currency?: string; taxRate?: string },
) =>
  db.asOwner(() =>
    db.row<{ id: string }>(
      `with made as (
         insert into public.billing_invoices
           (organization_id, provider, seller_id, currency, subtotal_cents, tax_rate, tax_cents, total_cents)
         select $1, 'own', sellers.id, $3, $2::bigint, $4::numeric, private.invoice_tax($2::bigint, $4::numeric),
           $2::bigint + private.invoice_tax($2::bigint, $4::numeric)
         from public.billing_sellers as sellers where sellers.key = 'default'
         returning *
       ), line as (
         insert into public.billing_invoice_lines (organization_id, invoice_id, position, kind, description, unit_cents, amount_cents)
         select organization_id, id, 1, 'one_off', 'Setting up', subtotal_cents, subtotal_cents from made
       )
       select id from made`,
      [organization.id, invoice.amount, invoice.currency ?? 'USD', invoice.taxRate ?? null],
    ),
  )

/** Issues a draft as the database does it: takes its number and sets its dates. */
export const issue = (db: Database, id: string) =>
  db.asOwner(() =>
    db.row<{ number: string }>(
      `update public.billing_invoices set status = 'issued', issued_at = now(), due_at = now() + interval '14 days',
         number = private.next_billing_number(seller_id, 'invoice', now())
       where id = $1 returning number`,
      [id],
    ),
  )

/** How an invoice stands. */
export const invoice = (db: Database, id: string) =>
  db.asOwner(() => db.row('select * from public.billing_invoices where id = $1', [id]))

/** Checks now what is checked at commit. */
export async function atCommit(db: Database): Promise<void> {
  await db.exec('set constraints all immediate')
  await db.exec('set constraints all deferred')
}

interface Starting {
  readonly startsAt: string
  readonly endsAt: string
  readonly plan?: readonly [product: string, key: string, currency: string]
  readonly interval?: string
  readonly seats?: number
  readonly status?: string
}

/** A subscription paid by own invoice whose period is given. */
export const starting = async (db: Database, organization: { id: string }, given: Starting) => {
  const [product, key, currency] = given.plan ?? ['estate', 'professional', 'NGN']
  const plan = await planId(db, product, key)
  return db.asOwner(() =>
    db.row<{ id: string }>(
      `insert into public.billing_subscriptions (organization_id, product, plan_id, provider, status, currency, seat_count,
         billing_interval, current_period_starts_at, current_period_ends_at, created_at, trial_ends_at)
       values ($1, $2::text::public.billing_product, $3, 'manual', $7, $4, $8, $9::text::public.billing_interval,
         $5::text::timestamptz, $6::text::timestamptz, $5::text::timestamptz,
         case when $7 = 'trialing' then $6::text::timestamptz end) returning id`,
      [
        organization.id,
        product,
        plan,
        currency,
        given.startsAt,
        given.endsAt,
        given.status ?? 'active',
        given.seats ?? 1,
        given.interval ?? 'month',
      ],
    ),
  )
}

interface Made {
  readonly id: string
  readonly number: string
  readonly subtotal_cents: string
  readonly period_starts_at: string
}

/** Makes and issues what waits, and checks what is checked at commit. */
export const run = async (db: Database) => {
  await db.asOwner(() => db.row('select private.make_invoices(1000)'))
  await atCommit(db)
}
/** Begins the periods that are due. */
export const renew = (db: Database) => db.asOwner(() => db.row('select private.renew_subscriptions(1000)'))
/** Invoices of an organization, the oldest period first. */
export const invoices = (db: Database, organization: { id: string }) =>
  db.asOwner(() =>
    db.rows<Made>(
      'select * from public.billing_invoices where organization_id = $1 order by period_starts_at, created_at',
      [organization.id],
    ),
  )
/** An organization in Lagos. */
export const lagos = async (db: Database): Promise<GivenOrganization> => {
  const organization = await given.organization(db)
  await db.asOwner(() =>
    db.exec(`update public.organizations set country = 'NG', time_zone = 'Africa/Lagos' where id = $1`, [
      organization.id,
    ]),
  )
  return organization
}
/** A period that begun and ended. */
export const lastMonth = { startsAt: '2026-10-05T09:00:00Z', endsAt: '2026-11-05T09:00:00Z' }
