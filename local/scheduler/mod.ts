import type { Logger } from '../logger.ts'
import { createCronRunner } from './cron_runner.ts'
import { type Duties, openDatabase } from './database.ts'
import { createHttpSender } from './http_sender.ts'

/** Does the work of pg_cron and pg_net where the server only has their stand-ins. */
export interface Scheduler {
  /** Begins to work; resolves when the jobs are read and new ones will be noticed. */
  start(): Promise<void>
  /** Runs what is due at `now`, sends what is queued, and waits for all of it. For tests, instead of `start`. */
  runDue(now: Date): Promise<void>
  /** Ends what runs (recorded as failed), timers and connections. */
  close(): Promise<void>
}

/** Options of {@link createScheduler}. */
export interface SchedulerOptions {
  /** Superuser on the stack's database. */
  readonly databaseUrl: string
  readonly logger: Logger
  /** What time it is; the machine's clock unless a test says otherwise. */
  readonly clock?: { now(): Date }
  /** How often tables are looked at in case a notification was missed, in milliseconds; 1,000 when left out. */
  readonly pollMilliseconds?: number
}

const tickMilliseconds = 250
const housekeepingMilliseconds = 10 * 60_000

/**
 * Makes the scheduler. Where the extensions are real, or not created, it looks once a second and does nothing.
 *
 * @example
 * const scheduler = createScheduler({ databaseUrl, logger })
 * await scheduler.start()
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { logger, databaseUrl } = options
  const clock = options.clock ?? { now: () => new Date() }
  const database = openDatabase(
    databaseUrl,
    {
      // A notice from an extension that was not there at the last look comes with its creation.
      cron_job: () => background(duties.cron ? reload : look),
      net_http_request_queue: () => background(duties.net ? drain : look),
    },
    logger,
  )
  const cron = createCronRunner(database, databaseUrl, logger, clock.now())
  const sender = createHttpSender(database, logger)
  let duties: Duties = { cron: false, net: false, partitions: false }
  let hasRecovered = false
  let isAway = false
  let isClosed = false
  let lastHousekeeping = Number.NEGATIVE_INFINITY
  let polling: Promise<void> | null = null
  const timers: NodeJS.Timeout[] = []

  /** Work whose failure means that Postgres is away; the next poll finds out and says so. */
  function background(work: () => Promise<void>): void {
    if (!isClosed) work().catch((error: unknown) => logger.debug('scheduler step failed', { reason: String(error) }))
  }

  async function reload(): Promise<void> {
    if (!duties.cron) return
    if (!hasRecovered) {
      await cron.recover()
      hasRecovered = true
    }
    await cron.reload()
  }

  async function drain(): Promise<void> {
    if (duties.net) await sender.drain()
  }

  async function look(): Promise<void> {
    duties = await database.duties()
    await reload()
    await drain()
    if (performance.now() - lastHousekeeping < housekeepingMilliseconds) return
    lastHousekeeping = performance.now()
    if (duties.net) await sender.expire()
    // Hosted, the Realtime service makes tomorrow's partition and drops the oldest.
    if (duties.partitions) await database.sql`select realtime.maintain_partitions()`
  }

  async function poll(): Promise<void> {
    try {
      await database.ensureListening()
      await look()
      if (isAway) logger.info('scheduler is back')
      isAway = false
    } catch (error) {
      if (isClosed) return
      if (!isAway) logger.warn('scheduler cannot reach Postgres', { reason: String(error) })
      isAway = true
    }
  }

  function pollOnce(): void {
    polling ??= poll().finally(() => {
      polling = null
    })
  }

  return {
    async start() {
      await database.ensureListening()
      await look()
      timers.push(
        setInterval(() => cron.tick(clock.now()), tickMilliseconds),
        setInterval(pollOnce, options.pollMilliseconds ?? 1000),
      )
    },
    async runDue(now) {
      await look()
      cron.tick(now)
      await cron.idle()
      await drain()
      await sender.idle()
    },
    async close() {
      isClosed = true
      for (const timer of timers) clearInterval(timer)
      await Promise.all([cron.close(), sender.close()])
      await polling
      await database.close()
    },
  }
}
