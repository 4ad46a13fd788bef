import postgres from 'postgres'
import type { Logger } from '../logger.ts'

/** What in the database is ours to do: the work of an extension that is a stand-in, and of the Realtime service. */
export interface Duties {
  readonly cron: boolean
  readonly net: boolean
  readonly partitions: boolean
}

/**
 * The scheduler's sessions on the stack's database: a small pool for bookkeeping, and one session that listens. Both
 * come back by themselves after a restart of Postgres.
 */
export interface SchedulerDatabase {
  readonly sql: postgres.Sql
  /** Listens again if the connection was lost since the last call. Rejects while Postgres is away. */
  ensureListening(): Promise<void>
  /** Asks which extensions are there, and whether they are real: those consist of C functions. */
  duties(): Promise<Duties>
  close(): Promise<void>
}

/**
 * Opens the scheduler's sessions.
 *
 * @param channels what to listen to, each with what to do on a notification
 */
export function openDatabase(
  url: string,
  channels: Readonly<Record<string, () => void>>,
  logger: Logger,
): SchedulerDatabase {
  let isLost = true
  let isClosed = false
  const connect = () =>
    postgres(url, {
      max: 3,
      // Ended while it asks for array types, the library rejects a promise that nobody holds.
      fetch_types: false,
      connect_timeout: 10,
      max_lifetime: null,
      onnotice: () => {},
      connection: { application_name: 'atrium scheduler' },
      onclose: () => {
        isLost = true
      },
    })
  const sql = connect()
  let listener: postgres.Sql | null = null

  return {
    sql,
    async ensureListening() {
      await sql`select 1`
      if (!isLost || isClosed) return
      await listener?.end({ timeout: 1 })
      listener = connect()
      isLost = false
      try {
        for (const [channel, onNotify] of Object.entries(channels)) await listener.listen(channel, onNotify)
      } catch (error) {
        isLost = true
        throw error
      }
      logger.debug('listening for jobs and requests')
      // What was notified while nobody listened.
      for (const onNotify of Object.values(channels)) onNotify()
    },
    async duties() {
      const [row] = await sql<Duties[]>`
        select
          to_regclass('cron.job') is not null and not exists (
            select from pg_proc where pronamespace = to_regnamespace('cron') and probin is not null
          ) as cron,
          to_regclass('net.http_request_queue') is not null and not exists (
            select from pg_proc where pronamespace = to_regnamespace('net') and probin is not null
          ) as net,
          to_regprocedure('realtime.maintain_partitions(integer,integer)') is not null as partitions`
      return row ?? { cron: false, net: false, partitions: false }
    },
    async close() {
      isClosed = true
      await Promise.all([listener?.end({ timeout: 2 }), sql.end({ timeout: 2 })])
    },
  }
}
