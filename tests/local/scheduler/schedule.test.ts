import { describe, expect, it } from 'vitest'
import { parseSchedule } from '../../../local/scheduler/schedule.ts'

function matches(schedule: string, minute: string): boolean {
  const parsed = parseSchedule(schedule)
  if (parsed?.kind !== 'cron') throw new Error(`"${schedule}" was not read as a cron schedule`)
  return parsed.matches(new Date(minute))
}

describe('a schedule of five fields', () => {
  it.each([
    // 2027-02-28 is a Sunday, 2027-03-01 a Monday.
    ['* * * * *', '2027-02-28T23:59:00Z', true],
    ['*/15 * * * *', '2027-02-28T10:45:00Z', true],
    ['*/15 * * * *', '2027-02-28T10:46:00Z', false],
    ['0 22 * * *', '2027-02-28T22:00:00Z', true],
    ['10-20/5,50 * * * *', '2027-02-28T10:15:00Z', true],
    ['10-20/5,50 * * * *', '2027-02-28T10:50:00Z', true],
    ['10-20/5,50 * * * *', '2027-02-28T10:25:00Z', false],
    ['0 0 * feb sun', '2027-02-28T00:00:00Z', true],
    ['0 0 * FEB MON-FRI', '2027-02-28T00:00:00Z', false],
    ['0 0 * * 7', '2027-02-28T00:00:00Z', true],
    ['0 12 $ * *', '2027-02-28T12:00:00Z', true],
    ['0 12 $ * *', '2027-02-27T12:00:00Z', false],
    ['0 12 $ * *', '2028-02-28T12:00:00Z', false],
    ['@daily', '2027-02-28T00:00:00Z', true],
    ['@hourly', '2027-02-28T07:00:00Z', true],
    ['@weekly', '2027-03-01T00:00:00Z', false],
  ])('"%s" at %s: %s', (schedule, minute, expected) => {
    expect(matches(schedule, minute)).toBe(expected)
  })

  it('runs on either day when both day fields are restricted, on both when one begins with a star', () => {
    expect(matches('0 0 1 * sun', '2027-02-28T00:00:00Z')).toBe(true)
    expect(matches('0 0 1 * sun', '2027-03-01T00:00:00Z')).toBe(true)
    expect(matches('0 0 */2 * sun', '2027-02-28T00:00:00Z')).toBe(false)
    expect(matches('0 0 */2 * sun', '2027-02-21T00:00:00Z')).toBe(true)
  })

  it('reads as pg_cron does what other readers refuse', () => {
    expect(matches('*/90 * * * *', '2027-02-28T00:00:00Z')).toBe(true)
    expect(matches('*/90 * * * *', '2027-02-28T00:30:00Z')).toBe(false)
    expect(matches('9-3 * * * *', '2027-02-28T00:05:00Z')).toBe(false)
    expect(matches('5;7 * * * *', '2027-02-28T00:05:00Z')).toBe(true)
    expect(matches('5;7 * * * *', '2027-02-28T00:07:00Z')).toBe(false)
    expect(matches('5 * * * * 2027', '2027-02-28T00:05:00Z')).toBe(true)
  })
})

describe('other schedules', () => {
  it('reads intervals of seconds', () => {
    expect(parseSchedule('5 seconds')).toEqual({ kind: 'interval', milliseconds: 5000 })
    expect(parseSchedule('1 second')).toEqual({ kind: 'interval', milliseconds: 1000 })
    expect(parseSchedule('60 seconds')).toBeNull()
    expect(parseSchedule('0 seconds')).toBeNull()
  })

  it('reads @reboot and refuses what it does not know', () => {
    expect(parseSchedule('@reboot')).toEqual({ kind: 'reboot' })
    expect(parseSchedule('@never')).toBeNull()
    expect(parseSchedule('61 * * * *')).toBeNull()
    expect(parseSchedule('5/10 * * * *')).toBeNull()
    expect(parseSchedule('* * * *')).toBeNull()
    expect(parseSchedule('')).toBeNull()
  })
})
