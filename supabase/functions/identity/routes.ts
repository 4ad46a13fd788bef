import { createRoute } from '@hono/zod-openapi'
import { withSupabase } from '@supabase/server/adapters/hono'
import { errorAnswers, rateLimit } from '../_shared/http/mod.ts'
import { recoveryAnswerSchema, recoveryRequestSchema } from '../_shared/identity/mod.ts'

/** POST /identity/recovery */
export const recoveryRoute = createRoute({
  method: 'post',
  path: '/recovery',
  tags: ['Identity'],
  summary: 'Get back in with a recovery code',
  description:
    'For a person who signed in with the first factor and lost the second: spends one of the codes that ' +
    '`generate_recovery_codes` made and takes all second factors away. The person then adds a new one. Five tries an hour; ' +
    'the person is told by mail.',
  security: [{ user: [] }],
  middleware: [withSupabase({ auth: 'user' }), rateLimit({ endpoint: 'identity.recovery' })] as const,
  request: { body: { required: true, content: { 'application/json': { schema: recoveryRequestSchema } } } },
  responses: {
    200: { description: 'The factors are gone', content: { 'application/json': { schema: recoveryAnswerSchema } } },
    ...errorAnswers({
      400: 'The body is not valid',
      401: 'No or no valid access token',
      403: 'The session was ended, or the person is banned',
      422: 'The code is wrong or was used',
      429: 'Too many tries; `retry-after` says how long to wait',
      503: 'The factors cannot be removed now; send the same code again',
    }),
  },
})
