import { createRoute, z } from '@hono/zod-openapi'
import { withSupabase } from '@supabase/server/adapters/hono'
import { errorAnswers, rateLimit } from '../_shared/http/mod.ts'
import { impersonationRequestSchema, impersonationSchema } from '../_shared/identity/mod.ts'

const tags = ['Identity']
const security = [{ user: [] }]
const signedIn = withSupabase({ auth: 'user' })
const limited = rateLimit({ endpoint: 'identity.impersonate' })
const notAdmin = 'The caller does not run the platform, or has no second factor in this session'

/** POST /identity/impersonations */
export const impersonateRoute = createRoute({
  method: 'post',
  path: '/impersonations',
  tags,
  summary: 'See the product as somebody else',
  description:
    'For platform admins with a second factor. Answers an access token that reads what the person reads and changes ' +
    'nothing, for half an hour. The reason goes into the audit log, and so does what is done with the token.',
  security,
  middleware: [signedIn, limited] as const,
  request: { body: { required: true, content: { 'application/json': { schema: impersonationRequestSchema } } } },
  responses: {
    201: { description: 'The session', content: { 'application/json': { schema: impersonationSchema } } },
    ...errorAnswers({
      400: 'The body is not valid',
      401: 'No or no valid access token',
      403: notAdmin,
      404: 'No such person',
      409: 'The person runs the platform, is kept out, has no confirmed address, or is impersonated already',
      429: 'Too many calls; `retry-after` says how long to wait',
      503: 'Auth makes no session now',
    }),
  },
})

/** DELETE /identity/impersonations/{id} */
export const endImpersonationRoute = createRoute({
  method: 'delete',
  path: '/impersonations/{id}',
  tags,
  summary: 'End an impersonation',
  description: 'For platform admins with a second factor. The token stops working at once; again changes nothing.',
  security,
  middleware: [signedIn, limited] as const,
  request: { params: z.object({ id: z.uuid() }) },
  responses: {
    204: { description: 'Ended' },
    ...errorAnswers({
      400: 'The id is not valid',
      401: 'No or no valid access token',
      403: notAdmin,
      404: 'No such impersonation',
      429: 'Too many calls; `retry-after` says how long to wait',
    }),
  },
})
