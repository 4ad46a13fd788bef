import { createRoute, z } from '@hono/zod-openapi'
import {
  fileList,
  fileSchema,
  uploadedFileSchema,
  uploadResultsSchema,
  uploadTargetSchema,
} from '../_shared/api/mod.ts'
import { errorAnswers, idempotent } from '../_shared/http/mod.ts'
import { rpcIdempotencyKeys } from '../_shared/platform/mod.ts'
import { database } from './database.ts'
import { callers, headers, jsonAnswer, limited, once, security, tooMany } from './middleware.ts'

const tags = ['REST API v1: files']
const unauthorized = 'No or no valid credentials'

/** Longest time of an upload; a hosted function has 150 seconds. */
export const uploadMs = 140_000
/** Paths whose body is read as it comes. */
export const uploadPaths = ['/api/v1/files/upload', '/api/v1/files/upload-multiple']

/** The body of an upload is not read to be compared. */
const onceStreamed = idempotent({
  keys: () => rpcIdempotencyKeys(database),
  isStreamed: true,
  leaseSeconds: 2 * (uploadMs / 1000),
})

// No zod schema: the framework would read the whole form into memory.
const form = (name: string, description: string) => ({
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object' as const,
        required: [name],
        properties: {
          organization_id: {
            type: 'string' as const,
            format: 'uuid',
            description: 'Instead of the query; before the file',
          },
          category: { type: 'string' as const, description: 'Instead of the query; before the file' },
          [name]: { type: 'string' as const, format: 'binary', description },
        },
      },
    },
  },
})

const uploadErrors = {
  400: 'The form cannot be read, or something is missing',
  401: unauthorized,
  403: 'Permission "files.write" is missing',
  404: 'No such organization',
  409: 'The storage of the plan is used up, or the upload was ended meanwhile',
  413: 'The file is larger than its category takes, or the form is too large',
  415: 'The body is no form, or the category does not take files of this media type',
  422: 'No such category, a name that cannot be, or no content',
  429: tooMany,
  503: 'Storage cannot be reached now',
}

/** POST /api/v1/files/upload */
export const uploadRoute = createRoute({
  method: 'post',
  path: '/v1/files/upload',
  tags,
  summary: 'Upload a file',
  description:
    'A form with the file, streamed to Storage. It is scanned, and can be downloaded when its state is `clean`. With ' +
    '`Idempotency-Key`, requests of the same length count as the same.',
  security,
  middleware: [callers, limited('files.upload'), onceStreamed] as const,
  request: { headers, query: uploadTargetSchema, body: form('file', 'The file, with its name and media type') },
  responses: { 201: jsonAnswer('The file, in quarantine', uploadedFileSchema), ...errorAnswers(uploadErrors) },
})

/** POST /api/v1/files/upload-multiple */
export const uploadMultipleRoute = createRoute({
  method: 'post',
  path: '/v1/files/upload-multiple',
  tags,
  summary: 'Upload several files',
  description: 'Up to 10 files of together 100 MB, each of which is taken or refused alone, in the order of the form.',
  security,
  middleware: [callers, limited('files.upload'), onceStreamed] as const,
  request: { headers, query: uploadTargetSchema, body: form('files', 'A file; the field is repeated for each') },
  responses: {
    201: jsonAnswer('All were taken', uploadResultsSchema),
    207: jsonAnswer('Some or all were refused, each with its reason', uploadResultsSchema),
    ...errorAnswers(uploadErrors),
  },
})

const content = { 'application/octet-stream': { schema: { type: 'string' as const, format: 'binary' } } }

/** GET /api/v1/files/download/{category}/{filename} */
export const downloadRoute = createRoute({
  method: 'get',
  path: '/v1/files/download/{category}/{filename}',
  tags,
  summary: 'Download a file',
  description:
    'By its name, of which the newest clean one counts, or by its id. Always as an attachment. Takes `Range`, `If-Range` and ' +
    '`If-None-Match`. Each download is counted and in the audit log.',
  security,
  middleware: [callers, limited('files.download')] as const,
  request: {
    params: z.object({ category: z.string().max(60), filename: z.string().max(255) }),
    query: z.strictObject({ organization_id: z.uuid().optional() }),
  },
  responses: {
    200: { description: 'The content; `etag` names it', content },
    206: { description: 'The part that `Range` asked for', content },
    304: { description: 'The caller has it already' },
    ...errorAnswers({
      401: unauthorized,
      403: 'The API key lacks the scope "files.read"',
      404: 'No such file',
      409: 'It was not scanned yet, or is infected',
      416: 'The file has no such part',
      429: tooMany,
      503: 'Storage cannot be reached now',
    }),
  },
})

/** DELETE /api/v1/files/delete */
export const deleteFileRoute = createRoute({
  method: 'delete',
  path: '/v1/files/delete',
  tags,
  summary: 'Delete a file',
  description: 'With all its versions. It can be restored for 30 days with `restore_file`.',
  security,
  middleware: [callers, limited('files.delete'), once] as const,
  request: { headers, query: z.strictObject({ file_id: z.uuid() }) },
  responses: {
    204: { description: 'Gone' },
    ...errorAnswers({
      400: 'No id',
      401: unauthorized,
      403: 'Neither the uploader nor permission "files.manage"',
      404: 'No such file',
      409: 'It has to be kept for a time',
      429: tooMany,
    }),
  },
})

/** GET /api/v1/files */
export const filesRoute = createRoute({
  method: 'get',
  path: '/v1/files',
  tags,
  summary: 'The files that the caller may see',
  description: 'One page at a time; the header `link` names the next one. Deleted ones with `state=deleted` only.',
  security,
  middleware: [callers, limited('files.list')] as const,
  request: { query: fileList.querySchema },
  responses: {
    200: jsonAnswer('A page', fileList.pageSchema),
    ...errorAnswers({
      400: 'A parameter is not on the list, or the cursor is of another list',
      401: unauthorized,
      403: 'The API key lacks the scope "files.read"',
      429: tooMany,
    }),
  },
})

/** GET /api/v1/files/{file_id} */
export const fileRoute = createRoute({
  method: 'get',
  path: '/v1/files/{file_id}',
  tags,
  summary: 'One file',
  security,
  middleware: [callers, limited('files.read')] as const,
  request: { params: z.object({ file_id: z.uuid() }) },
  responses: {
    200: jsonAnswer('The file', fileSchema),
    ...errorAnswers({
      401: unauthorized,
      403: 'The API key lacks the scope "files.read"',
      404: 'No such file',
      429: tooMany,
    }),
  },
})
