import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../support/postgres.ts'
import { unbalanced } from './credits.ts'

let database: TestDatabase
let sql: postgres.Sql
beforeAll(async () => {
  database = await testDatabase()
  sql = postgres(database.url, { max: 32, fetch_types: false, onnotice: () => {} })
})
afterAll(async () => {
  await sql.end()
  await database[Symbol.asyncDispose]()
})

async function order() {
  const organization = randomUUID()
  await sql`insert into public.organizations (id, name, slug) values (${organization}, 'Buyer', ${organization})`
  const [purchase] = await sql<{ id: string }[]>`
    select made.id from public.credit_packs as packs
    cross join lateral private.create_credit_purchase(${organization}, packs.id, 'USD') as made
    where packs.credit_count = 100`
  return { organization, purchase: purchase?.id ?? '' }
}

const pay = ({ organization, purchase }: Awaited<ReturnType<typeof order>>, payment: string) => sql`
  select private.record_payment(
    ${organization}, 'stripe', ${payment}, 'succeeded', 'usd', 500, now(),
    jsonb_build_object('purpose', 'credit_pack', 'purpose_id', ${purchase}::text)
  )`

const entries = async (organization: string) =>
  (
    await sql<{ kind: string; count: number }[]>`
      select kind::text, credit_count::int as count from public.credit_entries
      where organization_id = ${organization} and kind in ('purchase', 'clawback') order by id`
  ).map(({ kind, count }) => [kind, count])

it('[CRD-06] 64 events of one payment at once grant its credits once', async () => {
  const made = await order()
  const payment = `pi_${randomUUID()}`
  await Promise.all(Array.from({ length: 64 }, () => pay(made, payment)))
  expect(await entries(made.organization)).toEqual([['purchase', 100]])
  expect(await sql.unsafe(unbalanced)).toEqual([])
})

it('[CRD-06] 32 payments of one purchase at once grant its credits once', async () => {
  const made = await order()
  await Promise.all(Array.from({ length: 32 }, () => pay(made, `pi_${randomUUID()}`)))
  expect(await entries(made.organization)).toEqual([['purchase', 100]])
})

it('[CRD-06] refunds of one payment at once, with others who spend and buy, take back what they are worth', async () => {
  const made = await order()
  const payment = `pi_${randomUUID()}`
  await pay(made, payment)
  const refund = (id: number) => sql`
    select private.record_refund('stripe', ${`re_${id}`}, ${payment}, 'succeeded', 'usd', 50, now())`
  const spend = () => sql`
    select public.settle_credits(held.id)
    from public.reserve_credits(${made.organization}, 'assistant_chat_turn', ${randomUUID()}, 1) as held`
  await Promise.all([
    // Each of the ten twice.
    ...Array.from({ length: 20 }, (_, n) => refund(n % 10)),
    ...Array.from({ length: 20 }, spend),
  ])
  const [seen] = await sql<{ status: string; taken: number; owed: number }[]>`
    select status::text, clawed_back_count::int as taken, owed_count::int as owed
    from public.credit_purchases where id = ${made.purchase}`
  // The day's 50 are spent first, so nothing that was bought is missing.
  expect(seen).toEqual({ status: 'refunded', taken: 100, owed: 0 })
  expect(await sql.unsafe(unbalanced)).toEqual([])
})
