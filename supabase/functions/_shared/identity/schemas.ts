import { z } from '@hono/zod-openapi'

/** A recovery code, in any writing. */
export const recoveryRequestSchema = z
  .strictObject({ code: z.string().min(12).max(40).openapi({ example: 'k3x9-0qvn-7tfm' }) })
  .openapi('RecoveryRequest')

/** What a recovery did. */
export const recoveryAnswerSchema = z
  .object({
    removed_factor_count: z.number().int().openapi({ description: 'Second factors that were taken away' }),
  })
  .openapi('Recovery')
