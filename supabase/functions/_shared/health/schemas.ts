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

const componentSchema = z
  .object({
    status: z.enum(['ok', 'degraded', 'down']).openapi({ description: 'degraded: it works, but slowly or in part' }),
    reason: z.string().nullable().openapi({ description: 'Null when the component is well' }),
    latency_ms: z.number().nullable().openapi({ description: 'Null for what was not asked but observed' }),
    checked_at: z.iso.datetime(),
  })
  .openapi('HealthComponent')

/** What the database tells of itself, as `get_system_health` answers. */
export const systemHealthSchema = z.object({
  connections_used: z.number(),
  connections_max: z.number(),
  database_bytes: z.number(),
  due_job_count: z.number(),
  oldest_due_job_seconds: z.number(),
  dead_job_count: z.number(),
  firing_alert_count: z.number(),
  providers: z.array(z.object({ name: z.string(), call_count: z.number(), failed_count: z.number() })),
})

/** Answer of the deep check. */
export const deepHealthSchema = z
  .object({
    status: z.enum(['ok', 'degraded', 'down']),
    checked_at: z.iso.datetime(),
    details: z
      .object({
        components: z.record(z.string(), componentSchema),
        resources: systemHealthSchema
          .omit({ providers: true })
          .extend({ isolate_memory_bytes: z.number().nullable() })
          .nullable()
          .openapi({ description: 'Null when the database cannot be asked' }),
      })
      .nullable()
      .openapi({ description: 'For secret keys and platform admins with a second factor; null for everybody else' }),
  })
  .openapi('DeepHealth')

/** State of one component. */
export type Component = z.infer<typeof componentSchema>
/** What the database tells of itself. */
export type SystemHealth = z.infer<typeof systemHealthSchema>
/** State of everything. */
export type DeepHealth = z.infer<typeof deepHealthSchema>
