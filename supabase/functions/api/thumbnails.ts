import { keptSeconds, signThumbnail, supabaseFileStorage } from '../_shared/files/mod.ts'
import type { App } from '../_shared/http/mod.ts'
import { readEnv, systemClock } from '../_shared/runtime/mod.ts'
import { database } from './database.ts'
import { thumbnailRoute } from './thumbnail_routes.ts'

/** Adds the route of thumbnails. */
export function addThumbnailRoutes(app: App): void {
  app.openapi(thumbnailRoute, async (c) => {
    const deps = { database, storage: supabaseFileStorage(readEnv()), clock: systemClock }
    const thumbnail = await signThumbnail(deps, c.var.caller, c.req.valid('param').file_id, c.req.valid('query').size)
    // A link that is kept is an image that is kept.
    c.header('cache-control', `private, max-age=${keptSeconds}`)
    return c.json(thumbnail, 200)
  })
}
