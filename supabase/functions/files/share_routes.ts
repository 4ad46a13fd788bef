import { createHash } from 'node:crypto'
import { createRoute, z } from '@hono/zod-openapi'
import { withSupabase } from '@supabase/server/adapters/hono'
import { downloadLinkSchema, sharedFileSchema } from '../_shared/files/mod.ts'
import { errorAnswers, rateLimit } from '../_shared/http/mod.ts'
import { auditRequest } from '../_shared/platform/mod.ts'

const token = z
  .string()
  .regex(/^[\w-]{20,100}$/)
  .openapi({ description: 'The last part of the link' })

/** Counted by address and by link, so that neither links nor passwords are guessed. */
const limited = rateLimit({
  endpoint: 'share_links.open',
  caller: (c) => ({
    address: auditRequest(c.req.raw).ipAddress,
    account: createHash('sha256')
      .update(c.req.param('token') ?? '')
      .digest('hex'),
  }),
})

const answers = errorAnswers({
  400: 'That is no link',
  404: 'The link does not work (any more)',
  429: 'Too many calls; `retry-after` says how long to wait',
  503: 'Storage or the database cannot be reached now',
})

/** GET /files/shared/{token} */
export const sharedRoute = createRoute({
  method: 'get',
  path: '/shared/{token}',
  tags: ['Files'],
  summary: 'What is behind a share link',
  description: 'For everybody who has the link. Each look is in the log of the link, with the hashed address.',
  security: [],
  middleware: [withSupabase({ auth: 'none' }), limited] as const,
  request: { params: z.object({ token }) },
  responses: {
    200: { description: 'The file', content: { 'application/json': { schema: sharedFileSchema } } },
    ...answers,
  },
})

/** POST /files/shared/{token}/download */
export const sharedDownloadRoute = createRoute({
  method: 'post',
  path: '/shared/{token}/download',
  tags: ['Files'],
  summary: 'A link to download a shared file',
  description: 'For a few minutes, as an attachment under the name of the file. Counts as a download.',
  security: [],
  middleware: [withSupabase({ auth: 'none' }), limited] as const,
  request: {
    params: z.object({ token }),
    body: {
      required: true,
      content: { 'application/json': { schema: z.strictObject({ password: z.string().min(1).max(72).optional() }) } },
    },
  },
  responses: {
    200: { description: 'The link', content: { 'application/json': { schema: downloadLinkSchema } } },
    ...answers,
    ...errorAnswers({ 403: 'The link asks for a password, or the password is wrong' }),
  },
})
