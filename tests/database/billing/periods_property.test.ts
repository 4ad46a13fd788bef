import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'

const seed = 20_260_228

/** A calendar of our own to compare with: the same day so many months later, or the last one of that month. */
function later(anchor: Date, months: number): Date {
  const month = anchor.getUTCMonth() + months
  const lastDay = new Date(Date.UTC(anchor.getUTCFullYear(), month + 1, 0)).getUTCDate()
  return new Date(
    Date.UTC(
      anchor.getUTCFullYear(),
      month,
      Math.min(anchor.getUTCDate(), lastDay),
      anchor.getUTCHours(),
      anchor.getUTCMinutes(),
      anchor.getUTCSeconds(),
    ),
  )
}

const anchors = fc
  .date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2032-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000))

/** Ends of the periods that follow each other from an anchor, as renewals make them. */
const endsFrom = async (db: Database, anchor: Date, interval: string, count: number, zone = 'UTC') =>
  (
    await db.rows<{ at: Date }>(
      `with recursive ends (at, place) as (
         select private.next_period_end($1::text::timestamptz, $1::text::timestamptz, $2::text::public.billing_interval, $4), 1
         union all
         select private.next_period_end($1::text::timestamptz, at, $2::text::public.billing_interval, $4), place + 1
         from ends where place < $3::int
       )
       select at from ends order by place`,
      [anchor.toISOString(), interval, count, zone],
    )
  ).map(({ at }) => at.toISOString())

describe('periods', () => {
  it.each([
    ['month', 1],
    ['year', 12],
  ] as const)('of a %s end on the day they began on, or on the last one of the month, for years', (interval, step) =>
    withRollback(async (db) => {
      await fc.assert(
        fc.asyncProperty(anchors, async (anchor) => {
          const count = interval === 'month' ? 30 : 9
          const expected = Array.from({ length: count }, (_, index) => later(anchor, step * (index + 1)).toISOString())
          expect(await endsFrom(db, anchor, interval, count)).toEqual(expected)
        }),
        { seed, numRuns: 60 },
      )
    }),
  )

  it.each([
    // The clock goes forward on 8 March 2026 and back on 1 November in New York.
    ['America/New_York', '2026-02-08T07:30:00.000Z', ['2026-03-08T07:30:00.000Z', '2026-04-08T06:30:00.000Z']],
    ['America/New_York', '2026-10-15T16:00:00.000Z', ['2026-11-15T17:00:00.000Z', '2026-12-15T17:00:00.000Z']],
    ['Africa/Lagos', '2027-12-31T23:30:00.000Z', ['2028-01-31T23:30:00.000Z', '2028-02-29T23:30:00.000Z']],
    // Already the first of the month there.
    ['Asia/Kolkata', '2026-01-31T18:30:00.000Z', ['2026-02-28T18:30:00.000Z', '2026-03-31T18:30:00.000Z']],
  ])('in %s keep the hour on the wall', (zone, anchor, expected) =>
    withRollback(async (db) => {
      expect(await endsFrom(db, new Date(anchor), 'month', 2, zone)).toEqual(expected)
    }),
  )
})

describe('proration', () => {
  const prorated = async (db: Database, cents: number | bigint, total: number, left: number) =>
    BigInt(
      (
        await db.row<{ cents: string }>(
          `select private.prorated_cents($1::bigint, '2028-02-01Z', timestamptz '2028-02-01Z' + make_interval(secs => $2::int),
             timestamptz '2028-02-01Z' + make_interval(secs => $2::int - $3::int)) as cents`,
          [String(cents), total, left],
        )
      ).cents,
    )

  it('[BIL-15] rounds the share of the rest of a period to the minor unit, a half up, without floating point', () =>
    withRollback(async (db) => {
      await fc.assert(
        fc.asyncProperty(
          fc.bigInt({ min: 0n, max: 100_000_000_000n }),
          fc.integer({ min: 1, max: 31_622_400 }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          async (cents, total, share) => {
            const left = Math.round(total * share)
            const exact = (2n * cents * BigInt(left) + BigInt(total)) / (2n * BigInt(total))
            const result = await prorated(db, cents, total, left)
            // Division of numeric is cut after many digits: a half exactly may be missed by no more than that.
            const isHalf = (2n * cents * BigInt(left)) % (2n * BigInt(total)) === BigInt(total)
            expect(isHalf ? [exact, exact - 1n] : [exact]).toContain(result)
            expect(result >= 0n && result <= cents).toBe(true)
          },
        ),
        { seed, numRuns: 150 },
      )
    }))

  it.each([
    // Yen have no decimals, dinars three: the minor unit is what is rounded to.
    ['JPY', 1000, 30, 10, 333n],
    ['JPY', 1000, 30, 20, 667n],
    ['KWD', 9_999, 31, 7, 2258n],
    ['USD', 1, 2, 1, 1n],
    ['USD', 1900, 29, 29, 1900n],
    ['USD', 1900, 29, 0, 0n],
  ])('of %s %s for %s days of which %s are left', (_currency, cents, days, left, expected) =>
    withRollback(async (db) => {
      expect(await prorated(db, cents, days * 86_400, left * 86_400)).toBe(expected)
    }),
  )

  it('is all of it before the period, nothing after it, and leaves out the time of a pause', () =>
    withRollback(async (db) => {
      expect(
        await db.row(
          `select private.prorated_cents(100, '2028-02-01Z', '2028-03-01Z', '2028-01-01Z') as before,
             private.prorated_cents(100, '2028-02-01Z', '2028-03-01Z', '2028-04-01Z') as after,
             private.prorated_cents(100, '2028-02-01Z', '2028-03-11Z', '2028-03-01Z', 10 * 86400) as paused`,
        ),
      ).toEqual({ before: '100', after: '0', paused: '34' })
    }))
})
