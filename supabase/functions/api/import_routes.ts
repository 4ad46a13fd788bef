import { createRoute, z } from '@hono/zod-openapi'
import { errorAnswers } from '../_shared/http/mod.ts'
import {
  importActions,
  importDetailSchema,
  importList,
  importMappingSchema,
  newImportSchema,
} from '../_shared/imports/mod.ts'
import { callers, headers, jsonAnswer, jsonBody, limited, once, security, tooMany } from './middleware.ts'

const tags = ['REST API v1: imports']
const ofImport = z.object({ import_id: z.uuid() })
const common = {
  400: 'A parameter or the body is not valid',
  401: 'No or no valid credentials',
  403: 'The caller may not do this, or the API key lacks the scope "imports.read" or "imports.run"',
  404: 'No such import, file or organization',
  429: tooMany,
}
const changed = { ...common, 409: 'The state of the import or file does not allow it', 422: 'A value is not allowed' }

/** POST /api/v1/imports */
export const createImportRoute = createRoute({
  method: 'post',
  path: '/v1/imports',
  tags,
  summary: 'Import a file',
  description:
    'CSV or an Excel workbook that was uploaded with category `import`. Its columns are found and a mapping is suggested; ' +
    'when the state is `ready` it may be checked (a dry run) and started.',
  security,
  middleware: [callers, limited('imports.create'), once] as const,
  request: { headers, body: jsonBody(newImportSchema) },
  responses: { 201: jsonAnswer('The import', importDetailSchema), ...errorAnswers(changed) },
})

/** GET /api/v1/imports */
export const importsRoute = createRoute({
  method: 'get',
  path: '/v1/imports',
  tags,
  summary: 'Imports of the caller’s organizations',
  description: 'One page at a time; the header `link` names the next one.',
  security,
  middleware: [callers, limited('imports.list')] as const,
  request: { query: importList.querySchema },
  responses: { 200: jsonAnswer('A page', importList.pageSchema), ...errorAnswers(common) },
})

/** GET /api/v1/imports/{import_id} */
export const importRoute = createRoute({
  method: 'get',
  path: '/v1/imports/{import_id}',
  tags,
  summary: 'How far an import is',
  description: 'With the columns of its file, the first rows as they would be imported, and its counts.',
  security,
  middleware: [callers, limited('imports.read')] as const,
  request: { params: ofImport },
  responses: { 200: jsonAnswer('The import', importDetailSchema), ...errorAnswers(common) },
})

/** PUT /api/v1/imports/{import_id}/mapping */
export const importMappingRoute = createRoute({
  method: 'put',
  path: '/v1/imports/{import_id}/mapping',
  tags,
  summary: 'Map the columns of an import',
  description: 'Which column is which field, what is done with rows that are there already, or how the file is read.',
  security,
  middleware: [callers, limited('imports.map'), once] as const,
  request: { headers, params: ofImport, body: jsonBody(importMappingSchema) },
  responses: { 200: jsonAnswer('The import', importDetailSchema), ...errorAnswers(changed) },
})

/** POST /api/v1/imports/{import_id}/{action} */
export const importActionRoute = createRoute({
  method: 'post',
  path: '/v1/imports/{import_id}/{action}',
  tags,
  summary: 'Check, start, stop, resume or undo an import',
  description:
    '`check` is a dry run. `stop` is at once, and `resume` goes on from there. `undo` deletes what was added and gives ' +
    'what was changed its earlier values, but for rows that were changed since.',
  security,
  middleware: [callers, limited('imports.run'), once] as const,
  request: { headers, params: ofImport.extend({ action: z.enum(importActions) }) },
  responses: { 200: jsonAnswer('The import', importDetailSchema), ...errorAnswers(changed) },
})

/** GET /api/v1/imports/{import_id}/errors */
export const importErrorsRoute = createRoute({
  method: 'get',
  path: '/v1/imports/{import_id}/errors',
  tags,
  summary: 'Rows of an import that were not taken, as CSV',
  description: 'Row number, field, code, message and value. Values that a spreadsheet would calculate are neutralised.',
  security,
  middleware: [callers, limited('imports.errors')] as const,
  request: { params: ofImport },
  responses: {
    200: { description: 'The rows', content: { 'text/csv': { schema: { type: 'string' as const } } } },
    ...errorAnswers(common),
  },
})
