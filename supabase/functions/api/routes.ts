import { createRoute } from '@hono/zod-openapi'
import { meSchema, organizationList } from '../_shared/api/mod.ts'
import { errorAnswers } from '../_shared/http/mod.ts'
import { callers, limited, security, tooMany } from './middleware.ts'

/** GET /api/v1/me */
export const meRoute = createRoute({
  method: 'get',
  path: '/v1/me',
  tags: ['REST API v1'],
  summary: 'Who the caller is',
  description: 'The person of the access token, or the service account of the API key.',
  security,
  middleware: [callers, limited('me.read')] as const,
  responses: {
    200: { description: 'The caller', content: { 'application/json': { schema: meSchema } } },
    ...errorAnswers({ 401: 'No or no valid credentials', 403: 'The person is banned', 429: tooMany }),
  },
})

/** GET /api/v1/organizations */
export const organizationsRoute = createRoute({
  method: 'get',
  path: '/v1/organizations',
  tags: ['REST API v1'],
  summary: 'The organizations of the caller',
  description: 'One page at a time; the header `link` names the next one. `fields` keeps the answer small.',
  security,
  middleware: [callers, limited('organizations.list')] as const,
  request: { query: organizationList.querySchema },
  responses: {
    200: { description: 'A page', content: { 'application/json': { schema: organizationList.pageSchema } } },
    ...errorAnswers({
      400: 'A parameter is not on the list, or the cursor is of another list',
      401: 'No or no valid credentials',
      403: 'The API key lacks the scope "organization.read"',
      429: tooMany,
    }),
  },
})
