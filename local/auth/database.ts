import postgres from 'postgres'
import { AuthError, OAuthError, unexpectedFailure } from './errors.ts'

/** Where a model's statement runs: the pool or an open transaction. */
export type Db = postgres.ISql<Record<string, never>>

/** The service's pool. */
export type Pool = postgres.Sql<Record<string, never>>

/** `instance_id` of every row: Auth once served several sites from one database. */
export const instanceId = '00000000-0000-0000-0000-000000000000'

/** Opens the service's pool. @param url connection URL of supabase_auth_admin */
export function openPool(url: string): Pool {
  return postgres(url, {
    max: 10,
    idle_timeout: 60,
    connect_timeout: 10,
    // Ended while it asks for array types, the library rejects a promise that nobody holds.
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'auth', timezone: 'UTC' },
  })
}

/** Runs a flow's statements in one transaction. */
export function inTransaction<T>(pool: Pool, work: (db: Db) => Promise<T>): Promise<T> {
  return pool.begin((db) => work(db)) as Promise<T>
}

/**
 * Runs database work whose failure has its own message, as when a project's trigger refuses a new user.
 *
 * @throws {AuthError} 500 `unexpected_failure` with the message; errors of the protocol pass unchanged
 */
export async function orFail<T>(message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof AuthError || cause instanceof OAuthError || isUnavailable(cause)) throw cause
    throw unexpectedFailure(message, cause)
  }
}

/** True when the error says that Postgres cannot be reached now, so that a later try may succeed. */
export function isUnavailable(cause: unknown): boolean {
  const code = errorCode(cause)
  if (code === null) return false
  return (
    /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|CONNECT_TIMEOUT|CONNECTION_(CLOSED|ENDED|DESTROYED))$/.test(code) ||
    /^(57P0[123]|53300|08...)$/.test(code)
  )
}

/** True when the error is a violation of the named unique constraint or index. */
export function isDuplicate(cause: unknown, constraint: string): boolean {
  return cause instanceof postgres.PostgresError && cause.code === '23505' && cause.constraint_name === constraint
}

function errorCode(cause: unknown): string | null {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return null
  return typeof cause.code === 'string' ? cause.code : null
}
