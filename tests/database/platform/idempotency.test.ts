import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { atOnce, type Database, withRollback } from '../../support/database.ts'

interface Begun {
  readonly outcome: string
  readonly lease_id: string | null
  readonly retry_after_seconds: number | null
  readonly answer_status: number | null
  readonly answer_headers: Record<string, string> | null
  readonly answer_body: string | null
}

const begin = (db: Database, key: string, { caller = 'user:ann', hash = 'hash-1', lease = 60 } = {}) =>
  db.row<Begun>('select * from public.begin_idempotent_request($1, $2, $3, $4)', [caller, key, hash, lease])

async function finish(db: Database, key: string, lease: string | null, status: number | null, body = '{}') {
  const { isOurs } = await db.row<{ isOurs: boolean }>(
    `select public.finish_idempotent_request('user:ann', $1, $2, $3, '{"content-type":"application/json"}', $4)
       as "isOurs"`,
    [key, lease, status, body],
  )
  return isOurs
}

describe('begin_idempotent_request', () => {
  it('[A11-03] starts a key once and then answers what was answered', () =>
    withRollback(async (db) => {
      const key = randomUUID()
      const first = await begin(db, key)
      expect(first).toMatchObject({ outcome: 'started', answer_status: null })
      expect(await finish(db, key, first.lease_id, 201, '{"id":1}')).toBe(true)
      expect(await begin(db, key)).toEqual({
        outcome: 'completed',
        lease_id: null,
        retry_after_seconds: null,
        answer_status: 201,
        answer_headers: { 'content-type': 'application/json' },
        answer_body: '{"id":1}',
      })
    }))

  it('[A11-03] tells when the key stood for another request, under way or over', () =>
    withRollback(async (db) => {
      const key = randomUUID()
      const { lease_id } = await begin(db, key)
      expect(await begin(db, key, { hash: 'hash-2' })).toMatchObject({ outcome: 'reused', lease_id: null })
      await finish(db, key, lease_id, 200)
      expect(await begin(db, key, { hash: 'hash-2' })).toMatchObject({ outcome: 'reused', answer_body: null })
    }))

  it('[A11-03] tells a duplicate how long to wait', () =>
    withRollback(async (db) => {
      const key = randomUUID()
      await begin(db, key, { lease: 30 })
      const duplicate = await begin(db, key)
      expect(duplicate).toMatchObject({ outcome: 'in_progress', lease_id: null })
      expect(duplicate.retry_after_seconds).toBeGreaterThan(0)
      expect(duplicate.retry_after_seconds).toBeLessThanOrEqual(30)
    }))

  it('lets the work begin again after a crash, and not be ended by who crashed', () =>
    withRollback(async (db) => {
      const key = randomUUID()
      const crashed = await begin(db, key)
      await db.exec(`update private.idempotency_keys set lease_until = now() - interval '1 second'`)
      expect(await begin(db, key, { hash: 'hash-2' })).toMatchObject({ outcome: 'reused' })
      const second = await begin(db, key)
      expect(second.outcome).toBe('started')
      expect(second.lease_id).not.toBe(crashed.lease_id)
      expect(await finish(db, key, crashed.lease_id, 500)).toBe(false)
      expect(await finish(db, key, second.lease_id, 200)).toBe(true)
      expect(await begin(db, key)).toMatchObject({ outcome: 'completed', answer_status: 200 })
    }))

  it('frees the key when nothing is to be kept', () =>
    withRollback(async (db) => {
      const key = randomUUID()
      const { lease_id } = await begin(db, key)
      expect(await finish(db, key, lease_id, null)).toBe(true)
      expect(await begin(db, key, { hash: 'hash-2' })).toMatchObject({ outcome: 'started' })
    }))

  it('shows nobody the keys of another caller', () =>
    withRollback(async (db) => {
      const key = randomUUID()
      const { lease_id } = await begin(db, key)
      await finish(db, key, lease_id, 200, '{"secret":true}')
      expect(await begin(db, key, { caller: 'user:bob' })).toMatchObject({ outcome: 'started', answer_body: null })
    }))

  it('forgets keys after 24 hours', () =>
    withRollback(async (db) => {
      const [old, fresh] = [randomUUID(), randomUUID()]
      for (const key of [old, fresh]) await finish(db, key, (await begin(db, key)).lease_id, 200)
      const hours = await db.row<{ hours: number }>(
        'select extract(epoch from max(expires_at) - now())::int / 3600 as hours from private.idempotency_keys',
      )
      expect(hours).toEqual({ hours: 24 })
      await db.exec(`update private.idempotency_keys set expires_at = now() - interval '1 second' where key = $1`, [
        old,
      ])
      expect(await begin(db, old, { hash: 'hash-2' })).toMatchObject({ outcome: 'started', answer_status: null })
      await db.exec(`update private.idempotency_keys set expires_at = now() - interval '1 second' where key = $1`, [
        old,
      ])
      expect(await db.row('select private.purge_idempotency_keys(10) as n')).toEqual({ n: 1 })
      expect(await db.rows('select key from private.idempotency_keys')).toEqual([{ key: fresh }])
    }))

  it('[A11-03] gives one of two requests at once the work', async () => {
    const key = randomUUID()
    const [first, second] = await atOnce(
      (db) => begin(db, key),
      (db) => begin(db, key),
    )
    expect(first).toMatchObject({ value: { outcome: 'started' } })
    expect(second).toMatchObject({ value: { outcome: 'in_progress' } })
  })
})
