import { describe, expect, it } from 'vitest'
import { type Database, withRollback } from '../../support/database.ts'

interface Claimed {
  readonly id: string
  readonly lease_id: string
  readonly attempt: number
  readonly checkpoint: object | null
}

const enqueue = async (
  db: Database,
  options: { queue?: string; order?: string; priority?: number; max?: number } = {},
) => {
  const { id } = await db.row<{ id: string }>(
    `select private.enqueue_job('test.work', queue := $1, ordering_key := $2, priority := $3::int,
       max_attempts := $4::int)::text as id`,
    [options.queue ?? 'test', options.order ?? null, options.priority ?? 0, options.max ?? 8],
  )
  return id
}

const claim = (db: Database, options: { queues?: string; batch?: number } = {}) =>
  db.rows<Claimed>(
    `select id::text as id, lease_id::text as lease_id, attempt, checkpoint
     from public.claim_jobs($1::text[], 'worker-a', batch_size := $2::int)`,
    [`{${options.queues ?? 'test'}}`, options.batch ?? 10],
  )

/** Ends attempts in one call, as a worker does. */
const finish = (db: Database, ...ends: ({ job: Claimed | undefined; outcome: string } & Record<string, unknown>)[]) =>
  db.rows<{ id: string; state: string }>(
    'select job_id::text as id, state from public.finish_jobs($1::text::jsonb) order by job_id',
    [JSON.stringify(ends.map(({ job, ...end }) => ({ job_id: job?.id, lease_id: job?.lease_id, ...end })))],
  )

const stored = (db: Database, id: string | undefined) =>
  db.row(
    `select state::text as state, attempt, continued_count, checkpoint, result, last_error,
       finished_at is not null as is_over, (60 * ceil(extract(epoch from run_at - clock_timestamp()) / 60))::int as wait
     from private.jobs where id = $1::bigint`,
    [id ?? null],
  )

describe('ends of many jobs in one call', () => {
  it('[PLT-10] are recorded each by its outcome', () =>
    withRollback(async (db) => {
      for (let made = 0; made < 5; made += 1) await enqueue(db)
      const [done, failed, dead, continued, released] = await claim(db)
      const states = await finish(
        db,
        { job: done, outcome: 'succeeded', result: { sent: 1 } },
        { job: failed, outcome: 'failed', error: 'It broke', after_seconds: 900 },
        { job: dead, outcome: 'failed', error: 'Never', is_permanent: true },
        { job: continued, outcome: 'continued', checkpoint: { after: 7 }, after_seconds: 60 },
        { job: released, outcome: 'released' },
      )
      expect(states.map(({ state }) => state)).toEqual(['succeeded', 'failed', 'dead', 'queued', 'queued'])
      expect(await stored(db, done?.id)).toMatchObject({ result: { sent: 1 }, is_over: true })
      expect(await stored(db, failed?.id)).toMatchObject({
        attempt: 1,
        last_error: 'It broke',
        wait: 900,
        is_over: false,
      })
      expect(await stored(db, dead?.id)).toMatchObject({ last_error: 'Never', is_over: true })
      expect(await stored(db, continued?.id)).toMatchObject({ continued_count: 1, checkpoint: { after: 7 }, wait: 60 })
      expect(await stored(db, released?.id)).toMatchObject({ attempt: 0, continued_count: 0 })
    }))

  it('[PLT-10] change nothing of a job that the worker lost, and leave out what is no outcome', () =>
    withRollback(async (db) => {
      for (let made = 0; made < 3; made += 1) await enqueue(db)
      const [ours, theirs, odd] = await claim(db)
      await db.exec(`update private.jobs set lease_id = gen_random_uuid() where id = $1::bigint`, [theirs?.id ?? null])
      const ends = [ours, theirs].map((job) => ({ job, outcome: 'succeeded' }))
      expect(await finish(db, ...ends, { job: odd, outcome: 'exploded' })).toEqual([
        { id: ours?.id, state: 'succeeded' },
      ])
      expect(await stored(db, theirs?.id)).toMatchObject({ state: 'running' })
      expect(await stored(db, odd?.id)).toMatchObject({ state: 'running' })
      // The word came twice: the second one finds nothing to change.
      expect(await finish(db, ...ends)).toEqual([])
    }))
})

