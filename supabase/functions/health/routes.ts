import { createRoute } from '@hono/zod-openapi'
import { livenessSchema, readinessSchema } from '../_shared/health/mod.ts'

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
