import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../support/postgres.ts'
import { plotsTable } from './usage.ts'

let database: TestDatabase
let sql: postgres.Sql
beforeAll(async () => {
  database = await testDatabase()
  sql = postgres(database.url, { max: 32, fetch_types: false, onnotice: () => {} })
  await sql.unsafe(plotsTable())
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

const add = async (organization: string) => {
  try {
    await sql`insert into public.estate_plots (organization_id) values (${organization})`
    return true
  } catch (error) {
    if (error instanceof postgres.PostgresError && error.message.includes('limit_reached')) return false
    throw error
  }
}

const counted = async (organization: string) => {
  const [row] = await sql<{ rows: number; level: number }[]>`
    select count(*)::int as rows, (
      select level_count::int from private.usage_levels where organization_id = ${organization} and metric = 'plots'
    ) as level
    from public.estate_plots where organization_id = ${organization} and deleted_at is null`
  return row
}

it('[CRD-08] of 64 who add at once as many succeed as there is room for', async () => {
  const organization = await company()
  const added = await Promise.all(Array.from({ length: 64 }, () => add(organization)))
  expect(added.filter(Boolean)).toHaveLength(10)
  expect(await counted(organization)).toEqual({ rows: 10, level: 10 })
})

it('[CRD-08] who adds, removes and moves between organizations at once loses no count and waits in no circle', async () => {
  const [one, other] = [await company(), await company()]
  await sql`insert into private.organization_limits (organization_id, key, value, action)
    select id, 'max_plots', 20, 'overage' from public.organizations where id in (${one}, ${other})`
  await Promise.all(Array.from({ length: 16 }, (_, n) => add(n % 2 === 0 ? one : other)))
  await Promise.all(
    Array.from({ length: 48 }, (_, n) => {
      const [from, to] = n % 2 === 0 ? [one, other] : [other, one]
      if (n % 3 === 0) return add(from)
      if (n % 3 === 1) {
        return sql`update public.estate_plots set organization_id = ${to} where id in (
          select id from public.estate_plots where organization_id = ${from} order by id limit 1 for update skip locked)`
      }
      return sql`delete from public.estate_plots where id in (
        select id from public.estate_plots where organization_id = ${from} order by id desc limit 1 for update skip locked)`
    }),
  )
  for (const organization of [one, other]) {
    const seen = await counted(organization)
    expect(seen?.level).toBe(seen?.rows)
  }
})
