import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { afterAll } from 'vitest'
import { z } from 'zod'
import { type TestDatabase, testDatabase } from './postgres.ts'

/** Somebody with an account. */
export interface Person {
  readonly id: string
  readonly email: string
  /** Further claims of the token, such as `aal` or `session_id`. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Whose rights a statement has; `postgres` owns the project's schemas. */
export type Actor = Person | 'anon' | 'service_role' | 'postgres'

/** The role of Postgres that an actor's statements run with. */
export const roleOf = (actor: Actor): string => (typeof actor === 'string' ? actor : 'authenticated')

/** The claims that an actor's statements run with. */
export const claimsOf = (actor: Actor): Readonly<Record<string, unknown>> =>
  typeof actor === 'string'
    ? { role: actor }
    : { sub: actor.id, email: actor.email, role: 'authenticated', ...actor.claims }

/** One transaction on the test file's database. */
export interface Database {
  /** From here on statements run as this actor, as PostgREST runs them. */
  actAs(actor: Actor): Promise<void>
  /** Runs `work` as the owner of the schemas, then goes on as before. */
  asOwner<T>(work: () => Promise<T>): Promise<T>
  /** Rows of a statement. A failure undoes only this statement. @throws {SqlError} */
  rows<Row extends object = Record<string, unknown>>(statement: string, parameters?: Parameter[]): Promise<Row[]>
  /** The only row of a statement. @throws {SqlError} */
  row<Row extends object = Record<string, unknown>>(statement: string, parameters?: Parameter[]): Promise<Row>
  /** Runs a statement, or several without parameters, and tells how many rows it touched. @throws {SqlError} */
  exec(statement: string, parameters?: Parameter[]): Promise<number>
}

type Parameter = string | number | boolean | null | string[]

/** What Postgres refused, with what `private.raise_error` gave it. */
export class SqlError extends Error {
  /** Five characters, or `PGRST` for errors raised with a status. */
  readonly sqlstate: string
  /** HTTP status that the error is answered with, where it was raised with one. */
  readonly status: number | undefined
  /** Code of the flat error body, where it was raised with one. */
  readonly code: string | undefined

