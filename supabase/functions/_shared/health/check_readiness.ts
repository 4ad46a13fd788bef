import type { Clock } from '../runtime/mod.ts'
import type { CheckResult, Readiness } from './schemas.ts'

/** What the checks need. */
export interface ReadinessDeps {
  readonly fetch: typeof fetch
  readonly clock: Clock
  /** Base address of the platform's services. */
  readonly url: string
  /** Key that may read tables. */
  readonly key: string
  readonly timeoutMs: number
}

/**
 * Asks the services that every request needs, all at once. A service that does not answer in time counts as failing.
 *
 * The database is asked through REST, so that one check proves gateway, REST, pool, schema and Postgres.
 */
export async function checkReadiness(deps: ReadinessDeps): Promise<Readiness> {
  const [database, auth] = await Promise.all([
    check(deps, '/rest/v1/organizations?select=id&limit=1'),
    check(deps, '/auth/v1/health'),
  ])
  const isReady = database.status === 'ok' && auth.status === 'ok'
  return { status: isReady ? 'ready' : 'degraded', checks: { database, auth } }
}

async function check(deps: ReadinessDeps, path: string): Promise<CheckResult> {
  const startedAt = deps.clock.now().getTime()
  const reason = await probe(deps, path)
  return { status: reason ? 'failing' : 'ok', reason, duration_ms: deps.clock.now().getTime() - startedAt }
}

/** Null when the service is well, else why not, without telling anything about its insides. */
async function probe(deps: ReadinessDeps, path: string): Promise<string | null> {
  try {
    const response = await deps.fetch(`${deps.url}${path}`, {
      headers: { apikey: deps.key },
      signal: AbortSignal.timeout(deps.timeoutMs),
    })
    await response.body?.cancel()
    return response.ok ? null : `answered ${response.status}`
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'did not answer in time' : 'cannot be reached'
  }
}
