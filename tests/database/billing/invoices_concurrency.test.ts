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
