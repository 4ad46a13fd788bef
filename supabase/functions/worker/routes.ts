import { createRoute } from '@hono/zod-openapi'
import { errorAnswers, internalCaller } from '../_shared/http/mod.ts'
import { workerCallSchema, workerRunSchema } from '../_shared/platform/mod.ts'

/** POST /worker */
export const workRoute = createRoute({
  method: 'post',
  path: '/',
  tags: ['Worker'],
  summary: 'Run the jobs that are due',
  description:
    'Called by the database when a job is due. Works until nothing is left or the time is over, then has another worker ' +
    'called. Any number may run side by side.',
  security: [{ secretKey: [] }],
  middleware: [internalCaller('worker')] as const,
  request: { body: { required: true, content: { 'application/json': { schema: workerCallSchema } } } },
  responses: {
    200: { description: 'What was done', content: { 'application/json': { schema: workerRunSchema } } },
    ...errorAnswers({ 400: 'The body is not valid', 401: 'No secret key', 500: 'The queue cannot be reached' }),
  },
})
