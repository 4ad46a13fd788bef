import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../support/postgres.ts'

let database: TestDatabase
let sql: postgres.Sql
beforeAll(async () => {
  database = await testDatabase()
  sql = postgres(database.url, { max: 64, fetch_types: false, onnotice: () => {} })
})
afterAll(async () => {
  await sql.end()
  await database[Symbol.asyncDispose]()
})

/** A seller whose series nobody else counts in. */
async function seller(): Promise<string> {
  const id = randomUUID()
  await sql`insert into public.billing_sellers (id, key, number_prefix, legal_name, serves_country, serves_product)
    values (${id}, ${`k${id.replaceAll('-', '')}`}, ${id.slice(0, 8).toUpperCase()}, 'Busy', 'ZQ',
      (enum_range(null::public.billing_product))[1 + (select count(*)::int from public.billing_sellers where serves_country = 'ZQ')])`
  return id
}

const lastDigits = (number: string) => Number(number.slice(-6))
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

it('[BIL-31] 64 connections that issue at once get numbers without a gap, although every third rolls back', async () => {
  const id = await seller()
  class Undone extends Error {}
  const numbers = await Promise.all(
    Array.from({ length: 64 }, (_, index) =>
      sql
        .begin(async (transaction) => {
          const [row] = await transaction<{ number: string }[]>`
            select private.next_billing_number(${id}, 'invoice', '2031-06-01 00:00:00+00') as number`
          if (index % 3 === 0) throw new Undone()
          return row?.number ?? ''
        })
        .catch((error: unknown) => {
          if (error instanceof Undone) return null
          throw error
        }),
    ),
  )
  const given = numbers.filter((number) => number !== null)
  expect(given).toHaveLength(42)
  expect(given.map(lastDigits).sort((one, other) => one - other)).toEqual(upTo(42))
})

it('[BIL-40] 16 runs of the job at once bill each period once, with numbers that follow each other', async () => {
  const id = await seller()
  const key = randomUUID()
  await sql`with made as (
      insert into public.organizations (name, slug, country, currency)
      select 'Busy', ${key} || '-' || place, 'ZQ', 'NGN' from generate_series(1, 40) as place returning id
    ), sold as (
      select sellers.serves_product as product from public.billing_sellers as sellers where sellers.id = ${id}
    )
    insert into public.billing_subscriptions (organization_id, product, plan_id, provider, status, currency,
      current_period_starts_at, current_period_ends_at)
    select made.id, plans.product, plans.id, 'manual', 'active', prices.currency, '2026-10-05 09:00+00', '2026-11-05 09:00+00'
    from made cross join sold
    join lateral (
      select * from public.billing_plans where billing_plans.product = sold.product and not is_default order by rank limit 1
    ) as plans on true
    join public.billing_prices as prices on prices.plan_id = plans.id and prices.kind = 'flat' and prices.billing_interval = 'month'`
  const seen = await Promise.all(
    Array.from({ length: 16 }, async () => {
      let count = 0
      for (;;) {
        const [row] = await sql<{ handled: number }[]>`select private.make_invoices(3) as handled`
        if (!row || row.handled === 0) return count
        count += row.handled
      }
    }),
  )
  expect(seen.length).toBe(16)
  await sql`select private.make_invoices(100)`
  const made = await sql<{ number: string }[]>`
    select number from public.billing_invoices where seller_id = ${id} and status = 'issued'`
  expect(made.map(({ number }) => lastDigits(number)).sort((one, other) => one - other)).toEqual(upTo(40))
})

it('[A2-10] 64 credit notes at once never exceed the invoice', async () => {
  const id = await seller()
  const organization = randomUUID()
  const invoice = randomUUID()
  await sql`insert into public.organizations (id, name, slug) values (${organization}, 'Busy', ${organization})`
  await sql.begin(async (transaction) => {
    await transaction`insert into public.billing_invoices (id, organization_id, provider, seller_id, currency, subtotal_cents, total_cents)
      values (${invoice}, ${organization}, 'own', ${id}, 'USD', 1000, 1000)`
    await transaction`insert into public.billing_invoice_lines
        (organization_id, invoice_id, position, kind, description, unit_cents, amount_cents)
      values (${organization}, ${invoice}, 1, 'one_off', 'Setting up', 1000, 1000)`
    await transaction`select private.issue_invoices(array[${invoice}::uuid])`
  })
  const taken = await Promise.all(
    Array.from({ length: 64 }, (_, index) =>
      sql`insert into public.billing_credit_notes
          (organization_id, invoice_id, seller_id, number, settlement, currency, amount_cents, total_cents, reason)
        values (${organization}, ${invoice}, ${id}, ${`${invoice}-${index}`}, 'invoice', 'USD', 100, 100, 'Outage')`.then(
        () => true,
        (error: unknown) => {
          if (error instanceof postgres.PostgresError && error.message.includes('exceed the invoice')) return false
          throw error
        },
      ),
    ),
  )
  expect(taken.filter(Boolean)).toHaveLength(10)
  const [row] =
    await sql`select status, credited_cents::int as credited from public.billing_invoices where id = ${invoice}`
  expect(row).toEqual({ status: 'paid', credited: 1000 })
})
