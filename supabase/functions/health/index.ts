import { checkReadiness } from '../_shared/health/mod.ts'
import { createApp } from '../_shared/http/mod.ts'
import { readEnv, systemClock } from '../_shared/runtime/mod.ts'
import { livenessRoute, readinessRoute } from './routes.ts'

/** The application, for the API document. */
export const app = createApp('health')

app.openapi(livenessRoute, (c) => c.json({ status: 'ok' as const }, 200))

app.openapi(readinessRoute, async (c) => {
  const env = readEnv()
  const key = env.SUPABASE_SECRET_KEYS.default ?? env.SUPABASE_SERVICE_ROLE_KEY ?? ''
  const readiness = await checkReadiness({ fetch, clock: systemClock, url: env.SUPABASE_URL, key, timeoutMs: 2000 })
  c.header('cache-control', 'no-store')
  return readiness.status === 'ready' ? c.json(readiness, 200) : c.json(readiness, 503)
})

export default { fetch: app.fetch }
