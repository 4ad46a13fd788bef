import { describe, expect, it } from 'vitest'
import { atOnce, type Database, withCommit, withRollback } from '../../support/database.ts'
import { given } from '../../support/given.ts'

interface Claimed {
  readonly id: string
  readonly lease_id: string
  readonly kind: string
  readonly attempt: number
}

const enqueue = async (
  db: Database,
  options: { kind?: string; queue?: string; dedupe?: string; order?: string; delay?: number; priority?: number } = {},
) => {
  const { id } = await db.asOwner(() =>
    db.row<{ id: string }>(
      `select private.enqueue_job($1, queue := $2, dedupe_key := $3, ordering_key := $4,
         delay := make_interval(secs => $5::int), priority := $6::int)::text as id`,
      [
        options.kind ?? 'test.work',
        options.queue ?? 'test',
        options.dedupe ?? null,
        options.order ?? null,
        options.delay ?? 0,
        options.priority ?? 0,
      ],
    ),
  )
  return id
}

/** Claims as a worker does, with the rights of one. */
async function claim(db: Database, options: { queue?: string; batch?: number; worker?: string } = {}) {
  await db.actAs('service_role')
  const rows = await db.rows<Claimed>(
    `select id::text as id, lease_id::text as lease_id, kind, attempt
     from public.claim_jobs(array[$1], $2, batch_size := $3::int)`,
    [options.queue ?? 'test', options.worker ?? 'worker-a', options.batch ?? 10],
  )
  await db.actAs('postgres')
  return rows
}

const job = (db: Database, id: string) =>
  db.asOwner(() =>
    db.row<{ state: string; attempt: number; last_error: string | null; wait: number }>(
      `select state::text as state, attempt, last_error,
         extract(epoch from run_at - clock_timestamp())::float8 as wait from private.jobs where id = $1::bigint`,
      [id],
    ),
  )

const endLease = (db: Database, id: string) =>
  db.exec(`update private.jobs set lease_until = clock_timestamp() - interval '1 second' where id = $1::bigint`, [id])

const fail = async (db: Database, { id, lease_id }: Claimed, options: { permanent?: boolean; after?: number } = {}) => {
  const { state } = await db.row<{ state: string | null }>(
    `select public.fail_job($1::bigint, $2::uuid, 'It broke', $3::boolean, $4::int) as state`,
    [id, lease_id, options.permanent ?? false, options.after ?? null],
  )
  return state
}

const only = <T>(rows: readonly T[]): T => {
  const [first] = rows
  if (!first || rows.length > 1) throw new Error(`Expected one row, got ${rows.length}`)
  return first
}

