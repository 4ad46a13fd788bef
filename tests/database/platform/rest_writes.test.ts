import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

/** Runs the hook as the REST API does at the start of a request. */
const begin = (db: Database) => db.exec('select private.before_request()')
const writes = (db: Database) =>
  db.asOwner(() => db.rows<{ n: number }>('select write_count as n from private.rest_writes order by written_at, id'))

describe('the hook of the REST API', () => {
  it('[SEC-08] counts the changes of each person and refuses those above the limit', () =>
    withRollback(async (db) => {
      await db.exec(`update private.rate_limit_rules set limit_count = 3 where name = 'rest_write_hour'`)
      const [ann, bob] = [await given.person(db), await given.person(db)]
      await db.actAs(ann)
      for (let n = 0; n < 3; n += 1) await begin(db)
      await expect(begin(db)).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
      await db.actAs(bob)
      await begin(db)
      expect(await writes(db)).toHaveLength(4)
    }))

  it('counts callers without a token by their address, and the backend not at all', () =>
    withRollback(async (db) => {
      await db.exec(`update private.rate_limit_rules set limit_count = 1 where name = 'rest_write_hour'`)
      const from = (address: string) =>
        db.exec(`select set_config('request.headers', '{"x-forwarded-for": "${address}"}', true)`)
      await db.actAs('anon')
      await from('203.0.113.7')
      await begin(db)
      await expect(begin(db)).rejects.toMatchObject({ status: 429 })
      await from('203.0.113.8, 10.0.0.1')
      await begin(db)
      await db.actAs('service_role')
      for (let n = 0; n < 3; n += 1) await begin(db)
      expect(await writes(db)).toHaveLength(2)
      expect(JSON.stringify(await db.asOwner(() => db.rows('select caller from private.rest_writes')))).not.toContain(
        '203.0',
      )
    }))

  it('does nothing in a read-only transaction', () =>
    withRollback(async (db) => {
      const person = await given.person(db)
      await db.actAs(person)
      await db.exec('set transaction read only; select private.before_request()')
      expect(await writes(db)).toEqual([])
    }))

  it('adds up the writes of a minute, which go on counting until they are an hour old', () =>
    withRollback(async (db) => {
      await db.exec(`update private.rate_limit_rules set limit_count = 3 where name = 'rest_write_hour'`)
      const person = await given.person(db)
      await db.actAs(person)
      for (let n = 0; n < 3; n += 1) await begin(db)
      const age = (interval: string) =>
        db.asOwner(() => db.exec(`update private.rest_writes set written_at = written_at - interval '${interval}'`))
      await age('30 minutes')
      await db.asOwner(() => db.exec('select private.tidy_rate_limits(100)'))
      expect(await writes(db)).toEqual([{ n: 3 }])
      await expect(begin(db)).rejects.toMatchObject({ status: 429 })
      await age('31 minutes')
      await begin(db)
      await db.asOwner(() => db.exec('select private.tidy_rate_limits(100)'))
      expect(await writes(db)).toEqual([{ n: 1 }])
    }))
})
