import { createDownloadLink, supabaseFileStorage } from '../_shared/files/mod.ts'
import { createApp } from '../_shared/http/mod.ts'
import { cachedSettings } from '../_shared/platform/mod.ts'
import { readEnv, systemClock } from '../_shared/runtime/mod.ts'
import { linkRoute } from './routes.ts'

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

export default { fetch: app.fetch }
