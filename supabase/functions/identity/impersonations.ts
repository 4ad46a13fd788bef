import { type App, AppError, backendClient } from '../_shared/http/mod.ts'
import { endImpersonation, impersonate } from '../_shared/identity/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { endImpersonationRoute, impersonateRoute } from './impersonation_routes.ts'

/** Adds the routes under `/impersonations`. */
export function addImpersonationRoutes(app: App): void {
  app.openapi(impersonateRoute, async (c) => {
    const { supabase, supabaseAdmin, userClaims } = c.var.supabaseContext
    if (!userClaims) throw new AppError(403, 'person_required', 'Only a signed-in person may do this')
    // The secret key makes the session, after the database has let the admin.
    const deps = { asAdmin: supabase, backend: supabaseAdmin, visitor: backendClient(readEnv()) }
    const answer = await impersonate(deps, { ...c.req.valid('json'), adminId: userClaims.id })
    c.header('cache-control', 'no-store')
    return c.json(answer, 201)
  })

  app.openapi(endImpersonationRoute, async (c) => {
    await endImpersonation(c.var.supabaseContext.supabase, c.req.valid('param').id)
    return c.body(null, 204)
  })
}
