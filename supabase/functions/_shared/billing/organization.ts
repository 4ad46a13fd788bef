import { z } from '@hono/zod-openapi'
import { type ApiCaller, requireScope } from '../api/mod.ts'
import { type CallerDatabase, type CallerSql, listRows } from '../database/mod.ts'
import type { ListRequest } from '../http/mod.ts'

/** Whose billing is meant, in the query of a read or the body of a change. */
export const billingOrganizationSchema = z.object({
  organization_id: z
    .uuid()
    .optional()
    .openapi({ description: 'Whose; may be left out by who has the permission in one organization alone' }),
})

/** What use cases of billing need. */
export interface BillingDeps {
  readonly database: CallerDatabase
}

/** What the caller is about to do. */
export interface BillingAsk {
  /** As the caller named it; the only one with the permission when left out. */
  readonly organization_id?: string | undefined
  /** Such as `billing.read`; an API key needs it as a scope. */
  readonly permission: string
  /** Whether nothing is changed. */
  readonly isReadOnly?: boolean
}

/**
 * Runs `work` with the caller's rights, after it was asked for the permission in the organization that is meant.
 *
 * @throws {AppError} 403 `permission_missing` or `scope_missing`, 404 `organization_not_found`,
 *   422 `organization_required`
 */
export function inBillingOrganization<T>(
  { database }: BillingDeps,
  caller: ApiCaller,
  { organization_id, permission, isReadOnly = false }: BillingAsk,
  work: (sql: CallerSql, organizationId: string) => Promise<T>,
): Promise<T> {
  requireScope(caller, permission)
  return database.asCaller(
    caller.claims,
    async (sql) => {
      const [row] = await sql`
        select private.billing_organization(${organization_id ?? null}::uuid, ${permission}) as id`
      return work(sql, z.uuid().parse(row?.id))
    },
    { isReadOnly },
  )
}

/** Rows of one page of a billing table, of the organization that is meant. @throws {AppError} as {@link inBillingOrganization} */
export function listOfOrganization(
  deps: BillingDeps,
  caller: ApiCaller,
  organization_id: string | undefined,
  table: string,
  request: ListRequest,
) {
  const ask = { organization_id, permission: 'billing.read', isReadOnly: true }
  return inBillingOrganization(deps, caller, ask, (sql, organizationId) => {
    const mine = { field: 'organization_id', operator: 'eq', value: organizationId } as const
    return listRows(sql, table, { ...request, filters: [...request.filters, mine] })
  })
}
