import { once } from 'node:events'
import { createServer } from 'node:http'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { killWorkers } from '../../../bench/support/job_faults.ts'
import {
  defineJob,
  type JobHandler,
  postgresJobQueue,
  probeJob,
  runJobs,
} from '../../../supabase/functions/_shared/platform/mod.ts'
import { type Clock, createLogger, systemClock } from '../../../supabase/functions/_shared/runtime/mod.ts'
import { type TestDatabase, testDatabase } from '../../support/postgres.ts'

describe('workers over one database', { timeout: 120_000 }, () => {
  let database: TestDatabase
  let sql: postgres.Sql
  beforeAll(async () => {
    database = await testDatabase()
    sql = postgres(database.url, { max: 4, onnotice: () => {} })
  })
  afterAll(async () => {
    await sql.end({ timeout: 5 })
    await database[Symbol.asyncDispose]()
  })

  const enqueue = async (kind: string, queue: string) => {
    const [row] = await sql<{ id: string }[]>`select private.enqueue_job(${kind}, queue := ${queue}) as id`
    return row?.id ?? ''
  }
  const job = async (id: string) => {
    const [row] = await sql<{ state: string; attempt: number; last_error: string | null; lease: number | null }[]>`
      select state::text as state, attempt, last_error,
        extract(epoch from lease_until - clock_timestamp())::float8 as lease
      from private.jobs where id = ${id}`
    return row
  }
  /** Runs a worker until its queue is empty. @returns events that it logged */
  async function work(queue: string, handlers: JobHandler[], options: { clock?: Clock; attemptMs?: number } = {}) {
    const events: unknown[] = []
    const run = await runJobs(
      {
        queue: postgresJobQueue(sql),
        handlers,
        db: { rpc: () => Promise.reject(new Error('Not asked')) },
        clock: options.clock ?? systemClock,
        logger: createLogger('worker', (_level, line) =>
          events.push(z.object({ event: z.string() }).parse(JSON.parse(line)).event),
        ),
      },
      {
        worker: `worker-${queue}`,
        queues: [queue],
        concurrency: 4,
        maxAhead: 0,
        maxJobs: 1000,
        leaseSeconds: 60,
        budgetMs: 60_000,
        graceMs: 20_000,
        attemptMs: options.attemptMs ?? 30_000,
        lingerMs: 0,
        pollMs: 10,
      },
    )
    return { run, events }
  }

  it('are given when a job is due in ISO 8601, as by the REST service', async () => {
    const id = await enqueue('platform.probe', 'dated')
    const [stored] = await sql<{ text: string }[]>`
      select to_jsonb(run_at) #>> '{}' as text from private.jobs where id = ${id}`
    const claim = { queues: ['dated'], worker: 'worker-dated', batchSize: 1, leaseSeconds: 60, pollSeconds: 0 }
    const [claimed] = await postgresJobQueue(sql).claim(claim)
    expect(claimed).toMatchObject({ id: Number(id), run_at: stored?.text })
    expect(claimed?.run_at).toMatch(/^\d{4}-\d\d-\d\dT/)
  })

  it('[PLT-10] [PLT-35] have each effect exactly once and lose nothing although they are killed at random', async () => {
    const report = await killWorkers({ url: database.url, jobs: 400, workers: 4, kills: 4 })
    expect(report).toMatchObject({ effectiveCount: 400, states: { succeeded: 400 }, unexplainedKeys: [] })
    expect(report.repeatedCount).toBeLessThanOrEqual(report.heldCount)
  })

  it.each([
    ['an hour late', -3_600_000],
    ['an hour early', 3_600_000],
  ])('[PLT-35] lease by the database’s clock: one whose own is %s does no harm', async (_name, skewMs) => {
    const queue = skewMs < 0 ? 'late' : 'early'
    const id = await enqueue('test.look', queue)
    let seen: Awaited<ReturnType<typeof job>>
    const look = defineJob('test.look', z.looseObject({}), async () => {
      seen = await job(id)
      return {}
    })
    const clock = { now: () => new Date(Date.now() + skewMs) }
    expect((await work(queue, [look], { clock })).run).toMatchObject({ succeeded: 1 })
    expect(seen?.lease).toBeGreaterThan(0)
    expect(seen?.lease).toBeLessThanOrEqual(60)
    expect(await job(id)).toMatchObject({ state: 'succeeded', attempt: 1 })
  })

  it('[PLT-10] go on when the database comes back, with what they had done recorded, and log it', async () => {
    const [first, second] = [await enqueue('test.cut', 'restart'), await enqueue('platform.probe', 'restart')]
    const superuser = postgres(database.superuserUrl, { max: 1, onnotice: () => {} })
    const maintenance = postgres(database.superuserUrl.replace(database.name, 'postgres'), {
      max: 1,
      onnotice: () => {},
    })
    await superuser.end()
    let calls = 0
    const cut = defineJob('test.cut', z.looseObject({}), async () => {
      calls += 1
      // As a restart: connections end and no new ones are taken for a while.
      await maintenance`update pg_database set datallowconn = false where datname = ${database.name}`
      await maintenance`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${database.name}`
      setTimeout(
        () => maintenance`update pg_database set datallowconn = true where datname = ${database.name}`.execute(),
        700,
      )
      return {}
    })
    const { run, events } = await work('restart', [cut, probeJob])
    expect(run).toMatchObject({ succeeded: 2, failed: 0, lost: 0 })
    expect(calls).toBe(1)
    expect(events).toContain('job_ends_not_recorded_yet')
    expect(await job(first)).toMatchObject({ state: 'succeeded', attempt: 1 })
    expect(await job(second)).toMatchObject({ state: 'succeeded', attempt: 1 })
    await maintenance.end()
  })

  it('[PLT-10] end the attempt of a job whose provider hangs, try it later, log it and get on with the others', async () => {
    const server = createServer(() => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const [hanging, other] = [await enqueue('test.hang', 'hanging'), await enqueue('platform.probe', 'hanging')]
    // It does not even listen to its signal.
    const hang = defineJob('test.hang', z.looseObject({}), async () => {
      await fetch(url)
      return {}
    })
    const { run, events } = await work('hanging', [hang, probeJob], { attemptMs: 200 })
    server.closeAllConnections()
    server.close()
    expect(run).toMatchObject({ succeeded: 1, failed: 1 })
    expect(events).toContain('job_failed')
    expect(await job(hanging)).toMatchObject({
      state: 'failed',
      attempt: 1,
      last_error: 'The attempt took longer than 0.2 s',
    })
    expect(await job(other)).toMatchObject({ state: 'succeeded' })
  })
})
