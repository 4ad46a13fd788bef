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
    return withSupabase({
      auth: env.SUPABASE_SECRET_KEYS[name] === undefined ? 'secret' : `secret:${name}`,
      env: { secretKeys: secretKeys(env) },
    })(c, next)
  })
}

/** Lets everybody in and says who it is: `c.var.supabaseContext.authMode` is `secret`, `user` or `none`. */
export function anyCaller() {
  return createMiddleware<{ Variables: Pick<AppEnv['Variables'], 'supabaseContext'> }>((c, next) =>
    withSupabase({ auth: ['secret', 'user', 'none'], env: { secretKeys: secretKeys(readEnv()) } })(c, next),
  )
}
