import { z } from '@hono/zod-openapi'

/** The body of every error answer. */
export const errorSchema = z
  .object({
    code: z.string().openapi({ description: 'Lower snake case, never renamed', example: 'invalid_request' }),
    message: z.string().openapi({
      description: 'What went wrong, in English',
      example: 'Cannot read request: "body.currency" is not valid',
    }),
    hint: z
      .string()
      .nullable()
      .openapi({ description: 'What to do about it', example: 'Correct the fields named in details' }),
    details: z
      .array(
        z.object({
          path: z.string().openapi({ description: 'The field', example: 'body.currency' }),
          message: z.string().openapi({ description: 'What is wrong with it', example: 'Must be an ISO 4217 code' }),
        }),
      )
      .nullable()
      .openapi({ description: 'The fields that were not accepted' }),
    request_id: z.string().openapi({ example: '0b6f6c1e-52a5-4a0e-8f5e-7a8a0f3f2f51' }),
  })
  .openapi('Error')

/**
 * The error answers of a route, for its `responses`.
 *
 * @param answers description by status
 * @example responses: { 200: ..., ...errorAnswers({ 404: 'No such invoice' }) }
 */
export function errorAnswers<Status extends number>(answers: Readonly<Record<Status, string>>) {
  const content = { 'application/json': { schema: errorSchema } }
  const entries = Object.entries<string>(answers).map(([status, description]) => [status, { description, content }])
  return Object.fromEntries(entries) as Record<Status, { description: string; content: typeof content }>
}