describe('a job that is asked to come later', () => {
  const postponed = { outcome: 'failed', error: 'Slow down', is_postponement: true, after_seconds: 900 }

  it('[PLT-10] uses up no attempt within 24 hours of its creation, not even the last one', () =>
    withRollback(async (db) => {
      const id = await enqueue(db, { max: 1 })
      for (let turn = 1; turn <= 3; turn += 1) {
        const [job] = await claim(db)
        expect(job).toMatchObject({ id, attempt: 1 })
        expect(await finish(db, { job, ...postponed })).toEqual([{ id, state: 'failed' }])
        expect(await stored(db, id)).toMatchObject({ attempt: 0, wait: 900, last_error: 'Slow down', is_over: false })
        await db.exec('update private.jobs set run_at = clock_timestamp() where id = $1::bigint', [id])
      }
    }))

  it('[PLT-10] fails as any other after that', () =>
    withRollback(async (db) => {
      const id = await enqueue(db, { max: 2 })
      await db.exec(`update private.jobs set created_at = now() - interval '25 hours' where id = $1::bigint`, [id])
      const [first] = await claim(db)
      expect(await finish(db, { job: first, ...postponed })).toEqual([{ id, state: 'failed' }])
      expect(await stored(db, id)).toMatchObject({ attempt: 1 })
      await db.exec('update private.jobs set run_at = clock_timestamp() where id = $1::bigint', [id])
      const [last] = await claim(db)
      expect(await finish(db, { job: last, ...postponed })).toEqual([{ id, state: 'dead' }])
      expect(await stored(db, id)).toMatchObject({ is_over: true })
    }))

  it('is dead at once when that cannot help, and cancelled when it was', () =>
    withRollback(async (db) => {
      const [dead, cancelled] = [await enqueue(db), await enqueue(db)]
      const [first, second] = await claim(db)
      await db.rows('select public.cancel_job($1::bigint)', [cancelled])
      expect(await finish(db, { job: first, ...postponed, is_permanent: true }, { job: second, ...postponed })).toEqual(
        [
          { id: dead, state: 'dead' },
          { id: cancelled, state: 'cancelled' },
        ],
      )
    }))
})

describe('a job that stops at a checkpoint', () => {
  it('[ADM-06] goes on there with all its attempts, however often it stops', () =>
    withRollback(async (db) => {
      const id = await enqueue(db, { max: 2 })
      for (let step = 1; step <= 5; step += 1) {
        const [first] = await claim(db)
        expect(first).toMatchObject({ id, attempt: 1, checkpoint: step === 1 ? null : { step: step - 1 } })
        expect(await finish(db, { job: first, outcome: 'failed', error: 'Odd' })).toMatchObject([{ state: 'failed' }])
        await db.exec('update private.jobs set run_at = clock_timestamp() where id = $1::bigint', [id])
        const [again] = await claim(db)
        expect(again).toMatchObject({ attempt: 2 })
        await finish(db, { job: again, outcome: 'continued', checkpoint: { step } })
      }
      expect(await stored(db, id)).toMatchObject({ state: 'queued', continued_count: 5, last_error: null })
    }))

  it('is not begun anew once it was cancelled', () =>
    withRollback(async (db) => {
      const id = await enqueue(db)
      const [job] = await claim(db)
      await db.rows('select public.cancel_job($1::bigint)', [id])
      expect(await finish(db, { job, outcome: 'continued', checkpoint: {} })).toEqual([{ id, state: 'cancelled' }])
    }))

  it('holds those of its ordering key back until it is done', () =>
    withRollback(async (db) => {
      const [first, second] = [await enqueue(db, { order: 'a' }), await enqueue(db, { order: 'a' })]
      const [job] = await claim(db)
      expect(job?.id).toBe(first)
      await finish(db, { job, outcome: 'continued', checkpoint: {}, after_seconds: 60 })
      expect(await claim(db)).toEqual([])
      await db.exec('update private.jobs set run_at = clock_timestamp() where id = $1::bigint', [first])
      const [again] = await claim(db)
      await finish(db, { job: again, outcome: 'succeeded' })
      expect((await claim(db)).map(({ id }) => id)).toEqual([second])
    }))
})

