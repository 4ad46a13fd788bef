import { createRoute } from '@hono/zod-openapi'
import { hookErrorSchema, hookOkSchema } from '../_shared/auth-hooks/mod.ts'

const failure = (description: string) => ({ description, content: { 'application/json': { schema: hookErrorSchema } } })

/** POST /auth-hooks/send-email */
export const sendEmailRoute = createRoute({
  method: 'post',
  path: '/send-email',
  tags: ['Auth hooks'],
  summary: 'Send a mail for Auth',
  description:
    'Called by Supabase Auth alone, which signs the body as Standard Webhooks say. Answers in the shape that Auth ' +
    'expects; Auth repeats the call after a 503.',
  security: [],
  responses: {
    200: { description: 'Sent', content: { 'application/json': { schema: hookOkSchema.or(hookErrorSchema) } } },
    400: failure('The body is not a call of the hook'),
    401: failure('The signature does not match'),
    500: failure('Our settings are not valid'),
    503: failure('No mail can be sent now'),
  },
})
