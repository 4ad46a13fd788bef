import process from 'node:process'
import { configuredDelivery, createDatabaseWatch } from '../_shared/alerts/mod.ts'
import {
  checkReadiness,
  createDeepCheck,
  type HealthCheck,
  platformChecks,
  providerChecks,
  type SystemHealth,
} from '../_shared/health/mod.ts'
import { createApp } from '../_shared/http/mod.ts'
import { createLogger, readEnv, runInBackground, systemClock } from '../_shared/runtime/mod.ts'
import { deepRoute, livenessRoute, readinessRoute, testErrorRoute } from './routes.ts'

/** The application, for the API document. */
export const app = createApp('health')

const watch = createDatabaseWatch({
  clock: systemClock,
  logger: createLogger('health'),
  delivery: configuredDelivery,
  background: runInBackground,
})

let deepCheck: ReturnType<typeof createDeepCheck> | undefined

/** Made with the first request: the settings are checked then, and an answer may say what is wrong with them. */
function checkDeeply() {
  deepCheck ??= createDeepCheck({
    checks: (onSystemHealth: (health: SystemHealth | null) => void): readonly HealthCheck[] => {
      const env = readEnv()
      return [...platformChecks({ fetch, env, onSystemHealth }), ...providerChecks(env)]
    },
    clock: systemClock,
    memoryBytes: () => process.memoryUsage().rss,
    onDatabase: (isReachable) => watch.observe(isReachable),
    cacheMs: 15_000,
    timeoutMs: 4000,
    slowMs: 1000,
  })
  return deepCheck()
}

app.openapi(livenessRoute, (c) => c.json({ status: 'ok' as const }, 200))

app.openapi(readinessRoute, async (c) => {
  const env = readEnv()
  const key = env.SUPABASE_SECRET_KEYS.default ?? env.SUPABASE_SERVICE_ROLE_KEY ?? ''
  const readiness = await checkReadiness({ fetch, clock: systemClock, url: env.SUPABASE_URL, key, timeoutMs: 2000 })
  c.header('cache-control', 'no-store')
  return readiness.status === 'ready' ? c.json(readiness, 200) : c.json(readiness, 503)
})

app.openapi(deepRoute, async (c) => {
  const { authMode, supabase } = c.var.supabaseContext
  const health = await checkDeeply()
  // Who may list alerts is an operator: the database knows platform admins and their second factor.
  const isOperator =
    authMode === 'secret' ||
    (authMode === 'user' && (await supabase.rpc('list_alerts', { page_size: 1 })).error === null)
  const answer = isOperator ? health : { ...health, details: null }
  c.header('cache-control', 'no-store')
  return health.status === 'down' ? c.json(answer, 503) : c.json(answer, 200)
})

app.openapi(testErrorRoute, (c) => {
  const { organization_id } = c.req.valid('json')
  c.set('organizationId', organization_id)
  // The address is what the report must not show.
  throw new Error('Test error, nothing is broken; it would have been mailed to somebody@example.org')
})

export default { fetch: app.fetch }
