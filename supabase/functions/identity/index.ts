import { AppError, createApp } from '../_shared/http/mod.ts'
import { supabaseRecoveryBackend, useRecoveryCode } from '../_shared/identity/mod.ts'
import { addImpersonationRoutes } from './impersonations.ts'
import { recoveryRoute } from './routes.ts'

/** The application, for the API document. */
export const app = createApp('identity')

app.openapi(recoveryRoute, async (c) => {
  // The secret key, because people may not take their own factors away without them. The token was checked before.
  const { supabaseAdmin, jwtClaims } = c.var.supabaseContext
  const sessionId = jwtClaims?.session_id
  if (!jwtClaims?.sub || typeof sessionId !== 'string') {
    throw new AppError(403, 'person_required', 'Only a signed-in person may do this')
  }
  const removed_factor_count = await useRecoveryCode(
    { backend: supabaseRecoveryBackend(supabaseAdmin) },
    { userId: jwtClaims.sub, sessionId },
    c.req.valid('json').code,
  )
  return c.json({ removed_factor_count }, 200)
})
addImpersonationRoutes(app)

export default { fetch: app.fetch }
