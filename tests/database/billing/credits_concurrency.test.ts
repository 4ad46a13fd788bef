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

async function company(): Promise<string> {
  const id = randomUUID()
  await sql`insert into public.organizations (id, name, slug) values (${id}, 'Busy', ${id})`
  return id
}

const spend = async (organization: string, key = randomUUID(), quantity = 1) => {
  try {
    await sql`select public.settle_credits(reservation.id) from public.reserve_credits(
      ${organization}, 'investor_search', ${key}, ${quantity}) as reservation`
    return true
  } catch (error) {
    if (error instanceof postgres.PostgresError && error.message.includes('insufficient_credits')) return false
    throw error
  }
}

const left = async (organization: string) => {
  const [row] = await sql<{ left: number }[]>`
    select available_count::int as left from public.get_credit_balance(${organization})`
  return row?.left
}

it('[A2-06] 64 spenders at one wallet spend what is there, and never more', async () => {
  const organization = await company()
  const spent = await Promise.all(Array.from({ length: 64 }, () => spend(organization)))
  expect(spent.filter(Boolean)).toHaveLength(10)
  expect(await left(organization)).toBe(0)
  expect(await sql.unsafe(unbalanced)).toEqual([])
})

it('[CRD-07] 64 times the same key at once spends once', async () => {
  const organization = await company()
  const key = randomUUID()
  const spent = await Promise.all(Array.from({ length: 64 }, () => spend(organization, key)))
  expect(spent).toEqual(spent.map(() => true))
  expect(await left(organization)).toBe(45)
})

it('[CRD-04] the grant of the day and spenders at the same moment lose and double nothing', async () => {
  const organizations = await Promise.all(Array.from({ length: 8 }, company))
  await sql`update public.credit_wallets set granted_on = granted_on - 1
    where kind = 'daily' and organization_id in ${sql(organizations)}`
  const grant = () => sql`select private.grant_daily_credits(1000)`
  await Promise.all([
    ...organizations.flatMap((id) => [spend(id), spend(id), spend(id)]),
    ...Array.from({ length: 8 }, grant),
  ])
  await grant()
  for (const id of organizations) {
    const [seen] = await sql`
      select count(*) filter (where kind = 'grant')::int as grants, count(*) filter (where kind = 'spend')::int as spends,
        sum(credit_count)::int as total
      from public.credit_entries where organization_id = ${id}`
    // Each was granted twice, yesterday and today; today's 50 less what was spent since.
    expect(seen).toEqual({ grants: 2, spends: 3, total: await left(id) })
    expect(await left(id)).toBe(35)
  }
  expect(await sql.unsafe(unbalanced)).toEqual([])
})