describe('the queue', () => {
  it('[PLT-10] gives due jobs to a worker by priority, then by time, and none that is not due', () =>
    withRollback(async (db) => {
      const late = await enqueue(db, { priority: 10 })
      const first = await enqueue(db)
      const second = await enqueue(db)
      await enqueue(db, { delay: 60 })
      await enqueue(db, { queue: 'other' })
      expect((await claim(db)).map(({ id }) => id)).toEqual([first, second, late])
      expect(await claim(db)).toEqual([])
    }))

  it('[PLT-10] [PLT-35] never gives one job to two workers that ask at once, and lets neither wait', async () => {
    const queue = 'at_once'
    await withCommit(async (db) => {
      for (let made = 0; made < 6; made += 1) await enqueue(db, { queue })
    })
    const [first, second] = await atOnce(
      (db) => claim(db, { queue, batch: 4, worker: 'worker-a' }),
      (db) => claim(db, { queue, batch: 4, worker: 'worker-b' }),
    )
    if (first.status === 'rejected' || second.status === 'rejected') throw new Error('A claim failed')
    expect([first.value.length, second.value.length]).toEqual([4, 2])
    expect(new Set([...first.value, ...second.value].map(({ id }) => id)).size).toBe(6)
  })

  it('[PLT-10] returns the job of a worker that died when its lease ends, and ignores the dead worker then', () =>
    withRollback(async (db) => {
      const id = await enqueue(db)
      const lost = only(await claim(db))
      expect(await claim(db)).toEqual([])
      await endLease(db, id)
      const again = only(await claim(db, { worker: 'worker-b' }))
      expect(again).toMatchObject({ id, attempt: 2 })
      const complete = 'select public.complete_job($1::bigint, $2::uuid) as done'
      expect(await db.row(complete, [id, lost.lease_id])).toEqual({ done: false })
      expect(await job(db, id)).toMatchObject({ state: 'running' })
      expect(await db.row(complete, [id, again.lease_id])).toEqual({ done: true })
      expect(await job(db, id)).toMatchObject({ state: 'succeeded' })
    }))

  it('counts a lost lease as an attempt, so that a job which kills its workers ends dead', () =>
    withRollback(async (db) => {
      const id = await enqueue(db)
      for (let attempt = 1; attempt <= 8; attempt += 1) {
        expect(only(await claim(db)).attempt).toBe(attempt)
        await endLease(db, id)
      }
      expect(await claim(db)).toEqual([])
      expect(await job(db, id)).toMatchObject({ state: 'dead', last_error: expect.stringContaining('worker-a') })
    }))

  it('keeps a job as long as its worker extends the lease', () =>
    withRollback(async (db) => {
      const id = await enqueue(db)
      const { lease_id } = only(await claim(db))
      await endLease(db, id)
      expect(
        await db.row('select public.extend_job_leases(array[$1::bigint], array[$2::uuid], 60)::text as id', [
          id,
          lease_id,
        ]),
      ).toEqual({ id })
      expect(await claim(db)).toEqual([])
    }))

  it('runs jobs of one ordering key one at a time, oldest first, and holds back those behind a failure', () =>
    withRollback(async (db) => {
      const [first, second] = [await enqueue(db, { order: 'a' }), await enqueue(db, { order: 'a' })]
      const other = await enqueue(db, { order: 'b' })
      const claimed = await claim(db)
      expect(claimed.map(({ id }) => id)).toEqual([first, other])
      expect(await claim(db)).toEqual([])
      const [lead] = claimed
      expect(lead && (await fail(db, lead, { after: 30 }))).toBe('failed')
      expect(await claim(db)).toEqual([])
      await db.exec(`update private.jobs set run_at = clock_timestamp() where id = $1::bigint`, [first])
      const again = only(await claim(db))
      expect(again.id).toBe(first)
      await db.rows('select public.complete_job($1::bigint, $2::uuid)', [again.id, again.lease_id])
      expect(only(await claim(db)).id).toBe(second)
    }))

  it('runs one job of an ordering key although two workers saw different jobs of it', async () => {
    const queue = 'ordered'
    const older = await withCommit((db) => enqueue(db, { queue, order: 'c', delay: 3600 }))
    const newer = await withCommit((db) => enqueue(db, { queue, order: 'c' }))
    const [first, second] = await atOnce(
      (db) => claim(db, { queue }),
      async (db) => {
        // Due from here on, for this worker alone.
        await db.exec('update private.jobs set run_at = clock_timestamp() where id = $1::bigint', [older])
        return claim(db, { queue, worker: 'worker-b' })
      },
    )
    if (first.status === 'rejected' || second.status === 'rejected') throw new Error('A claim failed')
    expect(first.value.map(({ id }) => id)).toEqual([newer])
    expect(second.value).toEqual([])
  })

  it('keeps one live job for a dedupe key, and makes a new one when that has ended', () =>
    withRollback(async (db) => {
      const first = await enqueue(db, { dedupe: 'x' })
      expect(await enqueue(db, { dedupe: 'x' })).toBe(first)
      expect(await enqueue(db, { dedupe: 'x', kind: 'test.other', queue: 'other' })).not.toBe(first)
      const { id, lease_id } = only(await claim(db))
      expect(await enqueue(db, { dedupe: 'x' })).toBe(first)
      await db.rows('select public.complete_job($1::bigint, $2::uuid)', [id, lease_id])
      expect(await enqueue(db, { dedupe: 'x' })).not.toBe(first)
    }))

  it('gives two callers that enqueue the same at once the same job', async () => {
    const [first, second] = await atOnce(
      (db) => enqueue(db, { dedupe: 'both', queue: 'both' }),
      (db) => enqueue(db, { dedupe: 'both', queue: 'both' }),
    )
    if (first.status === 'rejected' || second.status === 'rejected') throw new Error('A call failed')
    expect(second.value).toBe(first.value)
  })
})

