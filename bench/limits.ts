import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { RateLimiterPostgres, RateLimiterUnion } from 'rate-limiter-flexible'
import { withFreshDatabase } from '../scripts/fresh_database.ts'
import type { BenchOptions } from './run.ts'

/** Asks once for a caller of an organization; true when admitted. */
type Check = (user: string, organization: string) => Promise<boolean>

interface Contender {
  readonly name: string
  readonly check: Check
  /** Puts the rules in force that this contender is measured with. */
  prepare(): Promise<void>
}

const callers = 64
const plenty = 1_000_000_000
const allRules = ['caller_second', 'caller_endpoint_minute', 'user_hour', 'organization_hour', 'organization_day']

/**
 * The check of a call's windows under 64 concurrent callers, beside rate-limiter-flexible on the same Postgres, driver
 * and unlogged storage; that no more than the limit is admitted; and what the hook adds to a change through REST.
 */
export async function measureLimits(options: BenchOptions): Promise<void> {
  await withFreshDatabase(async (url, server) => {
    const admin = postgres(server.url(), { max: 1, onnotice: () => {} })
    // As in production: the temporary server leaves both out.
    for (const setting of ['fsync', 'synchronous_commit']) await admin.unsafe(`alter system set ${setting} = on`)
    await admin`select pg_reload_conf()`
    await admin`update private.rate_limit_rules set limit_count = ${plenty} where limit_count is not null`
    await admin`update private.limit_definitions set default_value = ${plenty} where key like '%api_calls%'`
    await admin`create table private.bench_rules as select * from private.rate_limit_rules`
    await admin.end()
    const sql = postgres(url, { max: callers, fetch_types: false, onnotice: () => {} })
    try {
      await Promise.all(Array.from({ length: callers }, () => sql`select pg_sleep(0.05)`))
      await measureChecks(sql, options)
      await measureExactness(sql)
      await measureHook(sql, options)
    } finally {
      await sql.end()
    }
  })
}

function contendersOn(sql: postgres.Sql): Contender[] {
  const ours = (name: string, rules: readonly string[]): Contender => ({
    name,
    prepare: async () => {
      await sql`truncate private.rate_limit_rules`
      await sql`insert into private.rate_limit_rules select * from private.bench_rules where name in ${sql(rules)}`
    },
    check: async (user, organization) => {
      const [row] = await sql<{ is_admitted: boolean }[]>`
        select is_admitted from public.check_rate_limit(
          'things.list', user_id => ${user}, organization_id => ${organization})`
      return row?.is_admitted === true
    },
  })
  const theirs = (name: string, windows: number): Contender => {
    const limiters = Array.from({ length: windows }, (_, index) => flexible(sql, `w${index}`, plenty))
    const [single] = limiters
    const union = windows > 1 ? new RateLimiterUnion(...limiters) : null
    return {
      name,
      prepare: async () => {},
      check: (user) => admits(async () => (union ?? single)?.consume(user)),
    }
  }
  return [
    ours('atrium, 5 windows', allRules),
    theirs('flexible, 5 windows', 5),
    ours('atrium, 1 window', ['user_hour']),
    theirs('flexible, 1 window', 1),
  ]
}

/** Its Postgres store behind our driver, on the same kind of table as ours. */
function flexible(sql: postgres.Sql, keyPrefix: string, points: number): RateLimiterPostgres {
  const query = async ({ text, values }: { text: string; values: (string | number)[] }) => ({
    rows: [...(await sql.unsafe(text, values, { prepare: true }))],
  })
  return new RateLimiterPostgres({
    storeClient: { query },
    storeType: 'client',
    schemaName: 'private',
    tableName: 'bench_flexible',
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix,
    points,
    duration: 3600,
  })
}

async function admits(consume: () => Promise<unknown>): Promise<boolean> {
  try {
    await consume()
    return true
  } catch (cause) {
    if (cause instanceof Error) throw cause
    return false
  }
}

async function measureChecks(sql: postgres.Sql, { seconds, rounds }: BenchOptions): Promise<void> {
  await sql`create unlogged table private.bench_flexible (key varchar(255) primary key, points int not null default 0,
    expire bigint) with (fillfactor = 50)`
  const contenders = contendersOn(sql)
  const one = randomUUID()
  for (const scene of ['an organization each', 'one organization'] as const) {
    const people = Array.from({ length: callers }, () => ({
      user: randomUUID(),
      organization: scene === 'one organization' ? one : randomUUID(),
    }))
    const results = new Map<string, { perSecond: number; p50: number; p95: number }[]>()
    for (let round = 0; round <= rounds; round += 1) {
      for (const contender of contenders) {
        await contender.prepare()
        const result = await load(contender.check, people, round === 0 ? 1 : seconds)
        // The first round warms up.
        if (round > 0) results.set(contender.name, [...(results.get(contender.name) ?? []), result])
      }
    }
    console.log(`\n${callers} callers at once, ${scene}`)
    console.table(
      [...results].map(([name, all]) => {
        const sorted = all.toSorted((a, b) => a.perSecond - b.perSecond)
        const median = sorted[Math.floor(sorted.length / 2)]
        return {
          name,
          'checks/s': Math.round(median?.perSecond ?? 0),
          'p50 ms': median?.p50.toFixed(1),
          'p95 ms': median?.p95.toFixed(1),
        }
      }),
    )
  }
}

