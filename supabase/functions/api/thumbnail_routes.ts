import { createRoute, z } from '@hono/zod-openapi'
import { thumbnailSizes } from '../_shared/files/mod.ts'
import { errorAnswers } from '../_shared/http/mod.ts'
import { callers, jsonAnswer, limited, security, tooMany } from './middleware.ts'

const thumbnailSchema = z.object({ url: z.url(), expires_at: z.iso.datetime() }).openapi('Thumbnail')

/** GET /api/v1/files/{file_id}/thumbnail */
export const thumbnailRoute = createRoute({
  method: 'get',
  path: '/v1/files/{file_id}/thumbnail',
  tags: ['REST API v1: files'],
  summary: 'A link to a small version of an image',
  description: 'Fits into a square of the size, and is never larger than the image. The link works for an hour.',
  security,
  middleware: [callers, limited('files.thumbnail')] as const,
  request: {
    params: z.object({ file_id: z.uuid() }),
    query: z.strictObject({
      size: z.enum(thumbnailSizes).default('256').openapi({ description: 'Pixels of a side of the square' }),
    }),
  },
  responses: {
    200: jsonAnswer('The link', thumbnailSchema),
    ...errorAnswers({
      400: 'There is no such size',
      401: 'No or no valid credentials',
      404: 'There is no such file, or it is not for the caller',
      409: 'It is no image, or was not found clean',
      429: tooMany,
    }),
  },
})
