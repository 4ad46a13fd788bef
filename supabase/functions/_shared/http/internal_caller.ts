import { withSupabase } from '@supabase/server/adapters/hono'
import { createMiddleware } from 'hono/factory'
import { readEnv } from '../runtime/mod.ts'
import type { AppEnv } from './app_env.ts'
import { secretKeys } from './backend_client.ts'

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
    return withSupabase({
      auth: keys[name] === undefined ? 'secret' : `secret:${name}`,
      env: { secretKeys: secretKeys(env) },
    })(c, next)
  })
}