async function load(check: Check, people: readonly { user: string; organization: string }[], seconds: number) {
  const took: number[] = []
  const end = performance.now() + seconds * 1000
  await Promise.all(
    people.map(async ({ user, organization }) => {
      while (performance.now() < end) {
        const begun = performance.now()
        if (!(await check(user, organization))) throw new Error('a call was refused below the limit')
        took.push(performance.now() - begun)
      }
    }),
  )
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.floor(took.length * share)] ?? Number.NaN
  return { perSecond: took.length / seconds, p50: at(0.5), p95: at(0.95) }
}

/** 64 callers of one organization ask 6,400 times where 3,000 are allowed, in each of three rounds. */
async function measureExactness(sql: postgres.Sql): Promise<void> {
  await sql`truncate private.rate_limit_rules`
  // A day, so that no window ends meanwhile; a limit of the caller beside it, which refuses some of the calls first.
  await sql`insert into private.rate_limit_rules select * from private.bench_rules where name in ${sql(allRules)}`
  await sql`update private.rate_limit_rules set window_seconds = 86400`
  await sql`update private.rate_limit_rules set limit_count = 80 where name = 'caller_second'`
  const rows: Record<string, string | number>[] = []
  for (let round = 1; round <= 3; round += 1) {
    const organization = randomUUID()
    await sql`insert into public.organizations (id, name, slug) values (${organization}, 'Bench', ${organization})`
    await sql`insert into private.organization_limits (organization_id, key, value)
      values (${organization}, 'api_calls_hourly', 3000)`
    let admitted = 0
    await Promise.all(
      Array.from({ length: callers }, async () => {
        const user = randomUUID()
        for (let n = 0; n < 100; n += 1) {
          const [row] = await sql<{ is_admitted: boolean }[]>`
            select is_admitted from public.check_rate_limit(
              'things.list', user_id => ${user}, organization_id => ${organization})`
          if (row?.is_admitted) admitted += 1
        }
      }),
    )
    const [counted] = await sql<{ used: number }[]>`
      select used_count::int as used from private.rate_limit_counters
      where rule = 'organization_hour' and starts_with(subject, ${`organization:${organization}`})`
    rows.push({ round, asked: callers * 100, limit: 3000, admitted, counted: counted?.used ?? 0 })
  }
  console.log('\nExactness')
  console.table(rows)
}

/** A change of one row in the frame that the REST service makes, with and without the hook, 8 at once. */
async function measureHook(sql: postgres.Sql, { seconds, rounds }: BenchOptions): Promise<void> {
  await sql`truncate private.rate_limit_rules`
  await sql`insert into private.rate_limit_rules select * from private.bench_rules`
  await sql`create table private.bench_changes (id int primary key, n int not null) with (fillfactor = 50)`
  await sql`insert into private.bench_changes select n, 0 from generate_series(1, 8) as n`
  const people = Array.from({ length: 8 }, () => randomUUID())
  // What an hour of use leaves after the minutes were added up.
  await sql`insert into private.rest_writes (caller, written_at, write_count, is_summed)
    select 'user:' || person, now() - make_interval(mins => minute), 10, true
    from unnest(${`{${people.join()}}`}::text[]) as person cross join generate_series(2, 60) as minute`
  const took = new Map<string, number[]>([
    ['without', []],
    ['with', []],
  ])
  for (let round = 0; round <= rounds * 2; round += 1) {
    const kind = round % 2 === 0 ? 'with' : 'without'
    const end = performance.now() + (seconds * 1000) / 2
    await Promise.all(
      people.map(async (person, index) => {
        const claims = JSON.stringify({ sub: person, role: 'authenticated' })
        while (performance.now() < end) {
          const begun = performance.now()
          await sql.begin((transaction) => [
            transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`,
            ...(kind === 'with' ? [transaction`select private.before_request()`] : []),
            transaction`select set_config('role', 'postgres', true)`,
            transaction`update private.bench_changes set n = n + 1 where id = ${index + 1}`,
          ])
          if (round > 0) took.get(kind)?.push(performance.now() - begun)
        }
      }),
    )
    await sql`select private.tidy_rate_limits(100000)`
  }
  console.log('\nA change in the frame of a REST request, 8 at once')
  console.table(
    [...took].map(([hook, all]) => {
      const sorted = all.toSorted((a, b) => a - b)
      const at = (share: number) => sorted[Math.floor(sorted.length * share)]?.toFixed(2)
      return { hook, changes: sorted.length, 'p50 ms': at(0.5), 'p95 ms': at(0.95) }
    }),
  )
}
