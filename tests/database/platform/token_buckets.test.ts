import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { describe, expect, it } from 'vitest'
import { atOnce, type Database, withRollback } from '../../support/database.ts'
import { testDatabase } from '../../support/postgres.ts'

interface Taken {
  readonly is_granted: boolean
  readonly wait_seconds: number
}

const take = (db: Database, bucket: string, n = 1, maxWait = 0) =>
  db.row<Taken>('select * from public.take_tokens($1, $2, $3)', [bucket, n, maxWait])

/** A bucket whose refill takes longer than any test. */
async function slowBucket(db: Database, capacity: number): Promise<string> {
  const bucket = `test:${randomUUID()}`
  await db.exec('select public.set_token_bucket($1, $2, 1, 1000)', [bucket, capacity])
  return bucket
}

describe('take_tokens', () => {
  it('gives what is there and then says how long to wait, taking nothing', () =>
    withRollback(async (db) => {
      const bucket = await slowBucket(db, 5)
      expect(await take(db, bucket, 4)).toEqual({ is_granted: true, wait_seconds: 0 })
      const refused = await take(db, bucket, 3)
      expect(refused.is_granted).toBe(false)
      expect(refused.wait_seconds).toBeGreaterThan(1900)
      expect(refused.wait_seconds).toBeLessThanOrEqual(2000)
      expect(await take(db, bucket)).toMatchObject({ is_granted: true })
    }))

  it('reserves tokens ahead within the longest wait, one caller behind the other', () =>
    withRollback(async (db) => {
      const bucket = await slowBucket(db, 2)
      const waits: number[] = []
      for (let n = 0; n < 3; n += 1) {
        const taken = await take(db, bucket, 2, 4000)
        expect(taken.is_granted).toBe(true)
        waits.push(Math.round(taken.wait_seconds / 1000))
      }
      expect(waits).toEqual([0, 2, 4])
      expect(await take(db, bucket, 1, 4000)).toMatchObject({ is_granted: false })
    }))

  it('fills up evenly and never above the capacity', () =>
    withRollback(async (db) => {
      const bucket = await slowBucket(db, 3)
      await take(db, bucket, 3)
      const passed = (seconds: number) =>
        db.exec(`update private.token_bucket_levels set counted_at = counted_at - make_interval(secs => $1)`, [seconds])
      await passed(1001)
      expect(await take(db, bucket)).toMatchObject({ is_granted: true })
      expect(await take(db, bucket)).toMatchObject({ is_granted: false })
      await passed(100_000)
      expect(await take(db, bucket, 3)).toMatchObject({ is_granted: true })
      expect(await take(db, bucket)).toMatchObject({ is_granted: false })
      await passed(-100_000)
      expect(await take(db, bucket)).toMatchObject({ is_granted: false })
    }))

  it('takes new numbers at once and keeps the level', () =>
    withRollback(async (db) => {
      const bucket = await slowBucket(db, 2)
      await take(db, bucket, 2)
      await db.exec('select public.set_token_bucket($1, 10, 1, 1)', [bucket])
      const refused = await take(db, bucket, 5)
      expect(refused.is_granted).toBe(false)
      expect(refused.wait_seconds).toBeLessThanOrEqual(5)
    }))

  it('objects to a bucket that is not there and to more than it can hold', () =>
    withRollback(async (db) => {
      await expect(take(db, 'test:none')).rejects.toThrow('No token bucket "test:none"')
      const bucket = await slowBucket(db, 2)
      await expect(take(db, bucket, 3)).rejects.toThrow('holds 2 tokens')
      await expect(take(db, bucket, 0)).rejects.toThrow('cannot be taken')
    }))

  it('makes a second worker wait for the first one on the same bucket', async () => {
    const bucket = `test:${randomUUID()}`
    const [first, second] = await atOnce(
      async (db) => {
        await db.exec('select public.set_token_bucket($1, 1, 1, 1000)', [bucket])
        return take(db, bucket)
      },
      async (db) => {
        await db.exec('select public.set_token_bucket($1, 1, 1, 1000)', [bucket])
        return take(db, bucket)
      },
    )
    expect(first).toMatchObject({ value: { is_granted: true } })
    expect(second).toMatchObject({ value: { is_granted: false } })
  })

  it('[SEC-09] never gives more than the bucket holds to many workers at once', async () => {
    await using database = await testDatabase()
    const sql = postgres(database.url, { max: 32, fetch_types: false, onnotice: () => {} })
    try {
      await sql`select public.set_token_bucket('shared', 100, 1, 100000)`
      const takes = await Promise.all(
        Array.from({ length: 200 }, () => sql<Taken[]>`select * from public.take_tokens('shared', 3)`),
      )
      expect(takes.filter(([taken]) => taken?.is_granted)).toHaveLength(33)
    } finally {
      await sql.end()
    }
  })
})
