import { createAdminClient } from '@supabase/server/core'
import type { Env } from '../runtime/mod.ts'

/** The project's secret keys by name. A platform without named keys has the older service key alone. */
export function secretKeys(env: Env): Record<string, string> {
  const keys = env.SUPABASE_SECRET_KEYS
  const older = env.SUPABASE_SERVICE_ROLE_KEY
  return Object.keys(keys).length === 0 && older !== undefined ? { default: older } : keys
}

/**
 * A client with the rights of the backend, which bypasses row level security: for routes whose callers prove themselves by
 * a signature, and only after it was checked.
 */
export function backendClient(env: Env) {
  return createAdminClient({ env: { url: env.SUPABASE_URL, secretKeys: secretKeys(env) } })
}
