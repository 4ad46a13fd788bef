import { z } from '@hono/zod-openapi'
import { defineListing } from '../http/mod.ts'

const auditEntrySchema = z.object({
  id: z.number().int(),
  organization_id: z.uuid(),
  occurred_at: z.iso.datetime({ offset: true }),
  actor_kind: z.enum(['user', 'service_account', 'platform_admin', 'impersonator', 'anonymous', 'system']),
  actor_id: z.uuid().nullable(),
  impersonated_user_id: z.uuid().nullable(),
  action: z.string(),
  object_type: z.string(),
  object_id: z.string().nullable(),
  changes: z.record(z.string(), z.unknown()).nullable(),
  ip_address: z.string().nullable(),
  user_agent: z.string().nullable(),
  request_id: z.string().nullable(),
})

/** The audit log of an organization. */
export const auditList = defineListing({
  item: auditEntrySchema,
  filters: {
    action: ['eq', 'in'],
    object_type: ['eq', 'in'],
    object_id: ['eq'],
    actor_kind: ['eq', 'in'],
    actor_id: ['eq'],
    occurred_at: ['gte', 'lt'],
  },
  sorts: ['occurred_at'],
  defaultSort: 'occurred_at',
})
