import { createRoute, z } from '@hono/zod-openapi'
import { deepHealthSchema, livenessSchema, readinessSchema } from '../_shared/health/mod.ts'
import { anyCaller, errorAnswers, internalCaller } from '../_shared/http/mod.ts'

/** GET /health */
export const livenessRoute = createRoute({
  method: 'get',
  path: '/',
  tags: ['Health'],
  summary: 'Whether functions run',
  security: [],
  responses: { 200: { description: 'They do', content: { 'application/json': { schema: livenessSchema } } } },
})

/** GET /health/ready */
export const readinessRoute = createRoute({
  method: 'get',
  path: '/ready',
  tags: ['Health'],
  summary: 'Whether the services behind the API answer',
  description: 'Asks database and auth, each with a limit of two seconds. For load balancers and monitors.',
  security: [],
  responses: {
    200: { description: 'All answer', content: { 'application/json': { schema: readinessSchema } } },
    503: { description: 'At least one does not', content: { 'application/json': { schema: readinessSchema } } },
  },
})

const deepBody = { 'application/json': { schema: deepHealthSchema } }

/** GET /health/deep */
export const deepRoute = createRoute({
  method: 'get',
  path: '/deep',
  tags: ['Health'],
  summary: 'How every part of the system is',
  description:
    'Asks database, auth, storage, realtime, functions and mail, and judges other providers by the calls of the last ' +
    'five minutes. Answers are kept for 15 seconds. Everybody is told the status; components and resources are for ' +
    'secret keys and for platform admins with a second factor. "down" (503): without a part that everything needs; ' +
    '"degraded" (200): a part is slow, failing or missing.',
  security: [{}, { secretKey: [] }],
  middleware: [anyCaller()] as const,
  responses: {
    200: { description: 'It works, at least in the main', content: deepBody },
    503: { description: 'It does not work', content: deepBody },
  },
})

/** POST /health/test-error */
export const testErrorRoute = createRoute({
  method: 'post',
  path: '/test-error',
  tags: ['Health'],
  summary: 'Fail on purpose',
  description: 'Proves that errors arrive where they are reported: answers 500, and the error is in log and Sentry.',
  security: [{ secretKey: [] }],
  middleware: [internalCaller('health')] as const,
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: z.strictObject({ organization_id: z.uuid().optional() }) } },
    },
  },
  responses: errorAnswers({ 400: 'The body is not valid', 401: 'No secret key', 500: 'As asked' }),
})
