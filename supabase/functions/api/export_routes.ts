import { createRoute, z } from '@hono/zod-openapi'
import { exportLinkSchema, exportRequestList, exportSchema, newExportSchema } from '../_shared/exports/mod.ts'
import { errorAnswers } from '../_shared/http/mod.ts'
import { callers, headers, jsonAnswer, jsonBody, limited, once, onceInSecret, security, tooMany } from './middleware.ts'

const tags = ['REST API v1: exports']
const exportId = z.object({ export_id: z.uuid() })
const errors = {
  401: 'No or no valid credentials',
  403: 'The permission "exports.run", or that of the list, is missing',
  404: 'No such organization, or no such export of the caller',
  429: tooMany,
}

/** POST /api/v1/exports */
export const requestExportRoute = createRoute({
  method: 'post',
  path: '/v1/exports',
  tags,
  summary: 'Ask for a list as a file',
  description:
    'A job writes it with the rights of the caller; `GET` tells how far it is. The same request while the first is ' +
    'under way answers that one. Rows made later are left out.',
  security,
  middleware: [callers, limited('exports.create'), once] as const,
  request: { headers, body: jsonBody(newExportSchema) },
  responses: {
    202: jsonAnswer('The export', exportSchema),
    ...errorAnswers({
      ...errors,
      400: 'There is no such list, or it does not have such a filter, field or order',
      409: 'As many exports as the organization may have at once are being written',
      422: 'A value is not allowed',
    }),
  },
})

/** GET /api/v1/exports */
export const exportsRoute = createRoute({
  method: 'get',
  path: '/v1/exports',
  tags,
  summary: 'The own exports',
  security,
  middleware: [callers, limited('exports.list')] as const,
  request: { query: exportRequestList.querySchema },
  responses: {
    200: jsonAnswer('A page', exportRequestList.pageSchema),
    ...errorAnswers({ ...errors, 400: 'A parameter is not on the list, or the cursor is of another list' }),
  },
})

/** GET /api/v1/exports/{export_id} */
export const exportRoute = createRoute({
  method: 'get',
  path: '/v1/exports/{export_id}',
  tags,
  summary: 'How far an export is',
  security,
  middleware: [callers, limited('exports.read')] as const,
  request: { params: exportId },
  responses: { 200: jsonAnswer('The export', exportSchema), ...errorAnswers({ ...errors, 400: 'The id is none' }) },
})

/** POST /api/v1/exports/{export_id}/cancel */
export const cancelExportRoute = createRoute({
  method: 'post',
  path: '/v1/exports/{export_id}/cancel',
  tags,
  summary: 'Call off an export',
  security,
  middleware: [callers, limited('exports.cancel'), once] as const,
  request: { params: exportId, headers },
  responses: {
    200: jsonAnswer('The export', exportSchema),
    ...errorAnswers({ ...errors, 400: 'The id is none', 409: 'It is not under way any more' }),
  },
})

/** POST /api/v1/exports/{export_id}/link */
export const exportLinkRoute = createRoute({
  method: 'post',
  path: '/v1/exports/{export_id}/link',
  tags,
  summary: 'Make a link to the file of an export',
  description: 'The link works for some minutes, for whoever has it. Each one is counted and audited.',
  security,
  middleware: [callers, limited('exports.link'), onceInSecret] as const,
  request: { params: exportId, headers },
  responses: {
    201: jsonAnswer('The link', exportLinkSchema),
    ...errorAnswers({ ...errors, 400: 'The id is none', 409: 'The export is not ready, or not any more' }),
  },
})
