import { serviceHeaders } from '../observability/mod.ts'
import type { Env } from '../runtime/mod.ts'
import { type HealthCheck, HealthProblem } from './health_check.ts'
import { type SystemHealth, systemHealthSchema } from './schemas.ts'

/** What the checks of the platform's own services need. */
export interface PlatformDeps {
  readonly fetch: typeof fetch
  readonly env: Pick<Env, 'SUPABASE_URL' | 'SUPABASE_SECRET_KEYS' | 'SUPABASE_SERVICE_ROLE_KEY'>
  /** Told what the database said of itself, each time it is asked. */
  onSystemHealth(health: SystemHealth | null): void
}

/**
 * The services of the platform. The database is asked through REST, which proves gateway, REST, pool and Postgres in one,
 * and asked again at once when it fails: one lost packet is no outage.
 */
export function platformChecks(deps: PlatformDeps): readonly HealthCheck[] {
  const get = async (path: string, signal: AbortSignal, init: RequestInit = {}) => {
    const headers = { ...serviceHeaders(deps.env), 'content-type': 'application/json' }
    const response = await deps.fetch(`${deps.env.SUPABASE_URL}${path}`, { ...init, headers, signal })
    if (response.ok) return response
    await response.body?.cancel()
    throw new HealthProblem(`answered ${response.status}`)
  }
  const asked = (path: string) => async (signal: AbortSignal) => {
    await (await get(path, signal)).body?.cancel()
  }
  const askDatabase = async (signal: AbortSignal) => {
    const response = await get('/rest/v1/rpc/get_system_health', signal, { method: 'POST', body: '{}' })
    deps.onSystemHealth(systemHealthSchema.parse(await response.json()))
  }
  return [
    {
      name: 'database',
      isCritical: true,
      async ask(signal) {
        try {
          await askDatabase(signal).catch(() => askDatabase(signal))
        } catch (error) {
          deps.onSystemHealth(null)
          throw error
        }
      },
    },
    { name: 'auth', isCritical: true, ask: asked('/auth/v1/health') },
    { name: 'storage', isCritical: false, ask: asked('/storage/v1/bucket?limit=1') },
    { name: 'realtime', isCritical: false, ask: asked('/realtime/v1/api/ping') },
    // Through the gateway and back: what a client waits for a function that does nothing.
    { name: 'functions', isCritical: true, ask: asked('/functions/v1/health') },
  ]
}
