import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Logger, makeWorkerUtils } from 'graphile-worker'
import { PgBoss } from 'pg-boss'
import postgres from 'postgres'
import { withFreshDatabase } from '../scripts/fresh_database.ts'
import type { BenchOptions } from './run.ts'
import { type ContenderInput, preciseNow, resultSchema } from './support/job_contender.ts'

const jobCount = 20_000
const latencyCount = 300
/** The same for all: jobs at once; connections are one more. */
const concurrency = 24

interface Contender {
  readonly name: string
  readonly file: string
  readonly url: string
  readonly isBatched: boolean
  /** Adds jobs with the present time. */
  enqueue(count: number): Promise<void>
  /** Jobs that are not recorded as done. */
  countLeft(): Promise<number>
}

/** Jobs a second, and the time from enqueueing to start, of the worker beside graphile-worker and pg-boss. */
export async function measureJobs(options: BenchOptions): Promise<void> {
  await withFreshDatabase(async (url, server) => {
    const superuser = postgres(server.url(), { max: 1, onnotice: () => {} })
    await superuser.unsafe('create database bench_others')
    const others = await openOthers(server.url('bench_others'))
    const atrium = postgres(url, { max: 1, onnotice: () => {} })
    try {
      const contenders = [atriumContender(url, atrium), ...others.contenders]
      report(await measureRates(contenders, options.rounds), await measureLatencies(contenders))
    } finally {
      await others.close()
      await Promise.all([atrium.end(), superuser.end()])
    }
  })
}

function atriumContender(url: string, sql: postgres.Sql): Contender {
  return {
    name: 'atrium',
    file: 'jobs_atrium.ts',
    url,
    isBatched: true,
    async enqueue(count) {
      await sql`
        insert into private.jobs (kind, queue, payload)
        select 'bench.count', 'bench', jsonb_build_object('at', ${preciseNow()}::float8)
        from generate_series(1, ${count}::int)`
    },
    countLeft: () =>
      countRows(sql, `select count(*) from private.jobs where kind = 'bench.count' and state <> 'succeeded'`),
  }
}

async function openOthers(url: string): Promise<{ contenders: Contender[]; close(): Promise<void> }> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const utils = await makeWorkerUtils({ connectionString: url, logger: new Logger(() => () => {}) })
  await utils.migrate()
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false })
  await boss.start()
  await boss.createQueue('bench')
  const graphile = {
    file: 'jobs_graphile.ts',
    url,
    async enqueue(count: number) {
      await utils.addJobs(Array.from({ length: count }, () => ({ identifier: 'count', payload: { at: preciseNow() } })))
    },
    countLeft: () => countRows(sql, 'select count(*) from graphile_worker._private_jobs'),
  }
  return {
    contenders: [
      { name: 'graphile-worker', isBatched: false, ...graphile },
      { name: 'graphile-worker batched', isBatched: true, ...graphile },
      {
        name: 'pg-boss',
        file: 'jobs_pg_boss.ts',
        url,
        isBatched: false,
        async enqueue(count) {
          await boss.insert(
            'bench',
            Array.from({ length: count }, () => ({ data: { at: preciseNow() } })),
          )
        },
        countLeft: () =>
          countRows(sql, `select count(*) from pgboss.job where name = 'bench' and state <> 'completed'`),
      },
    ],
    async close() {
      await utils.release()
      await boss.stop({ graceful: false })
      await sql.end()
    },
  }
}

async function countRows(sql: postgres.Sql, statement: string): Promise<number> {
  const [row] = await sql.unsafe<{ count: string }[]>(statement)
  return Number(row?.count)
}

/** Each contender has a turn in each round, so that a slow moment of the machine hits all alike. */
async function measureRates(contenders: readonly Contender[], rounds: number): Promise<Map<string, number[]>> {
  const rates = new Map<string, number[]>()
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of contenders) {
      await contender.enqueue(jobCount)
      await using process = await startProcess(contender, jobCount)
      const { seconds } = await process.result()
      const rate = jobCount / seconds
      rates.set(contender.name, [...(rates.get(contender.name) ?? []), rate])
      console.log(`  round ${round}  ${contender.name.padEnd(24)} ${Math.round(rate)} jobs/s`)
    }
  }
  return rates
}

/** As they come in everyday work: one at a time. */
async function measureLatencies(contenders: readonly Contender[]): Promise<Map<string, number[]>> {
  const latencies = new Map<string, number[]>()
  for (const contender of contenders) {
    await using process = await startProcess(contender, latencyCount)
    for (let made = 0; made < latencyCount; made += 1) {
      await contender.enqueue(1)
      await delay(5 + Math.random() * 20)
    }
    latencies.set(contender.name, (await process.result()).latencies)
  }
  return latencies
}

/** Starts a contender in a process of its own. */
async function startProcess({ name, file, url, isBatched, countLeft }: Contender, count: number) {
  const input: ContenderInput = { url, isBatched, count, concurrency }
  const child = fork(join(import.meta.dirname, 'contenders', file), [JSON.stringify(input)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const ready = Promise.withResolvers<void>()
  const handled = Promise.withResolvers<unknown>()
  child.on('message', (message) => (message === 'ready' ? ready.resolve() : handled.resolve(message)))
  exited.then(() => {
    ready.reject(new Error(`${name} ended before it was ready`))
    handled.reject(new Error(`${name} ended before its jobs`))
  })
  // Whoever waits for neither is not to hear of it.
  ready.promise.catch(() => {})
  handled.promise.catch(() => {})
  await ready.promise
  return {
    /** Waits until all jobs were handled and recorded as done. */
    async result() {
      const result = resultSchema.parse(await handled.promise)
      for (let tries = 0; (await countLeft()) > 0; tries += 1) {
        if (tries > 200) throw new Error(`${name} left jobs behind`)
        await delay(50)
      }
      return result
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

const quantile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(Math.floor(values.length * share), values.length - 1)] ?? 0
const median = (values: readonly number[]) => quantile(values, 0.5)

function report(rates: ReadonlyMap<string, number[]>, latencies: ReadonlyMap<string, number[]>): void {
  console.table(
    [...rates].map(([name, all]) => ({
      name,
      'jobs/s': Math.round(median(all)),
      'start p50 ms': quantile(latencies.get(name) ?? [], 0.5).toFixed(1),
      'start p95 ms': quantile(latencies.get(name) ?? [], 0.95).toFixed(1),
    })),
  )
  // By rounds, because the machine may have more to do in one than in another.
  const own = rates.get('atrium') ?? []
  for (const [name, all] of rates) {
    if (name === 'atrium') continue
    const ratios = own.map((rate, round) => rate / (all[round] ?? Number.NaN))
    const [least, most] = [quantile(ratios, 0), quantile(ratios, 1)].map((ratio) => ratio.toFixed(2))
    console.log(`atrium / ${name}`.padEnd(34), `${median(ratios).toFixed(2)} times (${least} to ${most})`)
  }
}
