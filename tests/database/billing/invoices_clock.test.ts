import { expect, it } from 'vitest'
import { withRollback } from '../../support/database.ts'

it.each([
  // Lagos has no summer time, and its day begins before that of UTC.
  ['Africa/Lagos', '2026-01-31T23:30:00Z', ['2026-02-28T23:30', '2026-03-31T23:30', '2026-04-30T23:30']],
  // By the clock of Paris it is the first of the month, 00:30, in winter and in summer.
  ['Europe/Paris', '2026-02-28T23:30:00Z', ['2026-03-31T22:30', '2026-04-30T22:30', '2026-05-31T22:30']],
  // 02:30 does not exist in New York on 8 March 2026, the next month it does.
  ['America/New_York', '2026-02-08T07:30:00Z', ['2026-03-08T07:30', '2026-04-08T06:30', '2026-05-08T06:30']],
  // Leap day.
  ['UTC', '2028-01-31T12:00:00Z', ['2028-02-29T12:00', '2028-03-31T12:00', '2028-04-30T12:00']],
  ['UTC', '2027-01-31T12:00:00Z', ['2027-02-28T12:00', '2027-03-31T12:00', '2027-04-30T12:00']],
])('[BIL-40] periods are counted by the clock of %s from %s', (zone, anchor, ends) =>
  withRollback(async (db) => {
    const found: string[] = []
    let end = anchor
    for (const _ of ends) {
      const row = await db.asOwner(() =>
        db.row<{ next: string }>(
          `select to_char(private.next_period_end($1::text::timestamptz, $2::text::timestamptz, 'month', $3) at time zone 'UTC',
             'YYYY-MM-DD"T"HH24:MI') as next`,
          [anchor, end, zone],
        ),
      )
      found.push(row.next)
      end = `${row.next}:00Z`
    }
    expect(found).toEqual(ends)
  }),
)

it.each([
  ['the clock changed since the first day', '2026-10-10T08:00:00Z', '2026-11-10T08:00:00Z', '2026-12-10T09:00'],
  ['the organization moved', '2026-06-10T20:00:00Z', '2026-07-10T15:00:00Z', '2026-08-10T20:00'],
])('[BIL-40] no period is only some hours long because %s', (_why, anchor, end, next) =>
  withRollback(async (db) => {
    const row = await db.asOwner(() =>
      db.row(
        `select to_char(private.next_period_end($1::text::timestamptz, $2::text::timestamptz, 'month', 'Europe/Paris')
           at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI') as next`,
        [anchor, end],
      ),
    )
    expect(row).toEqual({ next })
  }),
)

it('[BIL-40] a leap day’s yearly subscription is billed on the last of February, and on the leap day again', () =>
  withRollback(async (db) => {
    const { ends } = await db.asOwner(() =>
      db.row<{ ends: string[] }>(
        `select array(select to_char(private.next_period_end('2028-02-29 10:00+00', at, 'year', 'UTC'), 'YYYY-MM-DD')
           from unnest(array['2028-02-29 10:00+00', '2029-02-28 10:00+00', '2031-02-28 10:00+00']::timestamptz[]) as at) as ends`,
      ),
    )
    expect(ends).toEqual(['2029-02-28', '2030-02-28', '2032-02-29'])
  }))
