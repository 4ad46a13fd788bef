import { z } from 'zod'
import document from '../../../docs/api/openapi.json' with { type: 'json' }
import { createApp } from '../_shared/http/mod.ts'
import { readEnv } from '../_shared/runtime/mod.ts'
import { documentRoute } from './routes.ts'

/** The application, for the API document. */
export const app = createApp('docs')

const openApi = z.looseObject({ openapi: z.string() })

app.openapi(documentRoute, (c) => {
  const servers = [{ url: `${readEnv().PUBLIC_URL}/functions/v1` }]
  return c.json(openApi.parse({ ...document, servers }), 200, { 'cache-control': 'public, max-age=300' })
})

export default { fetch: app.fetch }
