import { withSupabase } from '@supabase/server/adapters/hono'
import { createMiddleware } from 'hono/factory'
import { readEnv } from '../runtime/mod.ts'
import type { AppEnv } from './app_env.ts'

/**
 * Lets only the backend itself in: the secret key of that name where the project has one, else the default secret key.
 * Gives the route `c.var.supabaseContext` with `supabaseAdmin`, which bypasses row level security.
 *
 * @param name of the key in `SUPABASE_SECRET_KEYS`, such as `worker`
 */
export function internalCaller(name: string) {
  return createMiddleware<{ Variables: Pick<AppEnv['Variables'], 'supabaseContext'> }>((c, next) => {
    const env = readEnv()
    const keys = env.SUPABASE_SECRET_KEYS
    // A platform without named keys has the older service key alone.
    const fallback = env.SUPABASE_SERVICE_ROLE_KEY
    const isOlder = Object.keys(keys).length === 0 && fallback !== undefined
    return withSupabase({
      auth: keys[name] === undefined ? 'secret' : `secret:${name}`,
      ...(isOlder ? { env: { secretKeys: { default: fallback } } } : {}),
    })(c, next)
  })
}
