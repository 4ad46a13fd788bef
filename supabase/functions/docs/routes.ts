import { createRoute, z } from '@hono/zod-openapi'

/** GET /docs */
export const documentRoute = createRoute({
  method: 'get',
  path: '/',
  tags: ['API document'],
  summary: 'This document',
  description: 'OpenAPI 3.1 of all functions. `npm run docs:site` makes a folder of static files that shows it.',
  security: [],
  responses: {
    200: {
      description: 'OpenAPI 3.1',
      content: { 'application/json': { schema: z.looseObject({ openapi: z.string() }) } },
    },
  },
})
