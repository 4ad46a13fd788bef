import postgres from 'postgres'
import { textLists } from '../../supabase/functions/_shared/database/mod.ts'
import type { Caller } from './caller.ts'

/** Where a statement runs: the pool or a transaction in somebody's role. */
export type Db = postgres.ISql<{ list: string[] }>

/** The service's connections, as supabase_storage_admin. */
export type Pool = postgres.Sql<{ list: string[] }>

/** What the service does, as policies read it with `storage.operation()`. */
export type Operation = `storage.${'bucket' | 'object' | 'render'}.${string}`

/** Opens the pool. @param url connection URL of supabase_storage_admin */
export function openPool(url: string): Pool {
  return postgres(url, {
    max: 10,
    idle_timeout: 60,
    connect_timeout: 10,
    // Ended while it asks for array types, the library rejects a promise that nobody holds.
    fetch_types: false,
    types: { list: textLists },
    onnotice: () => {},
    connection: { application_name: 'storage', search_path: 'storage', timezone: 'UTC' },
  })
}

/** Runs statements in one transaction past all policies. */
export function asService<T>(pool: Pool, work: (db: Db) => Promise<T>): Promise<T> {
  return pool.begin((db) => work(db)) as Promise<T>
}

/** Runs statements in one transaction under the caller's policies. */
export function asCaller<T>(
  pool: Pool,
  caller: Caller,
  operation: Operation,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  return pool.begin(async (db) => {
    // Sent without waiting in between; when the role is refused, Postgres refuses the work as well.
    const [, result] = await Promise.all([actAs(db, caller, operation), work(db)])
    return result
  }) as Promise<T>
}

/** Looks something up past all policies and something else under the caller's, in one go. */
export function asServiceThenCaller<A, B>(
  pool: Pool,
  caller: Caller,
  operation: Operation,
  work: { lookUp(db: Db): Promise<A>; act(db: Db): Promise<B> },
): Promise<[A, B]> {
  return pool.begin(async (db) => {
    const [found, , result] = await Promise.all([work.lookUp(db), actAs(db, caller, operation), work.act(db)])
    return [found, result] as const
  }) as Promise<[A, B]>
}

/** Thrown to roll back a trial; carries its outcome. */
class TrialEnded<T> {
  readonly found: T
  readonly refusal: unknown
  constructor(found: T, refusal: unknown) {
    this.found = found
    this.refusal = refusal
  }
}

/**
 * Looks something up past all policies, then runs statements under the caller's and takes them back.
 *
 * @returns what was found, and the error of the statements; null when they would have been let through
 */
export async function tryAsCaller<T>(
  pool: Pool,
  caller: Caller,
  operation: Operation,
  work: { lookUp(db: Db): Promise<T>; act(db: Db): Promise<unknown> },
): Promise<{ found: T; refusal: unknown }> {
  try {
    await pool.begin(async (db) => {
      const [looking, acting, trying] = await Promise.allSettled([
        work.lookUp(db),
        actAs(db, caller, operation),
        work.act(db),
      ])
      if (looking.status === 'rejected') throw looking.reason
      const failed = [acting, trying].find((outcome) => outcome.status === 'rejected')
      throw new TrialEnded(looking.value, failed?.reason ?? null)
    })
  } catch (cause) {
    if (cause instanceof TrialEnded) return cause
    throw cause
  }
  throw new Error('a trial ends with its outcome')
}

async function actAs(db: Db, caller: Caller, operation: Operation): Promise<void> {
  const claims = JSON.stringify(caller.claims)
  await db`select
    set_config('role', ${caller.role}, true),
    set_config('request.jwt', ${caller.token}, true),
    set_config('request.jwt.claims', ${claims}, true),
    set_config('request.jwt.claim.sub', ${caller.subject ?? ''}, true),
    set_config('request.jwt.claim.role', ${caller.role}, true),
    set_config('request.method', ${caller.method}, true),
    set_config('request.path', ${caller.path}, true),
    set_config('storage.operation', ${operation}, true),
    set_config('storage.allow_delete_query', 'true', true)`
}
