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

it('[ORG-18] [CRD-09] of 64 agents who are added at once as many get in as the plan has', async () => {
  const organization = await company()
  await sql`insert into private.organization_limits (organization_id, key, value) values (${organization}, 'max_agents', 5)`
  const people = await sql<{ id: string }[]>`
    insert into auth.users (id, aud, role, email, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
    select made.id, 'authenticated', 'authenticated', made.id || '@example.test', '{}', '{"display_name": "Agent"}', now(), now()
    from (select gen_random_uuid() as id from generate_series(1, 64)) as made
    returning id`
  const join = async (id: string) => {
    try {
      await sql`insert into public.memberships (organization_id, user_id, role) values (${organization}, ${id}, 'agent')`
      return true
    } catch (error) {
      if (error instanceof postgres.PostgresError && error.message.includes('agent_limit_reached')) return false
      throw error
    }
  }
  const joined = await Promise.all(people.map(({ id }) => join(id)))
  expect(joined.filter(Boolean)).toHaveLength(5)
  const levels = await sql`
    select metric, level_count::int as level from private.usage_levels where organization_id = ${organization} order by metric`
  expect([...levels]).toEqual([
    { metric: 'agents', level: 5 },
    { metric: 'seats', level: 5 },
  ])
})

it('[CRD-11] of 64 who take of a month’s limit at once none passes it, and all that bills is counted', async () => {
  const [blocked, billed] = [await company(), await company()]
  await sql`insert into private.organization_limits (organization_id, key, value, action) values
    (${blocked}, 'campaign_recipients_monthly', 100, 'block'), (${billed}, 'campaign_recipients_monthly', 100, 'overage')`
  const take = async (organization: string) => {
    try {
      await sql`select private.take_limit(${organization}, 'campaign_recipients_monthly', 7)`
      return true
    } catch (error) {
      if (error instanceof postgres.PostgresError && error.message.includes('limit_reached')) return false
      throw error
    }
  }
  const taken = await Promise.all(Array.from({ length: 64 }, () => Promise.all([take(blocked), take(billed)])))
  expect(taken.filter(([isTaken]) => isTaken)).toHaveLength(14)
  expect(taken.filter(([, isTaken]) => isTaken)).toHaveLength(64)
  // Rolled up by several at once, each record is added to its day once.
  await Promise.all(Array.from({ length: 8 }, () => sql`select private.roll_up_events(20)`))
  await sql`select private.roll_up_events(1000)`
  const sums = await sql<{ total: number }[]>`
    select sum(quantity)::int as total from public.usage_days
    where metric = 'campaign_recipients' and organization_id in (${blocked}, ${billed})
    group by organization_id order by 1`
  expect(sums.map(({ total }) => total)).toEqual([14 * 7, 64 * 7])
})
