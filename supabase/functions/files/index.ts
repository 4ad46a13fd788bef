import { createDownloadLink, downloadShared, lookAtShareLink, supabaseFileStorage } from '../_shared/files/mod.ts'
import { type AppContext, createApp } from '../_shared/http/mod.ts'
import { auditRequest, cachedSettings } from '../_shared/platform/mod.ts'
import { readEnv, systemClock } from '../_shared/runtime/mod.ts'
import { linkRoute } from './routes.ts'
import { sharedDownloadRoute, sharedRoute } from './share_routes.ts'

/** The application, for the API document. */
export const app = createApp('files')

app.openapi(linkRoute, async (c) => {
  const { supabase, supabaseAdmin } = c.var.supabaseContext
  const link = await createDownloadLink(
    {
      asCaller: supabase,
      storage: supabaseFileStorage(readEnv()),
      settings: cachedSettings(supabaseAdmin),
      clock: systemClock,
    },
    c.req.valid('param').file_id,
  )
  c.header('cache-control', 'no-store')
  return c.json(link, 200)
})

app.openapi(sharedRoute, async (c) => {
  const { supabaseAdmin } = c.var.supabaseContext
  const shared = await lookAtShareLink({ db: supabaseAdmin }, c.req.valid('param').token, visitor(c))
  c.header('cache-control', 'no-store')
  return c.json(shared, 200)
})

app.openapi(sharedDownloadRoute, async (c) => {
  const { supabaseAdmin } = c.var.supabaseContext
  const deps = {
    db: supabaseAdmin,
    storage: supabaseFileStorage(readEnv()),
    settings: cachedSettings(supabaseAdmin),
    clock: systemClock,
  }
  const given = { token: c.req.valid('param').token, password: c.req.valid('json').password }
  const link = await downloadShared(deps, given, visitor(c))
  c.header('cache-control', 'no-store')
  return c.json(link, 200)
})

function visitor(c: AppContext) {
  const { ipAddress, userAgent } = auditRequest(c.req.raw)
  return { address: ipAddress ?? null, userAgent: userAgent ?? null }
}

export default { fetch: app.fetch }
