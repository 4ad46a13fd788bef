import { z } from '@hono/zod-openapi'

/** Answer of the liveness route. */
export const livenessSchema = z.object({ status: z.literal('ok') }).openapi('Liveness')

const checkSchema = z
  .object({
    status: z.enum(['ok', 'failing']),
    reason: z.string().nullable().openapi({ description: 'Null when the service is well' }),
    duration_ms: z.number(),
  })
  .openapi('HealthCheck')

/** Answer of the readiness route. */
export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'degraded']),
    checks: z.object({ database: checkSchema, auth: checkSchema }),
  })
  .openapi('Readiness')

/** State of one service. */
export type CheckResult = z.infer<typeof checkSchema>
/** State of the services that every request needs. */
export type Readiness = z.infer<typeof readinessSchema>