describe('a failure', () => {
  it('[PLT-10] waits a random time below 30 seconds doubled each time, at most 6 hours', () =>
    withRollback(async (db) => {
      const waits = await db.rows<{ attempt: number; least: number; most: number }>(
        `select attempt, min(wait) as least, max(wait) as most from (
           select attempt, extract(epoch from private.retry_delay(attempt))::float8 as wait
           from generate_series(1, 40) as attempt cross join generate_series(1, 400)
         ) as tried group by attempt order by attempt`,
      )
      for (const { attempt, least, most } of waits) {
        const bound = Math.min(30 * 2 ** (attempt - 1), 6 * 3600)
        expect(most, `attempt ${attempt}`).toBeLessThanOrEqual(bound)
        // Full jitter: it uses the whole range.
        expect(most).toBeGreaterThan(bound * 0.9)
        expect(least).toBeLessThan(bound * 0.1)
      }
    }))

  it('waits at least as long as the provider says', () =>
    withRollback(async (db) => {
      const id = await enqueue(db)
      expect(await fail(db, only(await claim(db)), { after: 900 })).toBe('failed')
      const { wait } = await job(db, id)
      expect(wait).toBeGreaterThan(890)
      expect(wait).toBeLessThanOrEqual(900)
    }))

  it('[PLT-10] is final after eight attempts, or at once when trying again cannot help', () =>
    withRollback(async (db) => {
      const id = await enqueue(db)
      const states: (string | null)[] = []
      for (let attempt = 1; attempt <= 8; attempt += 1) {
        states.push(await fail(db, only(await claim(db))))
        await db.exec('update private.jobs set run_at = clock_timestamp() where id = $1::bigint', [id])
      }
      expect(states).toEqual([...Array<string>(7).fill('failed'), 'dead'])
      expect(await claim(db)).toEqual([])
      await enqueue(db)
      expect(await fail(db, only(await claim(db)), { permanent: true })).toBe('dead')
    }))
})

describe('cancellation', () => {
  const cancel = (db: Database, id: string) => db.row('select public.cancel_job($1::bigint) as state', [id])

  it('ends a job that waits at once', () =>
    withRollback(async (db) => {
      const id = await enqueue(db)
      expect(await cancel(db, id)).toEqual({ state: 'cancelled' })
      expect(await cancel(db, id)).toEqual({ state: 'cancelled' })
      expect(await claim(db)).toEqual([])
    }))

  it('tells the worker of a running job to stop, and the job does not run again', () =>
    withRollback(async (db) => {
      const id = await enqueue(db)
      const running = only(await claim(db))
      expect(await cancel(db, id)).toEqual({ state: 'running' })
      const extend = 'select public.extend_job_leases(array[$1::bigint], array[$2::uuid])'
      expect(await db.rows(extend, [id, running.lease_id])).toEqual([])
      expect(await fail(db, running)).toBe('cancelled')
      expect(await claim(db)).toEqual([])
    }))

  it('answers 404 for a job that is not there', () =>
    withRollback(async (db) => {
      await expect(cancel(db, '-1')).rejects.toMatchObject({ status: 404, code: 'job_not_found' })
    }))
})

it('tells the private channel of the organization how far a job is, with ids and numbers only', () =>
  withRollback(async (db) => {
    const organization = await given.organization(db)
    await db.rows(`select private.enqueue_job('test.work', queue := 'test', organization_id := $1::uuid)`, [
      organization.id,
    ])
    const { id, lease_id } = only(await claim(db))
    const reported = await db.row(
      `select public.report_job_progress($1::bigint, $2::uuid, 3, 10, 'Reading the file of Ada') as goes_on`,
      [id, lease_id],
    )
    expect(reported).toEqual({ goes_on: true })
    const sent = await db.row<{ topic: string; payload: object }>(
      `select topic, payload - 'id' as payload from realtime.messages where event = 'job_progress' and private`,
    )
    expect(sent).toEqual({
      topic: `organization:${organization.id}:1`,
      payload: { job_id: Number(id), kind: 'test.work', state: 'running', done: 3, total: 10 },
    })
  }))
