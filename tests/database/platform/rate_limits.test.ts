import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'
import { testDatabase } from '../../support/postgres.ts'

interface Decision {
  readonly is_admitted: boolean
  readonly rule: string | null
  readonly limit_count: string | null
  readonly remaining_count: string | null
  readonly reset_seconds: number | null
  readonly retry_after_seconds: number | null
}

interface Call {
  readonly endpoint?: string
  readonly cost?: number
  readonly user?: string
  readonly key?: string
  readonly organization?: string
  readonly address?: string
  readonly account?: string
}

const check = (db: Database, call: Call) =>
  db.row<Decision>('select * from public.check_rate_limit($1, $2, $3, $4, $5, $6, $7)', [
    call.endpoint ?? 'things.list',
    call.cost ?? 1,
    call.user ?? null,
    call.key ?? null,
    call.organization ?? null,
    call.address ?? null,
    call.account ?? null,
  ])

/** Leaves one rule, so that a test sees its window alone. */
const onlyRule = (db: Database, name: string, changes = 'updated_at = now()') =>
  db.exec(
    `delete from private.rate_limit_rules where name <> '${name}'; update private.rate_limit_rules set ${changes}`,
  )

describe('check_rate_limit', () => {
  it('[SEC-02] admits a thousand calls an hour to who has no tier', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'organization_hour')
      const user = randomUUID()
      expect(await check(db, { user, cost: 999 })).toMatchObject({
        is_admitted: true,
        rule: 'organization_hour',
        limit_count: '1000',
        remaining_count: '1',
      })
      expect(await check(db, { user })).toMatchObject({ is_admitted: true, remaining_count: '0' })
      expect(await check(db, { user })).toMatchObject({ is_admitted: false, rule: 'organization_hour' })
    }))

  it('[SEC-01] [SEC-02] takes the number of an hour from the tier of the organization', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'organization_hour')
      for (const tier of [100, 10_000, 34_567]) {
        const organization = await given.organization(db)
        await given.limit(db, { organization, key: 'api_calls_hourly', value: tier })
        const call = { user: organization.owner.id, organization: organization.id }
        expect(await check(db, { ...call, cost: tier })).toMatchObject({
          is_admitted: true,
          limit_count: String(tier),
          remaining_count: '0',
        })
        const another = { user: organization.member.id, organization: organization.id }
        expect(await check(db, another)).toMatchObject({ is_admitted: false, rule: 'organization_hour' })
      }
    }))

  it('[SEC-01] does not limit an organization whose tier is unlimited', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'organization_hour')
      const organization = await given.organization(db)
      await given.limit(db, { organization, key: 'api_calls_hourly', value: null })
      expect(await check(db, { organization: organization.id, cost: 1_000_000 })).toEqual({
        is_admitted: true,
        rule: null,
        limit_count: null,
        remaining_count: null,
        reset_seconds: null,
        retry_after_seconds: null,
      })
    }))

  it('[SEC-03] admits twenty calls of one caller in a second', () =>
    withRollback(async (db) => {
      const rule = `select window_seconds, limit_count from private.rate_limit_rules where name = 'caller_second'`
      expect(await db.row(rule)).toEqual({ window_seconds: 1, limit_count: '20' })
      // Counted in a window that does not end during the test.
      await onlyRule(db, 'caller_second', 'window_seconds = 86400')
      const decisions = await db.rows<Decision>(
        `select checked.*
         from generate_series(1, 25) as n
         cross join lateral public.check_rate_limit('things.list', cost => sign(n)::int, user_id => $1) as checked`,
        [randomUUID()],
      )
      expect(decisions.map(({ is_admitted }) => is_admitted)).toEqual(Array.from({ length: 25 }, (_, n) => n < 20))
      expect(decisions[0]).toMatchObject({ rule: 'caller_second', limit_count: '20', remaining_count: '19' })
      expect(decisions[20]).toMatchObject({ rule: 'caller_second', remaining_count: '0' })
    }))

  it('[SEC-04] refuses for the rest of the day what exceeds the daily cap', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'organization_day')
      const organization = await given.organization(db)
      await given.limit(db, { organization, key: 'max_api_calls_daily', value: 3 })
      const call = { organization: organization.id }
      expect(await check(db, { ...call, cost: 3 })).toMatchObject({ is_admitted: true, remaining_count: '0' })
      const refused = await check(db, call)
      expect(refused).toMatchObject({ is_admitted: false, rule: 'organization_day', limit_count: '3' })
      const { left } = await db.row<{ left: number }>(
        `select extract(epoch from date_trunc('day', now() at time zone 'UTC') + interval '1 day'
           - now() at time zone 'UTC')::int as left`,
      )
      expect(Math.abs((refused.retry_after_seconds ?? 0) - left)).toBeLessThan(60)
    }))

  it('[SEC-04] counts on above a daily cap that is billed, and tells billing how much', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'organization_day')
      const organization = await given.organization(db)
      await given.limit(db, { organization, key: 'max_api_calls_daily', value: 3 })
      await db.exec(`update private.organization_limits set action = 'overage'`)
      for (const cost of [2, 2, 3]) {
        expect(await check(db, { organization: organization.id, cost })).toMatchObject({ is_admitted: true })
      }
      await db.exec('select private.tidy_rate_limits(100)')
      await db.exec('select private.tidy_rate_limits(100)')
      expect(
        await db.rows('select organization_id, call_count, limit_count, overage_count from private.api_usage_days'),
      ).toEqual([{ organization_id: organization.id, call_count: '7', limit_count: '3', overage_count: '4' }])
    }))

  it('[SEC-08] counts each person, each key and each endpoint apart', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'caller_endpoint_minute', 'limit_count = 1, window_seconds = 86400')
      const [user, key] = [randomUUID(), randomUUID()]
      expect(await check(db, { user })).toMatchObject({ is_admitted: true })
      expect(await check(db, { user })).toMatchObject({ is_admitted: false })
      expect(await check(db, { user, endpoint: 'things.create' })).toMatchObject({ is_admitted: true })
      expect(await check(db, { user: randomUUID() })).toMatchObject({ is_admitted: true })
      expect(await check(db, { user, key })).toMatchObject({ is_admitted: true })
      expect(await check(db, { user, key })).toMatchObject({ is_admitted: false })
      expect(await check(db, { address: '203.0.113.7' })).toMatchObject({ is_admitted: true })
      expect(await check(db, { address: '203.0.113.7' })).toMatchObject({ is_admitted: false })
    }))

  it('[SEC-08] limits one person over all organizations', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'user_hour', 'limit_count = 2, window_seconds = 86400')
      const user = randomUUID()
      const [ours, theirs] = [await given.organization(db), await given.organization(db)]
      expect(await check(db, { user, organization: ours.id })).toMatchObject({ is_admitted: true })
      expect(await check(db, { user, organization: theirs.id })).toMatchObject({ is_admitted: true })
      expect(await check(db, { user })).toMatchObject({ is_admitted: false, rule: 'user_hour' })
    }))

  it('[SEC-07] limits sign-in for each account and each address, and messages for each person', () =>
    withRollback(async (db) => {
      const attempt = { endpoint: 'auth.sign_in', account: 'a'.repeat(64), address: '203.0.113.9' }
      expect(await check(db, { ...attempt, cost: 10 })).toMatchObject({ is_admitted: true, limit_count: '10' })
      const elsewhere = await check(db, { ...attempt, address: '203.0.113.10' })
      expect(elsewhere).toMatchObject({ is_admitted: false, rule: 'sign_in_account' })
      const other = await check(db, { ...attempt, account: 'b'.repeat(64) })
      expect(other).toMatchObject({ is_admitted: false, rule: 'sign_in_address' })
      await onlyRule(db, 'message_user', 'window_seconds = 86400')
      const user = randomUUID()
      expect(await check(db, { endpoint: 'messages.send', user, cost: 60 })).toMatchObject({ is_admitted: true })
      expect(await check(db, { endpoint: 'messages.send', user })).toMatchObject({ is_admitted: false })
      expect(await check(db, { endpoint: 'messages.list', user })).toMatchObject({ is_admitted: true })
    }))

  it('counts a call in all windows or in none', () =>
    withRollback(async (db) => {
      const organization = await given.organization(db)
      await given.limit(db, { organization, key: 'api_calls_hourly', value: 5 })
      const call = { user: organization.owner.id, organization: organization.id }
      await check(db, { ...call, cost: 5 })
      const counts = () =>
        db.rows(`select rule, used_count from private.rate_limit_counters where rule <> 'caller_second' order by rule`)
      const before = await counts()
      expect(before).toHaveLength(4)
      expect(await check(db, call)).toMatchObject({ is_admitted: false, rule: 'organization_hour' })
      expect(await counts()).toEqual(before)
    }))

  it('starts again after a window, and after the clock was set back', () =>
    withRollback(async (db) => {
      await onlyRule(db, 'user_hour', 'limit_count = 1')
      const user = randomUUID()
      for (const shift of ["- interval '1 hour'", "+ interval '3 hours'"]) {
        await check(db, { user })
        expect(await check(db, { user })).toMatchObject({ is_admitted: false })
        await db.exec(
          `update private.rate_limit_counters set starts_at = starts_at ${shift}, ends_at = ends_at ${shift}`,
        )
        expect(await check(db, { user })).toMatchObject({ is_admitted: true })
        await db.exec('delete from private.rate_limit_counters')
      }
    }))

  it('keeps no address in the open and forgets windows that are over', () =>
    withRollback(async (db) => {
      await check(db, { endpoint: 'auth.sign_in', address: '203.0.113.7', account: 'c' })
      const subjects = await db.rows<{ subject: string }>('select subject from private.rate_limit_counters')
      expect(subjects.length).toBeGreaterThan(3)
      expect(JSON.stringify(subjects)).not.toContain('203.0.113')
      await db.exec(
        `update private.rate_limit_counters set ends_at = now() - interval '1 hour' where rule = 'sign_in_account'`,
      )
      await db.exec('select private.tidy_rate_limits(100)')
      expect(await db.rows(`select from private.rate_limit_counters where rule = 'sign_in_account'`)).toEqual([])
      expect(await db.rows('select from private.rate_limit_counters')).toHaveLength(subjects.length - 1)
    }))

  it('refuses a cost below one', () =>
    withRollback(async (db) => {
      await expect(check(db, { user: randomUUID(), cost: 0 })).rejects.toThrow('at least 1')
    }))

  it('[SEC-09] never admits more than the limit, however many instances ask at once', async () => {
    await using database = await testDatabase()
    const sql = postgres(database.url, { max: 32, fetch_types: false, onnotice: () => {} })
    try {
      const organization = randomUUID()
      await sql`insert into public.organizations (id, name, slug) values (${organization}, 'Busy', ${organization})`
      await sql`insert into private.organization_limits (organization_id, key, value)
        values (${organization}, 'api_calls_hourly', 150)`
      // Long windows, so that none of them ends during the test.
      await sql`update private.rate_limit_rules set window_seconds = 86400`
      await sql`update private.rate_limit_rules set limit_count = 40 where name = 'caller_second'`
      const users = Array.from({ length: 4 }, () => randomUUID())
      const decisions = await Promise.all(
        Array.from(
          { length: 400 },
          (_, index) =>
            sql<Decision[]>`select * from public.check_rate_limit(
              'things.list', user_id => ${users[index % users.length] ?? null}, organization_id => ${organization})`,
        ),
      )
      const admitted = decisions.filter(([decision]) => decision?.is_admitted).length
      const counters = await sql<{ rule: string; used: number }[]>`
        select rule, sum(used_count)::int as used, max(used_count)::int as most
        from private.rate_limit_counters group by rule order by rule`
      expect(admitted).toBe(150)
      expect(counters).toEqual([
        { rule: 'caller_endpoint_minute', used: 150, most: expect.any(Number) },
        { rule: 'caller_second', used: 150, most: expect.any(Number) },
        { rule: 'organization_day', used: 150, most: 150 },
        { rule: 'organization_hour', used: 150, most: 150 },
        { rule: 'user_hour', used: 150, most: expect.any(Number) },
      ])
    } finally {
      await sql.end()
    }
  })
})
