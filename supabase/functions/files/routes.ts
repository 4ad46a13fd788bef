import { createRoute, z } from '@hono/zod-openapi'
import { withSupabase } from '@supabase/server/adapters/hono'
import { downloadLinkSchema } from '../_shared/files/mod.ts'
import { errorAnswers, rateLimit } from '../_shared/http/mod.ts'

/** POST /files/{file_id}/link */
export const linkRoute = createRoute({
  method: 'post',
  path: '/{file_id}/link',
  tags: ['Files'],
  summary: 'A link to download a file',
  description:
    'For a few minutes (setting `files.link_seconds`), as an attachment under the name of the file. Making it counts as a ' +
    'download and is in the audit log. Needs `files.read`; the file must be clean.',
  security: [{ user: [] }],
  middleware: [withSupabase({ auth: 'user' }), rateLimit({ endpoint: 'files.link' })] as const,
  request: { params: z.object({ file_id: z.uuid() }) },
  responses: {
    200: { description: 'The link', content: { 'application/json': { schema: downloadLinkSchema } } },
    ...errorAnswers({
      400: 'That is no id',
      401: 'No or no valid access token',
      404: 'No such file, or the caller may not see it',
      409: 'It was not scanned yet, or is infected',
      429: 'Too many calls; `retry-after` says how long to wait',
      503: 'Storage or the database cannot be reached now',
    }),
  },
})
