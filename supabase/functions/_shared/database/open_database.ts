import postgres from 'postgres'
import { AppError } from '../http/mod.ts'
import { repeatConflicts } from '../runtime/mod.ts'
import { fromPostgres } from './database_error.ts'
import { textLists } from './text_lists.ts'

/** A connection inside the caller's transaction. Values go into its templates as parameters, never into the text. */
export type CallerSql = postgres.TransactionSql<{ bigint: number; date: string; day: string; list: string[] }>

/** What a transaction is told about who asks; policies read it. Made by the backend, never taken from a request as it is. */
export interface CallerClaims {
  /** Id of the person. */
  readonly sub?: string
  /** Instead of a person: the program behind an API key, which then lists what it may do. */
  readonly service_account_id?: string
  readonly scopes?: readonly string[]
  readonly role: 'authenticated'
  readonly [claim: string]: unknown
}

/** The database, for functions that answer in somebody's name without a token which the REST service would accept. */
export interface CallerDatabase {
  /**
   * Runs `work` in one transaction with the caller's rights: row-level security applies, and everything is undone when it
   * throws. An impersonated session can only read.
   *
   * @param work is run again, unless it only reads, when Postgres undid it because it met another transaction; so it does
   *   nothing outside the database
   * @param options.isReadOnly refuses any change
   * @param options.timeoutMs longest time that one statement may take; 8 seconds when left out
   * @throws {AppError} what the database's rules refused, 504 `request_timeout`, 503 `database_unavailable`
   */
  asCaller<T>(
    claims: CallerClaims,
    work: (sql: CallerSql) => Promise<T>,
    options?: { isReadOnly?: boolean; timeoutMs?: number },
  ): Promise<T>
  /**
   * Calls a function of schema public as the backend itself, in one round trip: for counts and keys that every request
   * meets. Like `rpc` of supabase-js with the secret key, and with its answers.
   */
  rpc(name: string, parameters: object): Promise<{ data: unknown; error: { message: string; code?: string } | null }>
  /** Ends the connections. */
  close(): Promise<void>
}

/**
 * Opens a small pool of connections, the first one when it is needed. Made for a pooler in transaction mode, as hosted
 * projects have: no prepared statements, no state outside a transaction, connections that are not used are given back.
 *
 * @param url asked for with the first query
 */
export function openDatabase(url: () => string): CallerDatabase {
  let pool: ReturnType<typeof connect> | undefined
  return {
    async asCaller(claims, work, { isReadOnly = false, timeoutMs = 8000 } = {}) {
      pool ??= connect(url())
      const connected = pool
      const run = async (sql: CallerSql) => {
        await sql`
          select
            set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
            set_config('statement_timeout', ${String(timeoutMs)}, true),
            set_config('TimeZone', 'UTC', true),
            set_config('role', ${claims.role}, true)`
        if (!isReadOnly && 'session_id' in claims) {
          // Whatever a policy or function forgot: nothing is changed in somebody else's name.
          await sql`select set_config('transaction_read_only', 'on', true) where private.is_impersonated()`
        }
        return { result: await work(sql) }
      }
      try {
        const { result } = isReadOnly
          ? await connected.begin('read only', run)
          : await repeatConflicts(() => connected.begin('read write', run))
        return result
      } catch (error) {
        if (!isReadOnly && error instanceof postgres.PostgresError && error.code === '25006') {
          throw new AppError(403, 'impersonation_read_only', 'Who sees the product as somebody else changes nothing', {
            hint: 'Sign in as yourself',
            cause: error,
          })
        }
        throw fromPostgres(error)
      }
    },
    async rpc(name, parameters) {
      pool ??= connect(url())
      const sql = pool
      const given = Object.entries(parameters).map(([key, value]) => sql`${sql(key)} => ${value}`)
      const list = given.length === 0 ? sql`` : given.reduce((all, next) => sql`${all}, ${next}`)
      try {
        const rows = await sql`select * from ${sql(`public.${name}`)}(${list})`
        // A function that returns one value is a table of one column with its name.
        const isValue = rows.columns.length === 1 && rows.columns[0]?.name === name
        return { data: isValue ? (rows[0]?.[name] ?? null) : rows.map((row) => ({ ...row })), error: null }
      } catch (error) {
        const code = error instanceof postgres.PostgresError ? { code: error.code } : {}
        return { data: null, error: { message: error instanceof Error ? error.message : String(error), ...code } }
      }
    },
    async close() {
      await pool?.end({ timeout: 5 })
    },
  }
}

function connect(url: string) {
  return postgres(url, {
    // A few for each isolate: there are many isolates, and the pooler shares out what the database has.
    max: 4,
    idle_timeout: 20,
    max_lifetime: 30 * 60,
    connect_timeout: 5,
    prepare: false,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'atrium-functions' },
    types: {
      // Amounts in minor units stay far below 2^53.
      bigint: {
        to: 20,
        from: [20],
        parse: (text: string) => Number(text),
        serialize: (value: number) => String(value),
      },
      // As text, because a Date would lose the microseconds that a cursor needs.
      date: { to: 1184, from: [1114, 1184], parse: toIsoTime, serialize: (value: string) => value },
      list: textLists,
      day: { to: 1082, from: [1082], parse: (text: string) => text, serialize: (value: string) => value },
    },
  })
}

/** `2026-01-31 09:30:00.123456+00` as ISO 8601. */
function toIsoTime(text: string): string {
  return text.replace(' ', 'T').replace(/\+00$/, '+00:00')
}