describe('several queues', () => {
  it('[PLT-10] are emptied in the order the worker names them, each by priority', () =>
    withRollback(async (db) => {
      const late = await enqueue(db, { queue: 'bulk', priority: -10 })
      const [second, first] = [await enqueue(db), await enqueue(db, { priority: -1 })]
      await enqueue(db, { queue: 'other' })
      expect((await claim(db, { queues: 'test,bulk' })).map(({ id }) => id)).toEqual([first, second, late])
    }))

  it('give no more than was asked for in all', () =>
    withRollback(async (db) => {
      for (const queue of ['test', 'test', 'bulk', 'bulk']) await enqueue(db, { queue })
      expect(await claim(db, { queues: 'test,bulk', batch: 3 })).toHaveLength(3)
      expect(await claim(db, { queues: 'test,bulk', batch: 3 })).toHaveLength(1)
    }))

  it('[PLT-10] have a worker called for each, as soon as something is due in it', () =>
    withRollback(async (db) => {
      await db.rows(`select vault.create_secret('http://functions.test/v1', 'functions_url')`)
      await db.rows(`select vault.create_secret('sb_secret_x', 'worker_key')`)
      await enqueue(db, { queue: 'bulk' })
      await enqueue(db)
      const bodies = () =>
        db.rows(`select convert_from(body, 'utf8')::jsonb as body from net.http_request_queue order by id`)
      const body = (queue: string) => ({ body: { queues: [queue], does_loop: false } })
      expect(await bodies()).toEqual([body('bulk'), body('test')])
      await db.exec('delete from net.http_request_queue; delete from private.worker_heartbeats')
      expect(await db.row(`select public.wake_worker() as woken`)).toEqual({ woken: true })
      expect(await bodies()).toEqual([body('bulk'), body('test')])
    }))
})

describe('where pg_cron knows no seconds', () => {
  it('[PLT-11] the schedule looks a minute ahead and the worker loops through that minute', () =>
    withRollback(async (db) => {
      await db.rows(`select vault.create_secret('http://functions.test/v1', 'functions_url')`)
      await db.rows(`select vault.create_secret('sb_secret_x', 'worker_key')`)
      await db.exec(`create or replace function private.cron_schedule_for(schedule text, version text) returns text
        language sql immutable set search_path = '' as $$ select '* * * * *' $$`)
      const calls = () =>
        db.rows(`select convert_from(body, 'utf8')::jsonb -> 'does_loop' as does_loop from net.http_request_queue`)
      // A fresh job calls as well when it is due before the schedule comes again.
      await db.exec(`insert into private.jobs (kind, run_at) values ('test.later', now() + interval '2 minutes')`)
      expect(await calls()).toEqual([])
      await db.exec(`insert into private.jobs (kind, run_at) values ('test.soon', now() + interval '30 seconds')`)
      expect(await calls()).toEqual([{ does_loop: true }])
      await db.exec('delete from net.http_request_queue; delete from private.worker_heartbeats')
      await db.rows('select private.job_wake_worker(1)')
      expect(await calls()).toEqual([{ does_loop: true }])
    }))
})

it('[PLT-35] calls no further worker while enough are at work', () =>
  withRollback(async (db) => {
    await db.rows(`select vault.create_secret('http://functions.test/v1', 'functions_url')`)
    await db.rows(`select vault.create_secret('sb_secret_x', 'worker_key')`)
    const wake = () => db.row(`select private.wake_worker('test') as woken`)
    await db.exec(`insert into private.worker_heartbeats (worker, queues, polls_until)
      select 'worker-' || n, '{test}', now() + interval '1 minute' from generate_series(1, 8) as n`)
    expect(await wake()).toEqual({ woken: false })
    await db.exec(`delete from private.worker_heartbeats where worker = 'worker-1'`)
    expect(await wake()).toEqual({ woken: true })
  }))
