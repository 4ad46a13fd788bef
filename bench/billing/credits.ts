import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { withFreshDatabase } from '../../scripts/fresh_database.ts'
import type { BenchOptions } from '../run.ts'

const callers = 64
const tenth = 10_000
const whole = 100_000

/**
 * Reservations of credits under 64 concurrent callers, spread over many organizations and all at one; and the grant of the
 * day for 100,000 organizations, with what one costs there and at a tenth of that.
 */
export async function measureCredits(options: BenchOptions): Promise<void> {
  await withFreshDatabase(async (url, server) => {
    const admin = postgres(server.url(), { max: 1, onnotice: () => {} })
    // As in production: the temporary server leaves both out.
    for (const setting of ['fsync', 'synchronous_commit']) await admin.unsafe(`alter system set ${setting} = on`)
    await admin`select pg_reload_conf()`
    await admin.end()
    const sql = postgres(url, { max: callers, fetch_types: false, onnotice: () => {} })
    try {
      await sql`update private.limit_definitions set default_value = 1000000000 where key = 'daily_credits'`
      await measureReservations(sql, await addOrganizations(sql, 1000), options)
      await sql`update private.limit_definitions set default_value = 50 where key = 'daily_credits'`
      await addOrganizations(sql, tenth - 1000)
      const small = await measureGrant(sql, options.rounds)
      await addOrganizations(sql, whole - tenth)
      const large = await measureGrant(sql, options.rounds)
      console.log(`daily grant, ${tenth} organizations: ${report(small, tenth)}`)
      console.log(`daily grant, ${whole} organizations: ${report(large, whole)}`)
      console.log(`  cost of one, against a tenth of the size: ${(large / whole / (small / tenth)).toFixed(2)} times`)
    } finally {
      await sql.end()
    }
  })
}

const report = (milliseconds: number, count: number) =>
  `${(milliseconds / 1000).toFixed(2)} s, ${((milliseconds / count) * 1000).toFixed(1)} µs each`

async function addOrganizations(sql: postgres.Sql, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let made = 0; made < count; made += 5000) {
    const rows = await sql<{ id: string }[]>`
      insert into public.organizations (name, slug)
      select 'Company', gen_random_uuid()::text from generate_series(1, ${Math.min(5000, count - made)}::int)
      returning id`
    ids.push(...rows.map(({ id }) => id))
  }
  await sql`vacuum analyze`
  return ids
}

async function measureReservations(sql: postgres.Sql, organizations: string[], options: BenchOptions): Promise<void> {
  const [only = ''] = organizations
  const spread = () => organizations[Math.floor(Math.random() * organizations.length)] ?? only
  const kinds = [
    { name: `over ${organizations.length} organizations`, pick: spread, rates: [] as number[] },
    { name: 'all of one organization', pick: () => only, rates: [] as number[] },
  ]
  for (let round = 0; round < options.rounds; round++) {
    for (const { pick, rates } of kinds) rates.push(await rateOf(sql, pick, options.seconds))
  }
  for (const { name, rates } of kinds) {
    console.log(`reserve and settle, ${callers} callers, ${name}: ${Math.round(median(rates))}/s`)
  }
}

/** Reservations that were made and settled in a second. */
async function rateOf(sql: postgres.Sql, pick: () => string, seconds: number): Promise<number> {
  const started = performance.now()
  const end = started + seconds * 1000
  let count = 0
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        const [row] = await sql<{ id: string }[]>`
          select id from public.reserve_credits(${pick()}, 'assistant_chat_turn', ${randomUUID()})`
        await sql`select public.settle_credits(${row?.id ?? ''})`
        count++
      }
    }),
  )
  return (count / (performance.now() - started)) * 1000
}

/** Milliseconds of the job, from the first batch until nothing is left. */
async function measureGrant(sql: postgres.Sql, rounds: number): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    await sql`update public.credit_wallets set granted_on = granted_on - 1 where kind = 'daily'`
    await sql`vacuum analyze public.credit_wallets, public.credit_entries`
    const started = performance.now()
    for (let left = 1; left > 0; ) {
      const [row] = await sql<{ count: number }[]>`select private.grant_daily_credits(50000) as count`
      left = row?.count ?? 0
    }
    times.push(performance.now() - started)
  }
  return median(times)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