  constructor(cause: postgres.PostgresError) {
    const body = cause.code === 'PGRST' ? raisedBody.parse(JSON.parse(cause.message)) : undefined
    super(body?.message ?? cause.message, { cause })
    this.name = 'SqlError'
    this.sqlstate = cause.code
    this.code = body?.code
    this.status = cause.code === 'PGRST' ? raisedStatus.parse(JSON.parse(cause.detail ?? '')).status : undefined
  }
}

const raisedBody = z.strictObject({
  code: z.string(),
  message: z.string(),
  details: z.string().nullable(),
  hint: z.string().nullable(),
})
const raisedStatus = z.strictObject({ status: z.number().int(), headers: z.record(z.string(), z.string()) })

let shared: Promise<{ database: TestDatabase; sql: postgres.Sql }> | undefined

async function open(): Promise<{ database: TestDatabase; sql: postgres.Sql }> {
  const database = await testDatabase()
  return { database, sql: postgres(database.url, { max: 8, onnotice: () => {} }) }
}

afterAll(async () => {
  if (!shared) return
  const { database, sql } = await shared
  await sql.end()
  await database[Symbol.asyncDispose]()
})

/** The database of this test file, made on first use and dropped at the file's end. */
export async function fileDatabase(): Promise<TestDatabase> {
  shared ??= open()
  return (await shared).database
}

/** Runs `work` in a transaction that is undone, whatever happens. */
export function withRollback<T>(work: (db: Database) => Promise<T>): Promise<T> {
  return inTransaction('rollback', 'read committed', work)
}

/** Runs `work` in a transaction that stays, for tests of several sessions. Rows end with the file's database. */
export function withCommit<T>(work: (db: Database) => Promise<T>): Promise<T> {
  return inTransaction('commit', 'read committed', work)
}

type Isolation = 'read committed' | 'repeatable read'

async function inTransaction<T>(
  end: 'commit' | 'rollback',
  isolation: Isolation,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  shared ??= open()
  const { sql } = await shared
  const session = await sql.reserve()
  try {
    await session.unsafe(`begin isolation level ${isolation}`)
    try {
      const result = await work(databaseOn(session))
      await session.unsafe(end)
      return result
    } catch (error) {
      await session.unsafe('rollback')
      throw error
    }
  } finally {
    session.release()
  }
}

function databaseOn(session: postgres.ReservedSql): Database {
  let current: Actor = 'postgres'

  async function actAs(actor: Actor): Promise<void> {
    current = actor
    const role = roleOf(actor)
    await session.unsafe('reset role')
    await session.unsafe(`select set_config('request.jwt.claims', $1, true), set_config('role', $2, true)`, [
      JSON.stringify(claimsOf(actor)),
      role,
    ])
  }

  async function run(statement: string, parameters: Parameter[]): Promise<postgres.RowList<postgres.Row[]>> {
    await session.unsafe('savepoint statement')
    try {
      const result = await session.unsafe(statement, parameters)
      await session.unsafe('release savepoint statement')
      return result
    } catch (error) {
      await session.unsafe('rollback to savepoint statement')
      if (error instanceof postgres.PostgresError) throw new SqlError(error)
      throw error
    }
  }

  async function rows<Row extends object>(statement: string, parameters: Parameter[] = []): Promise<Row[]> {
    return [...(await run(statement, parameters))].map((row) => ({ ...row })) as unknown as Row[]
  }

  return {
    actAs,
    rows,
    async asOwner(work) {
      const before = current
      await actAs('postgres')
      try {
        return await work()
      } finally {
        await actAs(before)
      }
    },
    async row(statement, parameters) {
      const [first, ...others] = await rows(statement, parameters)
      if (!first || others.length > 0) throw new Error(`Expected one row, got ${others.length + (first ? 1 : 0)}`)
      return first as never
    },
    async exec(statement, parameters = []) {
      return (await run(statement, parameters)).count ?? 0
    },
  }
}

/**
 * Runs two transactions so that the second meets the first one's locks: it starts when `first` is done but not yet
 * committed, and `first` commits when the second waits for a lock or has ended.
 *
 * @returns how each ended, committed or failed
 */
export async function atOnce<First, Second>(
  first: (db: Database) => Promise<First>,
  second: (db: Database) => Promise<Second>,
  isolation: Isolation = 'read committed',
): Promise<[PromiseSettledResult<First>, PromiseSettledResult<Second>]> {
  const { promise: secondStarted, resolve: startSecond } =
    Promise.withResolvers<Promise<PromiseSettledResult<Second>[]>>()
  const [firstResult] = await Promise.allSettled([
    inTransaction('commit', isolation, async (db) => {
      const result = await first(db)
      let hasEnded = false
      const { promise: process, resolve: tellProcess } = Promise.withResolvers<number>()
      const ending = Promise.allSettled([
        inTransaction('commit', isolation, async (other) => {
          tellProcess((await other.row<{ pid: number }>('select pg_backend_pid() as pid')).pid)
          return second(other)
        }),
      ]).finally(() => {
        hasEnded = true
      })
      startSecond(ending)
      const pid = await process
      while (!hasEnded && !(await isWaiting(db, pid))) await delay(5)
      return result
    }).catch((error: unknown) => {
      // Only matters when the first failed before the second began.
      startSecond(Promise.resolve([{ status: 'rejected', reason: error }]))
      throw error
    }),
  ])
  const [secondResult] = await await secondStarted
  if (!firstResult || !secondResult) throw new Error('A transaction ended without a result')
  return [firstResult, secondResult]
}

async function isWaiting(db: Database, pid: number): Promise<boolean> {
  const { waits } = await db.asOwner(() =>
    db.row<{ waits: boolean }>('select cardinality(pg_blocking_pids($1)) > 0 as waits', [pid]),
  )
  return waits
}
